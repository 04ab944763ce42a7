"""Stored values near a text that a statement did not find, on real engines."""

import pytest

from tools.caller import Caller
from tools.errors import Refused
from tools.sql.near import near_values
from tools.sql.run import Database

FOUND = [
    ("SELECT name FROM products WHERE status = 'pre release'", [("products.status", "Pre-Release")]),
    ("SELECT count(*) FROM products AS p WHERE p.status = 'relesed'", [("products.status", "Released")]),
    ("SELECT 1 FROM products WHERE lower(status) = lower('RETIRE')", [("products.status", "Retired")]),
    ("SELECT 1 FROM products WHERE status IN ('Released', 'retird')", [("products.status", "Retired")]),
    ("SELECT 1 FROM products WHERE name LIKE '%computer%'", [("products.name", "Compute L")]),
    ("SELECT 1 FROM products WHERE 'Computes L' = name", [("products.name", "Compute L")]),
    (
        "SELECT 1 FROM customers c JOIN regions r ON r.id = c.region_id "
        "WHERE r.name = 'Frances' AND c.name = 'Anne'",
        [("regions.name", "France"), ("customers.name", "Ann")],
    ),
    ("WITH p AS (SELECT id FROM products WHERE status = 'RELEASED ') SELECT * FROM p", [("products.status", "Released")]),
    ("SELECT 1 FROM customers WHERE name = 'ONeil'", [("customers.name", "O'Neil")]),
]  # fmt: skip
NOTHING = [
    "SELECT name FROM products WHERE status = 'Retired' AND price < 0",
    "SELECT name FROM products WHERE status <> 'pre release'",
    "SELECT name FROM products WHERE NOT status = 'pre release'",
    "SELECT name FROM products WHERE status = 'something else entirely'",
    "SELECT name FROM products WHERE name LIKE '%om_ut%r%'",
    "SELECT name FROM products WHERE price > 99999",
    "SELECT s FROM (SELECT status AS s FROM products) AS p WHERE s = 'pre release'",
    "SELECT 1 WHERE 'pre release' = 'x'",
]


@pytest.fixture(scope="module", params=["shop", "postgres_shop", "mariadb_shop"])
def engine(request: pytest.FixtureRequest) -> Database:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize(("sql", "expected"), FOUND)
def test_the_nearest_stored_values_are_named(
    sql: str, expected: list[tuple[str, str]], engine: Database, caller: Caller
) -> None:
    found = near_values(engine, sql, caller=caller)
    assert [(near.column, near.values[0]) for near in found] == expected


@pytest.mark.parametrize("sql", NOTHING)
def test_a_filter_that_is_not_to_blame_is_not_named(
    sql: str, engine: Database, caller: Caller
) -> None:
    assert near_values(engine, sql, caller=caller) == ()


def test_it_is_said_in_words_that_can_be_copied(shop: Database, caller: Caller) -> None:
    (near,) = near_values(shop, "SELECT 1 FROM customers WHERE name = 'ONeil'", caller=caller)
    assert str(near) == "customers.name is never 'ONeil'; stored is 'O''Neil'"


def test_no_denied_column_and_no_other_callers_row_is_looked_at(
    postgres_shop: Database, shop: Database, caller: Caller
) -> None:
    with pytest.raises(Refused):
        near_values(shop, "SELECT 1 FROM customers WHERE password = 'CANARY'", caller=caller)
    sql = "SELECT 1 FROM notes WHERE owner = 'anne'"
    assert near_values(postgres_shop, sql, caller=Caller("bob")) != ()  # the owner of the table
