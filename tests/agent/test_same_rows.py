from decimal import Decimal

import pytest

from agent.same_rows import are_same_statement, have_same_rows
from tools.sql.run import Database, QueryResult
from tools.sql.source import Value

Rows = tuple[tuple[Value, ...], ...]

CASES: list[tuple[str, Rows, Rows, bool | None]] = [
    ("in another order of rows and columns", ((1, "x"), (2, "y")), (("y", 2), ("x", 1)), True),
    ("other pairs of the same values", ((1, "x"), (2, "y")), ((1, "y"), (2, "x")), False),
    ("a row more than once", ((1,), (1,)), ((1,),), False),
    ("a further column beside texts", (("a",), ("b",)), (("a", 3), ("b", 4)), True),
    ("a number among others", ((3,),), ((1, 3),), False),
    ("a sum in another order", ((0.1 + 0.2,),), ((0.3,),), True),
    ("rounded to two decimals", ((12.3456,),), ((12.35,),), True),
    ("rounded to a whole number", ((12.3456,),), ((12,),), False),
    ("a decimal and a whole number", ((Decimal("5.00"),),), ((5,),), True),
    ("large numbers that differ in the last digit", ((1_234_567,),), ((1_234_568,),), False),
    ("a number as text", ((5,),), (("5",),), True),
    ("nothing and something", (), ((1,),), False),
    ("nothing twice", (), (), None),
    ("sums over nothing twice", ((None, 0),), ((0,),), None),
    ("two columns of the same values", ((1, 1), (2, 2)), ((1, 1), (2, 2)), True),
]


def result(rows: Rows, *, truncated: bool = False) -> QueryResult:
    columns = tuple("abcdef"[: len(rows[0])]) if rows else ("a",)
    return QueryResult("shop", "SELECT …", columns, rows, truncated, 0.1)


@pytest.mark.parametrize(
    ("one", "other", "same"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_rows_are_the_same_whatever_their_order(
    one: Rows, other: Rows, *, same: bool | None
) -> None:
    assert have_same_rows(result(one), result(other)) is same
    assert have_same_rows(result(other), result(one)) is same


def test_of_rows_that_were_cut_off_nothing_can_be_told() -> None:
    assert have_same_rows(result(((1,),), truncated=True), result(((1,),))) is None


def test_many_columns_of_many_rows_are_compared_in_no_time() -> None:
    rows = tuple(tuple(range(row, row + 30)) for row in range(1_000))
    turned = tuple(tuple(reversed(row)) for row in rows)
    assert have_same_rows(result(rows), result(turned)) is True
    others = (*turned[:-1], tuple(range(30)))
    assert have_same_rows(result(rows), result(others)) is False


STATEMENTS = [
    ("SELECT SUM(amount) FROM sale", "select sum(s.amount) as sold from sale s", True),
    (
        "SELECT city FROM sale WHERE city = 'Oslo'",
        'SELECT "sale"."city" FROM sale WHERE \'Oslo\' = sale.city',
        True,
    ),
    ("SELECT city FROM sale", "SELECT amount FROM sale", False),
    ("SELECT city FROM sale WHERE amount > 3", "SELECT city FROM sale WHERE amount > 4", False),
    ("SELECT nothing FROM sale", "SELECT nothing FROM sale", False),
    (
        "SELECT a.city FROM sale a JOIN sale b ON a.city = b.city",
        "SELECT b.city FROM sale a JOIN sale b ON a.city = b.city",
        False,
    ),
]


@pytest.mark.parametrize(("one", "other", "same"), STATEMENTS)
def test_statements_are_the_same_but_for_names_that_are_free(
    one: str, other: str, *, same: bool, shop: Database
) -> None:
    assert are_same_statement(one, other, shop) is same
