"""Statements in another database's SQL, on real engines."""

from typing import Any

import pytest
import shop_servers

from tools.caller import Caller
from tools.errors import Correctable
from tools.sql.run import Database
from tools.sql.schema import Schema
from tools.sql.translate import candidate_translations

LEFT_AS_THEY_ARE = [
    "SELECT name FROM products LIMIT 2",
    "SELECT name FROM nothing",
    "DELETE FROM orders",
    "SELECT TOP 5 * INTO copy FROM orders",
    "SELECT ((((",
    "",
]


@pytest.fixture(scope="module", params=["sqlite", "postgres", "mysql"])
def engine(request: pytest.FixtureRequest) -> Database:
    names = {"sqlite": "shop", "postgres": "postgres_shop", "mysql": "mariadb_shop"}
    return request.getfixturevalue(names[request.param])


async def test_a_statement_in_another_dialect_is_written_in_the_engines(
    engine: Database, caller: Caller
) -> None:
    cases = [c for c in shop_servers.read_cases("dialects.jsonl") if c["on"] == engine.dialect]
    assert len(cases) > 8
    for case in cases:
        sql = engine.in_its_dialect(case["sql"], caller=caller)
        rows: list[Any] = [list(row) for row in engine.run(sql, caller=caller).rows]
        assert rows == case["rows"], (case["sql"], sql)
        meant = await engine.arun_as_meant(case["sql"], caller=caller)
        assert [list(row) for row in meant.rows] == rows, case["sql"]


@pytest.mark.parametrize("sql", LEFT_AS_THEY_ARE)
def test_what_no_reading_helps_is_left_as_it_is(sql: str, engine: Database, caller: Caller) -> None:
    assert engine.in_its_dialect(sql, caller=caller) == sql


@pytest.mark.parametrize("sql", LEFT_AS_THEY_ARE[1:])
async def test_what_no_reading_helps_fails_as_it_was_written(
    sql: str, engine: Database, caller: Caller
) -> None:
    with pytest.raises(Correctable) as as_it_is:
        engine.run(sql, caller=caller)
    with pytest.raises(Correctable) as as_meant:
        await engine.arun_as_meant(sql, caller=caller)
    assert str(as_meant.value) == str(as_it_is.value)


@pytest.mark.parametrize("kind", ["legitimate", "mariadb_legitimate", "postgres_legitimate"])
def test_what_the_engine_takes_is_left_as_it_is(
    kind: str, request: pytest.FixtureRequest, caller: Caller
) -> None:
    file = {"legitimate": "legitimate.jsonl"}.get(
        kind, "_".join(reversed(kind.split("_"))) + ".jsonl"
    )
    fixture = {"legitimate": "shop"}.get(kind, f"{kind.split('_')[0]}_shop")
    database: Database = request.getfixturevalue(fixture)
    for case in shop_servers.read_cases(file):
        assert database.in_its_dialect(case["sql"], caller=caller) == case["sql"]


GROWING = {
    "mysql": "date_trunc('month', " * 36 + "a" + ")" * 36,
    "postgres": "TIMESTAMPDIFF(MONTH, " * 30 + "a" + ", b)" * 30,
    "sqlite": "/".join(["a"] * 900),
}


@pytest.mark.parametrize(("dialect", "call"), GROWING.items())
def test_what_grows_in_another_dialect_is_given_up(dialect: str, call: str) -> None:
    written = candidate_translations(f"SELECT {call}", Schema(dialect, (), ""), is_misread=False)
    assert all(len(text) < 200_000 for text in written)
