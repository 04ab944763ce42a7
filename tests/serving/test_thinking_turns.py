"""Whole turns of models that think, are cut off, or print their calls."""

import json
import sqlite3
from contextlib import aclosing, closing
from typing import Any
from uuid import uuid4

import httpx
import pytest
from docsql_process import Folder
from pydantic import SecretStr
from standin_tgi import MODEL, Calls, Reply, StartTgi, Text

from serving.auth.local import LOCAL
from serving.config.answers import AnswersSettings
from serving.config.data import DatabaseSettings
from serving.config.models import ChatSettings
from serving.config.service import TurnSettings
from serving.config.settings import Settings
from serving.parts.assembly import open_parts
from serving.wire.answer import Answer
from serving.wire.events import Answered, Event, Reasoning, Token
from serving.wire.question import Mode, Question

QUERY = ("query_database", {"question": "How many bees are there?", "database": "hives"})
SQL = "SELECT SUM(bees) AS bees FROM hives"
WRONG = "SELECT COUNT(*) FROM hives"
SAID = "There are 900 bees [1]."
CALLED = json.dumps({"name": QUERY[0], "arguments": QUERY[1]})


@pytest.fixture
def hives(tmp_path: Any) -> Settings:
    with closing(sqlite3.connect(tmp_path / "hives.sqlite")) as connection:
        connection.executescript(
            "CREATE TABLE hives (name TEXT, bees INTEGER);"
            "INSERT INTO hives VALUES ('east', 400), ('west', 500);"
        )
    url = SecretStr(f"sqlite:///{tmp_path / 'hives.sqlite'}")
    return Settings(data=tmp_path / "data", databases={"hives": DatabaseSettings(url=url)})


class Brain:
    """Says by role what a test wants; the last of a list is said from then on."""

    def __init__(self, said: dict[str, Reply | list[Reply]]) -> None:
        usual: dict[str, Reply | list[Reply]] = {
            "decide": Calls([QUERY]),
            "write_sql": Text(SQL),
            "answer": Text(SAID),
            "talk": Text("Hello!"),
        }
        self.said = {
            role: one if isinstance(one, list) else [one] for role, one in (usual | said).items()
        }
        self.heard: list[str] = []

    def __call__(self, body: dict[str, Any]) -> Reply:
        told: str = body["messages"][0]["content"]
        role = "write_sql" if "Write one SELECT" in told else told.split("\n")[0].removeprefix("# ")
        self.heard.append(json.dumps(body["messages"]))
        lines = self.said[role]
        return lines.pop(0) if len(lines) > 1 else lines[0]


async def turn(
    settings: Settings,
    start: StartTgi,
    brain: Brain,
    *questions: str,
    tools: Any = "guided",
    mode: Mode = "auto",
) -> list[Event]:
    server = start(brain, kind="vllm" if tools == "native" else "tgi")
    api = "openai" if tools == "native" else "tgi"
    chat = ChatSettings(url=server.url, api=api, model=MODEL, tools=tools, decides="model", tries=1)
    told, thread = list[Event](), uuid4().hex
    alone = AnswersSettings(second_reading=False)  # what a model makes of it, and nobody else
    given = {"chat": chat, "answers": alone, "turn": TurnSettings(ahead="documents")}
    async with open_parts(settings.model_copy(update=given)) as parts:
        for question in questions or ("How many bees are there?",):
            asked = Question(question=question, thread_id=thread, mode=mode)
            async with aclosing(parts.turns.stream(asked, LOCAL)) as events:
                told += [event async for event in events]
    return told


def answer_in(events: list[Event]) -> Answer:
    return [event.answer for event in events if isinstance(event, Answered)][-1]


def shown(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Token))


THINKING: list[tuple[str, dict[str, Reply | list[Reply]]]] = [
    ("the statement", {"write_sql": Text(f"<think>{WRONG};\nNo, the sum.</think>\n{SQL}")}),
    ("the statement, tag alone", {"write_sql": Text(f"{WRONG};\nNo.\n</think>\n```sql\n{SQL}\n```")}),
    ("the answer", {"answer": Text(f"<think>Two hives [7]?</think>{SAID}")}),
    ("the answer, tag alone", {"answer": Text(f"Two hives [7]?\n</think>\n{SAID}")}),
    ("the decision", {"decide": Text(
        '<think>{"calls": []}? No.</think>' + json.dumps({"calls": [json.loads(CALLED)]}))}),
]  # fmt: skip


@pytest.mark.parametrize("said", [said for _, said in THINKING], ids=[name for name, _ in THINKING])
async def test_a_thought_is_told_apart_and_nothing_rests_on_it(
    hives: Settings, tgi_server: StartTgi, said: dict[str, Any]
) -> None:
    events = await turn(hives, tgi_server, Brain(said))
    answer = answer_in(events)
    assert (answer.answer, answer.status) == (SAID, "answered")
    assert shown(events) == SAID
    assert [query.sql for query in answer.queries] == [SQL]
    assert any(isinstance(event, Reasoning) and event.text for event in events)


async def test_the_next_question_does_not_hear_of_thoughts(
    hives: Settings, tgi_server: StartTgi
) -> None:
    brain = Brain({
        "answer": Text(f"<think>Secretly</think>{SAID}"),
        "rewrite": Text("<think>Secretly again</think>How many bees are east?"),
    })  # fmt: skip
    await turn(hives, tgi_server, brain, "How many bees are there?", "And east?")
    assert "Secretly" not in "".join(brain.heard)
    assert "How many bees are east?" in brain.heard[-1]


async def test_a_statement_in_a_thought_that_never_ends_is_not_run(
    hives: Settings, tgi_server: StartTgi
) -> None:
    events = await turn(
        hives, tgi_server, Brain({"write_sql": Text(f"<think>So {SQL}", "length")}), mode="sql"
    )
    answer = answer_in(events)
    assert (answer.status, answer.queries) == ("declined", [])
    assert "DOCSQL_CHAT__MAX_TOKENS" in answer.answer


async def test_a_statement_that_was_cut_off_is_asked_for_again_once(
    hives: Settings, tgi_server: StartTgi
) -> None:
    brain = Brain({"write_sql": [Text("SELECT 1, SUM(be", "length"), Text(SQL)]})
    answer = answer_in(await turn(hives, tgi_server, brain))
    assert [query.sql for query in answer.queries] == [SQL]
    assert "shorter" in brain.heard[2]
    brain = Brain({"write_sql": Text(WRONG, "length")})
    answer = answer_in(await turn(hives, tgi_server, brain, mode="sql"))
    assert (answer.status, answer.queries) == ("declined", [])
    assert "raise DOCSQL_CHAT__MAX_TOKENS" in answer.answer


async def test_an_answer_that_is_only_a_thought_says_which_limit_to_raise(
    hives: Settings, tgi_server: StartTgi
) -> None:
    brain = Brain({"answer": Text("<think>On and on", "length")})
    answer = answer_in(await turn(hives, tgi_server, brain))
    assert answer.status == "declined"
    assert "DOCSQL_CHAT__MAX_TOKENS" in answer.answer


PRINTED = [
    f"<tool_call>\n{CALLED}\n</tool_call>",
    f"[TOOL_CALLS] [{CALLED}]",
    f"<|python_tag|>{CALLED.replace('arguments', 'parameters')}",
    f"<function={QUERY[0]}>{json.dumps(QUERY[1])}</function>",
]


@pytest.mark.parametrize("tools", ["native", "guided"])
@pytest.mark.parametrize("text", PRINTED)
async def test_a_printed_call_is_made(
    hives: Settings, tgi_server: StartTgi, text: str, tools: str
) -> None:
    events = await turn(hives, tgi_server, Brain({"decide": Text(text)}), tools=tools)
    answer = answer_in(events)
    assert (answer.answer, answer.status, answer.warnings) == (SAID, "answered", [])


@pytest.mark.parametrize("text", [*PRINTED, CALLED, f"```json\n{CALLED}\n```"])
async def test_a_printed_call_is_no_answer(
    hives: Settings, tgi_server: StartTgi, text: str
) -> None:
    events = await turn(hives, tgi_server, Brain({"answer": Text(text)}))
    answer = answer_in(events)
    assert answer.status == "declined"
    assert QUERY[0] not in answer.answer + shown(events)


def test_openais_door_streams_thoughts_beside_the_content(
    tmp_path: Any, tgi_server: StartTgi
) -> None:
    server = tgi_server(Brain({"talk": Text("<think>Greet.</think>Hello!")}))
    folder = Folder(tmp_path, {"DOCSQL_CHAT__URL": server.url, "DOCSQL_CHAT__TOOLS": "guided"})
    with folder.serving() as service:
        asked = [{"role": "user", "content": "Good day"}]
        body = {"model": "docsql-chat", "stream": True, "messages": asked}
        reply = httpx.post(f"{service.url}/v1/chat/completions", json=body, timeout=20)
    chunks = [json.loads(line[6:]) for line in reply.text.split("\n\n") if line[6:7] == "{"]
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert "".join(delta.get("content") or "" for delta in deltas) == "Hello!"
    assert "".join(delta.get("reasoning_content") or "" for delta in deltas) == "Greet."
