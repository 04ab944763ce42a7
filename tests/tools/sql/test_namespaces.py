"""Several schemas of one server: what is open of them, and what stays closed."""

from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest
from shop_servers import (
    DENIED,
    OPEN,
    Ask,
    MariaDbShop,
    PostgresShop,
    Shop,
    opener,
    read_cases,
    unchanged,
)

from agent.drafts import SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.errors import Refused
from tools.sql.near import near_values
from tools.sql.run import Database
from tools.sql.schema import ForeignKey

HERE = [*OPEN, "sales.orders", "sales.totals", "sales.passed_on", "sales.revealing",
        "sales.dotted.name", "mysql.user", "pg_catalog.pg_class", "pg_class"]  # fmt: skip
CLOSED = [*DENIED, "sales.orders.secret"]


@pytest.fixture(scope="module", params=["postgres", "mysql"])
def server(request: pytest.FixtureRequest) -> Shop:
    found: PostgresShop | MariaDbShop = request.getfixturevalue(
        {"postgres": "postgres", "mysql": "mariadb"}[request.param]
    )
    return found


@pytest.fixture(scope="module")
def ask(server: Shop) -> Iterator[Ask]:
    with ExitStack() as stack:
        yield stack.enter_context(opener(server))


@pytest.fixture(scope="module")
def shop(ask: Ask) -> Database:
    return ask(name="shop", allowed_tables=HERE, denied_columns=CLOSED, time_limit_s=2)


def test_tables_of_other_namespaces_are_introspected_under_their_whole_names(
    shop: Database,
) -> None:
    schema = shop.schema()
    names = {table.name for table in schema.tables}
    assert names == {*OPEN, "sales.orders", "sales.totals"} - {"leaky"}
    orders = schema.table("sales.orders")
    assert orders is not None
    assert (orders.namespace, orders.own_name, orders.rows) == ("sales", "orders", 3)
    assert [column.name for column in orders.columns] == ["id", "customer_id", "total", "state"]
    assert orders.columns[3].samples == ("paid", "open")
    if shop.dialect == "postgres":  # MariaDB keeps no key that is written at the column
        assert orders.foreign_keys == (ForeignKey(("customer_id",), "customers", ("id",)),)
    assert "table sales.orders (3 rows)" in schema.describe()
    assert "CANARY" not in schema.describe()


def test_what_is_open_is_answered_and_nothing_else(
    shop: Database, server: Shop, caller: Caller
) -> None:
    with unchanged(server):
        for case in read_cases("namespaces.jsonl"):
            if case["on"] not in ("both", shop.dialect):
                continue
            if "rows" in case:
                rows: list[Any] = [
                    list(map(plain, r)) for r in shop.run(case["sql"], caller=caller).rows
                ]
                assert rows == case["rows"], case["sql"]
            else:
                with pytest.raises(Refused):
                    pytest.fail(f"{case['sql']}: {shop.run(case['sql'], caller=caller).rows}")


def plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value


def test_a_star_opens_a_namespace_and_denied_columns_stay_denied_in_it(
    ask: Ask, caller: Caller
) -> None:
    database = ask(
        allowed_tables=["sales.*"], denied_columns=["orders.secret", "customers.password"]
    )
    names = [table.name for table in database.schema().tables]
    assert names == ["sales.closed", "sales.orders", "sales.totals"]
    with pytest.raises(Refused, match="no column 'secret'"):
        database.run("SELECT secret FROM sales.orders", caller=caller)
    with pytest.raises(Refused, match=r"no table 'orders' to read\. Nearest: sales\.orders"):
        database.run("SELECT id FROM orders", caller=caller)


def test_the_databases_own_namespace_may_be_written(ask: Ask, server: Shop, caller: Caller) -> None:
    own = "public" if isinstance(server, PostgresShop) else "shop"
    database = ask(allowed_tables=[f"{own}.orders"], denied_columns=[f"{own}.orders.note"])
    assert [table.name for table in database.schema().tables] == ["orders"]
    counted = f"SELECT count(*) FROM {own}.orders"  # noqa: S608  # one of two names of ours
    assert database.run(counted, caller=caller).rows == ((6,),)
    with pytest.raises(Refused):
        database.run("SELECT note FROM orders", caller=caller)


def test_without_a_list_only_the_databases_own_namespace_is_open(ask: Ask) -> None:
    assert not any(table.namespace for table in ask().schema().tables)


def test_nearest_values_are_looked_for_in_the_right_namespace(
    shop: Database, caller: Caller
) -> None:
    (near,) = near_values(
        shop, "SELECT id FROM sales.orders WHERE state = 'is paid'", caller=caller
    )
    assert (near.column, near.values) == ("sales.orders.state", ("paid",))


async def test_the_embedded_writer_asks_other_namespaces_too(
    shop: Database, caller: Caller
) -> None:
    written = await EmbeddedSqlWriter().write(
        SqlTask("How many sales orders are there?", shop, caller)
    )
    assert isinstance(written, SqlDraft), written
    assert shop.run(written.sql, caller=caller).rows == ((3,),)
