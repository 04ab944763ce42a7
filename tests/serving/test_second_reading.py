"""A question read twice in whole turns: by a model behind a server, and without one."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from standin_tgi import Calls, Fault, Reply, StartTgi, Text

from agent.sql_writers import SAMPLED_AT
from serving.auth.local import LOCAL
from serving.config.answers import AnswersSettings
from serving.config.data import DatabaseSettings
from serving.config.models import ChatSettings, SqlCoderSettings
from serving.config.settings import Settings
from serving.parts.assembly import open_parts
from serving.turns.turn import Turns
from serving.wire.answer import Answer
from serving.wire.question import Question

ASKED = "How many sacks hold rye?"
GOOD = "SELECT COUNT(*) AS n FROM sacks WHERE flour = 'rye'"
ALL = "SELECT COUNT(*) AS n FROM sacks"
CALL = Calls([("query_database", {"question": ASKED, "database": "mill"})])
CHOICE = Calls([("choose", {"statement": "A"})])
EMBEDDED = "embedded: no language model"


@pytest.fixture
def mill(tmp_path: Path) -> Settings:
    with closing(sqlite3.connect(tmp_path / "mill.sqlite")) as connection:
        connection.executescript(
            "CREATE TABLE sacks (id INTEGER PRIMARY KEY, flour TEXT);"
            "INSERT INTO sacks (flour) VALUES ('rye'), ('rye'), ('wheat');"
        )
    url = SecretStr(f"sqlite:///{tmp_path / 'mill.sqlite'}")
    return Settings(data=tmp_path / "data", databases={"mill": DatabaseSettings(url=url)})


def says(*, sql: str, choice: Reply = CHOICE) -> Any:
    """A model that writes this statement for every question."""

    def reply(body: dict[str, Any]) -> Reply:
        told: str = body["messages"][0]["content"]
        if "Write one SELECT" in told:
            return Text(sql)
        said = {"decide": CALL, "choose": choice, "answer": Text("2 [1].")}
        return said[told.split("\n")[0].removeprefix("# ")]

    return reply


@asynccontextmanager
async def asking(settings: Settings, **changed: object) -> AsyncGenerator[Turns]:
    async with open_parts(settings.model_copy(update=changed)) as parts:
        yield parts.turns


async def answer(settings: Settings, url: str, **changed: object) -> Answer:
    chat = ChatSettings(url=url, tools="guided", tries=1)
    async with asking(settings, chat=chat, **changed) as turns:
        return await turns.answer(Question(question=ASKED), LOCAL)


async def test_a_model_and_the_reader_bear_each_other_out(
    mill: Settings, tgi_server: StartTgi
) -> None:
    (query,) = (await answer(mill, tgi_server(says(sql=GOOD)).url)).queries
    assert (query.rows, query.confirmed) == ([[2]], True)
    assert query.confidence is not None
    assert query.confidence > 0.8


async def test_a_models_choice_between_two_readings_is_guided(
    mill: Settings, tgi_server: StartTgi
) -> None:
    server = tgi_server(says(sql=ALL))
    given = await answer(mill, server.url, answers=AnswersSettings(samples=0))
    (query,) = given.queries
    assert (query.rows, query.confirmed, query.writer) == ([[2]], False, EMBEDDED)
    assert any(warning.startswith("Two readings") for warning in given.warnings)
    (asked,) = [body for body in server.requests if "# choose" in str(body["messages"][0])]
    assert asked["response_format"]["type"] == "json_schema"


async def test_what_is_not_borne_out_is_put_to_the_vote_of_further_statements(
    mill: Settings, tgi_server: StartTgi
) -> None:
    """Each is written at a higher temperature and with another seed."""
    server = tgi_server(says(sql=ALL))
    given = await answer(mill, server.url)
    (query,) = given.queries
    assert (query.rows, query.confirmed) == ([[3]], False)
    written = [body for body in server.requests if "Write one SELECT" in str(body["messages"][0])]
    assert [(body.get("temperature"), body.get("seed")) for body in written[1:]] == [
        (SAMPLED_AT, 1),
        (SAMPLED_AT, 2),
    ]


async def test_an_sql_coder_that_is_away_is_stood_in_for(
    mill: Settings, tgi_server: StartTgi
) -> None:
    coder = SqlCoderSettings(url=tgi_server(lambda _: Fault("http")).url, tries=1)
    given = await answer(mill, tgi_server(says(sql=ALL)).url, sql_coder=coder)
    (query,) = given.queries
    assert (query.rows, query.writer) == ([[2]], EMBEDDED)
    assert any(warning.endswith(f"is of {EMBEDDED} instead.") for warning in given.warnings)


async def test_a_second_reading_can_be_left_out(mill: Settings, tgi_server: StartTgi) -> None:
    once = AnswersSettings(second_reading=False)
    (query,) = (await answer(mill, tgi_server(says(sql=ALL)).url, answers=once)).queries
    assert (query.rows, query.confirmed) == ([[3]], None)


async def test_without_a_model_an_answer_says_how_sure_it_is(mill: Settings) -> None:
    async with asking(mill) as turns:
        (query,) = (await turns.answer(Question(question=ASKED), LOCAL)).queries
    assert (query.rows, query.writer, query.confirmed) == ([[2]], EMBEDDED, None)
    assert query.confidence is not None
    assert 0.5 < query.confidence < 1


async def test_what_is_not_sure_enough_for_the_accepted_risk_is_declined(mill: Settings) -> None:
    async with asking(mill, answers=AnswersSettings(risk=0.001)) as turns:
        given = await turns.answer(Question(question=ASKED), LOCAL)
    assert (given.status, given.queries) == ("declined", [])
    assert "I am not sure enough that I read" in given.answer
    assert "Reads sacks, keeping rows where" in given.answer
