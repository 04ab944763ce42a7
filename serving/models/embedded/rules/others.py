"""Deeds that were done to another thing than the one that a question says they were done to."""

from serving.models.embedded.form.conditions import Unreadable
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.scan.resolve import table_of
from serving.models.embedded.schema.targets import ColumnRef, TableRef

_SAYING = frozenset("is are was were been be".split())


def refuse_others(now: Reading) -> None:
    """Refuse "when were the orders created" where the day is known of their customers alone.

    Raises:
        Unreadable: nothing tells when it was done to the thing that is spoken of.
    """
    spoken_of = {item.meaning.table for item in now.items if isinstance(item.meaning, TableRef)}
    for at, item in enumerate(now.items):
        column = item.meaning
        if (
            not isinstance(column, ColumnRef)
            or column.table in spoken_of
            or not now.is_time(column)
        ):
            continue
        thing = _thing_before(now, at)
        if thing and _is_deed(now, at) and _leads_to(now, thing, column.table):
            raise Unreadable("nothing tells when {thing} were {deed}", thing=thing, deed=item.text)


def _is_deed(now: Reading, at: int) -> bool:
    """Whether an item is said to have been done, and is no more than that: not its "date"."""
    said = [word.lower for word in now.words]
    item = now.items[at]
    is_said = item.lead[-1:] and item.lead[-1] in _SAYING
    is_asked = said[:1] == ["when"] and item.end == len(now.words)
    return item.end - item.start == 1 and bool(is_said or is_asked)


def _thing_before(now: Reading, at: int) -> str | None:
    before = [item for item in now.items[:at] if isinstance(item.meaning, TableRef)]
    return table_of(before[-1].meaning) if before else None


def _leads_to(now: Reading, table: str, other: str) -> bool:
    """Whether each row of a table belongs to one of the other."""
    keys = now.lexicon.table(table).foreign_keys
    return any(key.referred_table == other for key in keys)
