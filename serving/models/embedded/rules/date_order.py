"""One date of a row against another: "delivered after the due date", "returned later than agreed"."""

from serving.models.embedded.english.triggers import TIME, Kind, Trigger
from serving.models.embedded.form.conditions import Against, Condition, Later
from serving.models.embedded.rules.reading import ARTICLES, Reading
from serving.models.embedded.schema.deadlines import DONE, DUE, is_called
from serving.models.embedded.schema.targets import ColumnRef
from tools.sql.schema import Column

_TIED = ARTICLES | frozenset(
    "they it he she we was were is are had have has been being on originally actually".split()
)
"""Words that may stand between a comparison and its dates."""
Compared = tuple[ColumnRef, str, ColumnRef, tuple[int, ...]]
"""A date, how it compares, the other date, and the places of the items that name both."""
_CAME = _TIED | frozenset(
    "came come arrived in back at that which who done made ready handed given".split()
)


def read_date_order(now: Reading) -> None:
    """Give a comparison in time two dates of one row; one that lacks a date is left waiting."""
    for at in list(now.waiting(Kind.COMPARE)):
        found = dates_compared(now, at)
        test = _ordered(now, *found[:3]) if found else None
        if found and test is not None:
            now.restrict(at, found[0].table, test)
            now.use(at, *found[3])


def dates_compared(now: Reading, at: int) -> Compared | None:
    """The two dates of one row that a comparison in time is between."""
    trigger, after = now.items[at].meaning, now.next(at)
    other = now.column(after, accept=now.is_time)
    if other is None or after is None or now.items[at].kind is not Kind.COMPARE:
        return None
    if not isinstance(trigger, Trigger) or trigger.hints not in ((), TIME):
        return None
    if not _TIED.issuperset(now.items[after].lead):
        return None
    one, taken = _date_before(now, at, other)
    if one is None or one == other or one.table != other.table:
        return None
    kinds = [now.lexicon.column(each) for each in (one, other)]
    return (one, trigger.value, other, (after, *taken)) if _is_same_kind(*kinds) else None


def _date_before(
    now: Reading, at: int, other: ColumnRef
) -> tuple[ColumnRef | None, tuple[int, ...]]:
    """The date that is compared: named before, or else the one on which what was due was done."""
    before = now.last(at)
    while before is not None and _is_limit(now, before):
        before = now.last(before)  # "at least 3 days after"
    named = now.column(before, accept=now.is_time)
    if named is not None and before is not None and _TIED.issuperset(now.items[at].lead):
        return named, (before,)
    columns = now.lexicon.table(other.table).columns
    due = next(c for c in columns if c.name == other.column)
    done = [c for c in columns if c is not due and _is_same_kind(c, due) and is_called(c, DONE)]
    is_done = is_called(due, DUE) and len(done) == 1 and _CAME.issuperset(now.items[at].lead)
    return (ColumnRef(other.table, done[0].name) if is_done else None), ()


def _is_limit(now: Reading, at: int) -> bool:
    return now.items[at].kind is Kind.COMPARE or isinstance(now.items[at].meaning, float)


def _ordered(now: Reading, one: ColumnRef, operator: str, other: ColumnRef) -> Condition | None:
    kinds = [now.lexicon.column(each) for each in (one, other)]
    match operator:
        case ">":
            return Later(one, other)
        case "<":
            return Later(other, one)
        case "=" if not any("TIME" in kind.kind.upper() for kind in kinds):
            return Against(one, "=", other)
        case _:
            return None


def _is_same_kind(one: Column, other: Column) -> bool:
    """Whether two columns keep their days alike, so that they can be compared."""
    return (one.kind, one.dates) == (other.kind, other.dates)
