import logging
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from tools.caller import Caller
from tools.errors import Unavailable
from tools.sql.run import Database

OpenFile = Callable[..., Database]

SCRIPT = """
CREATE TABLE customers (id INTEGER, name TEXT, secret TEXT);
CREATE TABLE orders (id INTEGER, note TEXT);
CREATE VIEW gone AS SELECT lost FROM nowhere;
"""
KEEP = " '*.{}' denies the name in every table, even where none has it yet."
LOST = (
    "denied_columns: {!r}, which matches no column that the login can see: nothing would be denied."
    "{} Correct the name, or delete it if the column is gone."
)


@pytest.fixture
def file(make_file: Callable[..., Path]) -> Path:
    return make_file(SCRIPT)


@pytest.mark.parametrize(
    ("denied", "problem"),
    [
        (
            "customers.secrt",
            LOST.format("customers.secrt", " Nearest: customers.secret, customers.name.")
            + KEEP.format("secrt"),
        ),
        (
            "custmers.secret",
            LOST.format("custmers.secret", " Nearest: customers.secret.") + KEEP.format("secret"),
        ),
        ("secrte", LOST.format("secrte", " Nearest: secret.") + KEEP.format("secrte")),
        ("custmers.*", LOST.format("custmers.*", " Nearest: customers.*.")),
        ("*.*", LOST.format("*.*", "")),
        ("xyz", LOST.format("xyz", "") + KEEP.format("xyz")),
    ],
)
def test_a_denied_name_that_denies_nothing_closes_the_database_until_it_is_corrected(
    file: Path, open_file: OpenFile, caller: Caller, denied: str, problem: str
) -> None:
    database = open_file(file, denied_columns=[denied])
    with pytest.raises(Unavailable) as told:
        database.schema()
    assert str(told.value) == problem
    with pytest.raises(Unavailable):
        database.run("SELECT id FROM orders", caller=caller)


@pytest.mark.parametrize(
    "denied", ["CUSTOMERS.Secret", "secret", "customers.*", "*.secret", "*.ssn", "main.orders.note"]
)
def test_a_denied_name_may_be_in_capital_letters_or_for_columns_to_come(
    file: Path, open_file: OpenFile, denied: str
) -> None:
    shown = {table.name for table in open_file(file, denied_columns=[denied]).schema().tables}
    assert shown >= {"orders"}


def test_a_star_for_the_table_denies_the_column_in_every_table(
    file: Path, open_file: OpenFile
) -> None:
    schema = open_file(file, denied_columns=["*.secret"]).schema()
    customers = schema.table("customers")
    assert customers is not None
    assert [column.name for column in customers.columns] == ["id", "name"]


def test_an_allowed_table_that_does_not_exist_is_logged_and_the_others_are_open(
    file: Path, open_file: OpenFile, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="tools.sql.without_effect"):
        database = open_file(file, allowed_tables=["orders", "custmers"])
        assert [table.name for table in database.schema().tables] == ["orders"]
    problem = (
        "allowed_tables: 'custmers' matches no table or view. Nearest: customers. "
        "Correct the name, or delete it."
    )
    assert database.unknown_tables() == (problem,)
    assert problem in caplog.text


def test_a_database_opens_again_when_the_denied_column_is_there(
    file: Path, open_file: OpenFile, make_file: Callable[..., Path]
) -> None:
    database = open_file(file, denied_columns=["orders.margin"])
    with pytest.raises(Unavailable, match=r"orders\.margin"):
        database.schema()
    make_file("ALTER TABLE orders ADD COLUMN margin INTEGER;", file.name)
    orders = database.schema().table("orders")
    assert orders is not None
    assert [column.name for column in orders.columns] == ["id", "note"]


def test_a_field_of_a_column_cannot_be_denied_and_the_error_says_what_can(tmp_path: Path) -> None:
    path = tmp_path / "records.duckdb"
    with duckdb.connect(str(path)) as engine:
        engine.execute("CREATE TABLE orders (id INT, rec STRUCT(secret TEXT, name TEXT))")
    with (
        closing(Database.open(f"duckdb:///{path}", denied_columns=["orders.rec.secret"])) as opened,
        pytest.raises(Unavailable) as told,
    ):
        opened.schema()
    assert str(told.value) == (
        "denied_columns: 'orders.rec.secret', but 'orders.rec' is a column and its fields cannot be "
        "denied one by one. Deny 'orders.rec' instead."
    )
