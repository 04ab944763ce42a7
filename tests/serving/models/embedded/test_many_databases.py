"""However many databases are connected, each is read once and not for every question."""

import gc
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from weakref import ref

import pytest

from serving.models.embedded.chat.choosing import plan
from serving.models.embedded.choose.cache import Readers
from serving.models.embedded.choose.reader import Reader
from tools.audit import NoAudit, StatementRead
from tools.caller import Caller
from tools.sql.run import Database

ADA = Caller("ada")
MANY = 40


class Counting(NoAudit):
    """Counts the statements that ran, as the audit log hears of them."""

    def __init__(self) -> None:
        self.statements = 0

    def statement(self, read: StatementRead) -> None:
        self.statements += 1


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
def databases(tmp_path: Path, counting: Counting) -> Iterator[list[Database]]:
    with ExitStack() as stack:
        opened: list[Database] = []
        for number in range(MANY):
            file = tmp_path / f"d{number}.sqlite"
            with closing(sqlite3.connect(file)) as connection:
                connection.execute("CREATE TABLE owls (name TEXT, wood TEXT)")
                connection.execute("INSERT INTO owls VALUES ('Hedda', ?)", (f"north {number}",))
                connection.commit()
            database = Database.open(f"sqlite:///{file}", name=f"d{number}", audit=counting)
            opened.append(stack.enter_context(closing(database)))
        yield opened


async def test_every_database_is_read_once(databases: list[Database], counting: Counting) -> None:
    readers = Readers()
    for database in databases:
        await readers.of(database, ADA, "How many owls are there?")
    first = counting.statements
    assert first >= MANY
    for database in databases:
        await readers.of(database, ADA, "Which owls are in the north?")
    assert counting.statements == first


async def test_what_was_read_is_forgotten_with_its_database(tmp_path: Path) -> None:
    file = tmp_path / "gone.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE owls (name TEXT)")
    readers = Readers()
    database = Database.open(f"sqlite:///{file}", name="gone")
    lexicon = ref((await readers.of(database, ADA, "How many owls are there?")).joins)
    database.close()
    del database
    gc.collect()
    assert lexicon() is None


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("How many customers are there?", "sales"),
        ("How many customers are in the bookings?", "ledger"),
        ("What is the total amount?", "ledger"),
    ],
)
async def test_rows_are_counted_where_a_table_is_called_so(
    question: str, asked: str, tmp_path: Path
) -> None:
    """However sure another database is, of what a column of its bookings has."""
    scripts = {
        "ledger": "CREATE TABLE bookings (id INTEGER PRIMARY KEY, customer TEXT, amount NUMERIC);"
        "INSERT INTO bookings VALUES (1, 'Acme', 5), (2, 'Bolt', 7), (3, 'Acme', 9)",
        "sales": "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, created_on DATE);"
        "INSERT INTO customers VALUES (1, 'Acme', '2025-01-01')",
    }
    readers = Readers()
    with ExitStack() as stack:
        known: dict[str, Reader] = {}
        for name, script in scripts.items():
            with closing(sqlite3.connect(tmp_path / name)) as connection:
                connection.executescript(script)
            database = Database.open(f"sqlite:///{tmp_path / name}", name=name)
            stack.enter_context(closing(database))
            known[name] = await readers.of(database, ADA, question)
        assert plan(question, known, None).database == asked
