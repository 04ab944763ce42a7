"""The shop of tests/fixtures/sql on real servers, its owner `keeper` and its role `reader`."""

import gc
import json
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pymysql
from database_servers import RunningServer, mariadb_server, postgres_server
from pymysql.constants import CLIENT
from sqlalchemy import URL

from tools.caller import Caller
from tools.sql.postgres_values import register_loaders
from tools.sql.run import Database
from tools.sql.source import DatabaseSource, Job

FIXTURES = Path(__file__).parents[1] / "fixtures" / "sql"
CANARY = Path("/tmp/canary-file")  # noqa: S108  # what the attacks would write
OPEN = ["regions", "customers", "products", "orders", "update",
        "salary_bands", "leaky", "price_list"]  # fmt: skip
DENIED = ["customers.password", "api_key"]
LIMIT_S = 0.4

Rows = list[tuple[Any, ...]]
Ask = Callable[..., Database]


class Shop(Protocol):
    """A database on a server, as its administrator sees it."""

    server: RunningServer

    def url(self, user: str = "keeper") -> URL: ...

    def administer(self, script: str) -> Rows: ...

    def state(self) -> Rows:
        """Checksums of every table, the logins, and what else an attack could change."""
        ...


class PostgresShop:
    _SUMS = """
        SELECT c.relname, (xpath('/row/sum/text()', query_to_xml(format(
          'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) AS sum FROM %s t', c.oid::regclass
        ), true, true, '')))[1]::text
        FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text
          IN ('public', 'other', 'sales', 'hidden')
        UNION ALL SELECT rolname, rolsuper::text FROM pg_roles
        UNION ALL SELECT 'large objects', count(*)::text FROM pg_largeobject_metadata ORDER BY 1
    """

    def __init__(self, server: RunningServer, name: str) -> None:
        self.server = server
        self.name = name

    def url(self, user: str = "keeper", password: str | None = None) -> URL:
        return URL.create(
            "postgresql", user, password, "127.0.0.1", self.server.port, database=self.name
        )

    def administer(self, script: str, *, user: str = "postgres") -> Rows:
        text = self.url(user).render_as_string(hide_password=False)
        with psycopg.connect(text, autocommit=True) as connection:
            register_loaders(connection.adapters)
            cursor = connection.execute(script.encode())
            return cursor.fetchall() if cursor.description else []

    def state(self) -> Rows:
        return self.administer(self._SUMS)


class MariaDbShop:
    def __init__(self, server: RunningServer) -> None:
        self.server = server

    def url(self, user: str = "keeper") -> URL:
        return URL.create("mariadb", user, None, "127.0.0.1", self.server.port, database="shop")

    def administer(self, script: str, *, database: str | None = "shop") -> Rows:
        connection = pymysql.connect(
            host="127.0.0.1",
            port=self.server.port,
            user="root",
            database=database,
            autocommit=True,
            client_flag=CLIENT.MULTI_STATEMENTS,
        )
        with closing(connection), connection.cursor() as cursor:
            cursor.execute(script)
            rows = list(cursor.fetchall())
            while cursor.nextset():
                pass
            return rows

    def state(self) -> Rows:
        tables = self.administer(
            "SELECT CONCAT(table_schema, '.`', table_name, '`') FROM information_schema.tables "
            "WHERE table_schema IN ('shop', 'other', 'sales') AND table_type = 'BASE TABLE'"
        )
        names = ", ".join(sorted(name for (name,) in tables))  # MariaDB orders without case
        return [
            *self.administer(f"CHECKSUM TABLE {names}"),
            *self.administer("SELECT user, host, priv FROM mysql.global_priv ORDER BY 1"),
            *self.administer("SELECT next_not_cached_value FROM numbers"),
            *self.administer(
                "SELECT schema_name FROM information_schema.schemata ORDER BY BINARY schema_name"
            ),
        ]


@contextmanager
def postgres_shop() -> Generator[PostgresShop]:
    """PostgreSQL with the shop in it."""
    with postgres_server() as running:
        main = PostgresShop(running, "postgres")
        main.administer("CREATE ROLE keeper LOGIN; CREATE ROLE reader; GRANT reader TO keeper")
        main.administer("CREATE DATABASE shop OWNER keeper")
        shop = PostgresShop(running, "shop")
        shop.administer("ALTER SCHEMA public OWNER TO keeper")
        shop.administer((FIXTURES / "shop_postgres.sql").read_text("utf-8"), user="keeper")
        shop.administer((FIXTURES / "namespaces_postgres.sql").read_text("utf-8"), user="keeper")
        shop.administer("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader; ANALYZE")
        yield shop


@contextmanager
def mariadb_shop() -> Generator[MariaDbShop]:
    """MariaDB with the shop in it."""
    with mariadb_server() as running:
        shop = MariaDbShop(running)
        shop.administer("CREATE DATABASE shop CHARACTER SET utf8mb4", database=None)
        shop.administer((FIXTURES / "shop_mariadb.sql").read_text("utf-8"))
        shop.administer(
            "CREATE USER keeper; GRANT ALL ON shop.* TO keeper; GRANT ALL ON other.* TO keeper; "
            "REVOKE LOCK TABLES ON shop.* FROM keeper; "
            "CREATE ROLE reader; GRANT SELECT ON shop.orders TO reader; "
            "GRANT SHOW VIEW ON shop.* TO reader; "
            "CREATE USER poor; GRANT SHOW VIEW ON shop.* TO poor; GRANT reader TO poor; "
            "CREATE USER asker; GRANT SELECT (id, name) ON shop.products TO asker"
        )
        shop.administer((FIXTURES / "namespaces_mariadb.sql").read_text("utf-8"))
        yield shop


@contextmanager
def opener(shop: Shop) -> Generator[Ask]:
    """Opens the shop with the settings of a test, and closes it after the test."""
    opened: list[Database] = []

    def open_it(**settings: Any) -> Database:
        opened.append(Database.open(settings.pop("url", shop.url()), **settings))
        return opened[-1]

    yield open_it
    for database in opened:
        database.close()


@contextmanager
def unchanged(shop: Shop) -> Generator[None]:
    """Nothing in the database, of its logins or in the file system may change meanwhile."""
    before = shop.state()
    yield
    assert shop.state() == before
    assert not CANARY.exists()


def run_unguarded(source: DatabaseSource, sql: str) -> Rows:
    """What the engine's own layers admit without the guard."""
    return list(source.fetch(Job(sql, Caller("someone"), LIMIT_S, rows=100)).rows)


def is_whole(source: DatabaseSource) -> bool:
    """Whether the shop answers as ever, however busy the machine is."""
    job = Job("SELECT count(*) FROM orders", Caller("someone"), 30.0)
    return source.fetch(job).rows == ((6,),)


def memory_taken_by(work: Callable[[], object]) -> int:
    """The megabytes that this process held at most during the work, beyond those before it."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak is counted anew from here
    before = _memory("VmRSS")
    work()
    return (_memory("VmHWM") - before) // 1_024


def _memory(kind: str) -> int:
    status = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith(f"{kind}:"))


def read_cases(name: str) -> Iterator[dict[str, Any]]:
    """The lines of a file of cases."""
    yield from map(json.loads, (FIXTURES / name).read_text("utf-8").splitlines())


def await_rows(ask: Callable[[], Rows], rows: Rows) -> None:
    """Ask until the rows come, 15 s at most."""
    deadline = time.monotonic() + 15
    while ask() != rows and time.monotonic() < deadline:
        threading.Event().wait(0.02)
