"""Comparisons with a number behind them: "more than 10", "at least 18"."""

from collections.abc import Iterator
from dataclasses import dataclass

from serving.models.embedded.english.triggers import Kind, Trigger
from serving.models.embedded.rules.reading import Reading


@dataclass(frozen=True, slots=True)
class Limit:
    """A comparison and its number, with the places of both items."""

    at: int
    trigger: Trigger
    behind: int
    number: float


def is_year_said(number: float) -> bool:
    """Whether a number that a date is compared with can only be a year."""
    return 1000 <= number < 3000


def waiting_limits(now: Reading) -> Iterator[Limit]:
    """The comparisons without a place yet that have a number behind them, in order."""
    for at in list(now.waiting(Kind.COMPARE)):
        trigger, behind = now.items[at].meaning, now.next(at)
        number = number_at(now, behind)
        if isinstance(trigger, Trigger) and behind is not None and number is not None:
            yield Limit(at, trigger, behind, number)


def number_at(now: Reading, at: int | None) -> float | None:
    """The number that an item is, where it has no place yet."""
    if at is None or not 0 <= at < len(now.items) or at in now.used:
        return None
    meaning = now.items[at].meaning
    return meaning if isinstance(meaning, float) else None
