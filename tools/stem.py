"""English words without their endings, the same wherever words are compared."""

import threading
from collections.abc import Callable
from functools import lru_cache
from typing import cast

import snowballstemmer

_stemming = threading.Lock()
_stemmer = snowballstemmer.stemmer("english")


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """The stem of an English word in lower case; safe in any thread."""
    # A stemmer keeps its word in itself while it works, and searches run in several threads.
    with _stemming:
        return cast(Callable[[str], str], _stemmer.stemWord)(word)
