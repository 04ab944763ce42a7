"""Charts as Plotly is given them."""

from itertools import combinations

import pytest

from chainlit_app.drawing import plotted
from serving.wire.answer import Query
from serving.wire.charts import Chart

COUNTED = "SELECT regions.name, COUNT(*) AS customers FROM customers JOIN regions GROUP BY 1"


@pytest.mark.parametrize(
    ("sql", "column", "title"),
    [
        (COUNTED, "name", "customers by regions"),
        (COUNTED.replace("regions.name", '"regions"."name"'), "name", "customers by regions"),
        ("SELECT name, COUNT(*) AS customers FROM regions", "name", "customers by name"),
        (f"{COUNTED}, customers.name", "name", "customers by name"),
        (COUNTED.replace("regions.name", "orders.series"), "series", "customers by series"),
    ],
)
def test_a_chart_of_names_is_called_by_what_they_name(sql: str, column: str, title: str) -> None:
    rows: list[list[str | float | None]] = [["Galway", 40], ["Leipzig", 31]]
    query = Query(
        number=1,
        database="demo",
        sql=sql,
        columns=[column, "customers"],
        rows=rows,
        truncated=False,
        elapsed_s=0.0,
    )
    chart = Chart(number=1, kind="bar", x=column, series=["customers"])
    assert plotted(chart, query, "bar")["layout"]["title"]["text"] == title


@pytest.mark.parametrize(
    ("column", "title"),
    [
        ("count_orders", "number of orders by status"),
        ("sum_of_list_price", "total list price by status"),
        ("avg_price", "average price by status"),
        ("accounts", "accounts by status"),
    ],
)
def test_a_chart_says_in_words_what_is_measured(column: str, title: str) -> None:
    query = Query(
        number=1,
        database="demo",
        sql="",
        columns=["status", column],
        rows=[["paid", 40], ["open", 31]],
        truncated=False,
        elapsed_s=0.0,
    )
    chart = Chart(number=1, kind="pie", x="status", series=[column])
    assert plotted(chart, query, "pie")["layout"]["title"]["text"] == title


GROUNDS = "#ffffff", "#212121"
"""Of the light theme and of the dark one."""
DEUTERANOPIA = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
"""Machado, Oliveira and Fernandes (2009): what red and green look like to the most who confuse them."""


def test_the_colors_of_a_chart_are_told_apart_on_both_grounds() -> None:
    query = Query(
        number=1,
        database="demo",
        sql="",
        columns=["x", "n"],
        rows=[["a", 1]],
        truncated=False,
        elapsed_s=0,
    )
    chart = Chart(number=1, kind="bar", x="x", series=["n"])
    colors: list[str] = plotted(chart, query, "bar")["layout"]["colorway"]
    faint = [(each, on) for each in colors for on in GROUNDS if contrast(each, on) < 3]
    assert faint == []
    alike = [pair for pair in combinations(colors, 2) if distance(*pair) < 0.1]
    assert alike == []


def contrast(one: str, other: str) -> float:
    shades = [
        0.2126 * red + 0.7152 * green + 0.0722 * blue
        for red, green, blue in map(light, (one, other))
    ]
    return (max(shades) + 0.05) / (min(shades) + 0.05)


def distance(one: str, other: str) -> float:
    """How far apart they are to the colour-blind, as parts of the light of red, green and blue."""
    seen = [
        [sum(a * b for a, b in zip(row, light(each), strict=True)) for row in DEUTERANOPIA]
        for each in (one, other)
    ]
    return sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5


def light(color: str) -> tuple[float, float, float]:
    red, green, blue = (each / 255 for each in bytes.fromhex(color[1:]))
    return linear(red), linear(green), linear(blue)


def linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
