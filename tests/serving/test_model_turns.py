"""Whole turns on a chat server: in each manner of calling tools, and whatever the model makes of it."""

import json
import socket
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr
from standin_tgi import MODEL, Calls, Kind, Reply, StartTgi, Text, TgiStandIn

from serving.auth.local import LOCAL
from serving.config.answers import AnswersSettings
from serving.config.data import DatabaseSettings
from serving.config.models import ChatSettings
from serving.config.service import TurnSettings
from serving.config.settings import Settings
from serving.parts.assembly import open_parts
from serving.parts.documents import open_store
from serving.parts.library import DocumentLibrary
from serving.turns.turn import Turns
from serving.wire.answer import Answer
from serving.wire.question import Mode, Question
from tools.errors import Unavailable

SQL = "SELECT COUNT(*) AS n FROM sacks"
QUERY = ("query_database", {"question": "How many sacks are there?", "database": "mill"})
SEARCH = ("search_documents", {"query": "dogs at the gate"})
BOTH = "How many sacks are there, and where do dogs wait?"
SAID = {"decide": Calls([QUERY, SEARCH]), "answer": Text("1 sack [1]; at the gate [2].")}

Tools = Any


class Brain:
    """Says by role what a test wants; the last of a list is said from then on."""

    def __init__(self, **said: Reply | list[Reply]) -> None:
        self.said = {role: one if isinstance(one, list) else [one] for role, one in said.items()}
        self.said.setdefault("write_sql", [Text(SQL)])
        self.roles: list[str] = []

    def __call__(self, body: dict[str, Any]) -> Reply:
        told: str = body["messages"][0]["content"]
        role = "write_sql" if "Write one SELECT" in told else told.split("\n")[0].removeprefix("# ")
        self.roles.append(role)
        lines = self.said[role]
        return lines.pop(0) if len(lines) > 1 else lines[0]


@pytest.fixture(scope="module")
def mill(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A database of one sack and a rule about dogs; each test names its own chat server."""
    folder = tmp_path_factory.mktemp("mill")
    with closing(sqlite3.connect(folder / "mill.sqlite")) as connection:
        connection.executescript(
            "CREATE TABLE sacks (flour TEXT); INSERT INTO sacks VALUES ('rye');"
        )
    (folder / "dogs.md").write_text("# Dogs\n\nDogs wait at the gate.", encoding="utf-8")
    url = SecretStr(f"sqlite:///{folder / 'mill.sqlite'}")
    settings = Settings(data=folder / "data", databases={"mill": DatabaseSettings(url=url)})
    with open_store(settings) as store:
        DocumentLibrary(store).ingest([folder / "dogs.md"], collection="default")
    return settings


@asynccontextmanager
async def turns(
    mill: Settings, server: TgiStandIn, tools: Tools = "guided"
) -> AsyncGenerator[Turns]:
    chat = ChatSettings(
        url=server.url,
        api="openai" if server.kind == "vllm" else "tgi",
        model=MODEL,
        tools=tools,
        decides="model",
        tries=1,
    )
    alone = AnswersSettings(second_reading=False)  # what a model makes of it, and nobody else
    given = {"chat": chat, "answers": alone, "turn": TurnSettings(ahead="documents")}
    async with open_parts(mill.model_copy(update=given)) as parts:
        yield parts.turns


async def ask(turns: Turns, question: str = BOTH, mode: Mode = "auto") -> Answer:
    return await turns.answer(Question(question=question, mode=mode), LOCAL)


CALLED = json.dumps({"calls": [{"name": n, "arguments": a} for n, a in (QUERY, SEARCH)]})
MANNERS: list[tuple[Tools, Kind, Reply]] = [
    ("native", "vllm", SAID["decide"]),
    ("guided", "tgi", SAID["decide"]),
    ("guided", "vllm", SAID["decide"]),
    ("plain", "vllm", Text(f"I shall look.\n```json\n{CALLED}\n```")),
]


@pytest.mark.parametrize(("tools", "kind", "decision"), MANNERS)
async def test_the_machine_works_in_every_manner_of_calling_tools(
    tgi_server: StartTgi, mill: Settings, tools: Tools, kind: Kind, decision: Reply
) -> None:
    server = tgi_server(Brain(decide=decision, answer=SAID["answer"]), kind=kind)
    async with turns(mill, server, tools) as asked:
        answer = await ask(asked)
    assert (answer.status, answer.route, answer.warnings) == ("answered", "both", [])
    assert answer.queries[0].rows == [[1]]
    assert [citation.number for citation in answer.citations] == [2]


async def test_a_server_that_was_probed_answers_in_its_manner(
    tgi_server: StartTgi, mill: Settings
) -> None:
    brain = Brain(**SAID)
    brain.said |= {"You are being tried out.": [Text("yes")], "look": [Text("")]}
    told = "You look things up with tools and answer nothing from memory."
    brain.said[told] = [
        Calls([("look_up_weather", {"city": "Paris"}), ("look_up_weather", {"city": "Oslo"})])
    ]
    server = tgi_server(brain, kind="vllm")
    async with turns(mill, server, "probe") as asked:
        answer = await ask(asked)
    assert answer.route == "both"
    decided = next(body for body in server.requests if "# decide" in json.dumps(body))
    assert len(decided["tools"]) == 3


# A question's kind: what is decided, and the model calls that it takes, in their order.
COSTS: list[tuple[list[tuple[str, dict[str, Any]]], list[str]]] = [
    ([SEARCH], ["decide", "answer"]),
    ([QUERY], ["decide", "write_sql", "answer"]),
    ([QUERY, SEARCH], ["decide", "write_sql", "answer"]),
    ([QUERY, QUERY, SEARCH], ["decide", "write_sql", "write_sql", "answer"]),
]


@pytest.mark.parametrize(("calls", "roles"), COSTS)
async def test_a_turn_takes_no_more_model_calls_than_it_must(
    tgi_server: StartTgi, mill: Settings, calls: list[Any], roles: list[str]
) -> None:
    brain = Brain(decide=Calls(calls), answer=Text("1 sack [1]."))
    server = tgi_server(brain)
    async with turns(mill, server) as asked:
        answer = await ask(asked)
    assert brain.roles == roles
    assert answer.usage.model_calls == len(roles)


# What the model makes of a turn, the status it ends with, and a word of the answer or a warning.
async def test_an_answer_says_that_rules_chose_its_sources(
    tgi_server: StartTgi, mill: Settings
) -> None:
    server = tgi_server(Brain(answer=Text("Dogs wait at the gate [1].")))
    chat = ChatSettings(url=server.url, tools="guided", decides="embedded", tries=1)
    async with open_parts(mill.model_copy(update={"chat": chat})) as parts:
        answer = await ask(parts.turns, "Where do dogs wait?")
    assert (answer.status, answer.models["decides"]) == ("answered", "the embedded rules")


UNRULY: list[tuple[str, dict[str, Any], str, str]] = [
    ("repeats its call", {"decide": Calls([(SEARCH[0], {**SEARCH[1], "needs_followup": True})])},
     "answered", "at the gate"),
    ("broken JSON", {"decide": Text('{"calls": [{"name": "search_docu')}, "answered", "could not be read"),
    ("broken JSON once", {"decide": [Text("{"), Calls([SEARCH])]}, "answered", "at the gate"),
    ("no JSON", {"decide": Text("I would look in the documents.")}, "answered", "could not be read"),
    ("an unknown tool", {"decide": Calls([("fly", {})])}, "answered", "'fly'"),
    ("wrong arguments", {"decide": Calls([("search_documents", {"text": 3})])}, "answered",
     "'search_documents'"),
    ("an unknown database", {"decide": Calls([("query_database", {"question": "?", "database": "x"})])},
     "answered", "'query_database'"),
    ("one bad call of two", {"decide": Calls([SEARCH, ("fly", {})])}, "answered", "'fly'"),
    ("nothing at all", {"answer": Text("")}, "declined", "gave an empty answer"),
    ("nothing when it decides", {"decide": Text("")}, "answered", "could not be read"),
    ("a reply without an end", {"answer": Text("Dogs wait at the gate [1]. " * 40, "length")},
     "answered", "was cut off"),
    ("SQL that never runs", {"decide": Calls([QUERY]), "write_sql": Text("SELECT nothing FROM x")},
     "answered", "gate"),
    ("SQL that says nothing", {"decide": Calls([QUERY]), "write_sql": Text("")}, "answered",
     "gate"),
    ("a number of its own", {"answer": Text("Dogs wait 4711 minutes [1].")}, "unverified", "4711"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("said", "status", "word"), [case[1:] for case in UNRULY], ids=[c[0] for c in UNRULY]
)
async def test_whatever_a_model_makes_of_a_turn_it_ends_correctly(
    tgi_server: StartTgi, mill: Settings, said: dict[str, Any], status: str, word: str
) -> None:
    usual = {"decide": Calls([SEARCH]), "answer": Text("Dogs wait at the gate [1].")}
    server = tgi_server(Brain(**{**usual, **said}))
    async with turns(mill, server) as asked:
        answer = await ask(asked, "Where do dogs wait?")
    assert answer.status == status, answer
    assert word in f"{answer.answer} {answer.warnings}"
    assert len(server.requests) <= 8


async def test_what_fails_in_a_turn_keeps_its_cause_for_the_log(mill: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    chat = ChatSettings(url=url, tools="guided", decides="model", tries=1)
    alone = AnswersSettings(second_reading=False)  # what a model makes of it, and nobody else
    given = {"chat": chat, "answers": alone, "turn": TurnSettings(ahead="documents")}
    async with open_parts(mill.model_copy(update=given)) as parts:
        with pytest.raises(Unavailable, match="cannot be reached") as raised:
            await ask(parts.turns, mode="chat")
    assert isinstance(raised.value.__cause__, aiohttp.ClientConnectorError)
