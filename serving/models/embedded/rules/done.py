"""What was done: the rows and the dates that a verb of a question speaks of."""

from itertools import combinations

from serving.models.embedded.english.deeds import is_participle, same_deed
from serving.models.embedded.english.triggers import Kind
from serving.models.embedded.english.words import name_stems
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.scan.resolve import table_of
from serving.models.embedded.schema.targets import ColumnRef, TableRef

_TRADES = ("ordered", "sold", "purchased", "sales")
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
    said = {form for n in range(len(now.words)) for form in _forms(now, n)}
    return {
        table.name
        for table in now.lexicon.schema.tables
        if any(same_deed(word, name) for word in said for name in name_stems(table.name))
    }


def date_of_deed(now: Reading, at: int) -> ColumnRef | None:
    """The date of the deed that the question speaks of: of "paid in April" that of the payment.

    The word nearest to the item counts, a thing's name after the words for what was done.
    """
    place, named = now.items[at].start, {t for i in now.items if (t := table_of(i.meaning))}
    things = [item for item in now.items if isinstance(item.meaning, TableRef)]
    nouns = {n for item in things for n in range(item.start, item.end)}
    spoken: list[tuple[tuple[bool, int, int], ColumnRef]] = []
    for column, deeds in now.lexicon.deeds:
        steps = min((now.joins.distance(name, column.table) for name in named), default=9)
        said = [
            [n for n, word in enumerate(now.words) if _is_said(now, n, word.lower, deed)]
            for deed in deeds
        ]
        if steps <= _NEAR and all(said):  # "sold" alone is not an end of sale
            spoken += [((n in nouns, abs(place - n), steps), column) for n in said[0]]
    return min(spoken, key=lambda one: one[0])[1] if spoken else None


def _is_said(now: Reading, at: int, word: str, deed: str) -> bool:
    return same_deed(word, deed) or any(same_deed(form, deed) for form in _trades(now, at))


def _forms(now: Reading, at: int) -> tuple[str, ...]:
    """A word for what was done, with others for the same."""
    word = now.words[at].lower
    return (*_trades(now, at), *((word,) if is_participle(word) else ()))


def _trades(now: Reading, at: int) -> tuple[str, ...]:
    is_trade = any(i.kind is Kind.SOLD and i.start <= at < i.end for i in now.items)
    return _TRADES if is_trade else ()


def _way(now: Reading, one: str, other: str, done: set[str]) -> str | None:
    """The table whose rows have one of each of two things, by way of what was done."""
    found: list[tuple[int, str]] = []
    for table in now.joins.steps:
        first = now.joins.path((table,), one, single=True)
        second = now.joins.path((table,), other, single=True)
        if (
            first
            and second
            and not done.isdisjoint((table, *(step.right for step in (*first, *second))))
        ):
            found.append((len(first) + len(second), table))
    return min(found)[1] if found else None
