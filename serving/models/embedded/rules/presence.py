"""What a row has or has not: a yes, a date, a count of none."""

from datetime import date, timedelta

from serving.models.embedded.english.deeds import is_participle
from serving.models.embedded.english.triggers import Kind, Trigger
from serving.models.embedded.form.conditions import (
    AnyOf,
    Compare,
    Condition,
    IsNull,
    Not,
    Within,
)
from serving.models.embedded.rules.asking_when import asks_too
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.scan.resolve import COUNTS
from serving.models.embedded.schema.targets import (
    ColumnRef,
    TableRef,
    is_date,
    truth,
)
from tools.sql.schema import Column

_SOME = ("late", "delayed")
"""Adjectives for rows whose measure is above zero: "delayed", of a delay in minutes."""


def read_presence(now: Reading) -> None:
    """Columns that a row has or has not: a truth, a NULL, a count of none."""
    for at, item in enumerate(now.items):
        if at in now.used or not isinstance(item.meaning, ColumnRef):
            continue
        column, kind = item.meaning, now.lexicon.column(item.meaning)
        yes, is_denied = truth(kind), at in now.denied | now.turned_round
        is_held = _is_held(now, at) or item.text.lower() in _SOME
        is_asked = "when" in item.lead or _asks_when(now)
        is_deed = now.is_time(column) and is_participle(item.text) and not is_asked
        is_year = is_deed and not is_date(kind)  # "published" in no year that is known
        is_plain = is_year or not (kind.nullable or _is_planned(kind, now.today))
        if is_deed and not is_denied and is_plain:
            now.use(at)
            continue
        # "Not insured" is a no of `insured_abroad`, and no missing value.
        is_said = is_denied or (is_participle(item.text) and _is_said_of(now, at))
        is_whole = item.quality >= 0.6 or is_said
        if yes is not None and is_whole and not _is_asked_for(now, at):
            test: Condition = AnyOf(column, (yes,))
        elif (is_denied or is_held) and now.is_measure(item.meaning):
            test = Compare(column, ">", 0, null_is_zero=kind.nullable)
        elif is_deed and not is_denied and _is_planned(kind, now.today):
            test = Within(column, None, now.today + timedelta(days=1))
        elif (is_denied or is_held or is_deed) and kind.nullable:
            test = Not(IsNull(column))
        else:
            continue
        now.restrict(at, item.meaning.table, test)
        now.use(at)


def has_one(now: Reading, table: str) -> bool:
    """Whether each thing has one row of a table, and nothing picks which: "customers with region"."""
    head = now.frame.head
    is_one = head is not None and now.joins.path((head,), table, single=True) is not None
    return is_one and all(f.table != table for f in now.frame.filters)


def _is_said_of(now: Reading, at: int) -> bool:
    """Whether an item says what something is: "are insured"."""
    return now.items[at].lead[-1:] in (("is",), ("are",), ("was",), ("were",))


def _is_planned(kind: Column, today: date) -> bool:
    """Whether a column has days that are still to come: what "ended" has not, there."""
    return kind.range is not None and kind.range[1][:10] > today.isoformat()


def _is_held(now: Reading, at: int) -> bool:
    """Whether rows are meant that have some of it: "with a discount", "which instances have GPUs"."""
    before = now.items[at - 1] if at else None
    column = now.column(at, accept=now.is_measure)
    is_counted = column is not None and not COUNTS.isdisjoint(now.lexicon.words_of(column))
    is_last = at + 1 == len(now.items) and not now.items[at].lead
    is_plain = before is not None and before.meaning == Trigger(Kind.WITH)
    return is_plain or (before is not None and before.kind is Kind.WITH and is_counted and is_last)


def _asks_when(now: Reading) -> bool:
    return not asks_too(now.question) and not {
        "when",
        "date",
        "dates",
        "day",
        "year",
        "years",
    }.isdisjoint(now.question.lower().split())


def _is_asked_for(now: Reading, at: int) -> bool:
    """Whether a yes or no is what is wanted, rather than said of the next thing."""
    if now.items[at].text.lower().endswith("s"):
        return False  # "list the admins": the rows that are marked so
    if at + 1 < len(now.items) and not now.items[at + 1].lead:
        return not isinstance(now.items[at + 1].meaning, ColumnRef | TableRef)
    return at == 0
