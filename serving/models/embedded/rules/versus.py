"""Comparisons of two values: "web vs counter", "compare Irish and Finnish clients"."""

from itertools import pairwise

from serving.models.embedded.english.triggers import Kind
from serving.models.embedded.form.conditions import either
from serving.models.embedded.rules.reading import Reading, holds
from serving.models.embedded.schema.values import Stored


def read_versus(now: Reading) -> None:
    """Put rows together by the column of which two values are compared."""
    for at in list(now.waiting(Kind.VERSUS)):
        values = [(n, i.meaning) for n, i in enumerate(now.items) if isinstance(i.meaning, Stored)]
        around = [pair for pair in pairwise(values) if pair[1][0] > at]
        for (first, one), (second, other) in around[:1]:
            if one.column == other.column:
                now.restrict(first, one.column.table, either(holds(one), holds(other)))
                shown = now.frame.columns if _compares_rows(now) else now.frame.groups
                shown += [] if one.column in shown else [one.column]
                now.use(at, first, second)


def _compares_rows(now: Reading) -> bool:
    """Whether the values are compared by what a row has, such as a price, which nothing adds up."""
    named = (now.column(n, accept=now.is_measure) for n in range(len(now.items)))
    is_priced = any(column is not None and not now.is_additive(column) for column in named)
    return is_priced and not any(True for _ in now.waiting(Kind.AGGREGATE, Kind.COUNT))
