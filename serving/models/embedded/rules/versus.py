"""Values of one column apart: "web vs counter", "by card, by cash", "for small and large ones separately"."""

from collections.abc import Iterator
from itertools import groupby

from serving.models.embedded.english.triggers import Kind
from serving.models.embedded.form.conditions import either
from serving.models.embedded.rules.reading import Reading, holds
from serving.models.embedded.scan.mentions import Meaning
from serving.models.embedded.schema.targets import ColumnRef
from serving.models.embedded.schema.values import Stored

_PARTING = frozenset(("by", "per"))
"""What each of several values may follow that part what is asked: "by card, by cash"."""


def read_versus(now: Reading) -> None:
    """Put rows together by the column whose values are compared, or asked for each by itself."""
    for column, values in list(_runs(now)):
        places = list(values)
        waiting = now.waiting(Kind.VERSUS, Kind.APART)
        signs = [at for at in waiting if now.items[at].kind is Kind.APART or at < places[-1]]
        before = [now.words[max(0, now.items[at].start - 1)].lower for at in places]
        if not signs and not _PARTING.issuperset(before):
            continue
        now.restrict(places[0], column.table, either(*map(holds, values.values())))
        shown = now.frame.columns if _compares_rows(now) else now.frame.groups
        shown += [] if column in shown else [column]
        now.use(*signs, *places)


def _runs(now: Reading) -> Iterator[tuple[ColumnRef, dict[int, Stored]]]:
    """Two and more values of one column that follow each other, by their places."""
    said = ((at, i.meaning) for at, i in enumerate(now.items) if i.kind is not Kind.VERSUS)
    for column, run in groupby(said, lambda one: _column(one[1])):
        values = {at: value for at, value in run if isinstance(value, Stored)}
        if column is not None and len(values) > 1:
            yield column, values


def _column(meaning: Meaning) -> ColumnRef | None:
    return meaning.column if isinstance(meaning, Stored) else None


def _compares_rows(now: Reading) -> bool:
    """Whether the values are compared by what a row has, such as a price, which nothing adds up."""
    named = (now.column(n, accept=now.is_measure) for n in range(len(now.items)))
    is_priced = any(column is not None and not now.is_additive(column) for column in named)
    return is_priced and not any(True for _ in now.waiting(Kind.AGGREGATE, Kind.COUNT))
