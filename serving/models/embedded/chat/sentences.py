"""The sentences of passages, and the rows of their tables in words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from serving.models.embedded.chat.completing import complete, with_neighbors
from serving.models.embedded.chat.defined import defined_words, spoken_names
from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.inline_headings import NUMBERED, heading_lines
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
    `headed` is the heading above it in the passage's own text. `is_joined` says that it answers only
    together with a neighbour.
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
    headed: str = ""
    is_joined: bool = False

    @property
    def read(self) -> str:
        """The text with the small words of English."""
        return self.wording.read(self.text)


@lru_cache(_PASSAGES_KEPT)
def units_of(
    passage: Quotable,
    rank: int,
    wording: QuestionWords = ENGLISH_WORDS,
    said_for: Sequence[tuple[str, str]] = (),
) -> Sequence[TextUnit]:
    """The sentences and rows of a passage in their order; `rank` is the passage's own, from 0.

    `said_for` are words that its document says for the names of parties, as a tuple.
    """
    stems = wording.stems
    around = stems(f"{passage.title} {passage.section} {passage.document}")
    heading = stems(passage.section.rpartition(" > ")[2])
    of_all = around | stems(passage.text.partition("\n")[0])
    number, similarity = passage.number, passage.similarity
    units, defined = list[TextUnit](), dict(said_for) or defined_words(passage.text)
    for part in _parts(passage.text):
        above = stems(part.headed)
        is_of_all = not part.is_row and _OF_ALL.match(part.text)
        units.append(
            TextUnit(
                number,
                part.text,
                part.whole,
                stems(f"{part.text} {spoken_names(part.text, defined)}"),
                around | above,
                rank,
                part.is_row,
                part.joined,
                similarity,
                wording,
                of_all if is_of_all else above or heading,
                part.headed,
            )
        )
    return units


@dataclass(frozen=True, slots=True)
class _Part:
    """A sentence or row as a passage has it, whole and joined with its neighbours."""

    text: str
    whole: str
    joined: tuple[str, ...]
    headed: str
    is_row: bool = False


@lru_cache(_PASSAGES_KEPT)
def _parts(text: str) -> Sequence[_Part]:
    """What a passage says, sentence by sentence and row by row."""
    parts = list(_sentences(text))
    places = [place for _, place, _ in parts if place]
    return [
        _Part(said, complete(text, place, places), with_neighbors(text, place, places), headed)
        if place
        else _Part(said, said, (), headed, is_row=True)
        for said, place, headed in parts
    ]


def sentences_of(text: str) -> Iterator[str]:
    """The sentences and list items of a passage, without the rows of its tables."""
    yield from (part.text for part in _parts(text) if not part.is_row)


def _sentence_ends(line: str) -> Iterator[int]:
    """Where the sentences of a line end, but for its last; no point of "am 3. Mai" ends one."""
    short = pack_for(line).short
    for match in SENTENCES.finditer(line):
        if short is None or not short.search(
            line, max(0, match.start() - _LONGEST_SHORT), match.start()
        ):
            yield match.start()


def _sentences(text: str) -> Iterator[tuple[str, tuple[int, int] | None, str]]:
    """Sentences and list items with their places, rows with each cell's column, and their headings."""
    header: Sequence[str] = ()
    lines, start, headed = text.splitlines(keepends=True), 0, ""
    headings = heading_lines(lines)
    for at, line in enumerate(lines):
        if CELLS in line:
            cells = _cells(line)
            if header and len(cells) == len(header):
                named = zip(header, cells, strict=True)
                yield "; ".join(f"{h}: {c}" if h else c for h, c in named), None, headed
            else:
                header = cells
        else:
            header = ()
            headed = line.strip() if at in headings else headed
            if at not in headings or not NUMBERED.match(line):
                yield from ((said, place, headed) for said, place in _placed(line, start))
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
