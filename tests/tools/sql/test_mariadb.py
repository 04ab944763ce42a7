"""MariaDB behind the gate, on a real server: each layer alone, and all of them together."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pymysql
import pytest
from database_servers import RunningServer, mariadb_server
from pymysql.constants import CLIENT
from sqlalchemy import URL, make_url

from tools.caller import Caller
from tools.errors import BadInput, DocsqlError, QueryFailed, Refused, TooSlow, Unavailable
from tools.sql.access import Access, Sight
from tools.sql.guard import admit
from tools.sql.mariadb import MariaDb
from tools.sql.run import Database
from tools.sql.schema import ForeignKey
from tools.sql.server import Server
from tools.sql.source import Job

FIXTURES = Path(__file__).parents[2] / "fixtures" / "sql"
OPEN = ["regions", "customers", "products", "orders", "update",
        "salary_bands", "leaky", "price_list"]  # fmt: skip
DENIED = ["customers.password", "api_key"]
ENDLESS = (
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 900) "
    "SELECT count(*) FROM r a, r b, r c, r d"
)
MANY = ENDLESS.replace("count(*)", "a.n")
FILE_WORDS = "root:"

Ask = Callable[..., Database]


class Shop:
    """A database on the server, with its owner `keeper`, who may write, and the role `reader`."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server

    def url(self, user: str = "keeper") -> URL:
        return URL.create("mariadb", user, None, "127.0.0.1", self.server.port, database="shop")

    def administer(self, script: str) -> list[tuple[Any, ...]]:
        connection = pymysql.connect(
            host="127.0.0.1",
            port=self.server.port,
            user="root",
            database="shop",
            autocommit=True,
            client_flag=CLIENT.MULTI_STATEMENTS,
        )
        with closing(connection), connection.cursor() as cursor:
            cursor.execute(script)
            rows = list(cursor.fetchall())
            while cursor.nextset():
                pass
            return rows


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Shop]:
    with mariadb_server() as running:
        shop = Shop(running)
        connection = pymysql.connect(host="127.0.0.1", port=running.port, user="root")
        with closing(connection), connection.cursor() as cursor:
            cursor.execute("CREATE DATABASE shop CHARACTER SET utf8mb4")
        shop.administer((FIXTURES / "shop_mariadb.sql").read_text("utf-8"))
        shop.administer(
            "CREATE USER keeper; GRANT ALL ON shop.* TO keeper; GRANT ALL ON other.* TO keeper; "
            "REVOKE LOCK TABLES ON shop.* FROM keeper; CREATE ROLE reader; GRANT SELECT ON shop.orders TO reader; GRANT SHOW VIEW ON shop.* "
            "TO reader; CREATE USER poor; GRANT SHOW VIEW ON shop.* TO poor; GRANT reader TO poor; CREATE USER asker; "
            "GRANT SELECT (id, name) ON shop.products TO asker"
        )
        yield shop


@pytest.fixture(scope="session")
def mariadb_source(mariadb: Shop) -> Iterator[Server]:
    """The engine's side of the gate alone, with no guard in front."""
    access = Access.of(OPEN, DENIED)
    source = Server(mariadb.url(), MariaDb(), name="shop", access=access, connections=2)
    yield source
    source.close()


@pytest.fixture(scope="session")
def mariadb_sight(mariadb_source: Server) -> Sight:
    return mariadb_source.look()


@pytest.fixture(scope="session")
def mariadb_shop(mariadb: Shop) -> Iterator[Database]:
    """The shop as its operator opens it, all layers together."""
    database = Database.open(
        mariadb.url(), name="shop", allowed_tables=OPEN, denied_columns=DENIED, time_limit_s=0.4
    )
    yield database
    database.close()


@pytest.fixture
def ask(mariadb: Shop) -> Iterator[Ask]:
    """Opens the shop with the settings of a test and closes it after the test."""
    opened: list[Database] = []

    def open_it(**settings: Any) -> Database:
        opened.append(Database.open(settings.pop("url", mariadb.url()), **settings))
        return opened[-1]

    yield open_it
    for database in opened:
        database.close()


def state_of(shop: Shop) -> list[tuple[Any, ...]]:
    """Checksums of every table, the logins, the sequence, and what else there is."""
    tables = shop.administer(
        "SELECT CONCAT(table_schema, '.`', table_name, '`') FROM information_schema.tables "
        "WHERE table_schema IN ('shop', 'other') AND table_type = 'BASE TABLE' ORDER BY 1"
    )
    names = ", ".join(sorted(name for (name,) in tables))  # MariaDB orders without case
    return [
        *shop.administer(f"CHECKSUM TABLE {names}"),
        *shop.administer("SELECT user, host, priv FROM mysql.global_priv ORDER BY 1"),
        *shop.administer("SELECT next_not_cached_value FROM numbers"),
        *shop.administer("SELECT schema_name FROM information_schema.schemata ORDER BY 1"),
    ]


@contextmanager
def unchanged(shop: Shop) -> Generator[None]:
    before = state_of(shop)
    yield
    assert state_of(shop) == before
    assert not Path("/tmp/canary-file").exists()  # noqa: S108  # what the attacks would write


def run_unguarded(source: Server, sql: str) -> list[tuple[Any, ...]]:
    with (
        source.statement(Job(sql, Caller("someone"), 0.4)) as connection,
        closing(connection.exec_driver_sql(sql)) as result,
    ):
        return [tuple(row) for row in result.fetchmany(100)] if result.returns_rows else []


def read_cases(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (FIXTURES / name).read_text("utf-8").splitlines()]


def test_an_attack_is_refused_by_the_guard_alone(
    mariadb_attack: dict[str, str], mariadb_sight: Sight
) -> None:
    with pytest.raises(Refused):
        admit(mariadb_attack["sql"], sight=mariadb_sight)


def test_attacks_change_nothing_past_the_engine_alone(
    mariadb: Shop, mariadb_source: Server
) -> None:
    with unchanged(mariadb):
        for attack in read_cases("attacks_mariadb.jsonl"):
            try:
                shown = repr(run_unguarded(mariadb_source, attack["sql"]))
            except (DocsqlError, UnicodeEncodeError):
                shown = ""
            assert FILE_WORDS not in shown, attack
        assert run_unguarded(mariadb_source, "SELECT count(*) FROM orders") == [(6,)]


def test_attacks_are_refused_and_change_nothing_with_all_layers(
    mariadb: Shop, mariadb_shop: Database, caller: Caller
) -> None:
    with unchanged(mariadb):
        for attack in read_cases("attacks_mariadb.jsonl"):
            with pytest.raises(Refused):
                mariadb_shop.run(attack["sql"], caller=caller)


def test_a_legitimate_question_gives_what_mariadb_gives(
    mariadb_legitimate: dict[str, str], mariadb: Shop, mariadb_shop: Database, caller: Caller
) -> None:
    sql = mariadb_legitimate["sql"]
    result = mariadb_shop.run(sql, caller=caller)
    assert sorted(map(repr, result.rows)) == sorted(map(repr, mariadb.administer(sql)))
    assert not result.truncated


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("SELECT 1 /*! UNION SELECT 2 */", "SELECT 1"),
        ("SELECT 1 /*!99999 + 1 */ AS n", "SELECT 1 AS n"),
        ("SELECT 1 /*M! + 1 */ AS n", "SELECT 1 AS n"),
        ("SELECT count(*)FROM`orders`# end", "SELECT count(*)FROM `orders`"),
    ],
)
def test_conditional_comments_do_not_reach_the_server(
    sql: str, text: str, mariadb_sight: Sight
) -> None:
    assert admit(sql, sight=mariadb_sight).text == text


def test_a_schema_has_types_keys_comments_values_and_dates(mariadb_shop: Database) -> None:
    schema = mariadb_shop.schema()
    assert {table.name for table in schema.tables} == {*OPEN} - {"leaky"}
    customers = schema.table("customers")
    assert customers is not None
    assert (customers.comment, customers.rows) == ("People and firms who buy", 4)
    assert [(c.name, c.type) for c in customers.columns] == [
        ("id", "int(11)"), ("name", "text"), ("tier", "text"), ("region_id", "int(11)"),
        ("since", "date"), ("tags", "text"),
    ]  # fmt: skip
    assert customers.columns[0].primary_key
    assert customers.foreign_keys == (ForeignKey(("region_id",), "regions", ("id",)),)
    tier, since = customers.columns[2], customers.columns[4]
    assert (tier.comment, tier.samples) == ("'gold' pays later", ("gold", "silver"))
    assert since.range == ("2021-03-01", "2023-11-30")
    assert "CANARY" not in schema.describe()


def test_what_the_login_may_not_read_is_not_shown(mariadb: Shop, ask: Ask, caller: Caller) -> None:
    database = ask(url=mariadb.url("asker"))
    assert [t.name for t in database.schema().tables] == ["products"]
    assert [c.name for c in database.schema().tables[0].columns] == ["id", "name"]
    assert len(database.run("SELECT name FROM products", caller=caller).rows) == 4
    with pytest.raises(Refused, match="no column 'price'"):
        database.run("SELECT price FROM products", caller=caller)


def test_a_role_is_what_every_statement_runs_as(mariadb: Shop, ask: Ask, caller: Caller) -> None:
    database = ask(url=mariadb.url("poor"), role="reader")
    assert [table.name for table in database.schema().tables] == ["orders"]
    assert database.run("SELECT count(*) FROM orders", caller=caller).rows == ((6,),)
    with pytest.raises(Unavailable, match="Set another role for this database"):
        ask(role="reader").schema()


def test_a_revoked_right_is_told_in_the_servers_words(
    mariadb: Shop, ask: Ask, caller: Caller
) -> None:
    mariadb.administer("CREATE USER late; GRANT SELECT ON shop.orders TO late")
    database = ask(url=mariadb.url("late"))
    assert database.run("SELECT count(*) FROM orders", caller=caller).rows == ((6,),)
    mariadb.administer(
        "REVOKE SELECT ON shop.orders FROM late; GRANT SELECT ON shop.regions TO late"
    )
    with pytest.raises(QueryFailed, match=r"SELECT command denied to user .*orders"):
        database.run("SELECT count(*) FROM orders", caller=caller)


def test_a_table_dropped_between_look_and_question_is_noticed(
    mariadb: Shop, ask: Ask, caller: Caller
) -> None:
    mariadb.administer("CREATE TABLE brief (id int)")
    database = ask()
    assert database.run("SELECT id FROM brief", caller=caller).rows == ()
    mariadb.administer("DROP TABLE brief")
    with pytest.raises(QueryFailed, match=r"brief' doesn't exist"):
        database.run("SELECT id FROM brief", caller=caller)
    with pytest.raises(Refused, match="no table 'brief'"):
        database.run("SELECT id FROM brief", caller=caller)


def test_a_statement_stops_at_its_limit_and_the_next_one_works(
    mariadb_shop: Database, caller: Caller
) -> None:
    for _ in range(6):  # more than there are connections
        started = time.monotonic()
        with pytest.raises(TooSlow, match=r"stopped after 0\.4 s"):
            mariadb_shop.run(ENDLESS, caller=caller)
        assert time.monotonic() - started < 5
        assert mariadb_shop.run("SELECT 1", caller=caller).rows == ((1,),)


async def test_a_cancelled_task_kills_its_query_on_the_server(
    mariadb: Shop, ask: Ask, caller: Caller
) -> None:
    database = ask(time_limit_s=60)
    database.schema()
    running = (
        "SELECT count(*) FROM information_schema.processlist "
        "WHERE user = 'keeper' AND info LIKE 'WITH RECURSIVE%'"
    )
    task = asyncio.create_task(database.arun(ENDLESS, caller=caller))
    async with asyncio.timeout(20):
        await asyncio.to_thread(await_rows, lambda: mariadb.administer(running), [(1,)])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(mariadb.administer, running) == [(0,)]
        for _ in range(6):
            assert (await database.arun("SELECT 1", caller=caller)).rows == ((1,),)


def await_rows(ask: Callable[[], list[tuple[Any, ...]]], rows: list[tuple[Any, ...]]) -> None:
    deadline = time.monotonic() + 15
    while ask() != rows and time.monotonic() < deadline:
        threading.Event().wait(0.02)


@pytest.mark.parametrize(
    ("sql", "caps", "rows", "truncated"),
    [
        (MANY, {"row_cap": 5}, 5, True),
        (MANY, {"byte_cap": 50}, 6, True),
        ("SELECT id FROM orders", {"row_cap": 6}, 6, False),
    ],
)
def test_caps_hold_rows_back_without_reading_them(
    *, sql: str, caps: dict[str, int], rows: int, truncated: bool, ask: Ask, caller: Caller
) -> None:
    database = ask(time_limit_s=60, **caps)
    started = time.monotonic()
    for _ in range(6):
        result = database.run(sql, caller=caller)
        assert (len(result.rows), result.truncated) == (rows, truncated)
        assert database.run("SELECT 1", caller=caller).rows == ((1,),)
    assert time.monotonic() - started < 20


def test_an_engine_error_is_told_in_its_words(mariadb_shop: Database, caller: Caller) -> None:
    with pytest.raises(QueryFailed, match="Subquery returns more than 1 row"):
        mariadb_shop.run("SELECT (SELECT id FROM orders)", caller=caller)


def test_a_server_that_is_down_fails_its_calls_until_it_is_back(caller: Caller) -> None:
    with mariadb_server() as server:
        url = make_url(f"mysql://root@127.0.0.1:{server.port}/mysql")
        with closing(Database.open(url, name="books", allowed_tables=["db"])) as database:
            assert database.run("SELECT 1", caller=caller).rows == ((1,),)
            server.stop()
            with pytest.raises(Unavailable, match="database 'books' at"):
                database.run("SELECT 1", caller=caller)
            server.start()
            assert database.run("SELECT 1", caller=caller).rows == ((1,),)
        wrong = make_url(f"mysql://root:geheim@127.0.0.1:{server.port}/mysql")
        with closing(Database.open(wrong, name="books")) as database:
            with pytest.raises(Unavailable, match="Access denied") as failure:
                database.schema()
            assert "geheim" not in str(failure.value)


def test_what_mariadb_cannot_do_is_said_at_once(mariadb: Shop) -> None:
    with pytest.raises(BadInput, match="set no cost_cap for MariaDB"):
        Database.open(mariadb.url(), cost_cap=1)
    with pytest.raises(BadInput, match="Name the database"):
        Database.open("mariadb://root@localhost")


async def test_an_estimate_is_the_planners_and_nothing_runs(
    mariadb_shop: Database, caller: Caller
) -> None:
    crossed = "SELECT count(*) FROM orders a, orders b WHERE a.note < b.note"
    estimate = await mariadb_shop.aestimate(crossed, caller=caller)
    assert (estimate.rows, estimate.cost, estimate.tables) == (36, None, ("orders",))
    assert mariadb_shop.estimate(ENDLESS, caller=caller).rows is not None
    assert mariadb_shop.estimate("SELECT 1", caller=caller).rows is None
