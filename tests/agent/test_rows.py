"""Rows against the expected ones: what counts, what does not, and what is told of a difference."""

import pytest
import sqlglot
from sqlglot import exp

from agent.evaluation.ranks import ndcg, recall
from agent.evaluation.rows import Row, RowSet, difference, order_of, row_set

CITIES = (("Ghent", 2), ("Ostend", 1))
TIED = (("a", 2), ("b", 1), ("c", 1))


def of(
    rows: tuple[Row, ...], *, order: tuple[int, ...] | None = None, width: int | None = None
) -> RowSet:
    columns = width if width is not None else len(rows[0]) if rows else 1
    return RowSet(tuple(f"c{n}" for n in range(columns)), rows, order)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (of(CITIES), of(CITIES)),
        (of(CITIES), of(CITIES[::-1])),  # no order was asked for
        (of(CITIES), of(tuple((n, name) for name, n in CITIES))),
        (of(CITIES), of(tuple((n, name, "x") for name, n in CITIES))),
        (of(((38.4,),)), of(((38.40000000001,),))),
        (of(((1_000_000_000.01,),)), of(((1_000_000_000.02,),))),
        (of(((True,),)), of(((1,),))),
        (of((("2025-01-01",),)), of((("2025-01-01T00:00:00",),))),
        (of(((None,),)), of(((None,),))),
        (of(()), of(())),
        (of(()), of((), width=3)),
        (of(CITIES, order=(1,)), of(CITIES)),
        (of(TIED, order=(1,)), of((TIED[0], TIED[2], TIED[1]))),  # equals in any order
        (of((("a", "a"), ("b", "c"))), of((("b", "c"), ("a", "a")))),
        (of((("a", "b"), ("b", "a"))), of((("b", "a"), ("a", "b")))),
    ],
)
def test_rows_are_the_same_whatever_does_not_count(expected: RowSet, found: RowSet) -> None:
    assert difference(expected, found) == ""


@pytest.mark.parametrize(
    ("expected", "found", "told"),
    [
        (of(CITIES), of(CITIES[:1]), "2 rows were expected, 1 found.\nMissing: Ostend | 1"),
        (of(CITIES[:1]), of(CITIES), "1 rows were expected, 2 found.\nNot expected: Ostend | 1"),
        (
            of(CITIES),
            of((("Ghent", 2), ("Ostend", 3))),
            "Other rows than expected.\nMissing: Ostend | 1\nNot expected: Ostend | 3",
        ),
        (of(CITIES), of((("Ghent",), ("Ostend",))), "2 columns were expected (c0, c1), 1 found"),
        (of(CITIES), of(()), "2 rows were expected, 0 found."),
        (of(()), of(CITIES), "0 rows were expected, 2 found."),
        (of(((1,),)), of(((1.001,),)), "Other rows"),
        (of(((None,),)), of(((0,),)), "Other rows"),
        (of((("1",),)), of(((1,),)), "Other rows"),  # a text is no number
        (of(CITIES, order=(1,)), of(CITIES[::-1]), "the expected ones in another order"),
        (of(TIED, order=()), of((TIED[0], TIED[2], TIED[1])), "in another order"),
        # Each column fits, and no row does.
        (of((("a", 1), ("b", 2))), of((("a", 2), ("b", 1))), "Other rows"),
        (
            of(tuple((n,) for n in range(9))),
            of(tuple((n + 9,) for n in range(9))),
            "Missing: 0; 1; 2; 3; 4; and 4 more",
        ),
    ],
)
def test_a_difference_is_told(expected: RowSet, found: RowSet, told: str) -> None:
    assert told in difference(expected, found)


def test_tolerance_and_further_columns_are_the_cases_own() -> None:
    assert difference(of(((1,),)), of(((1.001,),)), tolerance=0.01) == ""
    more = of((("Ghent", 2, 5), ("Ostend", 1, 5)))
    assert "2 columns were expected" in difference(of(CITIES), more, further_columns=False)


def test_exact_decimals_are_numbers_and_other_texts_are_not() -> None:
    exact = row_set(["cost"], ["decimal"], [["40.50"], ["9007199254740993"]])
    assert difference(exact, of(((40.5,), (9007199254740993,)))) == ""
    assert difference(row_set(["zip"], ["text"], [["0123"]]), of(((123,),))) != ""


def test_many_rows_are_compared_in_good_time() -> None:
    many = of(tuple((n, f"row {n}") for n in range(20_000)))
    other = of((*many.rows[:-1], (1, "row 1")))
    assert difference(many, of(many.rows[::-1])) == ""
    assert "Missing: 19999 | row 19999" in difference(many, other)


@pytest.mark.parametrize(
    ("sql", "order"),
    [
        ("SELECT a, b FROM t", None),
        ("SELECT a, b FROM t ORDER BY b DESC", (1,)),
        ("SELECT a, COUNT(*) AS n FROM t GROUP BY a ORDER BY n, a", (1, 0)),
        ("SELECT a, COUNT(*) FROM t GROUP BY a ORDER BY COUNT(*)", (1,)),
        ("SELECT a, b FROM t ORDER BY 2", (1,)),
        ("SELECT t.a FROM t ORDER BY t.a", (0,)),
        ("SELECT a FROM t ORDER BY c", ()),  # nothing in the rows says what is equal
        ("SELECT a FROM t ORDER BY c LIMIT 1", None),
        ("SELECT a FROM t UNION SELECT b FROM t ORDER BY a", (0,)),
    ],
)
def test_an_order_is_read_off_the_statement(sql: str, order: tuple[int, ...] | None) -> None:
    tree = sqlglot.parse_one(sql)
    assert isinstance(tree, exp.Query)
    assert order_of(tree) == order


def hits(*places: set[int]) -> list[frozenset[int]]:
    return [frozenset(place) for place in places]


@pytest.mark.parametrize(
    ("wanted", "ranking", "share", "gain"),
    [
        (1, hits({0}), 1.0, 1.0),
        (1, hits(set(), {0}), 1.0, 0.6309),
        (2, hits({0}, {0}, {1}), 1.0, 0.9197),  # the second place says the same again
        (2, hits({0, 1}), 1.0, 0.6131),
        (2, hits({1}), 0.5, 0.6131),
        (1, hits(), 0.0, 0.0),
        (1, [*hits(set()) * 10, *hits({0})], 0.0, 0.0),  # beyond the places that are looked at
    ],
)
def test_a_ranking_is_measured(
    wanted: int, ranking: list[frozenset[int]], share: float, gain: float
) -> None:
    assert recall(wanted, ranking) == share
    assert ndcg(wanted, ranking) == pytest.approx(gain, abs=1e-4)
