"""No argument of a call is lost: each is judged and written, or the statement is refused."""

from collections.abc import Iterator

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


def calls(dialect: str, extra: str) -> Iterator[str]:
    """Every function that sqlglot's own parser knows, with up to so many arguments and one more."""
    parser = Dialect.get_or_raise(dialect).parser_class
    for name in sorted({*parser.FUNCTIONS, *parser.FUNCTION_PARSERS}):
        for count in range(MOST_ARGUMENTS):
            arguments = ["id", "note", "'%Y'", "1", "2", "'a'"][:count]
            yield f"SELECT {name}({', '.join([*arguments, extra])}) FROM orders"  # noqa: S608


@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "mysql", "trino"])
@pytest.mark.parametrize("extra", CLOSED)
def test_a_closed_argument_more_is_refused(dialect: str, extra: str) -> None:
    sight = sight_of(dialect)
    for sql in calls(dialect, extra):
        with pytest.raises(Refused):
            pytest.fail(f"{sql} is written as {admit(sql, sight=sight).text}")


@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "mysql", "trino"])
@pytest.mark.parametrize("extra", KEPT)
def test_an_argument_more_is_written_or_refused(dialect: str, extra: str) -> None:
    sight = sight_of(dialect)
    written = 0
    for sql in calls(dialect, extra):
        try:
            text = admit(sql, sight=sight).text
        except Refused:
            continue
        written += 1
        assert any(mark in text for mark in MARKS), sql
    assert written > 100
