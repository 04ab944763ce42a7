"""Charts as the page's `Chart` element takes them: points in order, numbers as numbers."""

from collections.abc import Iterator

from pydantic import BaseModel

from serving.schema import Answer, Chart, Query

Cell = str | int | float | bool | None


class Point(BaseModel):
    """One place along the chart, with a value for each series; None where there is none."""

    x: str
    values: list[float | None]


class Drawing(BaseModel):
    """The data for `public/elements/Chart.jsx`."""

    kind: str
    caption: str
    label: str
    series: list[str]
    points: list[Point]


def drawings(answer: Answer) -> Iterator[Drawing]:
    """A drawing for each chart that is more than a table."""
    queries = {query.number: query for query in answer.queries}
    for chart in answer.charts:
        query = queries.get(chart.number)
        if query is not None and chart.x is not None:
            yield _drawing(chart, query, chart.x)


def _drawing(chart: Chart, query: Query, x: str) -> Drawing:
    points = _split(chart, query, x) if chart.split_by else _straight(chart, query, x)
    series = _names(chart, query)
    if chart.kind == "line":
        points.sort(key=lambda point: _order(point.x))
    caption = f"{_spoken(' and '.join(chart.series))} by {_spoken(x)}"
    if chart.split_by:
        caption += f" and {_spoken(chart.split_by)}"
    return Drawing(
        kind=chart.kind,
        caption=f"{caption} [{chart.number}]",
        label=f"{chart.kind} chart: {caption}",
        series=series,
        points=points,
    )


def _straight(chart: Chart, query: Query, x: str) -> list[Point]:
    at = query.columns.index(x)
    places = [query.columns.index(name) for name in chart.series]
    return [
        Point(x=str(row[at]), values=[_number(row[place]) for place in places])
        for row in query.rows
    ]


def _split(chart: Chart, query: Query, x: str) -> list[Point]:
    at, by = query.columns.index(x), query.columns.index(chart.split_by or "")
    measured = query.columns.index(chart.series[0])
    known = {(str(row[at]), str(row[by])): _number(row[measured]) for row in query.rows}
    names = _names(chart, query)
    moments = dict.fromkeys(str(row[at]) for row in query.rows)
    return [Point(x=one, values=[known.get((one, name)) for name in names]) for one in moments]


def _names(chart: Chart, query: Query) -> list[str]:
    if chart.split_by is None:
        return [_spoken(name) for name in chart.series]
    by = query.columns.index(chart.split_by)
    return list(dict.fromkeys(str(row[by]) for row in query.rows))


def _number(cell: Cell) -> float | None:
    """An exact decimal travels as a string of its digits."""
    return None if cell is None else float(cell)


def _order(x: str) -> tuple[float, str]:
    """Whole numbers by their size, everything else as text: dates are ISO 8601."""
    return (float(x), "") if x.isdigit() else (0.0, x)


def _spoken(name: str) -> str:
    return name.replace("_", " ")
