"""What somebody spent, paid or earned: sums of amounts that no noun of the question names."""

import re
from dataclasses import replace

from serving.models.embedded.english.triggers import AMOUNTS
from serving.models.embedded.english.words import name_stems, stem
from serving.models.embedded.form.conditions import Unreadable, columns_of
from serving.models.embedded.form.measures import Having, LineTotal, Measure
from serving.models.embedded.rules.bounds import waiting_limits
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.schema.targets import ColumnRef, TableRef

_SPENDING = re.compile(
    r"\b(?:spend|spends|spent|spending|earn|earns|earned|took in|take in|taken in|turn over|turned over)\b",
    re.IGNORECASE,
)
_WHAT_TOTAL = re.compile(
    r"^\W*(?:what (?:is|was|are|were) (?:the )?total|how much) ", re.IGNORECASE
)
_TIED = frozenset("on for in from with of our the".split())
_OF_ONE = frozenset(map(stem, "unit single each per daily hourly weekly monthly rate".split()))
"""Stems in the names of prices of one of many, which no sum makes sense of by itself."""
_OF_A_PIECE = frozenset(map(stem, ("unit", "single", "each", "piece")))
_COUNTS = frozenset(map(stem, ("quantity", "qty", "units", "copies", "pieces")))


def speaks_of_money(question: str) -> bool:
    """Whether a verb of the question says that money was spent or earned."""
    return _SPENDING.search(question) is not None


def amount_of(now: Reading, table: str) -> ColumnRef | None:
    """The amount of a row that adds up over rows: no price of a piece, where rows have several."""
    columns = now.lexicon.table(table).columns
    if any(not _COUNTS.isdisjoint(name_stems(column.name)) for column in columns):
        return None
    column = now.hinted(AMOUNTS, table)
    is_own = column is not None and column.table == table
    return column if column and is_own and _OF_ONE.isdisjoint(name_stems(column.column)) else None


def read_spending(now: Reading) -> None:
    """Read "customers who spent more than 3000 on rentals": the sum of what theirs came to."""
    for limit in waiting_limits(now):
        before = now.words[: now.items[limit.at].start][-2:]
        if not speaks_of_money(" ".join(word.lower for word in before)):
            continue
        of = now.next(limit.behind)
        is_named = of is not None and now.table(of) and _TIED.issuperset(now.items[of].lead)
        thing = now.table(of) if is_named else _bought(now)
        amount = amount_of(now, thing) if thing and thing != now.frame.head else None
        if amount is not None:
            total = now.aggregate(amount, "SUM")
            now.frame.having.append(Having(total, limit.trigger.value, limit.number))
            now.use(limit.at, limit.behind, of if is_named else None)


def read_totals(now: Reading) -> None:
    """Read "what was the total price of all rentals", where each rental has a total price, as the sum."""
    if now.frame.measures or now.frame.groups or not _WHAT_TOTAL.match(now.question):
        return
    for at, item in enumerate(now.items[:-1]):
        column, behind = now.column(at, accept=now.is_measure), now.items[at + 1]
        is_total = column is not None and item.text.lower().startswith("total")
        is_of_many = isinstance(behind.meaning, TableRef) and behind.text.lower().endswith("s")
        if column and is_total and is_of_many and "of" in behind.lead:
            now.frame.measures.append(now.aggregate(column, "SUM"))
            now.frame.columns = [one for one in now.frame.columns if one != column]
            now.use(at, at + 1)


def multiply_pieces(now: Reading) -> None:
    """Multiply unit prices by quantities before they are added up: 3 bolts at 2.50 cost 7.50."""
    frame = now.frame
    frame.measures = [_of_all_pieces(now, measure) for measure in frame.measures]
    frame.having = [replace(one, measure=_of_all_pieces(now, one.measure)) for one in frame.having]
    if frame.order is not None and isinstance(frame.order.by, Measure):
        frame.order = replace(frame.order, by=_of_all_pieces(now, frame.order.by))


def _of_all_pieces(now: Reading, measure: Measure) -> Measure:
    price = measure.expression
    if measure.function != "SUM" or not isinstance(price, ColumnRef) or _names_a_piece(now, price):
        return measure
    own = [ColumnRef(price.table, one.name) for one in now.lexicon.table(price.table).columns]
    counts = [one for one in own if not _COUNTS.isdisjoint(name_stems(one.column))]
    counts = [one for one in counts if now.is_measure(one) and one != price]
    if _OF_A_PIECE.isdisjoint(name_stems(price.column)) or len(counts) != 1:
        return measure
    return replace(measure, expression=LineTotal(counts[0], price), label="total_amount")


def _names_a_piece(now: Reading, price: ColumnRef) -> bool:
    """Whether the prices themselves are asked for: "the total unit price"."""
    said = (item.text.split() for item in now.items if item.meaning == price)
    return any(not _OF_A_PIECE.isdisjoint(map(stem, words)) for words in said)


def need_amount(now: Reading) -> None:
    """Refuse to answer without an amount of money where a verb asks for one.

    Raises:
        Unreadable: nothing in the statement is one.
    """
    if not speaks_of_money(now.question) or _has_amount(now):
        return
    raise Unreadable("it speaks of money, and I do not know which amount is meant")


def _has_amount(now: Reading) -> bool:
    frame = now.frame
    ranked = frame.order.by if frame.order else None
    measures = [*frame.measures, *(having.measure for having in frame.having)]
    measures += [ranked] if isinstance(ranked, Measure) else []
    columns = [*frame.columns, *(c for f in frame.filters for c in columns_of(f.condition))]
    columns += [ranked] if isinstance(ranked, ColumnRef) else []
    return any(one.expression for one in measures) or any(map(now.is_measure, columns))


def _bought(now: Reading) -> str | None:
    """The only rows with an amount that belong to the thing asked for: a customer's orders."""
    head = now.frame.head
    many = {step.right for step in now.joins.steps.get(head or "", ()) if not step.is_single}
    found = [table for table in sorted(many) if amount_of(now, table)]
    return found[0] if len(found) == 1 else None
