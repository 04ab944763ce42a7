import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from tools.caller import Caller
from tools.sql.run import Database

FIXTURES = Path(__file__).parents[2] / "fixtures" / "sql"

type_open = Callable[..., Database]


@pytest.fixture
def caller() -> Caller:
    return Caller("someone")


@pytest.fixture
def shop_file(tmp_path: Path) -> Path:
    """A shop whose closed tables and columns hold values that begin with CANARY."""
    return make_database(tmp_path / "shop.sqlite", (FIXTURES / "shop.sql").read_text("utf-8"))


@pytest.fixture
def make_file(tmp_path: Path) -> Callable[[str], Path]:
    return lambda script: make_database(tmp_path / "made.sqlite", script)


@pytest.fixture
def open_shop(shop_file: Path) -> Iterator[type_open]:
    """Opens the shop as its operator would; settings given by a test win."""
    opened: list[Database] = []

    def open_it(path: Path = shop_file, **settings: object) -> Database:
        allowed = "regions customers products orders update salary_bands leaky catalogue price_list"
        given: dict[str, object] = {
            "name": "shop",
            "allowed_tables": allowed.split(),
            "denied_columns": ["customers.password", "api_key"],
            "time_limit_s": 5.0,
        }
        opened.append(Database.open(URL.create("sqlite", database=str(path)), **(given | settings)))
        return opened[-1]

    yield open_it
    for database in opened:
        database.close()


def make_database(path: Path, script: str) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    return path
