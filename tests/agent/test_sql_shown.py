"""The prompt of an SQL writer when not everything fits, piece by piece."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.sql_shown import Wording, fit_prompt
from agent.toolbox import Attempt, SqlTask
from agent.window import estimate_tokens
from tools.caller import Caller
from tools.errors import Unavailable
from tools.sql.ddl import create_statements
from tools.sql.golden import read_golden, with_fingerprints
from tools.sql.run import Database

QUESTION = "How many lamps did each city buy?"
GOLDEN = """\
- question: How many lamps did each city buy in all?
  sql: SELECT city, count(*) FROM lamp_sale GROUP BY city
- question: How many lamps did each city return?
  sql: SELECT city, count(*) FROM lamp_return GROUP BY city
"""
ATTEMPTS = tuple(Attempt(f"SELECT {n}", f"reason {n} " + "of many words " * 10) for n in range(3))
WORDING = Wording(create_statements, lambda one: f"{one.question} {one.sql}", lambda a: a.error)


@dataclass
class Tokens:
    """A window of so many tokens, counted as they are estimated."""

    tokens: int

    def room(self, reply: int | None) -> int | None:
        return self.tokens - (reply or 0)

    async def look(self) -> None: ...

    async def count(self, text: str) -> int:
        return estimate_tokens(text)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Two tables that the question needs, eight that it does not, and two golden queries."""
    folder = tmp_path_factory.mktemp("lamps")
    path, golden = folder / "lamps.sqlite", folder / "golden.yaml"
    with closing(sqlite3.connect(path)) as connection:
        for table in ("lamp_sale", "lamp_return"):
            connection.execute(f"CREATE TABLE {table} (city TEXT, lamps INTEGER)")
        for number in range(8):
            connection.execute(f"CREATE TABLE other_{number} (id INTEGER, remark TEXT)")
    golden.write_text(GOLDEN, "utf-8")
    with closing(Database.open(f"sqlite:///{path}")) as opened:
        text = with_fingerprints(GOLDEN, read_golden(golden), opened.schema(), opened.check)
    golden.write_text(text, "utf-8")
    with closing(Database.open(f"sqlite:///{path}", name="lamps", golden_queries=golden)) as opened:
        yield opened


def task(shop: Database, attempts: Sequence[Attempt] = ATTEMPTS) -> SqlTask:
    return SqlTask(QUESTION, shop, Caller("ada"), tuple(attempts))


async def shown(shop: Database, tokens: int) -> tuple[int, int, list[str]]:
    """How many tables and examples, and which attempts."""
    found = await fit_prompt(task(shop), Tokens(tokens), WORDING, fixed="", reply=0)
    tries = [attempt.error.split(" of")[0] for attempt in found.attempts]
    return len(found.schema.tables), len(found.examples), tries


# Tokens of the window, and what is left of ten tables, two examples and three attempts.
FITTING: list[tuple[int, tuple[int, int, list[str]]]] = [
    (10_000, (10, 2, ["reason 0", "reason 1", "reason 2"])),
    (-1, (10, 2, ["reason 1", "reason 2"])),
    (-2, (10, 2, ["reason 2"])),
    (-3, (10, 1, ["reason 2"])),
    (-4, (10, 0, ["reason 2"])),
]


def _sizes(shop: Database) -> list[int]:
    """Tokens of each piece, in the order in which the pieces go."""
    examples = [estimate_tokens(WORDING.example(one)) for one in reversed(shop.golden())]
    return [*(estimate_tokens(WORDING.attempt(one)) for one in ATTEMPTS[:2]), *examples]


@pytest.mark.parametrize(("tokens", "left"), FITTING)
async def test_what_matters_less_goes_first(
    shop: Database, tokens: int, left: tuple[int, int, list[str]]
) -> None:
    whole = sum(_sizes(shop)) + estimate_tokens(
        "\n".join([create_statements(shop.schema()), QUESTION, WORDING.attempt(ATTEMPTS[-1])])
    )
    if tokens < 0:
        tokens = whole - sum(_sizes(shop)[:-tokens])
    assert await shown(shop, tokens) == left


async def test_of_the_schema_goes_what_the_question_needs_least(shop: Database) -> None:
    fixed = estimate_tokens(QUESTION) + estimate_tokens(WORDING.attempt(ATTEMPTS[-1]))
    room = fixed + estimate_tokens(create_statements(shop.schema())) - 1
    smaller = await fit_prompt(task(shop), Tokens(room), WORDING, fixed="", reply=0)
    names = [table.name for table in smaller.schema.tables]
    assert {"lamp_sale", "lamp_return"} <= set(names)
    assert len(names) < 10
    assert smaller.attempts[-1] == ATTEMPTS[-1]
    for table in smaller.schema.tables:
        assert [column.name for column in table.columns] in (["city", "lamps"], ["id", "remark"])


async def test_without_room_for_a_table_nobody_is_asked(shop: Database) -> None:
    for room in (0, estimate_tokens(QUESTION) + 5):
        with pytest.raises(Unavailable, match=r"too few for .*'lamps': serve it with a longer"):
            await fit_prompt(task(shop, ()), Tokens(room), WORDING, fixed="", reply=0)


async def test_a_schema_without_tables_needs_no_room(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "empty.sqlite").close()
    with closing(Database.open(f"sqlite:///{tmp_path / 'empty.sqlite'}")) as empty:
        found = await fit_prompt(task(empty, ()), Tokens(50), WORDING, fixed="", reply=0)
    assert (found.schema.tables, found.examples, found.attempts) == ((), [], [])
