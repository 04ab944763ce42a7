"""Amounts asked for by the name of the table that holds them: "what was the Umsatz in May"."""

import re

from serving.models.embedded.english.triggers import Kind
from serving.models.embedded.form.conditions import Unreadable, columns_of
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.schema.own_amounts import is_called_so, own_amount, parting
from serving.models.embedded.schema.targets import ColumnRef, TableRef
from serving.models.embedded.schema.values import Stored

_ASKED = re.compile(
    r"^\W*(?:what(?:'s| is| was)|what (?:are|were)(?= (?:the |our )?total)|how (?:much|high) (?:is|was|were|are)) ",
    re.IGNORECASE,
)
"""One number is asked for: "what are the expenses" may as well be asked of the single ones."""
_LEAD = frozenset("what is was were are how much high the our total whole".split())


def read_own_amounts(now: Reading) -> None:
    """Read "what is the energy of hall East": the sum of what the table is called after.

    Raises:
        Unreadable: the table holds no such amount, or several.
    """
    frame = now.frame
    at = _named(now)
    if at is None or _asks_for_another(now, at) or frame.order or frame.having:
        return
    table = now.frame.head or ""
    column = own_amount(table, now.lexicon)
    if column is None or _puts_together(now, table):
        raise Unreadable("it does not say of what the total is asked")
    frame.measures = frame.measures or [now.aggregate(column, "SUM")]
    now.use(at, *now.waiting(Kind.AGGREGATE, Kind.HOW))


def _puts_together(now: Reading, table: str) -> bool:
    """Whether the sum would be of what is planned and what is so, or of several currencies."""
    told = {c.column for one in now.frame.filters for c in columns_of(one.condition)}
    told |= {group.column for group in now.frame.groups if isinstance(group, ColumnRef)}
    told |= {column.column for column in now.frame.columns}
    return any(ref.column not in told for ref in parting(table, now.lexicon))


def _named(now: Reading) -> int | None:
    """The place of the first name, where it is that of the head, which is called as its amount."""
    head = now.frame.head if _ASKED.match(now.question) else None
    names = (n for n, i in enumerate(now.items) if not (i.kind or isinstance(i.meaning, Stored)))
    first = next(names, None)
    if head is None or first is None or not is_called_so(head, now.lexicon):
        return None
    said = {TableRef(head), own_amount(head, now.lexicon)}
    is_asked = all(_LEAD.issuperset(item.lead) for item in now.items[: first + 1])
    is_plain = all(_is_total(now, n) for n in range(first))
    return first if now.items[first].meaning in said and is_asked and is_plain else None


def _is_total(now: Reading, at: int) -> bool:
    item = now.items[at]
    if isinstance(item.meaning, Stored):
        return True  # "the actual revenue"
    is_sum = item.kind is Kind.AGGREGATE and getattr(item.meaning, "value", "") == "SUM"
    return is_sum or item.kind is Kind.HOW


def _asks_for_another(now: Reading, at: int) -> bool:
    """Whether another amount, or another operation on it, is asked for."""
    others = (n for n in range(len(now.items)) if n != at)
    operations = (Kind.COUNT, Kind.MOST, Kind.SUPERLATIVE, Kind.TOP, Kind.BEYOND, Kind.DISTINCT)
    return any(
        now.items[n].kind in operations
        or (now.items[n].kind is Kind.AGGREGATE and not _is_total(now, n))
        or (isinstance(now.items[n].meaning, ColumnRef) and now.column(n, accept=now.is_measure))
        for n in others
    )
