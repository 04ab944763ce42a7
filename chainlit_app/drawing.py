"""Charts as Plotly draws them, from the service's declarative choice; a person may switch the kind."""

import math
import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from chainlit_app.texts.table import words_for
from serving.schema import Chart, Query

_NAMES = frozenset({"name", "title", "label", "bezeichnung"})
"""Columns that say nothing of what they name."""
KINDS = ("bar", "line", "pie")
MAX_SLICES = 12
_HORIZONTAL = 12
"""Longer labels make bars horizontal; under upright bars they would be rotated."""
_COLOURS = ["#0891b2", "#d67004", "#7c50ec", "#56a269", "#d73438", "#588ee6", "#269285"]
"""Distinguishable for colour-blind people, with a contrast of 3:1 on light and on dark."""
_GREY, _FAINT = "#7c8490", "rgba(127,127,127,0.25)"
_HEIGHT, _BAR_PX = 340, 30
_SLICES = {
    "sort": False,
    "direction": "clockwise",
    "rotation": 90,
    "textposition": "outside",
    "automargin": True,
}
"""Each slice says whose it is; outside of it, where there is contrast whatever its color.

The first begins and the last ends at the right: there the labels of small slices stand one below
another, and at the top they would touch.
"""
_WIDE = 0.06
"""The share of a pie from which labels of two lines do not touch; they leave it more room."""
_MEASURED = re.compile(r"(count|sum|total|avg|average)_(?:of_)?(\w+)")
"""What a statement calls a column that it computes of another."""


class Series(BaseModel):
    """The data of a chart: points in order, with each series' value or None."""

    names: list[str]
    points: list[str]
    values: list[list[float | None]]
    caption: str


def kinds_of(chart: Chart, query: Query) -> list[str]:
    """The kinds that the result can be switched to; a table is always one more."""
    if chart.x is None:
        return []
    values = series_of(chart, query).values
    is_whole = len(values) == 1 and 2 <= len(values[0]) <= MAX_SLICES
    parts = [value for value in values[0] if value is not None] if is_whole else []
    can_be_pie = bool(parts) and min(parts) >= 0 < sum(parts)
    return ["bar", "line", *(["pie"] if can_be_pie else [])]


def series_of(chart: Chart, query: Query) -> Series:
    """The values of a chart; those of a line in chronological order."""
    x = chart.x or ""
    points, values = _split(chart, query, x) if chart.split_by else _straight(chart, query, x)
    order = list(range(len(points)))
    if chart.kind == "line":
        order.sort(key=lambda at: _order(points[at]))
    values_shown = _spoken(words_for("chart.and").join(chart.series))
    caption = words_for("chart.by", values=values_shown, points=_things(x, query.sql))
    if chart.split_by:
        caption = words_for("chart.split", caption=caption, split=_spoken(chart.split_by))
    return Series(
        names=_names(chart, query),
        points=[points[at] for at in order],
        values=[[one[at] for at in order] for one in values],
        caption=caption,
    )


def plotted(chart: Chart, query: Query, kind: str) -> dict[str, Any]:
    """The chart as Plotly's JSON; no text of a result is markup there."""
    drawn = series_of(chart, query)
    points = [_plain(point) for point in drawn.points]
    if kind == "pie":
        parts = drawn.values[0]
        told = {"texttemplate": f"%{{label}}{_between(parts)}%{{percent:.1%}}"}
        data = [{"type": "pie", "labels": points, "values": parts, **_SLICES, **told}]
        return {"data": data, "layout": _layout(drawn, height=_HEIGHT)}
    lies = kind == "bar" and any(len(point) > _HORIZONTAL for point in points)
    data = [
        _trace(kind, _plain(name), points, values, lies=lies)
        for name, values in zip(drawn.names, drawn.values, strict=True)
    ]
    height = max(_HEIGHT, _BAR_PX * len(points) * len(data)) if lies else _HEIGHT
    layout = _layout(drawn, height=height)
    along: dict[str, Any] = {"type": "category", "automargin": True, "color": _GREY}
    up = {"automargin": True, "color": _GREY, "gridcolor": _FAINT, "zerolinecolor": _FAINT}
    up |= {"tickformat": _tick_format(drawn.values), "rangemode": "tozero", "fixedrange": True}
    along |= {"fixedrange": True, "nticks": 12, "showgrid": False}
    along |= {"ticks": "outside", "tickcolor": "rgba(0,0,0,0)"}  # the first stands beside the zero
    if lies:
        along |= {"autorange": "reversed", "nticks": len(points)}
    layout |= {"yaxis": along, "xaxis": up} if lies else {"xaxis": along, "yaxis": up}
    return {"data": data, "layout": layout}


def _trace(
    kind: str, name: str, points: Sequence[str], values: Sequence[float | None], *, lies: bool
) -> dict[str, Any]:
    if kind == "line":
        return {
            "type": "scatter",
            "mode": "lines+markers" if len(points) <= 60 else "lines",
            "name": name,
            "x": points,
            "y": values,
        }
    along, up = ("y", "x") if lies else ("x", "y")
    return {"type": "bar", "name": name, along: points, up: values} | (
        {"orientation": "h"} if lies else {}
    )


def _layout(drawn: Series, *, height: int) -> dict[str, Any]:
    return {
        "title": {"text": _plain(drawn.caption), "font": {"size": 13}, "x": 0, "xanchor": "left"},
        "height": height,
        "autosize": True,
        "colorway": _COLOURS,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": _GREY, "size": 12, "family": "inherit"},
        "margin": {"l": 48, "r": 16, "t": 40, "b": 40},
        "showlegend": len(drawn.names) > 1,
        "legend": {"orientation": "h", "y": -0.2},
        "separators": words_for("chart.separators"),
        "barmode": "group",
    }


def _between(parts: Sequence[float | None]) -> str:
    """What stands between the name of a slice and its share."""
    known = [part or 0.0 for part in parts]
    return "<br>" if min(known) >= _WIDE * sum(known) else " "


def _tick_format(values: Sequence[Sequence[float | None]]) -> str:
    """Whole numbers with their commas, smaller ones with as many places as they differ by."""
    known = [abs(value) for each in values for value in each if value]
    largest = max(known, default=1.0)
    if largest >= 10:
        return ","
    return f",.{max(1, 1 - math.floor(math.log10(largest)))}f"


def _straight(chart: Chart, query: Query, x: str) -> tuple[list[str], list[list[float | None]]]:
    at = query.columns.index(x)
    places = [query.columns.index(name) for name in chart.series]
    points = [str(row[at]) for row in query.rows]
    return points, [[_number(row[place]) for row in query.rows] for place in places]


def _split(chart: Chart, query: Query, x: str) -> tuple[list[str], list[list[float | None]]]:
    at, by = query.columns.index(x), query.columns.index(chart.split_by or "")
    measured = query.columns.index(chart.series[0])
    known = {(str(row[at]), str(row[by])): _number(row[measured]) for row in query.rows}
    points = list(dict.fromkeys(str(row[at]) for row in query.rows))
    return points, [[known.get((one, name)) for one in points] for name in _names(chart, query)]


def _names(chart: Chart, query: Query) -> list[str]:
    if chart.split_by is None:
        return [_spoken(name) for name in chart.series]
    by = query.columns.index(chart.split_by)
    return list(dict.fromkeys(str(row[by]) for row in query.rows))


def _number(cell: str | float | None) -> float | None:
    """An exact decimal travels as a string of its digits."""
    return None if cell is None else float(cell)


def _order(x: str) -> tuple[float, str]:
    """Whole numbers by their size, everything else as text: dates are ISO 8601."""
    return (float(x), "") if x.isdigit() else (0.0, x)


def _plain(text: str) -> str:
    """Text that Plotly shows as it is: it makes links and bold type of tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _things(column: str, sql: str) -> str:
    """What a column is of: names are called by the table that the statement takes them from."""
    tables = set(re.findall(rf'(\w+)"?\."?{re.escape(column)}\b', sql))
    is_of_one = column.casefold() in _NAMES and len(tables) == 1
    return _spoken(tables.pop() if is_of_one else column)


def _spoken(name: str) -> str:
    measured = _MEASURED.fullmatch(name)
    if measured is None:
        return name.replace("_", " ")
    how = {"sum": "total", "avg": "average"}.get(measured[1], measured[1])
    return words_for(f"chart.{how}", what=measured[2].replace("_", " "))
