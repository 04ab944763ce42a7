"""How a result is to be shown is read off a question, and never looked for in a schema."""

from time import perf_counter

import pytest

from serving.turns.wish import WithoutWish, wanted
from serving.wire.charts import Wish, chart_of
from serving.wire.question import MAX_QUESTION
from tools.sql.run import QueryResult
from tools.sql.source import Value

WISHES: list[tuple[str, str, Wish | None]] = [
    ("How many orders were placed each year, as a bar chart?", "How many orders were placed each year?", "bar"),
    ("Orders per year as a column chart please", "Orders per year", "bar"),
    ("Bar chart of orders per year", "orders per year", "bar"),
    ("Plot orders per month as a line graph", "orders per month", "line"),
    ("Show me a chart of revenue by month", "revenue by month", "chart"),
    ("orders by region in a pie chart for 2025", "orders by region for 2025", "pie"),
    ("orders by region as a table", "orders by region", "table"),
    ("orders by region as bars", "orders by region", "bar"),
    ("show it as a pie chart", "", "pie"),
    ("Now as a line chart", "", "line"),
    ("Bestellungen pro Jahr als Balkendiagramm", "Bestellungen pro Jahr", "bar"),
    ("Umsatz je Region als Kreisdiagramm", "Umsatz je Region", "pie"),
    ("Which chart of accounts do we use?", "Which chart of accounts do we use?", None),
    ("What is in the table orders?", "What is in the table orders?", None),
    ("in line with the policy, how long?", "in line with the policy, how long?", None),
    ("How many customers are in a bar?", "How many customers are in a bar?", None),
]  # fmt: skip


@pytest.mark.parametrize(("question", "asked", "wish"), WISHES)
def test_a_wish_is_no_part_of_what_is_asked(question: str, asked: str, wish: Wish | None) -> None:
    assert wanted(question) == WithoutWish(asked, wish)


@pytest.mark.parametrize("filler", [" ", "-", ", ", "please ", "draw it as a "])
def test_a_long_question_is_read_at_once(filler: str) -> None:
    question = f"orders{filler * (MAX_QUESTION // len(filler))}"
    started = perf_counter()
    assert wanted(question) == WithoutWish(question)
    assert perf_counter() - started < 1


YEARS: tuple[tuple[Value, ...], ...] = ((2023, 5), (2024, 7), (2025, 4))
SHOWN: list[tuple[tuple[tuple[Value, ...], ...], Wish | None, str]] = [
    (YEARS, None, "line"),
    (YEARS, "bar", "bar"),
    (YEARS, "pie", "pie"),
    (YEARS, "table", "table"),
    (YEARS, "chart", "line"),
    (((2023, -5), (2024, 7)), "pie", "bar"),  # what is less than nothing is no part of a whole
    (YEARS[:1], None, "table"),
    (YEARS[:1], "bar", "bar"),
    (((2023, None),), "pie", "table"),  # nothing to draw
]


@pytest.mark.parametrize(("rows", "wish", "kind"), SHOWN)
def test_a_wish_is_obeyed_where_there_is_something_to_draw(
    rows: tuple[tuple[Value, ...], ...], wish: Wish | None, kind: str
) -> None:
    result = QueryResult("shop", "SELECT", ("year", "orders"), rows, truncated=False, elapsed_s=0.0)
    assert chart_of(1, result, wish=wish).kind == kind
