"""What spans of a question may mean."""

from collections.abc import Sequence
from dataclasses import dataclass

from serving.models.embedded.english.periods import Period
from serving.models.embedded.english.triggers import Kind, Trigger
from serving.models.embedded.english.words import NUMBERS, Word
from serving.models.embedded.schema.targets import ColumnRef, TableRef, Target
from serving.models.embedded.schema.values import Stored

_PLAIN, _IN_NAME = 0.75, 0.55
"""The quality of a name that names a table plainly, and of a word that stands in a column's."""

_PARTING = frozenset({Kind.BUCKET, Kind.GROUP, Kind.NOT, Kind.DISTINCT})
"""Operations that a sentence of their own may ask for: "One total per year is enough."."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text that somebody wants to find: as it was written, stored nowhere."""

    text: str


Meaning = Trigger | Period | Pattern | float | Stored | Target


@dataclass(frozen=True, slots=True)
class Option:
    """One meaning of a span; quality 1 is a whole name, a whole value or an operation."""

    meaning: Meaning
    quality: float


@dataclass(frozen=True, slots=True)
class Mention:
    """Words `start` to `end` of a question, the lower-case ones right before them, and what they may mean."""

    text: str
    start: int
    end: int
    options: tuple[Option, ...]
    lead: tuple[str, ...] = ()

    @property
    def table(self) -> str | None:
        """The table that the words name plainly."""
        for best in self.options[:1]:
            if isinstance(best.meaning, TableRef) and best.quality >= _PLAIN:
                return best.meaning.table
        return None

    @property
    def columns(self) -> list[ColumnRef]:
        """The columns that the words name plainly."""
        plain = (option.meaning for option in self.options if option.quality >= _PLAIN)
        return [meaning for meaning in plain if isinstance(meaning, ColumnRef)]


@dataclass(frozen=True, slots=True)
class Scan:
    """The mentions of a question in order, and the words that mean nothing here.

    `tied` are words without a place that only tie others together ("the languages spoken there").
    """

    words: tuple[Word, ...]
    mentions: tuple[Mention, ...]
    unplaced: tuple[Word, ...]
    tied: tuple[Word, ...] = ()

    @property
    def speaks_of_data(self) -> bool:
        """Whether a name, a stored value, a number, a time or how to part the rows is said plainly."""
        best = [option for mention in self.mentions for option in mention.options[:1]]
        kinds = {o.meaning.kind for o in best if isinstance(o.meaning, Trigger)}
        is_named = any(o.quality >= _PLAIN for o in best if not isinstance(o.meaning, Trigger))
        return is_named or not kinds.isdisjoint(_PARTING)


def spoken_number(span: Sequence[Word]) -> float | None:
    """The number that one word says."""
    if len(span) != 1:
        return None
    lower = span[0].lower.replace(",", "")
    if lower in NUMBERS:
        return float(NUMBERS[lower])
    try:
        return float(lower)
    except ValueError:
        return None
