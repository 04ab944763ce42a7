"""DuckDB behind the gate, on the real engine: each layer alone, and all of them together."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from shop_servers import CANARY, FIXTURES, read_cases

from tools.caller import Caller
from tools.errors import BadInput, DocsqlError, QueryFailed, Refused, TooSlow, Unavailable
from tools.sql.access import Access, VisibleSchema
from tools.sql.duck.opening import left_out_of
from tools.sql.duck.source import DuckDb
from tools.sql.guard import admit
from tools.sql.run import Database
from tools.sql.source import Job

OPEN = ["regions", "customers", "products", "orders", "update", "Mixed Case",
        "salary_bands", "leaky", "leakier", "leaking", "price_list"]  # fmt: skip
DENIED = ["customers.password", "api_key", "Mixed Case.Secret Code"]
OTHER_ENGINES = ("attacks.jsonl", "attacks_postgres.jsonl", "attacks_mariadb.jsonl")
CLOSED = ("CANARY", "root:", "docsql_file")
ENDLESS = "SELECT count(*) FROM range(100000000000)"


@pytest.fixture(scope="module")
def shop_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose closed tables and columns hold values that begin with CANARY."""
    path = tmp_path_factory.mktemp("shop") / "main.duckdb"  # also the name of DuckDB's own schema
    with duckdb.connect(str(path)) as made:
        made.execute((FIXTURES / "shop_duckdb.sql").read_text("utf-8"))
    return path


@pytest.fixture(scope="module")
def source(shop_path: Path) -> Iterator[DuckDb]:
    """The engine's side of the gate alone, with no guard in front."""
    access = Access.of(OPEN, DENIED, ["main.doubled"])
    opened = DuckDb(shop_path, access=access)
    opened.look()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def sight(source: DuckDb) -> VisibleSchema:
    return source.look()


@pytest.fixture(scope="module")
def shop(shop_path: Path) -> Iterator[Database]:
    """The shop as its operator opens it, all layers together."""
    opened = Database.open(
        f"duckdb:///{shop_path}",
        allowed_tables=OPEN,
        denied_columns=DENIED,
        allowed_functions=["main.doubled"],
        time_limit_s=0.5,
    )
    yield opened
    opened.close()


@pytest.fixture
def open_at() -> Iterator[Callable[..., Database]]:
    """Opens a path with the settings of a test and closes it after the test."""
    opened: list[Database] = []

    def open_it(path: Path, **settings: Any) -> Database:
        opened.append(Database.open(f"duckdb:///{path}", **settings))
        return opened[-1]

    yield open_it
    for database in opened:
        database.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with CSV, Parquet, a subfolder of Parquet, and a link out of it."""
    made = tmp_path / "files"
    (made / "visits").mkdir(parents=True)
    (made / "customers.csv").write_text(
        "id,name,tier,since\n1,Ann,gold,2020-01-01\n2,Bob,free,2021-02-03\n", "utf-8"
    )
    with duckdb.connect() as engine:
        engine.execute(
            "COPY (FROM (VALUES (1, 1, DATE '2024-01-05', 10.50::DECIMAL(10, 2)), "
            "(2, 2, DATE '2024-02-05', 20.25)) AS v(id, customer_id, day, amount)) "
            f"TO '{made}/orders.parquet'"
        )
        for place in (1, 2):
            engine.execute(f"COPY (SELECT {place} AS page) TO '{made}/visits/{place}.parquet'")
    (tmp_path / "outside.csv").write_text("secret\nCANARY\n", "utf-8")
    (made / "link.csv").symlink_to(tmp_path / "outside.csv")
    return made


def test_an_attack_is_refused_by_the_guard_alone(sight: VisibleSchema) -> None:
    for attack in read_cases("attacks_duckdb.jsonl"):
        with pytest.raises(Refused):
            pytest.fail(f"{attack['sql']}: {admit(attack['sql'], sight=sight).text}")


def test_attacks_reach_no_file_and_change_nothing_past_the_engine_alone(
    source: DuckDb, shop_path: Path, caller: Caller
) -> None:
    before = hashlib.sha256(shop_path.read_bytes()).hexdigest()
    for attack in read_cases("attacks_duckdb.jsonl"):
        if attack["id"].startswith(("closed columns", "large")):
            continue  # these are the guard's: the engine's layers know tables, and no sizes
        with pytest.raises(DocsqlError):
            pytest.fail(f"{attack}: {source.fetch(Job(attack['sql'], caller, 0.5, rows=50))}")
    assert hashlib.sha256(shop_path.read_bytes()).hexdigest() == before
    assert not CANARY.exists()


def test_attacks_on_other_engines_do_no_harm(shop: Database, caller: Caller) -> None:
    admitted = 0
    for name in OTHER_ENGINES:
        for attack in read_cases(name):
            try:
                shown = repr(shop.run(attack["sql"], caller=caller).rows)
            except (Refused, QueryFailed, TooSlow):
                continue
            admitted += 1
            assert not any(word in shown for word in CLOSED), attack
    assert admitted < 20  # what means nothing bad here, such as a name in other letters


def test_a_legitimate_question_gives_what_duckdb_gives(
    shop: Database, shop_path: Path, caller: Caller
) -> None:
    for case in read_cases("legitimate_duckdb.jsonl"):
        asked = shop.run(case["sql"], caller=caller)
        with duckdb.connect(str(shop_path), read_only=True) as plain:
            expected = plain.execute(case["sql"]).fetchall()
        assert sorted(map(repr, asked.rows)) == sorted(map(repr, expected)), case


def test_a_schema_has_types_keys_comments_values_and_dates(shop: Database) -> None:
    schema = shop.schema()
    assert [table.name for table in schema.tables] == [
        "Mixed Case", "customers", "orders", "price_list", "products", "regions", "salary_bands",
        "update",
    ]  # fmt: skip
    customers, orders = schema.table("customers"), schema.table("orders")
    assert customers is not None
    assert orders is not None
    assert customers.comment == "People and firms who buy"
    assert [column.name for column in customers.columns] == [
        "id", "name", "tier", "region_id", "since", "tags",
    ]  # fmt: skip
    tier, since = customers.column("tier"), customers.column("since")
    assert tier is not None
    assert tier.samples == ("gold", "silver", "bronze")
    assert since is not None
    assert since.range == ("2021-03-01", "2022-07-15")
    assert [key.referred_table for key in orders.foreign_keys] == ["customers", "products"]


def test_another_schema_of_the_file_is_opened_by_its_name(
    shop_path: Path, open_at: Callable[..., Database], caller: Caller
) -> None:
    opened = open_at(shop_path, allowed_tables=["regions", "sales.*"])
    asked = (
        "SELECT r.name FROM sales.targets AS t JOIN regions AS r ON r.id = t.region_id ORDER BY 1"
    )
    assert opened.run(asked, caller=caller).rows == (("Asia",), ("Europe",))
    with pytest.raises(Refused, match="hidden"):
        opened.run("SELECT * FROM hidden.plans", caller=caller)


def test_a_view_whose_macro_reads_is_left_out_while_something_is_denied(
    tmp_path: Path, open_at: Callable[..., Database]
) -> None:
    path = tmp_path / "macros.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute(
            "CREATE TABLE a (id INTEGER, secret VARCHAR); CREATE TABLE b (id INTEGER);"
            "CREATE MACRO twice(x) AS 2 * x; CREATE MACRO peek(x) AS (SELECT max(secret) FROM a);"
            "CREATE MACRO again(x) AS peek(x);"
            "CREATE VIEW plain AS SELECT twice(id) AS n FROM b;"
            "CREATE VIEW peeking AS SELECT peek(id) AS p FROM b;"
            "CREATE VIEW further AS SELECT again(id) AS p FROM b;"
            "CREATE VIEW chained AS SELECT id.peek() AS p FROM b;"
            "CREATE VIEW deep AS SELECT p FROM peeking;"
        )
    shown = open_at(path, denied_columns=["a.secret"]).schema()
    assert {table.name for table in shown.tables} == {"a", "b", "plain"}
    assert open_at(path).schema().table("deep") is not None


def test_a_value_that_python_cannot_hold_fails_its_statement(
    shop: Database, caller: Caller
) -> None:
    with pytest.raises(QueryFailed, match="holds a value that cannot be read"):
        shop.run("SELECT to_months(2147483647)", caller=caller)
    assert shop.run("SELECT to_months(2147483647)::VARCHAR AS m", caller=caller).rows


def test_a_macro_under_the_name_of_a_function_is_not_called(shop: Database, caller: Caller) -> None:
    assert shop.run("SELECT doubled(21) AS n", caller=caller).rows == ((42,),)
    with pytest.raises(Refused, match="strip_accents"):
        shop.run("SELECT strip_accents(name) FROM customers", caller=caller)


@pytest.mark.parametrize("word", ["current_date", "current_timestamp", "localtime"])
def test_a_word_that_is_the_name_of_a_closed_column_is_not_read(
    word: str, tmp_path: Path, open_at: Callable[..., Database], caller: Caller
) -> None:
    path = tmp_path / "words.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute("CREATE TABLE t AS SELECT 1 AS id, 'SECRET' AS " + word)
    denied = open_at(path, denied_columns=[f"t.{word}"])
    assert denied.run("SELECT id FROM t", caller=caller).rows == ((1,),)
    for sql in ("SELECT {} FROM t", "SELECT id FROM t WHERE {} = 'SECRET'"):
        with pytest.raises(Refused, match=f"'{word}' is the name of a closed column"):
            denied.run(sql.format(word), caller=caller)


def test_a_statement_ends_at_its_limit(shop: Database, caller: Caller) -> None:
    started = time.monotonic()
    with pytest.raises(TooSlow, match=r"0\.5 s"):
        shop.run(ENDLESS, caller=caller)
    assert time.monotonic() - started < 5
    assert shop.run("SELECT 1 AS one", caller=caller).rows == ((1,),)


def test_rows_and_bytes_are_capped_and_memory_is_limited(
    shop_path: Path, open_at: Callable[..., Database], caller: Caller
) -> None:
    opened = open_at(shop_path, row_cap=3, byte_cap=2_000)
    result = opened.run("SELECT range FROM range(100000000000)", caller=caller)
    assert (result.rows, result.truncated) == (((0,), (1,), (2,)), True)
    result = opened.run("SELECT repeat('x', 900) AS x FROM range(9)", caller=caller)
    assert (len(result.rows), result.truncated) == (2, True)
    for large in ("repeat('x', 5000)", "string_split(repeat('x,', 2500), ',')"):
        with pytest.raises(QueryFailed, match="One row"):
            opened.run(f"SELECT {large} AS x", caller=caller)
    with pytest.raises(QueryFailed, match="memory"):
        opened.run(
            "SELECT range FROM range(200000000) ORDER BY md5(CAST(range AS VARCHAR))", caller=caller
        )


def test_an_estimate_is_of_the_largest_step(shop: Database, caller: Caller) -> None:
    asked = "SELECT o.id FROM orders AS o JOIN customers AS c ON c.id = o.customer_id"
    estimate = shop.estimate(asked, caller=caller)
    assert estimate.rows == 6
    assert estimate.tables == ("orders", "customers")


def test_the_time_zone_is_the_sessions(
    shop_path: Path, open_at: Callable[..., Database], caller: Caller
) -> None:
    opened = open_at(shop_path, timezone="Asia/Tokyo")
    assert opened.schema().timezone == "Asia/Tokyo"
    asked = "SELECT paid_at::DATE FROM orders WHERE id = 2"
    assert opened.run(asked, caller=caller).rows == ((date(2024, 2, 12),),)


def test_a_folder_has_a_table_for_each_file(
    folder: Path, open_at: Callable[..., Database], caller: Caller
) -> None:
    opened = open_at(folder)
    tables = {t.name: [c.type for c in t.columns] for t in opened.schema().tables}
    assert tables == {
        "customers": ["BIGINT", "VARCHAR", "VARCHAR", "DATE"],
        "orders": ["INTEGER", "INTEGER", "DATE", "DECIMAL(10,2)"],
        "visits": ["INTEGER"],
    }
    asked = (
        "SELECT c.name, sum(o.amount) AS total FROM orders AS o "
        "JOIN customers AS c ON c.id = o.customer_id GROUP BY c.name ORDER BY total DESC"
    )
    assert opened.run(asked, caller=caller).rows == (
        ("Bob", Decimal("20.25")),
        ("Ann", Decimal("10.50")),
    )
    assert opened.run("SELECT sum(page) AS n FROM visits", caller=caller).rows == ((3,),)


def test_a_closed_column_of_a_file_stays_closed(
    folder: Path, open_at: Callable[..., Database], caller: Caller
) -> None:
    opened = open_at(folder, denied_columns=["customers.tier"])
    for asked in (
        "SELECT tier FROM customers",
        "SELECT * FROM customers",
        "SELECT filename FROM orders",
    ):
        with pytest.raises(Refused):
            opened.run(asked, caller=caller)


def test_no_file_beside_those_that_were_found_is_read(folder: Path, caller: Caller) -> None:
    source = DuckDb(folder, access=Access.of(None, ()))
    source.look()
    engine = source._opened.engine if source._opened else duckdb.connect()  # pyright: ignore[reportPrivateUsage]
    outside = folder.parent / "outside.csv"
    for asked in (f"FROM read_csv('{outside}')", f"FROM '{outside}'"):
        with pytest.raises(Refused):
            source.fetch(Job(asked, caller, 1.0))
        with pytest.raises(duckdb.PermissionException):  # past the judge too
            engine.cursor().execute(asked)
    source.close()


def test_a_file_whose_name_is_a_pattern_is_left_out(tmp_path: Path) -> None:
    """DuckDB would read `report1.csv` for `report[1].csv`, whatever tables are open."""
    for name in ("report[1].csv", "report1.csv", "what?.csv", "st*r.csv"):
        (tmp_path / name).write_text("said\nyes\n", "utf-8")
    (tmp_path / "part[1]").mkdir()
    duckdb.sql(f"COPY (SELECT 'yes' AS said) TO '{tmp_path}/made.parquet'")
    (tmp_path / "made.parquet").rename(tmp_path / "part[1]" / "made.parquet")
    with closing(Database.open(f"duckdb:///{tmp_path}")) as opened:
        assert [table.name for table in opened.schema().tables] == ["report1"]


def test_a_file_is_a_table_whatever_quotes_its_name_has(tmp_path: Path, caller: Caller) -> None:
    names = ["o'b.csv", "o'b\".csv", 'q"uote.csv', "x; y.csv", "o'b.parquet"]
    for name in names[:-1]:
        (tmp_path / name).write_text("said\nyes\n", "utf-8")
    duckdb.sql(f"COPY (SELECT 'yes' AS said) TO '{tmp_path}/made.parquet'")
    (tmp_path / "made.parquet").rename(tmp_path / names[-1])
    with closing(Database.open(f"duckdb:///{tmp_path}")) as opened:
        tables = [table.name for table in opened.schema().tables]
        assert sorted(tables) == sorted(["o'b.csv", "o'b.parquet", "o'b\"", 'q"uote', "x; y"])
        for table in tables:
            quoted = table.replace('"', '""')
            text = f'SELECT said FROM "{quoted}"'  # noqa: S608  # quoted
            found = opened.run(text, caller=caller)
            assert found.rows in (((True,),), (("yes",),)), table


HEADERS = [
    "id': 'VARCHAR', 'note': 'VARCHAR'}); CREATE TABLE stolen AS FROM read_text('SECRET'); --",
    "id': 'VARCHAR'}); COPY (SELECT 'CANARY' AS c) TO 'WRITTEN'; --",
    "id'}); ATTACH 'WRITTEN' AS other; --",
    "na'me", "a''b", "x); FROM read_text('SECRET'); --", 'q";DROP VIEW plain;--',
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_the_header_of_a_csv_file_is_only_a_name(
    tmp_path: Path, caller: Caller, header: str
) -> None:
    folder, secret, written = tmp_path / "folder", tmp_path / "secret", tmp_path / "written"
    folder.mkdir()
    secret.write_text("CANARY", "utf-8")
    said = header.replace("SECRET", str(secret)).replace("WRITTEN", str(written))
    quoted = said.replace('"', '""')
    (folder / "plain.csv").write_text("id,note\n1,first\n", "utf-8")
    (folder / "odd.csv").write_text(f'"{quoted}",note\n1,x\n2,y\n', "utf-8")
    assert left_out_of(folder) == {}
    with closing(Database.open(f"duckdb:///{folder}", name="folder")) as database:
        tables = {table.name for table in database.schema().tables}
        rows = database.run("SELECT * FROM odd", caller=caller)
    assert tables == {"odd", "plain"}
    assert rows.columns[0] == said
    assert [row[1] for row in rows.rows] == ["x", "y"]
    assert not written.exists()


def test_a_file_that_is_left_out_is_told_with_the_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("A.csv", "a.csv", "x[1].csv"):
        (tmp_path / name).write_text("said\nyes\n", "utf-8")
    (tmp_path / "bad.parquet").write_text("no parquet", "utf-8")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "in.csv").write_text("said\nyes\n", "utf-8")
    (tmp_path / "out.csv").symlink_to("/etc/hostname")
    told = left_out_of(tmp_path)
    reasons = {
        "a.csv": "the name of 'A.csv'",
        "x[1].csv": "rename it",
        "bad.parquet": "DuckDB cannot read it",
        "deep/in.csv": "from the folder itself",
        "out.csv": "leads out of the folder",
    }
    assert told.keys() == reasons.keys()
    assert [name for name, reason in reasons.items() if reason not in told[name]] == []
    caplog.set_level("INFO")
    with closing(Database.open(f"duckdb:///{tmp_path}")) as opened:
        assert [table.name for table in opened.schema().tables] == ["A.csv"]
    logged = [record.getMessage() for record in caplog.records]
    assert [name for name in reasons if not any(repr(name) in line for line in logged)] == []


def test_a_new_file_and_a_replaced_one_are_found(
    folder: Path, open_at: Callable[..., Database], caller: Caller
) -> None:
    opened = open_at(folder)
    assert opened.schema().table("notes") is None
    (folder / "notes.csv").write_text("id,text\n1,hello\n", "utf-8")
    assert opened.run("SELECT text FROM notes", caller=caller).rows == (("hello",),)
    fresh = folder.parent / "fresh.csv"
    fresh.write_text("id,text\n1,good\n2,bye\n", "utf-8")
    os.replace(fresh, folder / "notes.csv")  # noqa: PTH105  # as a load does it
    assert opened.run("SELECT count(*) AS n FROM notes", caller=caller).rows == ((2,),)


def test_files_of_one_name_keep_their_endings(
    folder: Path, open_at: Callable[..., Database], caller: Caller
) -> None:
    (folder / "Orders.csv").write_text("id\n7\n", "utf-8")
    opened = open_at(folder)
    assert opened.run('SELECT id FROM "Orders.csv"', caller=caller).rows == ((7,),)
    assert opened.schema().table("orders.parquet") is not None


def test_one_file_of_csv_is_a_database_of_one_table(
    folder: Path, open_at: Callable[..., Database], caller: Caller
) -> None:
    opened = open_at(folder / "customers.csv")
    assert opened.run("SELECT max(name) AS n FROM customers", caller=caller).rows == (("Bob",),)


@pytest.mark.parametrize(
    ("url", "settings", "said"),
    [
        ("duckdb://", {}, "path of a DuckDB file"),
        ("duckdb:///:memory:", {}, "path of a DuckDB file"),
        ("duckdb:///x.duckdb?access_mode=rw", {}, "nothing after it"),
        ("duckdb:///x.duckdb", {"role": "reader"}, "no roles"),
        ("duckdb:///x.duckdb", {"cost_cap": 5.0}, "no plan costs"),
    ],
)
def test_what_duckdb_does_not_know_is_said_at_the_start(
    url: str, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        Database.open(url, **settings)


def test_what_cannot_be_read_is_said_with_its_path(
    tmp_path: Path, open_at: Callable[..., Database]
) -> None:
    with pytest.raises(Unavailable, match=r"gone\.duckdb"):
        open_at(tmp_path / "gone.duckdb").schema()
    broken = tmp_path / "broken.duckdb"
    broken.write_text("not a database " * 500, "utf-8")
    with pytest.raises(Unavailable, match=r"broken\.duckdb"):
        open_at(broken).schema()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT (SELECT o.id FROM t) FROM orders o",
        "SELECT (SELECT max(O.x) FROM t) FROM orders O",
        "SELECT (SELECT x FROM t LIMIT 1) FROM orders o",
        "SELECT (SELECT o.* FROM t) FROM (SELECT 1 AS id) o",
        "SELECT z.x FROM orders o, LATERAL (SELECT o.x FROM t) z",
    ],
)
def test_a_field_of_a_closed_record_is_not_read_by_the_name_of_a_table_further_out(
    sql: str, tmp_path: Path, open_at: Callable[..., Database], caller: Caller
) -> None:
    path = tmp_path / "records.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute("CREATE TABLE t AS SELECT 1 AS id, {'id': 'SECRET', 'x': 'SECRET'} AS o")
        made.execute("CREATE TABLE orders AS SELECT 7 AS id, 'note' AS x")
    denied = open_at(path, denied_columns=["t.o"])
    beside = denied.run("SELECT o.x FROM t, orders o", caller=caller)
    assert beside.rows == (("note",),)
    with pytest.raises(Refused, match="is the name of a closed column too"):
        denied.run(sql, caller=caller)
