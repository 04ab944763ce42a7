"""No argument of a call is lost: each is judged and written, or the statement is refused."""

import re
from contextlib import suppress
from functools import cache

import pytest
from sqlglot import Dialect, exp
from sqlglot.errors import SqlglotError

from tools.errors import Refused
from tools.sql.access import VisibleSchema
from tools.sql.guard import admit
from tools.sql.guard.reading import parse_query, tokenize_sql
from tools.sql.schema import Column, Schema, Table

MOST_ARGUMENTS = 7
CLOSED = ("(SELECT secret FROM safe)", "SLEEP(9)", "pg_sleep(9)", "secret", "@x", "load_file('x')")
KEPT = ("'MARK'", "1234567", "(90 + 1234567)", "lower('MARK')", "(SELECT 1234567)")
MARKS = ("MARK", "1234567")
WHATEVER_IS_SAID = re.compile(r"is not allowed\. Do without it\.|arguments? at most\.")


def sight_of(dialect: str) -> VisibleSchema:
    columns = (Column("id", "INTEGER", nullable=False), Column("note", "TEXT", nullable=True))
    schema = Schema(dialect, (Table("orders", columns),), "")
    return VisibleSchema(
        schema, hidden={"orders": frozenset({"secret"})}, closed=frozenset({"safe"})
    )


@cache
def open_calls(dialect: str) -> list[tuple[str, int]]:
    """Functions that sqlglot's own parser knows, and how many arguments more than one they take.

    The others are refused for their name, or for how many arguments they have: what the arguments
    are makes no difference.
    """
    parser = Dialect.get_or_raise(dialect).parser_class
    names, sight = sorted({*parser.FUNCTIONS, *parser.FUNCTION_PARSERS}), sight_of(dialect)
    return [
        (name, count)
        for name in names
        for count in range(MOST_ARGUMENTS)
        if not WHATEVER_IS_SAID.search(refusal(call(name, count, MARKS[1]), sight))
    ]


@cache
def distinct_calls(dialect: str) -> list[tuple[str, int]]:
    """Those whose additional argument stands elsewhere in the tree than that of one with fewer.

    Where a function takes any number of arguments, the seventh is one more of a list.
    """
    seen: set[object] = set()
    found: list[tuple[str, int]] = []
    for name, count in open_calls(dialect):
        place = place_of(call(name, count, MARKS[1]), dialect)
        if place is None or (name, place) not in seen:
            found.append((name, count))
        seen.add((name, place))
    return found


def place_of(sql: str, dialect: str) -> object:
    """The node that holds the additional argument, and as what; nothing where none does."""
    with suppress(Refused, SqlglotError):
        query = parse_query(tokenize_sql(sql, dialect), sql, dialect)
        for literal in query.find_all(exp.Literal):
            if literal.this == MARKS[1]:
                return type(literal.parent), literal.arg_key
    return None


def refusal(sql: str, sight: VisibleSchema) -> str:
    """Why a statement is refused; nothing if it is not."""
    try:
        admit(sql, sight=sight)
    except Refused as refused:
        return str(refused)
    return ""


def call(name: str, count: int, extra: str) -> str:
    """A function's call with so many arguments and one more."""
    arguments = ["id", "note", "'%Y'", "1", "2", "'a'"][:count]
    return f"SELECT {name}({', '.join([*arguments, extra])}) FROM orders"  # noqa: S608


def calls(dialect: str, extra: str) -> list[str]:
    """All calls with the first argument of its kind; with the others, each place once."""
    of_all = extra in {CLOSED[0], KEPT[0]}
    listed = open_calls(dialect) if of_all else distinct_calls(dialect)
    return [call(name, count, extra) for name, count in listed]


@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "mysql", "trino"])
@pytest.mark.parametrize("extra", CLOSED)
def test_a_closed_argument_more_is_refused(dialect: str, extra: str) -> None:
    sight = sight_of(dialect)
    assert [sql for sql in calls(dialect, extra) if not refusal(sql, sight)] == []


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
    assert written > 60  # sqlite takes the fewest calls: 80
