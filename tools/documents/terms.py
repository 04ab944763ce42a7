"""Text as a full-text index sees it: words without their endings, noise words left out."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import groupby, pairwise

from tools.stem import stem_word

_LONGEST_WORD = 64
_NOISE_WORDS = """a about above after again against all am an and any are as at be because been before being
    below between both but by can could did do does doing down during each few for from further
    had has have having he her here hers him his how i if in into is it its itself just me more
    most my no nor not of off on once only or other our ours out over own same she should so some
    such than that the their theirs them then there these they this those through to too under
    until up very was we were what when where which while who whom why will with would you your
    yours"""
_NOISE = frozenset(_NOISE_WORDS.split())
_APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}"
_SHORT_FORM = re.compile(rf"(?<=\w)[{_APOSTROPHES}](?:s|t|re|ve|ll|d|m)\b")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""Scripts without spaces between words: Thai, Lao, Burmese, Khmer, kana and Chinese characters."""

WITH_MARKS = (range(0x300, 0x20000), range(0xE0100, 0xE01F0))
"""Where Unicode has marks; to look at all of it takes each process a third of a second."""


def index_terms(text: str, *, language: str = "en") -> str:
    """The stems of a text in their order, parted by spaces; unstemmed if the language has no stemmer.

    Milvus Lite accepts an analyzer's stemming filter and ignores it, so what is stored and what is
    asked are stemmed here, alike for Lite and for a server. Every term is letters and digits only,
    which the standard analyzer leaves whole.
    """
    return " ".join(filter(None, (_joined_terms(part, language) for part in text.split())))


def query_terms(text: str, *, language: str = "en", limit: int = 64) -> str:
    """The stems of a query, each once; of a very long query, the first `limit` different ones."""
    terms = dict[str, None]()
    for term in _terms(text, language):
        terms[term] = None
        if len(terms) == limit:
            break
    return " ".join(terms)


@lru_cache(maxsize=65_536)
def _term(word: str, language: str) -> str:
    """A word in lower case without its ending and its accents."""
    characters = unicodedata.normalize("NFKD", stem_word(word, language=language))
    bare = "".join(c for c in characters if not unicodedata.combining(c))
    return _spelled(unicodedata.normalize("NFC", bare))


def _joined_terms(part: str, language: str) -> str:
    """The terms of what stands between white space, which is never within a term."""
    if len(part) > _LONGEST_WORD:  # not worth keeping
        return " ".join(_terms(part, language))
    return _kept_terms(part, language)


@lru_cache(maxsize=32_768)
def _kept_terms(part: str, language: str) -> str:
    return " ".join(_terms(part, language))


def _terms(text: str, language: str) -> Iterator[str]:
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = _THOUSANDS.sub("", _SHORT_FORM.sub("", folded))
    noise = _NOISE if language in ("en", "") else frozenset[str]()
    for found in _words().finditer(folded):
        word = found.group()
        if found.lastgroup == "unspaced":
            yield from map(_spelled, _pairs(word))
        elif word not in noise and len(word) <= _LONGEST_WORD:
            yield _term(word, language)


@cache
def _words() -> re.Pattern[str]:
    """Words: letters and digits with the marks that some scripts write vowels as."""
    marks = (
        number
        for each in WITH_MARKS
        for number in each
        if unicodedata.category(chr(number)) in ("Mn", "Mc")
    )
    marked = "".join(_ranges(marks))
    return re.compile(
        rf"(?P<unspaced>[{_UNSPACED}][{_UNSPACED}{marked}]*)"
        rf"|(?:(?![{_UNSPACED}])[^\W_])(?:(?![{_UNSPACED}])[^\W_]|[{marked}])*"
    )


def _ranges(numbers: Iterable[int]) -> Iterator[str]:
    for _, run in groupby(enumerate(numbers), key=lambda item: item[1] - item[0]):
        codes = [code for _, code in run]
        yield f"{re.escape(chr(codes[0]))}-{re.escape(chr(codes[-1]))}"


def _pairs(run: str) -> Iterator[str]:
    """Character bigrams of text without spaces, for lack of word boundaries."""
    yield from map("".join, pairwise(run)) if len(run) > 1 else (run,)


def _spelled(term: str) -> str:
    """A term that analyzers would cut into characters, spelled by the numbers of these."""
    if term.isascii() or (term.isalnum() and not re.search(f"[{_UNSPACED}]", term)):
        return term
    return "".join(f"u{ord(character):x}" for character in term)
