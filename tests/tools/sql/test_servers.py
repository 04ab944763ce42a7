"""The guard on SQL Server, Oracle, Snowflake and BigQuery, of which no server was at hand."""

import sqlite3
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import pytest
from shop_servers import read_cases
from sqlalchemy import create_engine

from tools.caller import Caller
from tools.errors import BadInput, Refused
from tools.sql.access import VisibleSchema
from tools.sql.guard import admit
from tools.sql.reflected import KINDS, Reflected
from tools.sql.run import Database
from tools.sql.schema import Column, Schema, Table
from tools.sql.source import Job

COLUMNS = {
    "orders": ("id", "customer_id", "state", "amount", "placed", "note", "tags", "payload"),
    "customers": ("id", "name", "city", "country"),
    "employees": ("id", "name", "manager_id", "salary", "dept_id"),
    "departments": ("id", "name"),
    "sales.targets": ("id", "target"),
}
NAMESPACES = {"tsql": "dbo", "oracle": "SHOP", "snowflake": "PUBLIC", "bigquery": "shop"}
UPPER = ("oracle", "snowflake")


def _sight(dialect: str) -> VisibleSchema:
    def told(name: str) -> str:
        return name.upper() if dialect in UPPER else name

    tables = tuple(
        Table(
            told(name),
            tuple(Column(told(column), "varchar", nullable=True) for column in columns),
            namespace=told(name.rpartition(".")[0]),
        )
        for name, columns in COLUMNS.items()
    )
    hidden = {told("customers"): frozenset({told("secret")})}
    return VisibleSchema(Schema(dialect, tables, "made"), hidden, namespace=NAMESPACES[dialect])


@pytest.mark.parametrize("dialect", NAMESPACES)
def test_the_guard_reads_the_engines_sql(dialect: str) -> None:
    sight = _sight(dialect)
    for case in read_cases("servers.jsonl"):
        if case["on"] == dialect and case["is_legitimate"]:
            assert admit(case["sql"], sight=sight).text


@pytest.mark.parametrize("dialect", NAMESPACES)
def test_the_guard_refuses_attacks_on_the_engine(dialect: str) -> None:
    sight = _sight(dialect)
    for case in read_cases("servers.jsonl"):
        if case["on"] == dialect and not case["is_legitimate"]:
            with pytest.raises(Refused):
                pytest.fail(f"{case['sql']}: {admit(case['sql'], sight=sight).text}")


@pytest.mark.parametrize(
    ("dialect", "sql", "written"),
    [
        ("oracle", "SELECT id FROM customers MINUS SELECT id FROM orders", " MINUS SELECT "),
        ("oracle", "SELECT x.n FROM (SELECT 1 AS n FROM dual) x", 'FROM "SYS"."DUAL" "DUAL") "X"'),
        (
            "oracle",
            "SELECT max(id) KEEP (DENSE_RANK LAST ORDER BY placed) FROM orders",
            'max("ORDERS"."ID") KEEP (DENSE_RANK LAST ORDER BY "ORDERS"."PLACED")',
        ),
        ("oracle", "SELECT id FROM orders WHERE rownum <= 5", "WHERE ROWNUM <= 5"),
        ("oracle", "SELECT CAST(id AS VARCHAR2(9 CHAR)) FROM orders", "AS VARCHAR2(9 CHAR))"),
        (
            "oracle",
            "SELECT * FROM orders PIVOT (sum(amount) FOR state IN ('open' AS o))",
            """FROM "SHOP"."ORDERS" PIVOT(sum("AMOUNT") FOR "STATE" IN ('open' AS "O"))""",
        ),
        ("oracle", "SELECT TIMESTAMP '2025-01-01 00:00:00' FROM dual", "SELECT TIMESTAMP '2025-"),
        (
            "tsql",
            "SELECT TOP (5) WITH TIES id FROM orders ORDER BY id",
            "TOP (5) WITH TIES [orders]",
        ),
        ("tsql", "SELECT CURRENT_TIMESTAMP", "SELECT CURRENT_TIMESTAMP"),
        (
            "tsql",
            "SELECT CONVERT(char(10), placed, 104) FROM orders",
            "CONVERT(char(10), [orders].",
        ),
        ("tsql", "SELECT id FROM orders WHERE state = N'ä'", "= N'ä'"),
        (
            "snowflake",
            "SELECT payload:a.b[0]::string FROM orders",
            '"PAYLOAD":"a"."b"[0] AS string)',
        ),
        ("bigquery", "SELECT t FROM orders o, UNNEST(o.tags) AS t", "UNNEST(`o`.`tags`) AS `t`"),
        ("bigquery", "SELECT DATE_TRUNC(placed, WEEK(MONDAY)) FROM orders", ", WEEK(MONDAY))"),
    ],
)
def test_what_runs_is_the_engines_own_spelling(dialect: str, sql: str, written: str) -> None:
    assert written in admit(sql, sight=_sight(dialect)).text


@pytest.mark.parametrize(
    "sql", ["SELECT payload FROM orders", "SELECT o.payload.ssn FROM orders o",
            "SELECT payload.ssn FROM orders", "SELECT * FROM orders",
            "SELECT t FROM orders o, UNNEST([o.payload]) AS t",
            "SELECT payload.ssn FROM orders o, customers payload"],
)  # fmt: skip
def test_a_closed_field_closes_the_record_that_holds_it(sql: str) -> None:
    sight = replace(_sight("bigquery"), hidden={"orders": frozenset({"payload.ssn"})})
    with pytest.raises(Refused):
        pytest.fail(admit(sql, sight=sight).text)


@pytest.mark.parametrize(("dialect", "closed"), [("tsql", "week"), ("snowflake", "D")])
def test_a_closed_column_called_like_a_unit_of_time_is_not_read_as_one(
    dialect: str, closed: str
) -> None:
    table = "customers" if dialect == "tsql" else "CUSTOMERS"
    sight = replace(_sight(dialect), hidden={table: frozenset({closed})})
    for call in (f"dateadd(day, 1, {closed})", f"dateadd(day, {closed}, getdate())"):
        with pytest.raises(Refused):
            pytest.fail(admit(" ".join(["SELECT", call, "FROM customers"]), sight=sight).text)


@pytest.mark.parametrize(
    ("dialect", "sql", "says"),
    [
        (
            "bigquery",
            "SELECT id FROM `shop.orders_*`",
            "Name each table, and join them with UNION ALL",
        ),
        (
            "oracle",
            "SELECT id FROM orders AS OF TIMESTAMP sysdate - 1",
            "not with AS OF or another po",
        ),
        ("snowflake", "SELECT id FROM orders SAMPLE (10)", "not with TABLESAMPLE"),
        (
            "snowflake",
            "SELECT id FROM orders START WITH id = 1 CONNECT BY PRIOR id = 1",
            "not with CONNECT BY",
        ),
        ("tsql", "SELECT id FROM orders WITH (ABS(id))", "The only hint that may stand here is"),
        (
            "bigquery",
            "SELECT SAFE.SUBSTR(o.x.y, 1) FROM orders o",
            "There is no column 'x' to read.",
        ),
        (
            "tsql",
            "SELECT CAST(state AS sql_variant) FROM orders",
            "Values cannot be cast to 'sql_var",
        ),
    ],
)
def test_a_refusal_names_what_to_change(dialect: str, sql: str, says: str) -> None:
    with pytest.raises(Refused) as refused:
        admit(sql, sight=_sight(dialect))
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("url", "package"),
    [
        ("mssql://ada@db.internal/shop", "pyodbc"),
        ("oracle://ada@db.internal/?service_name=shop", "oracledb"),
        ("snowflake://ada@account/shop/public", "snowflake-sqlalchemy"),
        ("bigquery://project/shop", "sqlalchemy-bigquery"),
    ],
)
def test_a_missing_driver_is_one_line_with_its_package(url: str, package: str) -> None:
    kind = KINDS[url.partition(":")[0]]
    if find_spec(kind.module.partition(".")[0]) is not None:
        pytest.skip(f"{package} is installed here")
    with pytest.raises(BadInput, match=f"pip install {package}$"):
        Database.open(url)


@pytest.mark.parametrize("settings", [{"role": "reader"}, {"cost_cap": 1.0}, {"timezone": "UTC"}])
def test_what_is_not_supported_is_said_at_the_start(settings: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="not supported for SQL Server"):
        Database.open("mssql://ada@db.internal/shop", **settings)


def test_a_schema_is_read_by_sqlalchemys_inspector() -> None:
    """On SQLite, the one engine at hand whose inspector is the same."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        for statement in (
            "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL)",
            "CREATE TABLE orders (id INTEGER, customer_id INTEGER REFERENCES customers (id))",
            "CREATE VIEW names AS SELECT name FROM customers",
        ):
            connection.exec_driver_sql(statement)
        product = Reflected(KINDS["bigquery"])
        before = product.digest(connection, ())
        found = product.catalogue(connection, ())
        connection.exec_driver_sql("CREATE TABLE more (id INTEGER)")
        assert product.digest(connection, ()) != before
    engine.dispose()
    assert [(t.name, t.is_view) for t in found.tables] == [
        ("customers", False), ("orders", False), ("names", True),
    ]  # fmt: skip
    assert [(c.name, c.is_key, c.nullable) for c in found.columns if c.table == "customers"] == [
        ("id", True, True), ("name", False, False),
    ]  # fmt: skip
    assert [(table, key.referred_table) for table, key in found.keys] == [("orders", "customers")]
    assert found.reads == {"names": None}
    assert found.namespace == "main"


class _BigQueryCursor(sqlite3.Cursor):
    """Undoes doubled percent signs as BigQuery's driver does without parameters."""

    def execute(self, text: str, parameters: Any = ()) -> sqlite3.Cursor:
        return super().execute(text.replace("%%", "%"), parameters)


class _BigQueryConnection(sqlite3.Connection):
    def cursor(self, *_: Any) -> sqlite3.Cursor:  # type: ignore[override]
        return super().cursor(_BigQueryCursor)


@pytest.mark.parametrize("text", ["50%%", "5%", "%%%", "a%%s"])
def test_bigquerys_driver_does_not_change_percent_signs(text: str) -> None:
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(":memory:", factory=_BigQueryConnection)
    )
    product = Reflected(KINDS["bigquery"])
    with engine.connect() as connection:
        product.begin(connection, Job("", Caller("someone"), 1.0))
        plain = connection.execution_options(no_parameters=True)
        assert plain.exec_driver_sql(f"SELECT '{text}'").scalar() == text
    engine.dispose()


def test_snowflake_tells_names_in_quotes_apart_whatever_the_account_says() -> None:
    first = KINDS["snowflake"].first[0]
    assert first == "ALTER SESSION SET QUOTED_IDENTIFIERS_IGNORE_CASE = FALSE"


def test_who_has_no_such_server_does_not_load_its_parser() -> None:
    judging = "import sys; from tools.sql.guard import admit; print(*sys.modules)"
    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", judging], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = done.stdout.split()
    assert "sqlglot.parsers.postgres" in loaded
    assert {f"sqlglot.parsers.{name}" for name in (*NAMESPACES,)} & {*loaded} == set()
