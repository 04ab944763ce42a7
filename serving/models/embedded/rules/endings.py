"""What is over and what goes on: "no longer sold", "still employed"."""

import re

from serving.models.embedded.english.deeds import same_deed
from serving.models.embedded.english.triggers import Kind
from serving.models.embedded.english.words import name_stems, stem
from serving.models.embedded.form.conditions import IsNull, Not
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.schema.deadlines import DONE, is_called
from serving.models.embedded.schema.targets import ColumnRef, is_date
from serving.models.embedded.schema.values import Stored
from tools.sql.schema import Column

_ENDS = frozenset(
    map(
        stem,
        """end ended until expiry expired expires retired closed closing left leaving termination terminated
        discontinued resigned cancelled finished completed returned stopped deactivated archived removed exit
        decommissioned scrapped disposed withdrawn dismissed dissolved""".split(),
    )
)
_STARTS = frozenset(map(stem, "start started begin from since commencement".split()))
_WHILE = re.compile(
    r"\b(?:null|empty|none|blank) (?:while|until|till|as long as|if (?:still|not))\b", re.I
)
"""How a comment says that a row without this date goes on."""


def read_endings(now: Reading) -> None:
    """A row is over if its end has a date, and goes on if it has none.

    Where no date of the thing's own says so, "no longer" denies what stands behind it.
    """
    column = end_of(now)
    if column is None:
        return
    for at in list(now.waiting(Kind.NOT)):
        after = now.next(at)
        is_value = after is not None and isinstance(now.items[after].meaning, Stored)
        if now.items[at].text.lower() == "no longer" and not is_value:
            now.restrict(at, column.table, Not(IsNull(column)))
            now.use(at)
    if now.items and any(word.lower == "still" for word in now.words):
        now.restrict(_place(now), column.table, IsNull(column))


def end_of(now: Reading, table: str = "", *, is_said: bool = False) -> ColumnRef | None:
    """The only date that ends a row of what is asked for, or the one whose deed is spoken of.

    A `table` may be named in its place.

    With `is_said` none but that, also of a table beside: how long it takes to return a book is the
    time of its loans.
    """
    head = table or now.frame.head or ""
    own = _ends(now, head, is_said=is_said)
    said = [column for column in own if _is_spoken_of(now, column)]
    if is_said and not said:
        beside = (step.right for step in now.joins.steps.get(head, ()))
        said = [
            c for table in beside for c in _ends(now, table, is_said=True) if _is_spoken_of(now, c)
        ]
    chosen = said if len(said) == 1 or is_said else own
    return chosen[0] if len(chosen) == 1 else None


def dates_in_force(now: Reading, table: str) -> tuple[ColumnRef, ColumnRef] | None:
    """The start and the end date of a table whose rows always have both, such as contracts."""
    found = now.lexicon.schema.table(table)
    dates = [column for column in (found.columns if found else ()) if is_date(column)]
    starts = [column.name for column in dates if is_called(column, _STARTS)]
    ends = [column.name for column in dates if not column.nullable and is_called(column, _ENDS)]
    if len(starts) != 1 or len(ends) != 1:
        return None
    return ColumnRef(table, starts[0]), ColumnRef(table, ends[0])


def _ends(now: Reading, table: str, *, is_said: bool) -> list[ColumnRef]:
    stems = _ENDS | DONE if is_said else _ENDS
    found = now.lexicon.schema.table(table)
    columns = found.columns if found else ()
    return [ColumnRef(table, column.name) for column in columns if _is_end(column, stems)]


def _is_spoken_of(now: Reading, column: ColumnRef) -> bool:
    names = name_stems(column.column)
    return any(same_deed(word.lower, name) for word in now.words for name in names)


def _is_end(column: Column, stems: frozenset[str]) -> bool:
    names = is_called(column, stems)
    return is_date(column) and column.nullable and (names or bool(_WHILE.search(column.comment)))


def _place(now: Reading) -> int:
    """The item nearest behind the "still", where alternatives would be joined."""
    at = next(n for n, word in enumerate(now.words) if word.lower == "still")
    behind = (n for n, item in enumerate(now.items) if item.start >= at)
    return next(behind, len(now.items) - 1)
