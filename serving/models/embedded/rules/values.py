"""Stored values, patterns, and columns without a value."""

from dataclasses import replace

from serving.models.embedded.english.triggers import Kind, Trigger
from serving.models.embedded.form.conditions import (
    Against,
    Filter,
    IsNull,
    Later,
    Like,
    Not,
    Unreadable,
    Within,
    columns_of,
    either,
    names_values,
)
from serving.models.embedded.rules.reading import Reading, holds
from serving.models.embedded.scan.mentions import Pattern
from serving.models.embedded.schema.joins import sides
from serving.models.embedded.schema.targets import (
    ColumnRef,
    Deadline,
    NullMeaning,
    Shortage,
    is_text,
)
from serving.models.embedded.schema.values import Stored

_AND = frozenset(("and", "well", "also"))
"""Words that join what is to be true at once: "a novel as well as a play"."""


def read_values(now: Reading) -> None:
    """Restrict columns to the values, patterns and meanings of NULL that are named."""
    for at, item in enumerate(now.items):
        if at in now.used:
            continue
        match item.meaning:
            case Stored():
                _take_stored(now, at, item.meaning)
            case NullMeaning():
                ref = ColumnRef(item.meaning.table, item.meaning.column)
                now.restrict(
                    at, ref.table, IsNull(ref) if item.meaning.is_null else Not(IsNull(ref))
                )
            case Deadline():
                _take_deadline(now, at, item.meaning)
            case Shortage(table=table, stock=stock, least=least):
                test = Against(ColumnRef(table, stock), "<", ColumnRef(table, least))
                now.restrict(at, table, test)
            case Pattern():
                _take_pattern(now, at, item.meaning)
                continue
            case _:
                continue
        now.use(at)


def _take_deadline(now: Reading, at: int, meant: Deadline) -> None:
    """Compare the day on which something was done with the day it was due.

    Raises:
        Unreadable: it is denied that something is overdue, which may be done or not due yet.
    """
    due, done = (ColumnRef(meant.table, name) for name in (meant.due, meant.done))
    match meant.kind:
        case "late":
            now.restrict(at, meant.table, Later(done, due))
        case "on time":
            now.restrict(at, meant.table, Not(Later(done, due)))
        case "overdue":
            if at in now.denied:
                raise Unreadable("it does not say whether what is not overdue is done")
            now.restrict(at, meant.table, IsNull(done))
            now.restrict(at, meant.table, Within(due, None, now.today))


def _take_stored(now: Reading, at: int, stored: Stored) -> None:
    """Restrict to a value; two of one column are alternatives, or both held by a row's many."""
    before = now.last(at)
    is_named = before is not None and now.items[before].meaning == stored.column
    if is_named:
        now.use(before)
    if _is_apposition(now, at):
        return
    both = at in now.denied or not _same(now, stored.column)
    if both:
        now.restrict_to(at, stored)
        return
    earlier = _same(now, stored.column)[-1]
    place = now.frame.filters.index(earlier)
    waiting = list(now.waiting(Kind.BOTH))
    is_and = not _AND.isdisjoint(now.items[at].lead) or bool(waiting)
    if is_and and "or" not in now.items[at].lead and now.has_many(stored.column.table):
        now.frame.filters[place] = replace(earlier, is_apart=True)
        now.restrict_to(at, stored, is_apart=True)
    elif sides(now.roles(at)) != sides(earlier.roles):
        now.restrict_to(at, stored, is_apart=True)
    else:
        alternatives = either(earlier.condition, holds(stored))
        now.frame.filters[place] = replace(earlier, condition=alternatives)
        return  # whether both are held by one is seen when it is known of what
    now.use(*waiting)


def _is_apposition(now: Reading, at: int) -> bool:
    """Whether a value only says again what the one next to it says: "Dallas (DAL)"."""
    if at + 1 < len(now.items) and not now.items[at + 1].lead:
        after = now.items[at + 1].meaning
        here = now.items[at].meaning
        if isinstance(after, Stored) and isinstance(here, Stored):
            return _is_code(now, at + 1) and after.column != here.column
    return False


def _is_code(now: Reading, at: int) -> bool:
    text = now.items[at].text
    return text.isupper() and len(text.split()) == 1


def _same(now: Reading, column: ColumnRef) -> list[Filter]:
    """The filters that ask for values of the column."""
    return [
        f
        for f in now.frame.filters
        if f.table == column.table
        and not f.is_denied
        and names_values(f.condition)
        and columns_of(f.condition) == (column,)
    ]


def _take_pattern(now: Reading, at: int, pattern: Pattern) -> None:
    """Compare a text, whole or in part, with something that is stored nowhere or anywhere."""
    before = now.last(at)
    last = now.frame.filters[-1] if now.frame.filters else None
    is_more = before is not None and isinstance(now.items[before].meaning, Pattern)
    if is_more and last and isinstance(last.condition, Like) and now.items[at].lead == ("or",):
        now.restrict(at, last.table, replace(last.condition, text=pattern.text))
        now.use(at)
        return
    like = before if before is not None and now.items[before].kind is Kind.LIKE else None
    shape = now.items[like].meaning if like is not None else None
    holder = now.last(like) if like is not None else before
    after = now.next(at)
    column = now.column(holder, accept=lambda c: is_text(now.lexicon.column(c)))
    if column is None and like is not None:
        column = now.column(after, accept=lambda c: is_text(now.lexicon.column(c)))
        holder = after if column else None
    table = now.table(holder) or now.frame.head
    if column is None and table:
        column = now.lexicon.display(table)[0]
        holder = None
    if column is None:
        return
    if isinstance(shape, Trigger):
        now.restrict(at, column.table, Like(column, shape.value, pattern.text))
    else:
        now.restrict(at, column.table, Like(column, "%{}%", pattern.text))
    now.use(at, like, holder)


def read_empties(now: Reading) -> None:
    """Read "whose model is not known": a column without a value."""
    for at in list(now.waiting(Kind.EMPTY)):
        for place in (now.last(at), now.next(at)):
            column = now.column(place, accept=lambda _: True)
            if column is not None:
                now.restrict(at, column.table, IsNull(column))
                now.use(at, place)
                break
