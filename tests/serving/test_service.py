"""A real `docsql serve`, asked over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
from docsql_process import Service, events_in
from langserve import RemoteRunnable

from serving.client import ServiceClient
from serving.process.server import run_service

COUNT = "How many repairs are there?"
RETURNS = "Within how many days may a bicycle be returned?"


@pytest.fixture
def service(either_service: Service) -> Service:
    """Each test is of both doors."""
    return either_service


@pytest.fixture
async def agent(service: Service) -> AsyncIterator[RemoteRunnable[Any, Any]]:
    direct = {"trust_env": False}
    remote = RemoteRunnable[Any, Any](f"{service.url}/agent/", timeout=30, client_kwargs=direct)
    yield remote
    remote.sync_client.close()
    await remote.async_client.aclose()


def test_a_remote_runnable_invokes(agent: RemoteRunnable[Any, Any]) -> None:
    answer = agent.invoke({"question": COUNT})
    assert (answer["status"], answer["route"]) == ("answered", "sql")
    assert answer["queries"][0]["rows"] == [[7]]
    assert answer["models"]["chat"] == "embedded: no language model"


async def test_a_remote_runnable_invokes_from_asynchronous_code(
    agent: RemoteRunnable[Any, Any],
) -> None:
    answer = await agent.ainvoke({"question": RETURNS})
    assert "21 days" in answer["answer"]
    assert [citation["source"] for citation in answer["citations"]] == ["returns.md"]


def test_a_remote_runnable_takes_a_batch(agent: RemoteRunnable[Any, Any]) -> None:
    answers = agent.batch([{"question": COUNT}, {"question": RETURNS}])
    assert [answer["route"] for answer in answers] == ["sql", "documents"]
    assert len({answer["thread_id"] for answer in answers}) == 2


async def test_a_remote_runnable_takes_a_batch_from_asynchronous_code(
    agent: RemoteRunnable[Any, Any],
) -> None:
    answers = await agent.abatch([{"question": COUNT}] * 3)
    assert [answer["queries"][0]["rows"] for answer in answers] == [[[7]]] * 3


def test_a_stream_is_typed_events_that_end_with_the_answer(
    agent: RemoteRunnable[Any, Any],
) -> None:
    events = list(agent.stream({"question": COUNT}))
    kinds = [event["event"] for event in events]
    assert kinds[0] == "step_started"
    assert kinds[-1] == "answer"
    assert kinds.index("sql") < kinds.index("rows") < kinds.index("token")
    told = "".join(event["text"] for event in events if event["event"] == "token")
    assert told == events[-1]["answer"]["answer"]


async def test_a_stream_can_be_read_from_asynchronous_code(
    agent: RemoteRunnable[Any, Any],
) -> None:
    events = [event async for event in agent.astream({"question": RETURNS})]
    (found,) = [event for event in events if event["event"] == "passages"]
    assert {passage["source"] for passage in found["passages"]} == {"returns.md", "storage.txt"}


@pytest.mark.parametrize("name", ["input", "output", "config"])
def test_the_schemas_can_be_read(service: Service, name: str) -> None:
    schema = httpx.get(f"{service.url}/agent/{name}_schema", trust_env=False).json()
    expected = {"input": "question", "output": "citations", "config": None}[name]
    assert expected is None or expected in schema["properties"]


def test_the_openapi_document_describes_the_events_of_a_stream(service: Service) -> None:
    document = httpx.get(f"{service.url}/openapi.json", trust_env=False).json()
    schemas = document["components"]["schemas"]
    kinds = {reference["$ref"].rsplit("/", 1)[1] for reference in schemas["Event"]["oneOf"]}
    assert {"StepStarted", "RowsRead", "PassagesFound", "Token", "Answered", "Failed"} <= kinds
    assert kinds <= set(schemas)
    assert {"/agent/invoke", "/agent/batch", "/agent/stream", "/documents"} <= set(
        document["paths"]
    )


def test_health_and_readiness_name_what_stands_behind_the_service(service: Service) -> None:
    assert httpx.get(f"{service.url}/health", trust_env=False).json()["status"] == "ok"
    with ServiceClient(service.url) as client:
        ready = client.ready()
    assert ready.ready
    assert [database.name for database in ready.databases] == ["shop"]
    assert ready.collections == ["default"]
    assert ready.models["embeddings"] == "none: BM25 alone"
    told = {each.name: each.what for each in ready.dependencies}
    assert (told["documents"], told["threads"]) == ("Milvus Lite", "SQLite")


MALFORMED = [
    ("invoke", b"{"),
    ("invoke", b"[]"),
    ("invoke", b"{}"),
    ("invoke", b"\xff\xfe"),
    ("invoke", b'{"input": "x"}'),
    ("invoke", b'{"input": null}'),
    ("invoke", b'{"input": {"question": ""}}'),
    ("invoke", b'{"input": {"question": "x", "bogus": 1}}'),
    ("invoke", b'{"input": {"question": "x", "temperature": 9}}'),
    ("invoke", b'{"input": {"question": "x", "mode": "guess"}}'),
    ("invoke", b'{"input": {"question": "x", "thread_id": ""}}'),
    ("invoke", b'{"input": {"question": "x", "resume": {"a": {"action": "approve"}}}}'),
    ("invoke", b'{"input": {"question": "x"}, "config": 3}'),
    ("invoke", b'{"input": {"question": "x", "databases": ["nowhere"]}}'),
    ("invoke", b'{"input": {"question": "x", "collections": ["nowhere"]}}'),
    ("batch", b"{"),
    ("batch", b"[]"),
    ("batch", b"{}"),
    ("batch", b'{"inputs": 3}'),
    ("batch", b'{"inputs": [3]}'),
    ("batch", b'{"inputs": [{"question": ""}]}'),
    ("batch", b'{"inputs": [{"question": "x"}], "config": [{}, {}]}'),
    ("batch", b'{"inputs": [{"question": "x"}], "config": 3}'),
    ("batch", b'{"inputs": [{"question": "x"}], "config": [3]}'),
    ("batch", b'{"inputs": [{"question": "x", "databases": ["nowhere"]}]}'),
    ("stream", b"{"),
    ("stream", b"{}"),
    ("stream", b'{"input": {"question": ""}}'),
    ("stream", b'{"input": {"question": "x"}, "config": []}'),
]


@pytest.mark.parametrize(("route", "body"), MALFORMED)
def test_a_malformed_body_is_the_callers_fault(service: Service, route: str, body: bytes) -> None:
    reply = _post(service, route, body)
    assert 400 <= reply.status_code < 500, reply.text
    problem = reply.json()
    assert problem["act"] == "you"
    assert problem["error"]


def test_a_question_of_100000_characters_is_refused_with_what_to_do(service: Service) -> None:
    reply = httpx.post(
        f"{service.url}/agent/invoke",
        json={"input": {"question": "a" * 100_000}},
        trust_env=False,
    )
    assert reply.status_code == 422
    assert "Put long text into a document and ingest it" in reply.json()["error"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"temperature": 5}, "temperature: Input should be less than or equal to 2."),
        ({"max_tokens": 0}, "max_tokens: Input should be greater than or equal to 1."),
        ({"databases": 7}, "databases: Input should be a valid list."),
        ({"thread_id": ""}, "thread_id: String should have at least 1 character."),
        (
            {"thread_id": "t", "resume": {"x": {"action": "run"}}},
            "resume.x.action: Input should be 'approve', 'edit' or 'reject'.",
        ),
        ({"thread_id": "t", "resume": "x"}, "resume: Input should be a valid dictionary."),
    ],
)
def test_a_field_that_does_not_fit_is_named_as_the_caller_wrote_it(
    service: Service, given: dict[str, Any], said: str
) -> None:
    reply = httpx.post(
        f"{service.url}/agent/invoke",
        json={"input": {"question": "Hello", **given}},
        trust_env=False,
    )
    assert reply.status_code == 422
    assert reply.json()["error"] == said


FORGED: list[dict[str, Any]] = [
    {"configurable": {"caller": {"id": "eve", "groups": ["board"], "scopes": []}}},
    {"configurable": {"caller": None}},
    {"configurable": {"thread_id": "local/secret", "checkpoint_ns": "x", "checkpoint_id": "y"}},
    {"configurable": {"__pregel_resuming": True, "model": "another"}},
    {"configurable": 3},
    {"tags": ["x"], "metadata": {"caller": "eve", "thread_id": "local/secret"}},
    {"recursion_limit": 1},
]


@pytest.mark.parametrize("config", FORGED)
def test_nothing_in_the_body_changes_who_asks_or_on_which_thread(
    service: Service, config: dict[str, Any]
) -> None:
    asked = {"question": COUNT}
    whole = _json(service, "invoke", {"input": asked, "config": config})["output"]
    (first, second) = _json(service, "batch", {"inputs": [asked, asked], "config": config})[
        "output"
    ]
    streamed = _stream(service, {"input": asked, "config": config})[-1]["answer"]
    answers = [whole, first, second, streamed]
    assert [answer["queries"][0]["rows"] for answer in answers] == [[[7]]] * 4
    assert len({answer["thread_id"] for answer in answers}) == 4
    assert not any("secret" in answer["thread_id"] for answer in answers)


def test_a_follow_up_on_a_thread_is_understood_and_threads_are_separate(service: Service) -> None:
    asked = {"question": "How many repairs has the workshop Harbour?", "thread_id": "here"}
    assert _rows(service, asked) == [[3]]
    assert _rows(service, {"question": "And Old Mill?", "thread_id": "here"}) == [[2]]
    elsewhere = _json(
        service, "invoke", {"input": {"question": "And Old Mill?", "thread_id": "there"}}
    )
    assert [query["rows"] for query in elsewhere["output"]["queries"]] != [[[2]]]


async def test_questions_on_one_thread_wait_for_each_other(
    agent: RemoteRunnable[Any, Any],
) -> None:
    asked = [{"question": COUNT, "thread_id": "busy"}] * 4
    answers = await asyncio.gather(*(agent.ainvoke(question) for question in asked))
    assert [answer["status"] for answer in answers] == ["answered"] * 4


def test_what_goes_wrong_in_a_stream_is_an_event(service: Service) -> None:
    events = _stream(service, {"input": {"question": "x", "databases": ["nowhere"]}})
    assert [event["event"] for event in events] == ["error"]
    assert events[0]["act"] == "you"
    assert "no database 'nowhere'" in events[0]["message"]


@pytest.mark.parametrize("path", ["nowhere", "documents/nowhere", "documents/a%2Fb"])
def test_an_unknown_address_is_a_problem_in_our_words(service: Service, path: str) -> None:
    reply = httpx.get(f"{service.url}/{path}", trust_env=False)
    assert (reply.status_code, reply.json()["act"]) == (404, "you")


def test_a_page_elsewhere_cannot_reach_the_service_under_its_own_name(service: Service) -> None:
    reply = httpx.get(f"{service.url}/documents", headers={"Host": "evil.example"}, trust_env=False)
    assert reply.status_code == 400


def _post(service: Service, route: str, body: bytes) -> httpx.Response:
    return httpx.post(
        f"{service.url}/agent/{route}",
        content=body,
        headers={"Content-Type": "application/json"},
        trust_env=False,
        timeout=30,
    )


def _json(service: Service, route: str, body: dict[str, Any]) -> dict[str, Any]:
    reply = httpx.post(f"{service.url}/agent/{route}", json=body, trust_env=False, timeout=30)
    assert reply.status_code == 200, reply.text
    return cast("dict[str, Any]", reply.json())


def _stream(service: Service, body: dict[str, Any]) -> list[dict[str, Any]]:
    reply = httpx.post(f"{service.url}/agent/stream", json=body, trust_env=False, timeout=30)
    assert reply.status_code == 200, reply.text
    return events_in(reply.text)


def _rows(service: Service, question: dict[str, Any]) -> list[list[Any]]:
    (query,) = _json(service, "invoke", {"input": question})["output"]["queries"]
    return cast("list[list[Any]]", query["rows"])


def test_a_service_runs_on_the_loop_that_is_installed_for_it() -> None:
    loops: list[str] = []

    async def note() -> None:
        loops.append(type(asyncio.get_running_loop()).__module__)

    run_service(note())
    assert loops == ["uvloop"]
