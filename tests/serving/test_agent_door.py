"""Our own /agent door beside LangServe's: the same bytes for the same requests."""

import json
import math
import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI, Request
from standin_server import serve
from starlette.applications import Starlette
from starlette.routing import Mount

from agent.caller import CALLER
from serving.http.agent import PATIENT, AgentRunnable
from serving.http.doors.door import AddRoutes, AgentRoutes
from serving.http.doors.langserve import add_langserve_routes
from serving.http.doors.own import add_own_routes
from serving.http.doors.well_formed import is_batch, require_well_formed
from serving.http.problem import add_errors
from serving.turns.turn import Turns
from serving.wire.answer import Answer, Approval, Chart, Citation, Query, Usage
from serving.wire.events import (
    Answered,
    ApprovalRequest,
    Event,
    PassagesFound,
    Reasoning,
    RowsRead,
    SqlWritten,
    StepFinished,
    StepStarted,
    Token,
)
from serving.wire.question import Question
from tools.caller import Caller
from tools.errors import Busy, Unavailable, UnknownName

pytestmark = pytest.mark.filterwarnings("ignore:Accessing the 'model_fields':DeprecationWarning")
"""LangServe does, while it reads a question."""
DOORS: tuple[AddRoutes, AddRoutes] = (add_langserve_routes, add_own_routes)
ANN = Caller(id="ann", groups=frozenset({"sales"}))
CITATION = Citation(
    number=1,
    passage_id="p",
    document_id="d",
    collection="c",
    source="naïve/Größe 数.md",
    title='"quoted"\r\nand broken\u2028lines\x00\x7f',
    content_hash="0",
    page=3,
    text="data: not an event\n\nevent: end\r\n\r\n",
    score=1e-17,
)
QUERY = Query(
    number=2,
    database="shop",
    sql="SELECT '\\', \"a\" -- é",
    columns=["n", "x", "_sa", "root"],
    types=["integer", "float", "text", "unknown"],
    rows=[[1, 0.1, "😀", None], [2**53 - 1, 1e16, "", True], [-1, math.nan, "\t", math.inf]],
    truncated=True,
    total_rows=None,
    confidence=0.5,
    elapsed_s=1e22,
)
APPROVAL = Approval(
    id="a", call="c", database="shop", explanation="reads", sql="SELECT 1", tables=["t"]
)


def answer_to(question: Question) -> Answer:
    return Answer(
        answer=f"Heard {question.question} as {question.mode} [1].",
        status="needs_approval",
        citations=[CITATION],
        queries=[QUERY],
        charts=[Chart(number=2, kind="bar", x="n", series=["x"])],
        approval=APPROVAL,
        approvals=[APPROVAL],
        warnings=["<b>&</b>"],
        route="both",
        models={"chat": "scripted", "root": "x"},
        usage=Usage(input_tokens=10**15),
        thread_id=question.thread_id or "new",
        suggestions=["Why?"],
        timings={"total": 0.1, "decide": 3.0, "tiny": 1e-7},
    )


def events_of(question: Question) -> list[Event]:
    return [
        StepStarted(step="decide"),
        Reasoning(step="decide", text="hm…\n"),
        StepFinished(step="decide", seconds=0.25),
        SqlWritten(call="1", database="shop", sql="SELECT 1", attempt=1),
        RowsRead(call="1", query=QUERY),
        PassagesFound(call="2", query="é", passages=[CITATION]),
        Token(text="Heard "),
        Token(text=""),
        ApprovalRequest(approval=APPROVAL),
        Answered(answer=answer_to(question)),
    ]


class ScriptedTurns:
    """Answers every question alike, and fails where its words say so."""

    async def answer(
        self, question: Question, caller: Caller, *, is_patient: bool = False
    ) -> Answer:
        assert caller == ANN
        self._fail(question)
        answer = answer_to(question)
        return answer.model_copy(update={"warnings": ["patient"]}) if is_patient else answer

    async def stream(self, question: Question, caller: Caller) -> AsyncGenerator[Event]:
        assert caller == ANN
        for number, event in enumerate(events_of(question)):
            if number == len(question.thread_id or ""):
                self._fail(question)
            yield event

    def _fail(self, question: Question) -> None:
        match question.question:
            case "unavailable":
                raise Unavailable("The model is away.")
            case "busy":
                raise Busy("Come back.", retry_after_s=7)
            case "unknown":
                raise UnknownName("There is no database 'x'.")
            case _:
                pass


def with_caller(config: dict[str, Any], request: Request) -> dict[str, Any]:
    """The caller, unless a header says that there is none: a fault of the program."""
    known = {} if "x-nobody" in request.headers else {CALLER: ANN}
    return {**config, "configurable": {**known, PATIENT: is_batch(request)}}


def app_with(add_routes: AddRoutes) -> FastAPI:
    app = FastAPI()
    add_errors(app)
    agent = AgentRunnable(cast("Turns", ScriptedTurns()), is_traced=False)
    add_routes(app, AgentRoutes(agent, with_caller, [require_well_formed], has_playground=False))
    return app


@dataclass(frozen=True, slots=True)
class Doors:
    """Where LangServe's door is, and where ours."""

    langserve: str
    own: str


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    """Both on one server: sse-starlette knows one event loop in a process."""
    mounts = [Mount(f"/{add.__name__}", app_with(add)) for add in DOORS]
    with serve(Starlette(routes=mounts)) as url:
        yield Doors(*(f"{url}/{add.__name__}" for add in DOORS))


def asked(question: str = "How many?", **more: Any) -> dict[str, Any]:
    return {"question": question, **more}


CONFIGS: list[Any] = [
    {},
    {"configurable": {"caller": "eve"}},
    {"configurable": 3},
    {"tags": ["x"], "metadata": {"a": 1}, "run_name": "mine", "recursion_limit": 1},
    {"run_id": "00000000-0000-0000-0000-000000000001"},
    {"run_id": "no id"},
    {"callbacks": []},
]
WRONG_CONFIGS: list[Any] = [None, 3, "x", [], [{}], [{}, {}], [3], [None]]
QUESTIONS: list[Any] = [
    asked(),
    asked("Größe 😀 数 \u2028?", mode="sql", databases=["shop"], temperature=1, max_tokens=5),
    asked(thread_id="here", collections=[]),
    {"thread_id": "t", "resume": {"a": {"action": "edit", "sql": "SELECT 2"}}},
    *(asked(fails) for fails in ("unavailable", "busy", "unknown")),
    *(asked("unavailable", thread_id="t" * after) for after in (1, 4, 9)),
]
WRONG_QUESTIONS: list[Any] = [
    None,
    3,
    "x",
    [],
    {},
    asked(""),
    asked(bogus=1),
    asked(temperature=9),
    asked(temperature="hot", max_tokens=0, mode="guess"),
    asked(thread_id=""),
    asked(databases=[3]),
    asked(resume={"a": {"action": "approve"}}),
    asked(resume={"a": {"action": "edit"}}, thread_id="t"),
    asked("a" * 9_000),
]
BODIES: list[Any] = [
    *({"input": question} for question in (*QUESTIONS, *WRONG_QUESTIONS)),
    *({"input": asked(), "config": config} for config in CONFIGS),
    *({"input": asked(), "config": wrong} for wrong in WRONG_CONFIGS),
    {"input": asked(), "kwargs": {"stop": ["x"]}, "more": 1},
    {"input": asked(), "kwargs": 3},
    *(None, 3, "x", [], {}, {"inputs": [asked()]}),
]
BATCHES: list[Any] = [
    {"inputs": []},
    {"inputs": [asked()]},
    {"inputs": [asked(), asked("Why?", thread_id="t")]},
    {"inputs": [asked(), asked("busy"), asked("unavailable")]},
    *({"inputs": [question]} for question in WRONG_QUESTIONS),
    *({"inputs": [asked(), asked()], "config": config} for config in CONFIGS),
    *({"inputs": [asked(), asked()], "config": [config, {}]} for config in CONFIGS),
    *({"inputs": [asked()], "config": wrong} for wrong in WRONG_CONFIGS),
    {"inputs": [], "config": [{}]},
    {"inputs": [asked()] * 101},
    {"inputs": [asked()], "kwargs": 3},
    *(None, 3, [], {}, {"inputs": None}, {"inputs": 3}, {"input": asked()}),
]
RAW = [b"", b"{", b"[]x", b"\xff\xfe", b'{"input": NaN}', b"[" * 100_000, b'"\\ud800"']
REQUESTS = [
    *(("invoke", json.dumps(body).encode()) for body in BODIES),
    *(("stream", json.dumps(body).encode()) for body in BODIES),
    *(("batch", json.dumps(body).encode()) for body in BATCHES),
    *((route, body) for route in ("invoke", "batch", "stream") for body in RAW),
]
NAMED = [f"{route}-{number}" for number, (route, _) in enumerate(REQUESTS)]


@pytest.mark.parametrize(("route", "body"), REQUESTS, ids=NAMED)
def test_a_request_is_answered_to_the_byte_as_langserve_answers_it(
    doors: Doors, route: str, body: bytes
) -> None:
    assert said(doors.own, route, body) == said(doors.langserve, route, body)


@pytest.mark.parametrize("route", ["invoke", "batch", "stream"])
def test_a_turn_that_breaks_is_told_as_langserve_tells_it(doors: Doors, route: str) -> None:
    body = json.dumps({"input": asked(), "inputs": [asked()]}).encode()
    nobody = {"x-nobody": "1"}
    own, theirs = (said(url, route, body, nobody) for url in (doors.own, doors.langserve))
    assert own == theirs
    assert b"Internal" in own.body


@pytest.mark.parametrize("name", ["input", "output", "config"])
def test_the_schemas_are_langserves_to_the_byte(doors: Doors, name: str) -> None:
    own, theirs = (
        httpx.get(f"{url}/agent/{name}_schema", trust_env=False)
        for url in (doors.own, doors.langserve)
    )
    assert (own.status_code, own.content) == (200, theirs.content)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/agent/invoke"),
        ("POST", "/agent/input_schema"),
        ("GET", "/agent"),
        ("POST", "/agent/stream_log"),
        ("POST", "/agent/stream_events"),
        ("GET", "/agent/playground/"),
        ("HEAD", "/agent/feedback"),
        ("POST", "/agent/c/N4XyA/invoke"),
        ("POST", "/agent/invoke/"),
    ],
)
def test_what_is_not_offered_is_refused_as_langserve_refuses_it(
    doors: Doors, method: str, path: str
) -> None:
    own, theirs = (
        httpx.request(method, url + path, json={"input": asked()}, trust_env=False)
        for url in (doors.own, doors.langserve)
    )
    assert (own.status_code, own.content) == (theirs.status_code, theirs.content)


def test_clients_are_generated_from_the_same_description(doors: Doors) -> None:
    own, theirs = (
        httpx.get(f"{url}/openapi.json", trust_env=False).json()
        for url in (doors.own, doors.langserve)
    )
    assert undescribed(own["paths"]) == undescribed(theirs["paths"])
    assert undescribed(own["components"]) == undescribed(theirs["components"])


def undescribed(part: Any) -> Any:
    """A part of an OpenAPI document without its prose, which each door has in its own words."""
    match part:
        case dict():
            items = cast("dict[str, Any]", part).items()
            return {
                key: undescribed(value)
                for key, value in items
                if key != "description" or not isinstance(value, str)
            }
        case list():
            return [undescribed(each) for each in cast("list[Any]", part)]
        case _:
            return part


@dataclass(frozen=True, slots=True)
class Said:
    """A response without what differs from one to the next: the date, and the ids of runs."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool


RUN_ID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|under [0-9a-f]{8}")


def said(url: str, route: str, body: bytes, headers: Mapping[str, str] | None = None) -> Said:
    """All bytes up to the end, or to where the server broke off."""
    sent = {"Content-Type": "application/json", **(headers or {})}
    came, is_whole = b"", True
    with (
        httpx.Client(trust_env=False) as client,
        client.stream("POST", f"{url}/agent/{route}", content=body, headers=sent) as reply,
    ):
        try:
            for piece in reply.iter_raw():
                came += piece
        except httpx.RemoteProtocolError:
            is_whole = False
    kept = {name: value for name, value in reply.headers.items() if name != "date"}
    return Said(reply.status_code, kept, RUN_ID.sub(b"ID", came), is_whole)
