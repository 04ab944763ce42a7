"""Selling is measured in units: "how many … were sold" and "best-selling" sum a quantity."""

from serving.models.embedded.conditions import Unreadable
from serving.models.embedded.frame import Measure
from serving.models.embedded.quote import column_node
from serving.models.embedded.reading import Reading
from serving.models.embedded.targets import ColumnRef, is_numeric
from serving.models.embedded.triggers import Kind
from serving.models.embedded.words import name_stems, stem
from tools.sql.schema import Column

_QUANTITY = frozenset(map(stem, ("quantity", "qty", "units", "copies")))


def sold(now: Reading) -> None:
    """Selling is measured in units: "how many … were sold" and "best-selling" sum a quantity."""
    frame = now.frame
    counts = [m for m in frame.measures if m.expression is None]
    by = frame.order.by if frame.order else None
    is_measured = len(frame.measures) > len(counts) or isinstance(by, Measure)
    if now.sold is None or is_measured:
        return
    is_best = now.sold.kind is Kind.BEST_SELLING
    if is_best and frame.columns and not _quantities(now):
        frame.groups.append(frame.columns[-1])  # "the most popular language"
        now.rank(Measure(frame.columns[-1].table, "COUNT"), now.sold)
        return
    quantity = _quantity(now, counts[0].table if counts else frame.head or now.anchor)
    frame.columns = [column for column in frame.columns if column != quantity]
    rank = now.take(Kind.MOST) or (now.sold if is_best else now.ranked)
    if counts or rank or now.take(Kind.COUNT):
        frame.measures = []
        frame.context += [m.table for m in counts]
        measure = Measure(quantity.table, "SUM", column_node(quantity))
        if rank:
            now.rank(measure, rank)
        else:
            frame.measures.append(measure)
    elif frame.head:
        frame.context.append(quantity.table)


def _quantities(now: Reading) -> list[ColumnRef]:
    found = [
        ColumnRef(table.name, column.name)
        for table in now.lexicon.schema.tables
        for column in table.columns
        if is_numeric(column) and _is_quantity(column)
    ]
    return [ref for ref in found if not now.lexicon.is_key(ref)]


def _quantity(now: Reading, thing: str | None) -> ColumnRef:
    found = _quantities(now)
    if not found:
        raise Unreadable("I find no column that counts the units sold")
    return min(found, key=lambda ref: now.joins.distance(thing or ref.table, ref.table))


def _is_quantity(column: Column) -> bool:
    said = {"sold", "bought"} & set(column.comment.lower().split())
    return bool(said) or name_stems(column.name)[0] in _QUANTITY
