"""The words that a document may be called by, in its file's name and in a question."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from tools.documents.terms import index_terms

_WORD = re.compile(r"[^\W_]+")
_PART = re.compile(
    r"(?:19|20)\d\d"  # a year
    r"|[^\W\d_]+\d{1,2}(?!\d)|[^\W\d_]+"  # Q4, FY
    r"|\d+[^\W\d_]?(?![^\W\d_])|\d+"  # 3M, 10K
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_SHORT_YEAR = re.compile(r"(?:\b(?:fy|cy)\s?|')(\d\d)\b")
_CAPITALS = re.compile(r"^[A-Z]{3,5}(?=[a-z])")
_AMPERSAND = re.compile(r"\b([^\W\d_])[^\W\d_]*\s*&\s*(?!Co\b)([^\W\d_])")
_SHORTEST_PART = 3
_LONGEST_CAPITALS = 5
_IN_CAPITALS = re.compile(r"(?<![^\W_])[A-Z]{3,5}(?![^\W_])")


def name_terms(source: str, *, language: str = "") -> list[str]:
    """The terms of a file's path: "ACME_2018_10K.pdf" has acme, 2018 and 10k."""
    return list(_terms(_CAMEL.sub(" ", _EXTENSION.sub("", source)), language))


def asked_terms(question: str, *, language: str = "") -> list[str]:
    """The terms that a question may name a document by, each once.

    They are its words and their parts ("FY2018" is of 2018), and neighbouring words put together,
    as file names have them.
    """
    words = [word.casefold() for word in _words(question)]
    years = _SHORT_YEAR.findall(question.casefold())
    found = [
        *_terms(question, language),
        *map("".join, pairwise(words)),
        *map("".join, zip(words, words[1:], words[2:], strict=False)),
        *(f"20{year}" for year in years),
    ]
    return list(dict.fromkeys(found))


def short_names(company: str) -> list[str]:
    """What a company may be called for short: by its initials, or the capitals that it begins with.

    "Advanced Micro Devices, Inc." is AMD, "JPMorgan Chase & Co." JPM, and "Smith & Sons" SnS or S&S.
    """
    words = [word for word in _words(company) if word[0].isupper()]
    initials = ["".join(word[0] for word in some) for some in (words, words[:-1])]
    found = [*initials, *_CAPITALS.findall(company)]
    short = [each for each in found if len(each) >= _SHORTEST_PART]
    for first, last in _AMPERSAND.findall(company):
        short += [f"{first}n{last}", f"{first}{last}"]
    return list(dict.fromkeys(each.casefold() for each in short))


def begun_names(source: str) -> list[str]:
    """The beginnings of long words of a file's path: MGM of "MGMRESORTS_2022_10K.pdf"."""
    words = _PART.findall(_CAMEL.sub(" ", _EXTENSION.sub("", source)).casefold())
    long = [word for word in words if len(word) > _LONGEST_CAPITALS]
    lengths = range(_SHORTEST_PART, _LONGEST_CAPITALS + 1)
    return list(dict.fromkeys(word[:length] for word in long for length in lengths))


def capital_names(question: str) -> list[str]:
    """The words in capitals that may be short for a name; none where all words are."""
    if question.isupper():
        return []
    return list(dict.fromkeys(word.casefold() for word in _IN_CAPITALS.findall(question)))


def _terms(text: str, language: str) -> Iterator[str]:
    for word in _words(text):
        yield from index_terms(word, language=language).split()
        parts = _PART.findall(word.casefold())
        if len(parts) > 1:
            yield from filter(_tells, parts)


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text))


def _tells(part: str) -> bool:
    """Whether a part of a word says something by itself: "fy" and "k" do not, "q4" does."""
    is_mixed = part[0].isalpha() and part[-1].isdigit()
    return is_mixed or len(part) >= _SHORTEST_PART or (part.isdigit() and len(part) > 1)
