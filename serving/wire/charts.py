"""How a result is best seen, told by its shape: a pure choice, and never a model's code.

A chart is only chosen where it cannot mislead: not of a result that was cut off, not of more bars
than can be compared, not of columns whose sizes have nothing to do with each other.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite
from typing import Literal

from serving.wire.answer import Chart
from tools.sql.run import QueryResult
from tools.sql.source import Value

MAX_POINTS = 400
MAX_BARS = 30
MAX_SLICES = 7
MAX_SERIES = 4
MAX_LINES = 6
COMPARABLE = 50
"""How many times larger one series may be than another on the same axis."""

_TIME = re.compile(r"\d{4}(-\d\d(-\d\d([ T]\d\d:\d\d(:\d\d)?)?)?|-?Q[1-4]|-W\d\d)?")
_TIME_NAMES = frozenset({"year", "quarter", "month", "week", "day", "hour"})
_SHARE_NAMES = frozenset({"share", "percent", "percentage", "pct", "proportion", "fraction"})
_KEY_NAMES = frozenset({"id", "key", "code", "number", "no", "nr", "zip", "postcode"})
_WORDS = re.compile(r"[A-Za-z][a-z]*|%")

Kind = Literal["time", "label", "measure", "other"]
Wish = Literal["bar", "line", "pie", "table", "chart"]
"""How a person wants a result shown; a `chart` is any."""


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    values: tuple[Value, ...]
    kind: Kind

    @property
    def is_distinct(self) -> bool:
        return None not in self.values and len(set(self.values)) == len(self.values)

    @property
    def numbers(self) -> list[float]:
        found = map(_number, self.values)
        return [number for number in found if number is not None]

    @property
    def largest(self) -> float:
        return max(map(abs, self.numbers), default=0.0)


def chart_of(number: int, result: QueryResult, *, wish: Wish | None = None) -> Chart:
    """The chart of the query that answers cite as `number`; a table where no other suits.

    A person's `wish` is obeyed where there is something to draw; otherwise the chart says so.
    """
    drawn = _drawn_for(number, result, wish)
    if wish in {None, "table", drawn.kind} or (wish == "chart" and drawn.kind != "table"):
        return drawn
    return drawn.model_copy(update={"instead_of": wish})


def _drawn_for(number: int, result: QueryResult, wish: Wish | None) -> Chart:
    table = Chart(number=number, kind="table")
    repeats = len(set(result.columns)) < len(result.columns)
    is_drawn = not (result.truncated or repeats) and 1 <= len(result.rows) <= MAX_POINTS
    if wish == "table" or not is_drawn:
        return table
    columns = _columns_of(result)
    chosen = _chosen(number, columns) if len(result.rows) > 1 else table
    if wish is None or wish == chosen.kind or (wish == "chart" and chosen.kind != "table"):
        return chosen
    return _wished(number, columns, wish) or chosen


def _columns_of(result: QueryResult) -> list[_Column]:
    values = zip(*result.rows, strict=True)
    return [
        _Column(name, column, _kind_of(name, column))
        for name, column in zip(result.columns, values, strict=True)
    ]


def _wished(number: int, columns: Sequence[_Column], wish: Wish) -> Chart | None:
    """What a person asked for, drawn of the first column that names the points."""
    measures = [column for column in columns if column.kind == "measure"][:MAX_SERIES]
    named = [column for column in columns if column.kind in {"time", "label"}]
    if not measures or not named:
        return None
    x = next((column for column in named if column.is_distinct), named[0])
    if wish == "pie":
        is_whole = min(measures[0].numbers, default=-1) >= 0 and len(x.values) <= MAX_BARS
        return _drawn(number, "pie" if is_whole else "bar", x, measures[:1])
    kind = "line" if wish == "line" or (wish == "chart" and x.kind == "time") else "bar"
    return _drawn(number, kind, x, measures)


def _drawn(
    number: int, kind: Literal["bar", "line", "pie"], x: _Column, measures: Sequence[_Column]
) -> Chart:
    return Chart(number=number, kind=kind, x=x.name, series=[each.name for each in measures])


def _chosen(number: int, columns: Sequence[_Column]) -> Chart:
    table = Chart(number=number, kind="table")
    measures = [column for column in columns if column.kind == "measure"]
    if not 1 <= len(measures) <= MAX_SERIES or any(c.kind == "other" for c in columns):
        return table
    times = [column for column in columns if column.kind == "time"]
    labels = [column for column in columns if column.kind == "label"]
    return (
        _over_time(number, times, labels, measures)
        or _by_label(number, times, labels, measures)
        or table
    )


def _over_time(
    number: int, times: list[_Column], labels: list[_Column], measures: list[_Column]
) -> Chart | None:
    """A line where there is one time a point, or one a point and label."""
    if len(times) != 1 or not _are_comparable(measures) or None in times[0].values:
        return None
    (time,), moments = times, len(set(times[0].values))
    series = [measure.name for measure in measures]
    if not labels and time.is_distinct:
        kind = "line" if moments > 2 else "bar"
        return Chart(number=number, kind=kind, x=time.name, series=series)
    if len(labels) == len(measures) == 1 and moments > 2:
        (label,) = labels
        pairs = set(zip(time.values, label.values, strict=True))
        lines = len(set(label.values))
        if lines <= MAX_LINES and len(pairs) == len(time.values) and None not in label.values:
            split = label.name
            return Chart(number=number, kind="line", x=time.name, series=series, split_by=split)
    return None


def _by_label(
    number: int, times: list[_Column], labels: list[_Column], measures: list[_Column]
) -> Chart | None:
    """Bars where the first label that tells the rows apart names them; a pie of a whole's parts."""
    label = next((column for column in labels if column.is_distinct), None)
    if times or label is None or len(label.values) * len(measures) > MAX_BARS:
        return None
    if not _are_comparable(measures):
        return None
    kind = "pie" if len(measures) == 1 and _is_whole(measures[0]) else "bar"
    return Chart(number=number, kind=kind, x=label.name, series=[m.name for m in measures])


def _kind_of(name: str, values: Sequence[Value]) -> Kind:
    known = [value for value in values if value is not None]
    words = {word.lower() for word in _WORDS.findall(name)}
    if not known or any(isinstance(value, bool | bytes) for value in known):
        return "other"
    if all(isinstance(value, date) for value in known):
        return "time"
    if all(isinstance(value, str) for value in known):
        return "time" if all(_TIME.fullmatch(str(value)) for value in known) else "label"
    whole = [value for value in known if isinstance(value, int)]
    if len(whole) == len(known):
        return _kind_of_whole(words, whole)
    return "other" if None in map(_number, known) else "measure"


def _kind_of_whole(words: set[str], known: Iterable[int]) -> Kind:
    are_years = "year" in words and all(1000 <= value < 3000 for value in known)
    if are_years or (words & _TIME_NAMES and words <= _TIME_NAMES | {"of"}):
        return "time"
    return "label" if words & _KEY_NAMES else "measure"


def _number(value: Value) -> float | None:
    match value:
        case bool():
            return None
        case int() | Decimal() | float() if isfinite(value):
            return float(value)
        case _:
            return None


def _are_comparable(measures: Sequence[_Column]) -> bool:
    sizes = [measure.largest for measure in measures]
    return len(sizes) == 1 or (min(sizes) > 0 and max(sizes) / min(sizes) <= COMPARABLE)


def _is_whole(measure: _Column) -> bool:
    """Whether the values say of themselves that they are shares, and add up to a whole."""
    words = {word.lower() for word in _WORDS.findall(measure.name)}
    if not words & {*_SHARE_NAMES, "%"} or not 2 <= len(measure.values) <= MAX_SLICES:
        return False
    shares = measure.numbers
    if len(shares) < len(measure.values) or min(shares) < 0:
        return False
    return any(abs(sum(shares) - whole) <= whole / 100 for whole in (1, 100))
