from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.support.dates import When
from agent.support.durations import Duration

YEARS = range(1900, 2100)
"""Four digits in this range may be a year."""

_NUMERALS = {
    word: value
    for words in (
        "one two three four five six seven eight nine ten eleven twelve",
        "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    )
    for value, word in enumerate(words.split(), start=1)
}
_INNER_MARKS = frozenset(".-_")


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """The numbers of one column of a small table in row order, with their signs."""

    values: tuple[float, ...]
    is_percent: bool


@dataclass(slots=True)
class Facts:
    """An index of the question and the evidence.

    Sizes are without sign; `values`, `percents` and `fractions` are sorted. `said` has the words
    in lower case with single blanks, and " | " between what did not stand together. `yearless` are
    days named without a year, `months` months that stand in a column of their own, `stems` the
    words before the number in cells that are names ("t3 standard"), `ranks` the rows of the
    longest result, `capped` the rows of those that were cut off, `digits` long numbers without
    their separators, `durations` the lengths of time.
    """

    said: str = ""
    values: list[float] = field(default_factory=list[float])
    percents: list[float] = field(default_factory=list[float])
    fractions: list[float] = field(default_factory=list[float])
    whens: set[When] = field(default_factory=set[When])
    yearless: set[When] = field(default_factory=set[When])
    months: set[int] = field(default_factory=set[int])
    stems: set[str] = field(default_factory=set[str])
    columns: list[NumberColumn] = field(default_factory=list[NumberColumn])
    ranks: int = 0
    capped: set[int] = field(default_factory=set[int])
    digits: set[str] = field(default_factory=set[str])
    durations: set[Duration] = field(default_factory=set[Duration])

    def says(self, words: str) -> bool:
        """Whether the words occur as a whole: "C5-16" does not contain "C5-1"."""
        sought = words.lower()
        at = self.said.find(sought)
        while at >= 0:
            if _is_whole(self.said, at, at + len(sought)):
                return True
            at = self.said.find(sought, at + 1)
        return False

    def says_numbered(self, words: str) -> bool:
        """Whether a number follows the words somewhere."""
        sought = f"{words} "
        at = self.said.find(sought)
        while at >= 0:
            if self.said[at + len(sought) : at + len(sought) + 1].isdigit():
                return True
            at = self.said.find(sought, at + 1)
        return False

    def says_numeral(self, value: float, following: str) -> bool:
        """Whether the number is there as a word; "one" only before the same noun as here."""
        words = [word for word, number in _NUMERALS.items() if number == value]
        if value == 1:
            noun = following.lower().rstrip("s")
            return bool(noun) and any(self.says(f"{w}{gap}{noun}") for w in words for gap in " -")
        return any(self.says(word) or f" {word}-" in self.said for word in words)

    def lasts(self, length: Duration, half: Duration) -> bool:
        """Whether the evidence has a duration, within half a unit of its precision."""
        return any(
            abs(known.months - length.months) <= half.months
            and abs(known.seconds - length.seconds) <= half.seconds
            for known in self.durations
        )

    def knows(self, when: When) -> bool:
        """Whether a date occurs, in its own or a finer form; its year may be elsewhere."""
        year, month, day = when
        if when in self.whens:
            return True
        if not year or (year, 0, 0) not in self.whens:
            return False
        return (0, month, day) in self.yearless if day else month in self.months


def is_near(numbers: Sequence[float], value: float, below: float, above: float) -> bool:
    """Whether one of the sorted numbers lies in [value - below, value + above]."""
    grain = 1e-13 * max(1.0, value)  # what binary fractions lose
    at = bisect_left(numbers, value - below - grain)
    return at < len(numbers) and numbers[at] <= value + above + grain


def numeral(word: str) -> int:
    """1 to 12 for the English or German word of a number."""
    return _NUMERALS[word.lower()]


def _is_whole(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    if before and (before[-1].isalnum() or (before[-1] in _INNER_MARKS and before[0].isalnum())):
        return False
    if not after:
        return True
    return not (after[0].isalnum() or (after[0] in _INNER_MARKS and after[1:].isalnum()))
