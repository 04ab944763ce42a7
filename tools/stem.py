"""Words without their endings, for whatever compares words."""

import threading
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import cast

import snowballstemmer

STEMMERS: Mapping[str, str] = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque",
    "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi",
    "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "ne": "nepali", "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pl": "polish",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "st": "sesotho",
    "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
"""Snowball's stemmers (https://snowballstem.org) by ISO 639 code of the language."""

_stemming = threading.Lock()


@lru_cache(maxsize=65_536)
def stem_word(word: str, *, language: str = "en") -> str:
    """The stem of a word in lower case, or the word where its language has no stemmer; thread-safe."""
    if language not in STEMMERS:
        return word
    # A stemmer keeps its word in itself while it works, and searches run in several threads.
    with _stemming:
        return _stemmer(STEMMERS[language])(word)


@cache
def _stemmer(name: str) -> Callable[[str], str]:
    return cast(Callable[[str], str], snowballstemmer.stemmer(name).stemWord)
