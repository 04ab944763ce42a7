"""The data of a chart in an Office document (DrawingML charts, ECMA-376, part 1, 21.2)."""

from collections.abc import Iterator
from typing import Any

from tools.documents.block import tidy, write_table
from tools.documents.formats.number_format import show

Element = Any
"""An lxml element, which has no types here."""


def read_chart(root: Element) -> tuple[str, str]:
    """A chart's title, or nothing, and its data as a table: a row for each category."""
    title = root.find(".//{*}chart/{*}title")
    series = list(root.iterfind(".//{*}ser"))
    names = [_name(each, number) for number, each in enumerate(series, start=1)]
    columns = [_points(each, "val", "yVal", "bubbleSize") for each in series]
    categories = dict[int, str]()
    for each in series:
        categories = _points(each, "cat", "xVal") | categories
    places = sorted({place for column in (categories, *columns) for place in column})
    rows = [[categories.get(place, ""), *(c.get(place, "") for c in columns)] for place in places]
    text = write_table([["", *names], *rows]) if rows else ""
    return "" if title is None else tidy("".join(_texts(title))), text


def _texts(element: Element) -> Iterator[str]:
    for part in element.iter("{*}t", "{*}v"):
        yield part.text or ""


def _name(series: Element, number: int) -> str:
    """The default name of a series."""
    text = series.find("{*}tx")
    return (tidy("".join(_texts(text))) if text is not None else "") or f"Series {number}"


def _points(series: Element, *kinds: str) -> dict[int, str]:
    """The values of the first kind that there is, by their places; those of levels joined."""
    found = next(
        (e for e in map(lambda kind: series.find(f"{{*}}{kind}"), kinds) if e is not None), None
    )
    if found is None:
        return {}
    points = dict[int, str]()
    # The innermost level comes first, and an outer one names only where it begins.
    for level in list(found.iterfind(".//{*}lvl")) or [found]:
        values = _level(level, found.findtext(".//{*}formatCode") or "")
        inherited = ""
        for place in sorted(points | values):
            inherited = values.get(place, inherited)
            inner = points.get(place, "")
            points[place] = f"{inherited} {inner}" if inner else inherited
    return points


def _level(level: Element, number_format: str) -> dict[int, str]:
    is_number = level.find(".//{*}numCache") is not None or level.find(".//{*}numLit") is not None
    values = dict[int, str]()
    for point in level.iter("{*}pt"):
        text = tidy(point.findtext("{*}v") or "")
        own = point.get("formatCode") or number_format
        values[int(point.get("idx", 0))] = _number(text, own) if is_number else text
    return values


def _number(text: str, number_format: str) -> str:
    try:
        return show(float(text), number_format)
    except ValueError:
        return text
