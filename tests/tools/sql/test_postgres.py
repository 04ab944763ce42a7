"""PostgreSQL behind the gate, on a real server: each layer alone, and all of them together."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from database_servers import postgres_server
from shop_servers import (
    Ask,
    PostgresShop,
    await_rows,
    is_whole,
    memory_taken_by,
    opener,
    read_cases,
    run_unguarded,
    unchanged,
)
from sqlalchemy import URL, Connection, make_url

from tools.caller import Caller
from tools.errors import (
    BadInput,
    Correctable,
    DocsqlError,
    QueryFailed,
    Refused,
    TooSlow,
    Unavailable,
)
from tools.sql.access import Access, VisibleSchema
from tools.sql.guard import admit
from tools.sql.postgres import Postgres
from tools.sql.run import Database, StatementCaps
from tools.sql.schema import ForeignKey
from tools.sql.server import Server
from tools.sql.source import Job

DEMO = Path(__file__).parents[3] / "deployment" / "demo"
RUNNING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = 'shop' AND usename = 'keeper' AND state = 'active' AND query ~ 'FETCH|DECLARE'
"""
ENDLESS = "SELECT count(*) FROM generate_series(1, 100000000000) AS g"
CLOSED_WORDS = ("root:", "CREATE TABLE")


class _Swapping(Server):
    """A load swaps a table: it has gone when the first statement comes, and is back after it."""

    def __init__(self, shop: PostgresShop) -> None:
        super().__init__(
            shop.url(), Postgres(), name="shop", access=Access.of(None, ()), connections=1
        )
        self._shop = shop
        self.swaps = False
        self.runs = 0

    @contextmanager
    def statement(self, job: Job) -> Generator[Connection]:
        self.runs += 1
        if self.swaps:
            self._shop.administer("DROP TABLE brief", user="keeper")
        try:
            with super().statement(job) as connection:
                yield connection
        finally:
            if self.swaps:
                self.swaps = False
                self._shop.administer(
                    "CREATE TABLE brief (id int); INSERT INTO brief VALUES (8)", user="keeper"
                )


@pytest.fixture
def ask(postgres: PostgresShop) -> Iterator[Ask]:
    with opener(postgres) as open_it:
        yield open_it


def test_an_attack_is_refused_by_the_guard_alone(
    postgres_attack: dict[str, str], postgres_sight: VisibleSchema
) -> None:
    with pytest.raises(Refused):
        admit(postgres_attack["sql"], sight=postgres_sight)


def test_an_oversized_statement_is_refused_before_it_runs(
    postgres_oversized: dict[str, str], postgres_sight: VisibleSchema
) -> None:
    with pytest.raises(Refused):
        admit(postgres_oversized["sql"], sight=postgres_sight)


def test_a_hexadecimal_number_stays_a_number(postgres_sight: VisibleSchema) -> None:
    assert admit("SELECT 0x1F", sight=postgres_sight).text == "SELECT 0x1F"
    assert admit("SELECT x'1F'", sight=postgres_sight).text.lower() == "select x'1f'"


def test_attacks_change_nothing_past_the_engine_alone(
    postgres: PostgresShop, postgres_source: Server
) -> None:
    with unchanged(postgres):
        for attack in read_cases("attacks_postgres.jsonl"):
            try:
                shown = repr(run_unguarded(postgres_source, attack["sql"]))
            except (DocsqlError, UnicodeEncodeError):
                shown = ""
            assert not any(word in shown for word in CLOSED_WORDS), attack
        assert is_whole(postgres_source)


def test_attacks_are_refused_and_change_nothing_with_all_layers(
    postgres: PostgresShop, postgres_shop: Database, caller: Caller
) -> None:
    with unchanged(postgres):
        for attack in read_cases("attacks_postgres.jsonl"):
            with pytest.raises(Refused):
                postgres_shop.run(attack["sql"], caller=caller)


def test_a_legitimate_question_gives_what_postgresql_gives(
    postgres_legitimate: dict[str, str],
    postgres: PostgresShop,
    postgres_shop: Database,
    caller: Caller,
) -> None:
    sql = postgres_legitimate["sql"]
    result = postgres_shop.run(sql, caller=caller)
    assert sorted(map(repr, result.rows)) == sorted(map(repr, postgres.administer(sql)))
    assert not result.truncated


def test_a_schema_has_types_keys_comments_values_and_dates(postgres_shop: Database) -> None:
    schema = postgres_shop.schema()
    assert [table.name for table in schema.tables] == [
        "Mixed Case", "customers", "notes", "orders", "price_list", "products", "regions",
        "salary_bands", "update",
    ]  # fmt: skip
    customers = schema.table("customers")
    assert customers is not None
    assert (customers.comment, customers.rows) == ("People and firms who buy", 4)
    assert [(c.name, c.type) for c in customers.columns] == [
        ("id", "integer"), ("name", "text"), ("tier", "text"), ("region_id", "integer"),
        ("since", "date"), ("tags", "jsonb"),
    ]  # fmt: skip
    assert customers.columns[0].primary_key
    assert customers.foreign_keys == (ForeignKey(("region_id",), "regions", ("id",)),)
    tier, since = customers.columns[2], customers.columns[4]
    assert (tier.comment, tier.samples) == ("'gold' pays later", ("gold", "silver"))
    assert since.range == ("2021-03-01", "2023-11-30")
    assert "CANARY" not in schema.describe()
    assert "assword" not in schema.describe()


def test_what_the_login_may_not_read_is_not_shown(
    postgres: PostgresShop, ask: Ask, caller: Caller
) -> None:
    postgres.administer("CREATE ROLE asker LOGIN; GRANT SELECT (id, name) ON products TO asker")
    database = ask(url=postgres.url("asker"))
    assert [t.name for t in database.schema().tables] == ["products"]
    assert [c.name for c in database.schema().tables[0].columns] == ["id", "name"]
    with pytest.raises(Refused, match=r"Name the columns instead of \*"):
        database.run("SELECT * FROM products", caller=caller)


def test_a_revoked_right_is_told_in_the_servers_words(
    postgres: PostgresShop, ask: Ask, caller: Caller
) -> None:
    postgres.administer("CREATE ROLE late LOGIN; GRANT SELECT ON orders TO late")
    database = ask(url=postgres.url("late"))
    assert database.run("SELECT count(*) FROM orders", caller=caller).rows == ((6,),)
    postgres.administer("REVOKE SELECT ON orders FROM late")
    with pytest.raises(QueryFailed, match="permission denied for table orders"):
        database.run("SELECT count(*) FROM orders", caller=caller)


def test_two_callers_see_different_rows_of_one_table(ask: Ask) -> None:
    database = ask(role="reader")
    seen = {
        caller.id: database.run("SELECT id FROM notes ORDER BY id", caller=caller).rows
        for caller in (
            Caller("ann"),
            Caller("bob"),
            Caller("eve", groups=frozenset({"sales"})),
            Caller("odd", groups=frozenset({'odd,"team"', "x"})),
            Caller("nobody"),
        )
    }
    assert seen == {
        "ann": ((1,),),
        "bob": ((2,), (3,)),
        "eve": ((1,), (2,)),
        "odd": ((3,),),
        "nobody": (),
    }


def test_a_callers_group_decides_the_role(postgres: PostgresShop, ask: Ask) -> None:
    postgres.administer(
        "CREATE ROLE guest; GRANT SELECT ON products TO guest; GRANT guest TO keeper"
    )
    database = ask(role="reader", group_roles={"sales": "reader", "visitors": "guest"})
    count = "SELECT count(*) FROM orders"
    with pytest.raises(QueryFailed, match="permission denied for table orders"):
        database.run(count, caller=Caller("eve", groups=frozenset({"visitors"})))
    for groups in ((), ("sales",), ("visitors", "sales")):  # the first group of the setting counts
        seen = database.run(count, caller=Caller("ann", groups=frozenset(groups)))
        assert seen.rows == ((6,),)
    narrow = ask(role="guest", group_roles={"sales": "reader"})
    assert {table.name for table in narrow.schema().tables} == {"products"}


def test_samples_are_what_nobody_in_particular_may_see(ask: Ask) -> None:
    notes = ask(role="reader").schema().table("notes")
    assert notes is not None
    assert [column.samples for column in notes.columns] == [()] * 4


@pytest.mark.parametrize("role", ["nobody_such", "postgres"])
def test_a_role_that_cannot_be_taken_is_the_operators(role: str, ask: Ask) -> None:
    with pytest.raises(Unavailable, match=f"Set another role for this database: .*{role}"):
        ask(role=role).schema()


def test_a_new_table_is_seen_when_the_digest_is_asked_again(postgres: PostgresShop) -> None:
    source = Server(
        postgres.url(),
        Postgres(),
        name="shop",
        access=Access.of(None, ()),
        connections=1,
        stamp_age_s=0,
    )
    with closing(Database(source, name="shop", caps=StatementCaps(9, 900, 1))) as database:
        assert database.schema().table("fresh") is None
        postgres.administer("CREATE TABLE fresh (id int)", user="keeper")
        assert database.schema().table("fresh") is not None
        postgres.administer("DROP TABLE fresh", user="keeper")
        assert database.schema().table("fresh") is None


def test_a_table_dropped_between_look_and_question_is_noticed(
    postgres: PostgresShop, ask: Ask, caller: Caller
) -> None:
    postgres.administer("CREATE TABLE brief (id int)", user="keeper")
    database = ask()
    assert database.run("SELECT id FROM brief", caller=caller).rows == ()
    postgres.administer("DROP TABLE brief", user="keeper")
    with pytest.raises(Refused, match="no table 'brief'"):
        database.run("SELECT id FROM brief", caller=caller)
    assert database.schema().table("brief") is None


def test_a_table_that_is_swapped_while_it_is_asked_for_is_read_as_it_is_now(
    postgres: PostgresShop, caller: Caller
) -> None:
    """The server says that something is missing once; the schema has changed; it runs."""
    postgres.administer("CREATE TABLE brief (id int); INSERT INTO brief VALUES (7)", user="keeper")
    source = _Swapping(postgres)
    with closing(Database(source, name="shop", caps=StatementCaps(9, 900, 1))) as database:
        database.schema()
        source.swaps = True
        assert database.run("SELECT id FROM brief", caller=caller).rows == ((8,),)
        assert source.runs == 2
    postgres.administer("DROP TABLE brief", user="keeper")


def test_a_view_over_a_denied_column_is_left_out_however_deep(
    postgres: PostgresShop, ask: Ask
) -> None:
    postgres.administer(
        "CREATE VIEW deep AS SELECT pw FROM leaky; "
        "CREATE VIEW whole AS SELECT c::text AS row FROM customers c; "
        "CREATE VIEW beside AS SELECT c.name, to_jsonb(c) AS row FROM customers c; "
        "CREATE VIEW alike AS SELECT a.name FROM customers a JOIN customers b ON a = b",
        user="keeper",
    )
    schema = ask(denied_columns=["customers.password"]).schema()
    closed = ("leaky", "deep", "whole", "beside", "alike")
    assert [name for name in closed if schema.table(name)] == []
    assert schema.table("price_list") is not None
    postgres.administer("DROP VIEW deep, whole, beside, alike", user="keeper")


def test_a_statement_stops_at_its_limit_and_the_next_one_works(
    postgres_shop: Database, caller: Caller
) -> None:
    for _ in range(6):  # more than there are connections
        started = time.monotonic()
        with pytest.raises(TooSlow, match=r"stopped after 0\.4 s"):
            postgres_shop.run(ENDLESS, caller=caller)
        assert time.monotonic() - started < 5
        assert postgres_shop.run("SELECT 1", caller=caller).rows == ((1,),)


async def test_a_cancelled_task_cancels_on_the_server(
    postgres: PostgresShop, ask: Ask, caller: Caller
) -> None:
    database = ask(time_limit_s=60)
    database.schema()
    task = asyncio.create_task(database.arun(ENDLESS, caller=caller))
    async with asyncio.timeout(20):
        await asyncio.to_thread(await_rows, lambda: postgres.administer(RUNNING), [(1,)])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(await_no_others, postgres)
        assert (await database.arun("SELECT 1", caller=caller)).rows == ((1,),)


UNINTERRUPTED = "SELECT length(translate(repeat('a', 300000), repeat('b', 1200), ''))"
"""Seconds in one call that looks neither for a cancel request nor for the time."""


def test_a_call_that_nothing_interrupts_is_left_alone_in_time(
    postgres: PostgresShop, postgres_source: Server
) -> None:
    started = time.monotonic()
    with pytest.raises(TooSlow, match=r"stopped after 0\.4 s"):
        run_unguarded(postgres_source, UNINTERRUPTED)
    assert time.monotonic() - started < 8
    assert is_whole(postgres_source)
    await_no_others(postgres)


async def test_a_task_that_is_cancelled_in_such_a_call_leaves_its_place(
    postgres: PostgresShop, caller: Caller
) -> None:
    source = Server(
        postgres.url(),
        Postgres(schemas=("public",)),
        name="shop",
        access=Access.of(None, ()),
        connections=1,
    )
    job = Job(UNINTERRUPTED, caller, 60)
    stuck = asyncio.create_task(asyncio.to_thread(source.fetch, job))
    await asyncio.to_thread(await_rows, lambda: postgres.administer(RUNNING), [(1,)])
    started = time.monotonic()
    stopping = asyncio.create_task(asyncio.to_thread(job.stop.set))
    with pytest.raises(TooSlow):
        await stuck
    assert time.monotonic() - started < 8
    assert is_whole(source)
    await stopping
    source.close()
    await asyncio.to_thread(await_no_others, postgres)


HUGE = {
    "one row": "SELECT repeat('x', 100000000)",
    "a row of many columns": "SELECT " + ", ".join(["repeat('x', 5000000)"] * 20),
    "rows": "SELECT repeat('x', 10000000 + g) FROM generate_series(1, 20) AS g",
}


@pytest.mark.parametrize("sql", HUGE.values(), ids=HUGE)
def test_a_row_that_is_too_large_is_not_read(
    sql: str, postgres: PostgresShop, postgres_source: Server
) -> None:
    job = Job(sql, Caller("someone"), 30)

    def ask() -> None:
        with pytest.raises(QueryFailed, match="One row of this is more than the 1,000,000 bytes"):
            postgres_source.fetch(job)

    assert memory_taken_by(ask) < 40
    assert is_whole(postgres_source)
    await_no_others(postgres)


def test_the_rows_before_a_large_one_are_kept(postgres_source: Server) -> None:
    sql = "SELECT repeat('x', CASE WHEN g < 3 THEN 5 ELSE {} END) FROM generate_series(1, 99) AS g"
    for size, least in ((2_000_000, 2), (20_000_000, 1)):
        job = Job(sql.format(size), Caller("someone"), 30)
        fetched = postgres_source.fetch(job)
        assert fetched.truncated
        assert len(fetched.rows) >= least
        assert set(fetched.rows) == {("xxxxx",)}


def test_a_row_beyond_the_cap_that_was_read_is_not_shown(postgres_source: Server) -> None:
    job = Job("SELECT repeat('x', 3000)", Caller("someone"), 30, bytes=2_000)
    with pytest.raises(QueryFailed, match="One row of this is more than the 2,000 bytes"):
        postgres_source.fetch(job)


def test_much_is_sent_and_much_is_read(postgres_source: Server) -> None:
    """More than a socket takes at once, either way."""
    texts = ", ".join(f"'{letter * 150_000}'" for letter in "abcdefgh")
    job = Job(f"SELECT {texts}", Caller("someone"), 30, bytes=3_000_000)
    (row,) = postgres_source.fetch(job).rows
    assert row == tuple(letter * 150_000 for letter in "abcdefgh")


def await_no_others(postgres: PostgresShop) -> None:
    """Wait until the server has ended what was given up."""
    await_rows(lambda: postgres.administer(RUNNING), [(0,)])
    assert postgres.administer(RUNNING) == [(0,)]


@pytest.mark.parametrize(
    ("sql", "caps", "rows"),
    [
        ("SELECT generate_series(1, 10000000) AS g", {"row_cap": 5}, 5),
        ("SELECT lpad('x', 900) FROM generate_series(1, 1000000)", {"byte_cap": 5000}, 5),
        ("SELECT id FROM orders", {"row_cap": 6}, 6),
    ],
)
def test_caps_hold_rows_back_without_making_them(
    sql: str, caps: dict[str, int], rows: int, ask: Ask, caller: Caller
) -> None:
    database = ask(**caps)
    started = time.monotonic()
    result = database.run(sql, caller=caller)
    assert (len(result.rows), result.truncated) == (rows, "orders" not in sql)
    assert time.monotonic() - started < 5
    assert database.run("SELECT 1", caller=caller).rows == ((1,),)


def test_a_plan_that_costs_too_much_is_refused(ask: Ask, caller: Caller) -> None:
    database = ask(cost_cap=1000)
    assert database.run("SELECT count(*) FROM orders", caller=caller).rows == ((6,),)
    with pytest.raises(Refused, match=r"and may cost 1,000\. Filter more"):
        database.run("SELECT 1 FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g",
                     caller=caller)  # fmt: skip


def test_an_engine_error_is_told_in_its_words(postgres_shop: Database, caller: Caller) -> None:
    with pytest.raises(QueryFailed, match="division by zero"):
        postgres_shop.run("SELECT 1 / 0", caller=caller)
    with pytest.raises(QueryFailed, match="must appear in the GROUP BY"):
        postgres_shop.run("SELECT name, count(*) FROM products", caller=caller)


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT lower('X'), pg_catalog.lower('Y')", [("x", "y")]),
        ("SELECT 'a' LIKE 'a%', 1 + 2, 1 = 1, 'a' || 'b'", [(True, 3, True, "ab")]),
        ("SELECT id FROM orders WHERE note = '100% sure' AND quantity = 10", [(3,)]),
        ("SELECT count(*) FROM orders WHERE quantity = ANY (ARRAY[10, 5])", [(2,)]),
    ],
)
def test_only_the_engines_own_functions_and_operators_are_called(
    sql: str,
    rows: list[tuple[Any, ...]],
    postgres: PostgresShop,
    postgres_shop: Database,
    caller: Caller,
) -> None:
    """Also by the administrator, whose search path begins with the schema that has the others."""
    assert list(postgres_shop.run(sql, caller=caller).rows) == rows
    assert postgres.administer(postgres_shop.check(sql).text) == rows


@pytest.mark.parametrize(
    "sql", ["SELECT lower(5)", "SELECT 'a'::text + 'b'::text", "SELECT 'a'::text = 1"]
)
def test_a_like_named_function_of_somebodys_own_is_never_called(
    sql: str, postgres: PostgresShop, postgres_shop: Database, caller: Caller
) -> None:
    with pytest.raises(QueryFailed, match=r"does not exist|operator is not unique"):
        postgres_shop.run(sql, caller=caller)
    with pytest.raises(psycopg.errors.UndefinedFunction):
        postgres.administer(postgres_shop.check(sql).text)


def test_a_function_is_opened_by_its_name(ask: Ask, caller: Caller) -> None:
    database = ask(allowed_functions=["extras.doubled"])
    for sql in ("SELECT doubled(21)", "SELECT extras.doubled(id * 21) FROM orders WHERE id = 1"):
        assert database.run(sql, caller=caller).rows == ((42,),)
    with pytest.raises(Refused, match=r"function doubled\(\) is not allowed"):
        ask().run("SELECT doubled(21)", caller=caller)
    with pytest.raises(Refused, match=r"function evil\(\) is not allowed"):
        database.run("SELECT evil()", caller=caller)


def test_a_schema_is_opened_with_its_operators(ask: Ask, caller: Caller) -> None:
    database = ask(allowed_functions=["public.*"])
    sql = "SELECT 'a'::text + 'b'::text"
    assert database.run(sql, caller=caller).rows == (("CANARY-plus",),)


def test_a_partition_keeps_closed_what_its_table_does(ask: Ask, caller: Caller) -> None:
    database = ask(denied_columns=["ledger.secret"])
    names = {t.name: [c.name for c in t.columns] for t in database.schema().tables}
    assert names["ledger_2024"] == names["ledger"] == ["entry", "note"]
    with pytest.raises(Refused, match="no column 'secret'"):
        database.run("SELECT secret FROM ledger_2024", caller=caller)


TOO_MUCH = [
    ("SELECT a.id FROM orders a, orders b, orders c, orders d, orders e, orders f, orders g "
     "ORDER BY a.id, b.id, c.id, d.id, e.id, f.id, g.id", "more temporary disk space"),
    ("SELECT to_char(1, repeat(repeat('9', 1000), 140000))", "more memory"),
    ("SELECT lpad('', 1100000000)", "too much"),
    (f"SELECT {', '.join(['1'] * 1700)}", "too much"),
    (f"SELECT {'1 + ' * 30_000} 1", "too much"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "said"), TOO_MUCH)
def test_a_statement_that_needs_too_much_is_told_what_to_change(
    sql: str, said: str, postgres: PostgresShop
) -> None:
    """The engine alone, whatever the guard would have said before it."""
    role = "CREATE ROLE narrow LOGIN; GRANT reader TO narrow; ALTER ROLE narrow SET "
    if not postgres.administer("SELECT 1 FROM pg_roles WHERE rolname = 'narrow'"):
        postgres.administer(f"{role} temp_file_limit = '1MB'")
        postgres.administer("ALTER ROLE narrow SET work_mem = '64kB'")
        postgres.administer("ALTER ROLE narrow SET max_stack_depth = '100kB'")
    url = postgres.url().set(username="narrow")
    access = Access.of(None, ())
    with closing(
        Server(url, Postgres(schemas=("public",)), name="shop", access=access, connections=1)
    ) as server:
        with pytest.raises(QueryFailed, match=said) as failure:
            server.fetch(Job(sql, Caller("someone"), 20, rows=100))
        assert "cannot be reached" not in str(failure.value)
        assert is_whole(server)


def test_a_statement_over_the_servers_temporary_space_is_told_so_with_all_layers(
    postgres: PostgresShop, ask: Ask, caller: Caller
) -> None:
    postgres.administer("ALTER ROLE keeper SET temp_file_limit = '1MB'")
    postgres.administer("ALTER ROLE keeper SET work_mem = '64kB'")
    try:
        with pytest.raises(QueryFailed, match=r"temp_file_limit \(1024kB\)\. Filter more"):
            ask(url=postgres.url().set(username="keeper")).run(TOO_MUCH[0][0], caller=caller)
    finally:
        postgres.administer("ALTER ROLE keeper RESET ALL")


@pytest.mark.parametrize("state", ["53300", "53000", "53100", "53200", "57P03", "08006", "XX001"])
def test_a_server_that_is_out_of_order_is_told_from_a_statement_that_needs_too_much(
    state: str,
) -> None:
    translated = Postgres().translated(psycopg.errors.lookup(state)("said"), 1.0)
    needs_too_much = state in {"53000", "53100", "53200"}
    assert isinstance(translated, QueryFailed) is needs_too_much


def test_too_many_connections_are_the_operators(postgres: PostgresShop, caller: Caller) -> None:
    postgres.administer("CREATE ROLE lonely LOGIN CONNECTION LIMIT 0; GRANT reader TO lonely")
    url = postgres.url().set(username="lonely")
    with (
        closing(Database.open(url, name="shop")) as database,
        pytest.raises(Unavailable, match="too many connections"),
    ):
        database.run("SELECT count(*) FROM orders", caller=caller)


def test_names_are_sent_as_they_were_judged(postgres_sight: VisibleSchema) -> None:
    sql = """WITH c AS (SELECT 1 AS u,2 AS "\\0070assword")SELECT/*x*/U&"\\0070assword"FROM c -- end"""
    assert admit(sql, sight=postgres_sight).text == (
        'WITH "c" AS (SELECT 1 AS "u", 2 AS "\\0070assword") '
        'SELECT "c"."u" & "c"."\\0070assword" FROM "c" AS "c"'
    )


def test_a_server_that_is_down_fails_its_calls_until_it_is_back(caller: Caller) -> None:
    with postgres_server() as server:
        url = make_url(f"postgresql://postgres:geheim@127.0.0.1:{server.port}/postgres")
        with closing(Database.open(url, name="books")) as database:
            assert database.run("SELECT 1", caller=caller).rows == ((1,),)
            server.stop()
            with pytest.raises(Unavailable, match="database 'books' at") as failure:
                database.run("SELECT 1", caller=caller)
            assert "geheim" not in str(failure.value)
            server.start()
            assert database.run("SELECT 1", caller=caller).rows == ((1,),)


def test_the_demos_questions_get_the_rows_that_sqlite_gives(
    postgres: PostgresShop, make_file: Callable[..., Path], open_file: Callable[..., Database],
    ask: Ask, caller: Caller,
) -> None:  # fmt: skip
    script = (DEMO / "database.sql").read_text("utf-8")
    postgres.administer("CREATE DATABASE demo OWNER keeper")
    demo = PostgresShop(postgres.server, "demo")
    demo.administer(script)
    demo.administer("GRANT SELECT ON ALL TABLES IN SCHEMA public TO keeper")
    there = ask(url=demo.url(), row_cap=5_000)
    here = open_file(make_file(script), row_cap=5_000)
    lines = (DEMO / "questions.jsonl").read_text("utf-8").splitlines()
    golds = [case["sql"] for case in map(json.loads, lines) if case.get("sql")]
    assert len(golds) > 25
    for gold in golds:
        rows = [there.run(gold, caller=caller).rows, here.run(gold, caller=caller).rows]
        assert plain(rows[0]) == plain(rows[1]), gold


def plain(rows: tuple[tuple[Any, ...], ...]) -> list[tuple[str, ...]]:
    """Numbers by their value, and no order among equals."""
    return sorted(
        tuple(f"{float(v):.6g}" if not isinstance(v, str | None) else str(v) for v in row)
        for row in rows
    )


def test_eight_threads_share_one_server(ask: Ask, caller: Caller) -> None:
    """With the ordinary limit: the shop's is short for the tests of slow statements."""
    shop, failures = ask(), list[Correctable | Unavailable]()

    def ask_often() -> None:
        for number in range(10):
            try:
                assert shop.run(f"SELECT {number}", caller=caller).rows == ((number,),)
            except (Correctable, Unavailable) as error:
                failures.append(error)

    threads = [threading.Thread(target=ask_often) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_file_has_neither_role_nor_cost(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no roles and no plan costs"):
        Database.open(URL.create("sqlite", database=str(tmp_path / "x")), role="reader")


async def test_an_estimate_is_the_planners_and_nothing_runs(
    postgres_shop: Database, caller: Caller
) -> None:
    crossed = "SELECT count(*) FROM orders a, orders b, products"
    estimate = await postgres_shop.aestimate(crossed, caller=caller)
    assert estimate.rows == 6 * 6 * 4
    assert estimate.cost is not None
    assert estimate.tables == ("orders", "products")
    endless = postgres_shop.estimate(ENDLESS, caller=caller)
    assert endless.rows is not None
    assert endless.rows >= 1_000_000_000
    filtered = "SELECT id FROM orders WHERE id = 3 AND note = 'x'"
    assert postgres_shop.estimate(filtered, caller=caller).rows == 6


OUT_OF_PYTHONS_RANGE = {
    "date 'infinity'": "infinity",
    "date '0044-03-15 BC'": "0044-03-15 BC",
    "timestamp '10000-01-01'": "10000-01-01 00:00:00",
    "timestamptz '-infinity'": "-infinity",
    "time '24:00'": "24:00:00",
    "interval '1 mon'": "1 mon",
    "interval '1 year 2 mons 3 days 04:05:06'": "1 year 2 mons 3 days 04:05:06",
    "interval '90 minutes'": "1:30:00",
    "interval '-1 mon +2 days'": "-1 mons +2 days",
    "interval '1 day' * 1e9": "1000000000 days",
    "ARRAY[date 'infinity']": "['infinity']",
}


@pytest.mark.parametrize(("sql", "text"), OUT_OF_PYTHONS_RANGE.items())
def test_a_value_that_python_has_no_type_for_is_read_as_postgres_writes_it(
    sql: str, text: str, postgres_source: Server
) -> None:
    ((value, day),) = run_unguarded(postgres_source, f"SELECT {sql}, date '2024-02-29'")
    assert (str(value), day) == (text, date(2024, 2, 29))


def test_an_enumeration_and_a_domain_are_told_by_what_they_hold(
    postgres: PostgresShop, ask: Ask, caller: Caller
) -> None:
    postgres.administer(
        "CREATE TYPE parcel_state AS ENUM ('packed', 'it''s lost', 'printed');"
        "CREATE DOMAIN postcode AS varchar(9) CHECK (value <> '');"
        "CREATE TABLE parcels (id integer PRIMARY KEY, state parcel_state, sent_to postcode);"
        "INSERT INTO parcels VALUES (1, 'printed', 'AB1'), (2, 'printed', 'AB1')",
        user="keeper",
    )
    try:
        database = ask(allowed_tables=["parcels"])
        state, sent_to = (database.schema().tables[0].column(n) for n in ("state", "sent_to"))
        assert state is not None
        assert sent_to is not None
        assert state.type == "ENUM('packed', 'it''s lost', 'printed')"
        assert (state.kind, state.samples) == ("ENUM", ("printed", "packed", "it's lost"))
        assert (sent_to.kind, sent_to.samples) == ("character varying", ("AB1",))
        asked = "SELECT count(*) FROM parcels WHERE state = 'printed'"
        assert database.run(asked, caller=caller).rows == ((2,),)
    finally:
        postgres.administer(
            "DROP TABLE parcels; DROP DOMAIN postcode; DROP TYPE parcel_state", user="keeper"
        )
