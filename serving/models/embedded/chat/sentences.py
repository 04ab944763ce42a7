"""The sentences of passages, and the rows of their tables in words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from serving.models.embedded.chat.completing import complete, with_neighbors
from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.wording import QuestionWords
from tools.documents.table_text import row_cells
from tools.language.pack import pack_for

SENTENCES = re.compile(r"(?<=[.!?])\s+(?=[A-ZÄÖÜ0-9\"“„(])")
CELLS = " | "
_OF_ALL = re.compile(r"[^\W\d_][\w /-]{1,30}: \S")
"""A line that says something of its whole document: "Chair: Ann Lee"."""
LIST_ITEM = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s+")
_LONGEST_SHORT = 8
"""Letters of a short form with its point and what stands before it."""
_PASSAGES_KEPT = 256
"""Passages whose sentences are remembered: a turn looks at the same six up to six times."""


ENGLISH_WORDS = QuestionWords()


@dataclass(frozen=True, slots=True)
class TextUnit:
    """A sentence or a row; `whole` is it with what completes it, `joined` with a neighbour.

    `wording` is that of the question, in which the stems are, and `read` the text. `heading` are the
    stems of the heading right above, and for "Chair: Ann Lee" those of the title and first line as well.
    """

    number: int
    text: str
    whole: str
    stems: frozenset[str]
    around: frozenset[str]
    rank: int
    is_row: bool
    joined: tuple[str, ...] = ()
    similarity: float | None = None
    wording: QuestionWords = ENGLISH_WORDS
    heading: frozenset[str] = frozenset()

    @property
    def read(self) -> str:
        """The text with the small words of English."""
        return self.wording.read(self.text)


@lru_cache(_PASSAGES_KEPT)
def units_of(
    passage: Quotable, rank: int, wording: QuestionWords = ENGLISH_WORDS
) -> Sequence[TextUnit]:
    """The sentences and rows of a passage in their order; `rank` is the passage's own, from 0."""
    stems = wording.stems
    around = stems(f"{passage.title} {passage.section} {passage.document}")
    heading = stems(passage.section.rpartition(" > ")[2])
    of_all = around | stems(passage.text.partition("\n")[0])
    number, similarity = passage.number, passage.similarity
    return [
        TextUnit(
            number,
            text,
            whole,
            stems(text),
            around,
            rank,
            is_row,
            joined,
            similarity,
            wording,
            of_all if not is_row and _OF_ALL.match(text) else heading,
        )
        for text, whole, joined, is_row in _parts(passage.text)
    ]


@lru_cache(_PASSAGES_KEPT)
def _parts(text: str) -> Sequence[tuple[str, str, tuple[str, ...], bool]]:
    """What a passage says: each sentence or row, whole and joined with its neighbours; is it a row?"""
    parts = list(_sentences(text))
    places = [place for _, place in parts if place]
    return [
        (said, complete(text, place, places), with_neighbors(text, place, places), False)
        if place
        else (said, said, (), True)
        for said, place in parts
    ]


def sentences_of(text: str) -> Iterator[str]:
    """The sentences and list items of a passage, without the rows of its tables."""
    yield from (sentence for sentence, _, _, is_row in _parts(text) if not is_row)


def _sentence_ends(line: str) -> Iterator[int]:
    """Where the sentences of a line end, but for its last; no point of "am 3. Mai" ends one."""
    short = pack_for(line).short
    for match in SENTENCES.finditer(line):
        if short is None or not short.search(
            line, max(0, match.start() - _LONGEST_SHORT), match.start()
        ):
            yield match.start()


def _sentences(text: str) -> Iterator[tuple[str, tuple[int, int] | None]]:
    """Sentences and list items with their places, and rows of tables with each cell's column."""
    header: Sequence[str] = ()
    start = 0
    for line in text.splitlines(keepends=True):
        if CELLS in line:
            cells = _cells(line)
            if header and len(cells) == len(header):
                named = zip(header, cells, strict=True)
                yield "; ".join(f"{h}: {c}" if h else c for h, c in named), None
            else:
                header = cells
        else:
            header = ()
            yield from _placed(line, start)
        start += len(line)


def _cells(line: str) -> Sequence[str]:
    """The cells of a row, the first of which may be empty; bars around it part nothing."""
    bare = line.strip()
    is_framed = bare.startswith("|") and bare.endswith("|")
    return row_cells(bare.strip("|") if is_framed else line.rstrip("\n"))


def _placed(line: str, start: int) -> Iterator[tuple[str, tuple[int, int]]]:
    """The sentences of a line that begins at a place of its text."""
    item = LIST_ITEM.match(line)
    at = item.end() if item else 0
    for end in [*(end for end in _sentence_ends(line) if end > at), len(line)]:
        if sentence := line[at:end].strip():
            first = start + line.index(sentence, at)
            yield sentence, (first, first + len(sentence))
        at = end


def stems_of(text: str) -> frozenset[str]:
    """The stems of an English text's words, as the search has them."""
    return ENGLISH_WORDS.stems(text)
