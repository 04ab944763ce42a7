import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import shop_servers
from shop_servers import MariaDbShop, PostgresShop
from sqlalchemy import URL

from tools.caller import Caller
from tools.sql.access import Access, VisibleSchema
from tools.sql.mariadb import MariaDb
from tools.sql.postgres import Postgres
from tools.sql.run import Database
from tools.sql.server import Server
from tools.sql.sqlite import SqliteFile

FIXTURES = shop_servers.FIXTURES
TABLES = ["regions", "customers", "products", "orders", "update"]
OPEN = [*TABLES, "salary_bands", "leaky", "catalogue", "price_list", "Ärzte"]
DENIED = ["customers.password", "api_key", "Ärzte.Geheim-Ä"]
POSTGRES_OPEN = [*shop_servers.OPEN, "Mixed Case", "notes"]
POSTGRES_DENIED = [*shop_servers.DENIED, "Mixed Case.Secret Code"]
CASES = {
    "attack": "attacks.jsonl",
    "bomb": "bombs.jsonl",
    "legitimate": "legitimate.jsonl",
    "mariadb_attack": "attacks_mariadb.jsonl",
    "mariadb_legitimate": "legitimate_mariadb.jsonl",
    "mariadb_oversized": "oversized_mariadb.jsonl",
    "oversized": "oversized.jsonl",
    "postgres_oversized": "oversized_postgres.jsonl",
    "postgres_attack": "attacks_postgres.jsonl",
    "postgres_legitimate": "legitimate_postgres.jsonl",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `attack`, `bomb` or `legitimate` runs once for every line of its file."""
    for name in CASES.keys() & set(metafunc.fixturenames):
        lines = (FIXTURES / CASES[name]).read_text("utf-8").splitlines()
        cases = [json.loads(line) for line in lines]
        ids = [case.get("id", f"{place}") for place, case in enumerate(cases, start=1)]
        metafunc.parametrize(name, cases, ids=ids)


def make_database(path: Path, script: str) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    return path


@pytest.fixture
def caller() -> Caller:
    return Caller("someone")


@pytest.fixture
def make_file(tmp_path: Path) -> Callable[..., Path]:
    """Runs a script into a new SQLite file."""

    def make(script: str = "", name: str = "made.sqlite") -> Path:
        return make_database(tmp_path / name, script)

    return make


@pytest.fixture(scope="session")
def shop_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose closed tables and columns hold values that begin with CANARY."""
    script = (FIXTURES / "shop.sql").read_text("utf-8")
    return make_database(tmp_path_factory.mktemp("shop") / "shop.sqlite", script)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresShop]:
    with shop_servers.postgres_shop() as shop:
        yield shop


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDbShop]:
    with shop_servers.mariadb_shop() as shop:
        yield shop


@pytest.fixture(scope="session")
def postgres_source(postgres: PostgresShop) -> Iterator[Server]:
    """The engine's side of the gate alone, with no guard in front."""
    access = Access.of(POSTGRES_OPEN, POSTGRES_DENIED)
    product = Postgres(schemas=("public",))  # the attacks name tables without their schema
    source = Server(postgres.url(), product, name="shop", access=access, connections=2)
    yield source
    source.close()


@pytest.fixture(scope="session")
def postgres_sight(postgres_source: Server) -> VisibleSchema:
    return postgres_source.look()


@pytest.fixture(scope="session")
def postgres_shop(postgres: PostgresShop) -> Iterator[Database]:
    """The shop as its operator opens it, all layers together."""
    database = Database.open(
        postgres.url(),
        name="shop",
        allowed_tables=POSTGRES_OPEN,
        denied_columns=POSTGRES_DENIED,
        time_limit_s=0.4,
    )
    yield database
    database.close()


@pytest.fixture(scope="session")
def mariadb_source(mariadb: MariaDbShop) -> Iterator[Server]:
    """The engine's side of the gate alone, with no guard in front."""
    access = Access.of(shop_servers.OPEN, shop_servers.DENIED)
    source = Server(mariadb.url(), MariaDb(), name="shop", access=access, connections=2)
    yield source
    source.close()


@pytest.fixture(scope="session")
def mariadb_sight(mariadb_source: Server) -> VisibleSchema:
    return mariadb_source.look()


@pytest.fixture(scope="session")
def mariadb_shop(mariadb: MariaDbShop) -> Iterator[Database]:
    """The shop as its operator opens it, all layers together."""
    database = Database.open(
        mariadb.url(),
        name="shop",
        allowed_tables=shop_servers.OPEN,
        denied_columns=shop_servers.DENIED,
        time_limit_s=0.4,
    )
    yield database
    database.close()


@pytest.fixture(scope="session")
def shop_source(shop_file: Path) -> Iterator[SqliteFile]:
    """The engine's side of the gate alone, with no guard in front."""
    source = SqliteFile(shop_file, access=Access.of(OPEN, DENIED), connections=2)
    source.stamp()
    source.look()
    yield source
    source.close()


@pytest.fixture(scope="session")
def shop_sight(shop_source: SqliteFile) -> VisibleSchema:
    return shop_source.look()


@pytest.fixture(scope="session")
def shop(shop_file: Path) -> Iterator[Database]:
    """The shop as its operator opens it, all layers together."""
    url = URL.create("sqlite", database=str(shop_file))
    database = Database.open(
        url, name="shop", allowed_tables=OPEN, denied_columns=DENIED, time_limit_s=0.4, row_cap=500
    )
    yield database
    database.close()


@pytest.fixture
def open_file() -> Iterator[Callable[..., Database]]:
    """Opens a file with the settings of a test and closes it after the test."""
    opened: list[Database] = []

    def open_it(path: Path, **settings: Any) -> Database:
        url = URL.create("sqlite", database=str(path))
        opened.append(Database.open(url, **settings))
        return opened[-1]

    yield open_it
    for database in opened:
        database.close()
