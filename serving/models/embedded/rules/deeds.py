"""What was done: the rows and the dates that a verb of a question speaks of."""

from collections.abc import Iterable, Sequence
from itertools import combinations

from serving.models.embedded.english.deeds import is_participle, same_deed
from serving.models.embedded.english.periods import Period
from serving.models.embedded.english.triggers import Kind
from serving.models.embedded.english.words import name_stems
from serving.models.embedded.form.conditions import IsNull, columns_of
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.scan.resolve import Item, table_of
from serving.models.embedded.schema.targets import ColumnRef, TableRef

_TRADES = ("ordered", "sold", "purchased")
"""Words for what buying and selling leave behind, whichever of them is said."""
_NEAR = 2
"""Steps to a date that may be meant without its table."""


def read_ways(now: Reading) -> None:
    """Tie things together by what was done to them: customers and what they bought by the orders.

    A shorter way may lead over something else that they share, such as complaints.
    """
    done, frame = deed_tables(now), now.frame
    ends = {frame.head, *(f.table for f in frame.filters), *(m.table for m in frame.measures)}
    known = {end for end in (*ends, *(c.table for c in frame.columns)) if end}
    for one, other in combinations(sorted(known - done), 2) if done else ():
        way = _way(now, one, other, done)
        if way is not None and way not in known and way not in frame.context:
            frame.context.append(way)


def deed_tables(now: Reading) -> set[str]:
    """The tables whose rows are what a verb of the question says: of "lent", the loans."""
    said = {form for forms in _forms(now) for form in forms if is_participle(form)}
    return {
        table.name
        for table in now.lexicon.schema.tables
        if any(same_deed(word, name) for word in said for name in name_stems(table.name))
    }


def only_deed(now: Reading) -> str | None:
    """The one table that has several rows for each of the things: all that they can do often."""
    steps = now.joins.steps.get(now.frame.head or "", ())
    many = {step.right for step in steps if not step.is_single}
    return many.pop() if len(many) == 1 else None


def date_of_deed(now: Reading, at: int) -> ColumnRef | None:
    """The date of the deed that the question speaks of: of "paid in April" that of the payment.

    The word nearest to the item counts, a thing's name after the words for what was done.
    """
    place, named = now.items[at].start, {t for i in now.items if (t := table_of(i.meaning))}
    things = [item for item in now.items if isinstance(item.meaning, TableRef)]
    nouns = _places(things)
    forms = _forms(now)
    spoken: list[tuple[tuple[bool, int, int], ColumnRef]] = []
    empty = emptied(now)
    for column, deeds in now.lexicon.deeds:
        steps = min((now.joins.distance(name, column.table) for name in named), default=9)
        if steps > _NEAR or column in empty:
            continue
        said = [[n for n, own in enumerate(forms) if _is_said(own, deed)] for deed in deeds]
        if all(said):  # "sold" alone is not an end of sale
            spoken += [((n in nouns, abs(place - n), steps), column) for n in said[0]]
    return min(spoken, key=lambda one: one[0])[1] if spoken else None


def emptied(now: Reading) -> set[ColumnRef]:
    """The columns that have to be empty, so that no period can restrict them."""
    wanted = (one.condition for one in now.frame.filters if isinstance(one.condition, IsNull))
    found = {column for condition in wanted for column in columns_of(condition)}
    undone = (now.column(at, accept=now.is_time) for at in now.turned_round)  # "unpaid"
    return found.union(column for column in undone if column)


def _is_said(forms: Sequence[str], deed: str) -> bool:
    return any(same_deed(form, deed) for form in forms)


def _forms(now: Reading) -> list[tuple[str, ...]]:
    """Each word of the question; of one for buying or selling, the others for that as well.

    Those of a period say nothing that was done ("since the start of 2025"), nor do those of what
    is counted by: "requests by building".
    """
    by = _places(now.items[n] for n in range(len(now.items)) if is_counted_by(now, n))
    trades = _places(item for item in now.items if item.kind is Kind.SOLD)
    periods = _places(item for item in now.items if isinstance(item.meaning, Period))
    return [
        () if n in periods | by else (word.lower, *(_TRADES if n in trades else ()))
        for n, word in enumerate(now.words)
    ]


def is_counted_by(now: Reading, at: int) -> bool:
    """Whether an item is a table behind "by": rows are grouped by it, and something else is counted."""
    return now.table(at) is not None and at > 0 and now.items[at - 1].kind is Kind.BY


def _places(items: Iterable[Item]) -> set[int]:
    return {n for item in items for n in range(item.start, item.end)}


def _way(now: Reading, one: str, other: str, done: set[str]) -> str | None:
    """The table whose rows have one of each of two things, by way of what was done.

    That is what was done itself, or has it as its own: the lines of an order.
    """
    parts = {s.right for table in done for s in now.joins.steps[table] if not s.is_single}
    found: list[tuple[int, str]] = []
    for table in done | parts:
        ways = [now.joins.path((table,), end, single=True) for end in (one, other)]
        steps = [step for way in ways for step in way or ()]
        if all(ways) and not done.isdisjoint((table, *(step.right for step in steps))):
            found.append((len(steps), table))
    return min(found)[1] if found else None
