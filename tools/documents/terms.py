"""Text as a full-text index sees it: words without their endings, noise words left out."""

import re
import unicodedata
from collections.abc import Iterator

from tools.stem import stem

_WORD = re.compile(r"[^\W_]+")
_LONGEST_WORD = 64
_NOISE_WORDS = """a about above after again against all am an and any are as at be because been before being
    below between both but by can could did do does doing down during each few for from further
    had has have having he her here hers him his how i if in into is it its itself just me more
    most my no nor not of off on once only or other our ours out over own same she should so some
    such than that the their theirs them then there these they this those through to too under
    until up very was we were what when where which while who whom why will with would you your
    yours"""
_NOISE = frozenset(_NOISE_WORDS.split())


def index_terms(text: str) -> str:
    """The stems of a text in their order, parted by spaces.

    Milvus Lite accepts an analyzer's stemming filter and ignores it, so what is stored and what is
    asked are stemmed here, alike for Lite and for a server. Every term is letters and digits only,
    which the standard analyzer leaves whole.
    """
    return " ".join(_terms(text))


def query_terms(text: str, *, limit: int = 64) -> str:
    """The stems of a query, each once; of a very long query, the first `limit` different ones."""
    terms = dict[str, None]()
    for term in _terms(text):
        terms[term] = None
        if len(terms) == limit:
            break
    return " ".join(terms)


def _terms(text: str) -> Iterator[str]:
    folded = unicodedata.normalize("NFKC", text).casefold()
    for found in _WORD.finditer(folded):
        word = found.group()
        if word not in _NOISE and len(word) <= _LONGEST_WORD:
            yield stem(word)
