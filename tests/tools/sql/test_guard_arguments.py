"""No argument of a call is lost: each is judged and written, or the statement is refused."""

from collections.abc import Iterator
from functools import cache

import pytest
from sqlglot import Dialect

from tools.errors import Refused
from tools.sql.access import VisibleSchema
from tools.sql.guard import admit
from tools.sql.schema import Column, Schema, Table

MOST_ARGUMENTS = 7
CLOSED = ("(SELECT secret FROM safe)", "SLEEP(9)", "pg_sleep(9)", "secret", "@x", "load_file('x')")
KEPT = ("'MARK'", "1234567", "(90 + 1234567)", "lower('MARK')", "(SELECT 1234567)")
MARKS = ("MARK", "1234567")


def sight_of(dialect: str) -> VisibleSchema:
    columns = (Column("id", "INTEGER", nullable=False), Column("note", "TEXT", nullable=True))
    schema = Schema(dialect, (Table("orders", columns),), "")
    return VisibleSchema(
        schema, hidden={"orders": frozenset({"secret"})}, closed=frozenset({"safe"})
    )


@cache
def admitted_functions(dialect: str) -> list[str]:
    """Of all the functions that sqlglot's own parser knows, those that a harmless call has through.

    The others are refused by name: what they are called with makes no difference.
    """
    parser = Dialect.get_or_raise(dialect).parser_class
    names, sight = sorted({*parser.FUNCTIONS, *parser.FUNCTION_PARSERS}), sight_of(dialect)
    return [
        name
        for name in names
        if any(is_admitted(sql, sight) for extra in KEPT[:2] for sql in calls(name, extra))
    ]


def is_admitted(sql: str, sight: VisibleSchema) -> bool:
    try:
        admit(sql, sight=sight)
    except Refused:
        return False
    return True


def calls(name: str, extra: str) -> Iterator[str]:
    """A function's calls with up to so many arguments and one more."""
    for count in range(MOST_ARGUMENTS):
        arguments = ["id", "note", "'%Y'", "1", "2", "'a'"][:count]
        yield f"SELECT {name}({', '.join([*arguments, extra])}) FROM orders"  # noqa: S608


@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "mysql", "trino"])
@pytest.mark.parametrize("extra", CLOSED)
def test_a_closed_argument_more_is_refused(dialect: str, extra: str) -> None:
    sight = sight_of(dialect)
    every = [sql for name in admitted_functions(dialect) for sql in calls(name, extra)]
    assert [sql for sql in every if is_admitted(sql, sight)] == []


@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "mysql", "trino"])
@pytest.mark.parametrize("extra", KEPT)
def test_an_argument_more_is_written_or_refused(dialect: str, extra: str) -> None:
    sight = sight_of(dialect)
    written = 0
    for sql in (sql for name in admitted_functions(dialect) for sql in calls(name, extra)):
        try:
            text = admit(sql, sight=sight).text
        except Refused:
            continue
        written += 1
        assert any(mark in text for mark in MARKS), sql
    assert written > 100
