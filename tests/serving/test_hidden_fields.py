"""What a semantic model hides is closed through every door."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from docsql_process import make_database

from agent.sources.offers import Offers
from serving.auth.local import LOCAL
from serving.config.data import DatabaseSettings
from serving.config.settings import Settings
from serving.parts.assembly import Parts, open_parts
from serving.wire.answer import Answer
from serving.wire.question import Question
from tools.errors import Refused

FIXTURES = Path(__file__).parents[1] / "fixtures" / "semantic"
PINS = ("1111", "2222", "3333")
"""What is stored in the hidden column."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def parts(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Parts]:
    path = tmp_path_factory.mktemp("hidden")
    file = make_database(FIXTURES / "lending.sql", path / "lending.sqlite")
    told = {"url": f"sqlite:///{file}", "model": str(FIXTURES / "lending.yaml")}
    lending = DatabaseSettings.model_validate(told)
    async with open_parts(Settings(data=path / "data", databases={"lending": lending})) as opened:
        yield opened


def assert_closed(answer: Answer) -> None:
    rows = [str(cell) for query in answer.queries for row in query.rows for cell in row]
    columns = [column.lower() for query in answer.queries for column in query.columns]
    assert "pin" not in columns
    assert not {*PINS} & {*rows}
    assert not any(pin in answer.answer for pin in PINS)
    assert not any("pin" in offered.lower().split() for offered in answer.suggestions)


@pytest.mark.parametrize(
    "question",
    [
        "Show everything of the members",
        "What is the pin of each member?",
        "How many members are there per pin?",
        "Members with pin 111",
        "Pie chart of members per pin",
        "Describe the table t_mbr",
        "What does pin mean here?",
        "What can I ask?",
        "Welche Spalten hat die Tabelle t_mbr?",
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_question_does_not_open_it(parts: Parts, question: str) -> None:
    answer = await parts.turns.answer(Question(question=question), LOCAL)
    assert_closed(answer)
    assert "- pin" not in answer.answer


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT pin FROM t_mbr",
        "SELECT m.pin AS x FROM t_mbr m",
        "SELECT COUNT(pin) FROM t_mbr",
        "SELECT fn FROM t_mbr ORDER BY pin",
        "SELECT fn FROM t_mbr WHERE pin LIKE '1%'",
        "SELECT fn FROM t_mbr GROUP BY fn HAVING MAX(pin) > '1'",
        "WITH a AS (SELECT pin FROM t_mbr) SELECT * FROM a",
        "SELECT (SELECT pin FROM t_mbr LIMIT 1)",
        'SELECT "PIN" FROM T_MBR',
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_statement_does_not_read_it(parts: Parts, sql: str) -> None:
    with pytest.raises(Refused):
        await parts.toolbox.databases["lending"].arun(sql, caller=LOCAL)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_star_is_refused_and_what_is_offered_leaves_it_out(parts: Parts) -> None:
    database = parts.toolbox.databases["lending"]
    with pytest.raises(Refused, match="Name the columns instead") as refused:
        await database.arun("SELECT * FROM t_mbr", caller=LOCAL)
    assert "pin" not in str(refused.value)
    assert "pin" not in database.schema().describe().split()
    offers = Offers(parts.toolbox, LOCAL, {"lending": database}, uses_documents=False)
    offered = [*await offers.examples(""), *(await offers.near("pin of members", ())).questions]
    assert offered
    assert not any("pin" in one.lower().split() for one in offered)
