"""MariaDB behind the gate, on a real server: each layer alone, and all of them together."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing

import pymysql
import pytest
from database_servers import mariadb_server
from shop_servers import (
    OPEN,
    Ask,
    MariaDbShop,
    await_rows,
    is_whole,
    memory_taken_by,
    opener,
    read_cases,
    run_unguarded,
    unchanged,
)
from sqlalchemy import make_url

from tools.caller import Caller
from tools.errors import BadInput, DocsqlError, QueryFailed, Refused, TooSlow, Unavailable
from tools.sql.access import Access, VisibleSchema
from tools.sql.guard import admit
from tools.sql.mariadb import MariaDb
from tools.sql.run import Database
from tools.sql.schema import ForeignKey
from tools.sql.server import Server
from tools.sql.source import Job

ENDLESS = (
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 900) "
    "SELECT count(*) FROM r a, r b, r c, r d"
)
MANY = ENDLESS.replace("count(*)", "a.n")
FILE_WORDS = "root:"


@pytest.fixture
def ask(mariadb: MariaDbShop) -> Iterator[Ask]:
    with opener(mariadb) as open_it:
        yield open_it


def test_an_attack_is_refused_by_the_guard_alone(
    mariadb_attack: dict[str, str], mariadb_sight: VisibleSchema
) -> None:
    with pytest.raises(Refused):
        admit(mariadb_attack["sql"], sight=mariadb_sight)


def test_an_oversized_statement_is_refused_before_it_runs(
    mariadb_oversized: dict[str, str], mariadb_sight: VisibleSchema
) -> None:
    with pytest.raises(Refused):
        admit(mariadb_oversized["sql"], sight=mariadb_sight)


def test_attacks_change_nothing_past_the_engine_alone(
    mariadb: MariaDbShop, mariadb_source: Server
) -> None:
    with unchanged(mariadb):
        for attack in read_cases("attacks_mariadb.jsonl"):
            try:
                shown = repr(run_unguarded(mariadb_source, attack["sql"]))
            except (DocsqlError, UnicodeEncodeError):
                shown = ""
            assert FILE_WORDS not in shown, attack
        assert is_whole(mariadb_source)


def test_attacks_are_refused_and_change_nothing_with_all_layers(
    mariadb: MariaDbShop, mariadb_shop: Database, caller: Caller
) -> None:
    with unchanged(mariadb):
        for attack in read_cases("attacks_mariadb.jsonl"):
            with pytest.raises(Refused):
                mariadb_shop.run(attack["sql"], caller=caller)


def test_a_legitimate_question_gives_what_mariadb_gives(
    mariadb_legitimate: dict[str, str], mariadb: MariaDbShop, mariadb_shop: Database, caller: Caller
) -> None:
    sql = mariadb_legitimate["sql"]
    result = mariadb_shop.run(sql, caller=caller)
    assert sorted(map(repr, result.rows)) == sorted(map(repr, mariadb.administer(sql)))
    assert not result.truncated


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 /*! UNION SELECT 2 */",
        "SELECT 1 /*!99999 + 1 */ AS n",
        "SELECT 1 /*M! + 1 */ AS n",
    ],
)
def test_a_comment_that_mariadb_runs_is_refused(sql: str, mariadb_sight: VisibleSchema) -> None:
    with pytest.raises(Refused, match=r"MariaDB executes the content of /\*! … \*/"):
        admit(sql, sight=mariadb_sight)


def test_a_plain_comment_does_not_reach_the_server(mariadb_sight: VisibleSchema) -> None:
    admitted = admit("SELECT count(*)FROM`orders`/* a */# end", sight=mariadb_sight)
    assert admitted.text == "SELECT count(*) FROM `shop`.`orders` AS `orders`"


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


def test_what_the_login_may_not_read_is_not_shown(
    mariadb: MariaDbShop, ask: Ask, caller: Caller
) -> None:
    database = ask(url=mariadb.url("asker"))
    assert [t.name for t in database.schema().tables] == ["products"]
    assert [c.name for c in database.schema().tables[0].columns] == ["id", "name"]
    assert len(database.run("SELECT name FROM products", caller=caller).rows) == 4
    with pytest.raises(Refused, match="no column 'price'"):
        database.run("SELECT price FROM products", caller=caller)


def test_a_role_is_what_every_statement_runs_as(
    mariadb: MariaDbShop, ask: Ask, caller: Caller
) -> None:
    database = ask(url=mariadb.url("poor"), role="reader")
    assert [table.name for table in database.schema().tables] == ["orders"]
    assert database.run("SELECT count(*) FROM orders", caller=caller).rows == ((6,),)
    with pytest.raises(Unavailable, match="Set another role for this database"):
        ask(role="reader").schema()


def test_a_callers_group_decides_the_role(mariadb: MariaDbShop, ask: Ask) -> None:
    mariadb.administer("CREATE ROLE `gu``est 5%`; GRANT `gu``est 5%` TO poor")
    database = ask(url=mariadb.url("poor"), role="reader", group_roles={"staff": "gu`est 5%"})
    count, staff = "SELECT count(*) FROM orders", Caller("eve", groups=frozenset({"staff"}))
    for _ in range(3):  # whatever connection it is, and whoever had it before
        assert database.run(count, caller=Caller("ann")).rows == ((6,),)
        with pytest.raises(QueryFailed, match="may not do this"):
            database.run(count, caller=staff)


def test_a_revoked_right_is_told_in_the_servers_words(
    mariadb: MariaDbShop, ask: Ask, caller: Caller
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
    mariadb: MariaDbShop, ask: Ask, caller: Caller
) -> None:
    mariadb.administer("CREATE TABLE brief (id int)")
    database = ask()
    assert database.run("SELECT id FROM brief", caller=caller).rows == ()
    mariadb.administer("DROP TABLE brief")
    with pytest.raises(Refused, match="no table 'brief'"):
        database.run("SELECT id FROM brief", caller=caller)


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        (
            "SELECT c.id + max(customers.id) OVER (PARTITION BY customers.id) AS n "
            "FROM (SELECT customers.id FROM customers WHERE id > 3) AS c, customers ORDER BY n",
            ((5,), (6,), (7,), (8,)),
        ),
        (
            "WITH c AS (SELECT y.* FROM regions y) SELECT DISTINCT "
            "concat(c.name, max(y.name) OVER (ORDER BY y.name)) AS n "
            "FROM c JOIN regions y ON y.id = c.id WHERE y.id < 3 ORDER BY n",
            (("EuropeEurope",), ("WorldWorld",)),
        ),
        (
            "SELECT concat(p.name, max(products.name) OVER (PARTITION BY products.name)) AS n "
            "FROM price_list p JOIN products ON products.name = p.name ORDER BY n LIMIT 1",
            (("Compute LCompute L",),),
        ),
    ],
)
def test_a_window_over_a_name_of_two_levels_does_not_crash_the_server(
    sql: str, rows: tuple[object, ...], mariadb_shop: Database, caller: Caller
) -> None:
    """MariaDB 10.11 mistakes a column of the query in FROM, or of the view, for the outer one."""
    assert mariadb_shop.run(sql, caller=caller).rows == rows


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
    mariadb: MariaDbShop, ask: Ask, caller: Caller
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
        await asyncio.to_thread(await_rows, lambda: mariadb.administer(running), [(0,)])
        assert await asyncio.to_thread(mariadb.administer, running) == [(0,)]
        for _ in range(6):
            assert (await database.arun("SELECT 1", caller=caller)).rows == ((1,),)


UNINTERRUPTED = "SELECT LENGTH(REPLACE(REPEAT('a', 200000), CONCAT(REPEAT('a', 40000), 'b'), 'x'))"
"""Seconds in one call that looks neither for a KILL nor for the time."""
RUNNING = (
    "SELECT count(*) FROM information_schema.processlist "
    "WHERE user = 'keeper' AND info LIKE 'SELECT LENGTH%'"
)


def test_a_call_that_nothing_interrupts_is_left_alone_in_time(
    mariadb: MariaDbShop, mariadb_source: Server
) -> None:
    started = time.monotonic()
    with pytest.raises(TooSlow, match=r"stopped after 0\.4 s"):
        run_unguarded(mariadb_source, UNINTERRUPTED)
    assert time.monotonic() - started < 8
    assert is_whole(mariadb_source)
    await_rows(lambda: mariadb.administer(RUNNING), [(0,)])


async def test_a_task_that_is_cancelled_in_such_a_call_leaves_its_place(
    mariadb: MariaDbShop, caller: Caller
) -> None:
    source = Server(
        mariadb.url(), MariaDb(), name="shop", access=Access.of(None, ()), connections=1
    )
    job = Job(UNINTERRUPTED, caller, 60)
    stuck = asyncio.create_task(asyncio.to_thread(source.fetch, job))
    await asyncio.to_thread(await_rows, lambda: mariadb.administer(RUNNING), [(1,)])
    started = time.monotonic()
    stopping = asyncio.create_task(asyncio.to_thread(job.stop.set))
    with pytest.raises(TooSlow):
        await stuck
    assert time.monotonic() - started < 8
    assert is_whole(source)
    await stopping
    source.close()


ROWS = (
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 99) SELECT {} FROM r"
)
HUGE = {
    "one value": "SELECT REPEAT('x', 15000000)",
    "a row of many columns": "SELECT " + ", ".join(["REPEAT('x', 5000000)"] * 20),
    "rows": ROWS.format("REPEAT('x', 10000000 + n)"),
}


@pytest.mark.parametrize("sql", HUGE.values(), ids=HUGE)
def test_a_row_that_is_too_large_is_not_read(sql: str, mariadb_source: Server) -> None:
    job = Job(sql, Caller("someone"), 30)

    def ask() -> None:
        with pytest.raises(QueryFailed, match="One row of this is more than the 1,000,000 bytes"):
            mariadb_source.fetch(job)

    assert memory_taken_by(ask) < 40
    assert is_whole(mariadb_source)


def test_the_rows_before_a_large_one_are_kept(mariadb_source: Server) -> None:
    for size in (2_000_000, 15_000_000):
        sql = ROWS.format(f"REPEAT('x', CASE WHEN n < 3 THEN 5 ELSE {size} END)")
        fetched = mariadb_source.fetch(Job(sql, Caller("someone"), 30))
        assert (fetched.rows, fetched.truncated) == ((("xxxxx",), ("xxxxx",)), True)
        assert is_whole(mariadb_source)


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


WIDE = (
    "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 900) "
    "SELECT {} FROM r a, r b WHERE b.n < 9 {}"
)
TOO_MUCH: list[tuple[dict[str, int], str, str]] = [
    (
        {"tmp_memory_table_size": 1024, "tmp_disk_table_size": 16384},
        WIDE.format("CONCAT(a.n, '_', b.n, REPEAT('x', 400)) t, COUNT(*)", "GROUP BY t"),
        "more temporary disk space",
    ),
    (
        {"sort_buffer_size": 1024},
        WIDE.format("CONCAT(a.n, '_', b.n, REPEAT('x', 400)) t", "ORDER BY t"),
        "more memory",
    ),
    (
        {"max_session_mem_used": 200_000},
        WIDE.format("CONCAT(a.n, '_', b.n, REPEAT('x', 400)) t", "ORDER BY t"),
        "more memory",
    ),
    ({}, f"SELECT {'1 + ' * 60_000} 1", "more memory"),
]


@pytest.mark.parametrize(("limits", "sql", "said"), TOO_MUCH)
def test_a_statement_that_needs_too_much_is_told_what_to_change(
    limits: dict[str, int], sql: str, said: str, mariadb: MariaDbShop
) -> None:
    """The engine alone, whatever the guard would have said before it."""
    before = {name: mariadb.administer(f"SELECT @@{name}")[0][0] for name in limits}
    source = Server(
        mariadb.url(), MariaDb(), name="shop", access=Access.of(None, ()), connections=1
    )
    with closing(source) as server:
        try:
            for name, value in limits.items():
                mariadb.administer(f"SET GLOBAL {name} = {value}")
            with pytest.raises(QueryFailed, match=f"{said}.*Filter more") as failure:
                run_unguarded(server, sql)
        finally:
            for name, value in before.items():
                mariadb.administer(f"SET GLOBAL {name} = {value}")
        assert "cannot be reached" not in str(failure.value)
        assert is_whole(server)


SAID = [
    (3, "Error writing file '/tmp/MY' (Errcode: 28)", QueryFailed),
    (5, "Out of memory (Needed 10 bytes)", QueryFailed),
    (20, "Disk got full writing '/tmp/MY'", QueryFailed),
    (28, "No space left on device", QueryFailed),
    (1021, "Disk full (/tmp)", QueryFailed),
    (1030, 'Got error 28 "No space left on device" from storage engine MEMORY', QueryFailed),
    (1037, "Out of memory; restart server and try again", QueryFailed),
    (1041, "Out of memory; check if mysqld uses all available memory", QueryFailed),
    (1040, "Too many connections", None),
    (1203, "User has already more than 'max_user_connections' active connections", None),
    (2013, "Lost connection to server during query", None),
]


@pytest.mark.parametrize(("code", "said", "kind"), SAID)
def test_a_server_that_is_out_of_order_is_told_from_a_statement_that_needs_too_much(
    code: int, said: str, kind: type[DocsqlError] | None
) -> None:
    translated = MariaDb().translated(pymysql.err.OperationalError(code, said), 1.0)
    assert isinstance(translated, kind or type(None))
    if translated is not None:
        assert "needs more" in str(translated)


def test_a_login_that_has_used_up_its_hour_is_the_operators_and_not_unreachable(
    mariadb: MariaDbShop,
) -> None:
    mariadb.administer(
        "CREATE USER frugal WITH MAX_QUERIES_PER_HOUR 1; GRANT SELECT ON shop.orders TO frugal"
    )
    url, access = mariadb.url("frugal"), Access.of(None, ())
    with (
        closing(Server(url, MariaDb(), name="shop", access=access, connections=1)) as server,
        pytest.raises(Unavailable, match=r"login has used up.*max_queries_per_hour") as failure,
    ):
        run_unguarded(server, "SELECT count(*) FROM orders")
    assert "cannot be reached" not in str(failure.value)


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


def test_what_mariadb_cannot_do_is_said_at_once(mariadb: MariaDbShop) -> None:
    with pytest.raises(BadInput, match="unset it for MariaDB"):
        Database.open(mariadb.url(), cost_cap=1)
    with pytest.raises(BadInput, match="Add the database's name"):
        Database.open("mariadb://root@localhost")


async def test_an_estimate_is_the_planners_and_nothing_runs(
    mariadb_shop: Database, caller: Caller
) -> None:
    crossed = "SELECT count(*) FROM orders a, orders b WHERE a.note < b.note"
    estimate = await mariadb_shop.aestimate(crossed, caller=caller)
    assert (estimate.rows, estimate.cost, estimate.tables) == (36, None, ("orders",))
    assert mariadb_shop.estimate(ENDLESS, caller=caller).rows is not None
    assert mariadb_shop.estimate("SELECT 1", caller=caller).rows is None
