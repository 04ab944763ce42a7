"""What a table's dates say of its rows: still open, late, overdue, on time."""

from collections.abc import Iterator

from serving.models.embedded.english.words import name_stems, stem
from serving.models.embedded.schema.targets import Deadline, NullMeaning, Target, is_date, is_text
from tools.sql.schema import Column, Table

DUE = frozenset(
    map(
        stem,
        """due deadline expected planned promised required scheduled target agreed estimated
        fällig frist geplant zugesagt""".split(),
    )
)
"""Stems in the names of columns that say when something is due."""
DONE = frozenset(
    map(
        stem,
        """paid delivered returned completed finished closed resolved solved settled answered done repaired
        collected submitted arrived handed actual bezahlt geliefert erledigt zurück abgeschlossen""".split(),
    )
)
"""Stems in the names of columns that say when it was done."""
_STATES = frozenset(map(stem, ("state", "status", "stage", "zustand")))
_OPEN = ("open", "outstanding", "pending", "unfinished", "unsettled")
_LATE = ("late", "belated", "delayed", "behind schedule", "past due")
_OVERDUE, _ON_TIME = ("overdue",), ("on time", "in time", "punctual", "punctually", "on schedule")
_SURE = 0.85


def deadlines(table: Table) -> Iterator[tuple[tuple[str, ...], Target, float]]:
    """The words for it as stems, with what they mean and how well they name it."""
    dates = [column for column in table.columns if is_date(column)]
    due = [column for column in dates if is_called(column, DUE)]
    done = [c for c in dates if c not in due and c.nullable and is_called(c, DONE)]
    if len(done) != 1:
        return
    if not any(is_text(column) and is_called(column, _STATES) for column in table.columns):
        yield from _each(_OPEN, NullMeaning(table.name, done[0].name, is_null=True))
    if len(due) == 1 and (due[0].kind, due[0].dates) == (done[0].kind, done[0].dates):
        ends = (table.name, due[0].name, done[0].name)
        yield from _each(_LATE, Deadline(*ends, "late"))
        yield from _each(_OVERDUE, Deadline(*ends, "overdue"))
        yield from _each(_ON_TIME, Deadline(*ends, "on time"))


def _each(
    words: tuple[str, ...], target: Target
) -> Iterator[tuple[tuple[str, ...], Target, float]]:
    yield from ((tuple(map(stem, word.split())), target, _SURE) for word in words)


def is_called(column: Column, stems: frozenset[str]) -> bool:
    """Whether a column's name, or another that a semantic model has for it, has one of these stems."""
    return any(
        not stems.isdisjoint(name_stems(name)) for name in (column.name, *column.meaning.synonyms)
    )
