import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from serving.wire.answer import Chart
from serving.wire.charts import Wish, chart_of
from tools.sql.run import QueryResult
from tools.sql.source import Value

FILE = Path(__file__).parents[1] / "fixtures" / "charts" / "cases.jsonl"
CASES = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def value_of(cell: Any) -> Value:
    match cell:
        case {"date": day}:
            return date.fromisoformat(day)
        case {"decimal": digits}:
            return Decimal(digits)
        case {"bytes": size}:
            return b"x" * size
        case _:
            return cell


def result_of(case: dict[str, Any], *, truncated: bool = False) -> QueryResult:
    rows = tuple(tuple(value_of(cell) for cell in row) for row in case["rows"])
    return QueryResult("shop", "SELECT", tuple(case["columns"]), rows, truncated, 0.0)


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_a_chart_is_chosen_by_the_shape_of_the_result(case: dict[str, Any]) -> None:
    assert chart_of(3, result_of(case)) == Chart(number=3, **case["chart"])


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_a_result_that_was_cut_off_is_never_drawn(case: dict[str, Any]) -> None:
    assert chart_of(1, result_of(case, truncated=True)).kind == "table"


@pytest.mark.parametrize(
    ("rows", "wish", "kind", "instead_of"),
    [
        ([[f"2024-{at:02}-01", at] for at in range(1, 58)], "pie", "bar", "pie"),
        ([["Oslo", -3], ["Rome", 5]], "pie", "bar", "pie"),
        ([["Oslo", 3], ["Rome", 5]], "pie", "pie", None),
        ([["Oslo", 3], ["Rome", 5]], "chart", "bar", None),
        ([["Oslo", 3], ["Rome", 5]], "table", "table", None),
        ([["Oslo", "NO"], ["Rome", "IT"]], "bar", "table", "bar"),
        ([["Oslo", 3], ["Rome", 5]], None, "bar", None),
    ],
)
def test_a_chart_says_what_it_was_drawn_instead_of(
    rows: list[list[Any]], wish: Wish | None, kind: str, instead_of: str | None
) -> None:
    result = result_of({"columns": ["city", "n"], "rows": rows})
    chart = chart_of(1, result, wish=wish)
    assert (chart.kind, chart.instead_of) == (kind, instead_of)
