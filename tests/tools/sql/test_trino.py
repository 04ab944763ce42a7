"""Trino behind the gate: the guard, and the client against a stand-in of its protocol."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from programs import needs_extra
from shop_servers import read_cases
from standin_server import serve
from standin_trino import TrinoStandIn

from tools.caller import Caller
from tools.errors import BadInput, QueryFailed, Refused, Unavailable
from tools.sql.access import Access, VisibleSchema
from tools.sql.guard import admit
from tools.sql.run import Database
from tools.sql.schema import Column, Schema, Table

SIGHT = VisibleSchema(
    Schema(
        "trino",
        (
            Table("orders", tuple(Column(n, "varchar", nullable=True) for n in ("id", "state", "at", "tags"))),
            Table("sales.targets", (Column("id", "bigint", nullable=True),), namespace="sales"),
        ),
        "made",
    ),
    hidden={"orders": frozenset({"secret"})},
    namespace="shop",
)  # fmt: skip


@pytest.fixture
def standin() -> Iterator[TrinoStandIn]:
    needs_extra("trino")
    with ExitStack() as stack:
        found = TrinoStandIn()
        found.url = stack.enter_context(serve(found.app))
        yield found


@pytest.fixture
def shop(standin: TrinoStandIn) -> Iterator[Database]:
    address = standin.url.removeprefix("http://")
    opened = Database.open(
        f"trino://ada@{address}/lake/shop",
        name="lake",
        allowed_tables=["orders", "totals", "sales.*"],
        denied_columns=["orders.secret"],
        time_limit_s=2,
    )
    with closing(opened):
        yield opened


def test_the_guard_reads_trinos_sql() -> None:
    for case in read_cases("trino.jsonl"):
        if case["is_legitimate"]:
            assert admit(case["sql"], sight=SIGHT).text
        else:
            with pytest.raises(Refused):
                pytest.fail(f"{case['sql']}: {admit(case['sql'], sight=SIGHT).text}")


def test_the_schema_is_of_the_open_schemas_of_one_catalog(shop: Database) -> None:
    assert [table.name for table in shop.schema().tables] == ["orders", "sales.targets"]
    orders = shop.schema().table("orders")
    assert orders is not None
    assert [(c.name, c.type, c.nullable) for c in orders.columns] == [
        ("id", "bigint", False),
        ("state", "varchar", True),
    ]
    assert orders.columns[1].samples == ("open", "paid")


def test_a_question_runs_with_its_limit_and_an_error_is_told(
    shop: Database, standin: TrinoStandIn, caller: Caller
) -> None:
    rows = shop.run("SELECT id, state FROM orders ORDER BY id", caller=caller).rows
    assert rows == ((1, "paid"), (2, "open"))
    assert standin.asked[-1][1] == "query_max_run_time=2.00s"
    with pytest.raises(Refused):
        shop.run("SELECT secret FROM orders", caller=caller)
    with pytest.raises(QueryFailed, match=r"Trino could not run this: .*Table does not exist"):
        shop.run("SELECT id FROM sales.targets", caller=caller)  # gone since the look


async def test_a_cancelled_task_cancels_its_query_on_the_server(
    shop: Database, standin: TrinoStandIn, caller: Caller
) -> None:
    await asyncio.to_thread(shop.schema)
    task = asyncio.create_task(shop.arun("SELECT 'endless' FROM orders", caller=caller))
    async with asyncio.timeout(20):
        assert await asyncio.to_thread(standin.is_endless.wait, 15)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert standin.cancelled.is_set()


@pytest.mark.parametrize(
    ("url", "more", "words"),
    [
        ("trino://ada@localhost/lake", {}, "Add Trino's catalog and schema"),
        ("trino://ada@localhost", {}, "Add Trino's catalog and schema"),
        ("trino://ada@localhost/lake/shop", {"role": "reader"}, "are not supported for Trino"),
        ("trino://ada@localhost/lake/shop", {"cost_cap": 5.0}, "are not supported for Trino"),
    ],
)
def test_what_trino_cannot_do_is_said_at_once(
    url: str, more: dict[str, object], words: str
) -> None:
    with pytest.raises(BadInput, match=words):
        Database.open(url, **more)  # pyright: ignore[reportArgumentType]  # a table of cases


def test_a_server_that_is_down_is_unavailable(caller: Caller) -> None:
    needs_extra("trino")
    lake = Database.open("trino://ada@127.0.0.1:9/lake/shop", name="lake")
    with closing(lake), pytest.raises(Unavailable, match="'lake' at"):
        lake.run("SELECT 1", caller=caller)


def test_access_within_trinos_own_schema_needs_no_name() -> None:
    access = Access.of(["shop.orders"], ["shop.orders.secret"]).within("shop")
    assert access.shows("orders")
    assert access.denies("orders", "secret")
