"""What was sold or bought, and whether a statement has anything of that."""

from serving.models.embedded.english.deeds import is_participle, same_deed
from serving.models.embedded.form.conditions import columns_of
from serving.models.embedded.form.measures import Measure
from serving.models.embedded.rules.reading import Reading

_BEING = frozenset("is are was were been being be got".split())


def is_left_alone(now: Reading, at: int) -> bool:
    """Whether things are said to be sold, and nothing in the statement stands for that.

    "How many vehicles were sold" must not count all vehicles. Units, an amount, a ranking, the date of
    the sale or a table that belongs to the things, such as their orders, can stand for it.
    """
    item, frame = now.items[at], now.frame
    after = at + 1 if at + 1 < len(now.items) else None
    is_said_of = not _BEING.isdisjoint(item.lead) or (after and now.table(after) == frame.head)
    if not (is_participle(item.text) and is_said_of):
        return False
    ranked = [frame.order.by] if frame.order and isinstance(frame.order.by, Measure) else []
    is_measured = any(measure.expression for measure in [*frame.measures, *ranked, *_counted(now)])
    tables = {*frame.context, *(one.table for one in frame.filters), *_tables(now)}
    return not (is_measured or _has_its_day(now, item.text) or tables - {frame.head})


def _counted(now: Reading) -> list[Measure]:
    return [one.measure for one in now.frame.having]


def _tables(now: Reading) -> set[str]:
    return {measure.table for measure in now.frame.measures} | {c.table for c in now.frame.columns}


def _has_its_day(now: Reading, word: str) -> bool:
    """Whether a condition is on the day on which it was done."""
    asked = [column for one in now.frame.filters for column in columns_of(one.condition)]
    return any(
        column in asked and any(same_deed(word, deed) for deed in deeds)
        for column, deeds in now.lexicon.deeds
    )
