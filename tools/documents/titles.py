"""Titles that tell documents apart, where their own do not.

"UNITED STATES SECURITIES AND EXCHANGE COMMISSION" stands largest on the first page of every annual
report. A title that several documents share is none: they are shown by the lines of their opening
that say most about them, and by their file's name.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from unicodedata import normalize

from tools.documents.chunk import sentences
from tools.documents.passage import Document, Passage
from tools.documents.terms import index_terms

_MANY = 3
"""A title shared by this many documents is left out."""
_LONGEST_LINE = 90
_LOOKED_AT = 60
"""Lines at a document's beginning among which the telling ones are."""
_GAPS = re.compile(r"[\s|]+")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")

Rarity = Callable[[str], float]
"""How much a term tells this document from others; 0 if it stands in all of them, or nowhere else."""


def shown_titles(documents: Iterable[Document], covers: Mapping[str, str]) -> dict[str, str]:
    """The titles of documents that need another than their own, by id.

    `covers` are lines of the openings of those whose titles may tell nothing; what is counted are
    the documents given.
    """
    shared = list(documents)
    counted = Counter(document.title for document in shared)
    return {
        document.id: _title(document, counted[document.title], covers.get(document.id, ""))
        for document in shared
        if counted[document.title] > 1 or covers.get(document.id)
    }


def with_title(passage: Passage, titles: Mapping[str, str]) -> Passage:
    """The passage under the title that its document is shown by."""
    title = titles.get(passage.document_id)
    return passage if title is None else replace(passage, title=title)


def cover_lines(parts: Sequence[str], rarity: Rarity, *, language: str) -> str:
    """A line of a document's opening that names it, and one that dates it.

    `parts` are its headings and texts.
    """
    lines = list(dict.fromkeys(line for part in parts for line in _lines(part)))[:_LOOKED_AT]
    gains = {line: _gain(line, rarity, language) for line in lines}
    named = max(gains, key=lambda line: gains[line], default="")
    dated = max(filter(_YEAR.search, gains), key=lambda line: gains[line], default="")
    chosen = dict.fromkeys(line for line in (named, dated) if gains.get(line))
    return ", ".join(chosen)


def _title(document: Document, number: int, cover: str) -> str:
    name = PurePosixPath(document.source).name
    is_told = number == _MANY - 1 or not cover
    shown = document.title if is_told else cover
    return f"{shown} ({name})" if shown != name else name


def _gain(line: str, rarity: Rarity, language: str) -> float:
    """What a line tells; a long one tells less than a short one that says the same."""
    terms = frozenset(index_terms(line, language=language).split())
    return sum(map(rarity, terms)) / (2 + len(terms))


def _lines(text: str) -> list[str]:
    parts = (part for line in text.splitlines() for part in sentences(line))
    short = (_GAPS.sub(" ", normalize("NFKC", part)).strip(" *|") for part in parts)
    return [part for part in short if 1 < len(part) <= _LONGEST_LINE]
