"""The service with a served chat model, played by the stand-in."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any, cast

import httpx
import pytest
from docsql_process import Folder, Service, events_in
from langserve import RemoteRunnable
from standin_server import serve
from standin_tgi import Calls, Fault, Reply, Text, TgiStandIn

QUESTION = "How many repairs cost more than 50, and until when may a bicycle be returned?"
TURN_LIMIT_S = 4.0
WRONG, RIGHT = "SELECT COUNT(*) FROM repair", "SELECT COUNT(*) AS n FROM repairs WHERE cost > 50"
ANSWER = Text("Four repairs cost more than 50 [1]. " + "It is a long story. " * 60)


class Model:
    """A chat model that calls both tools, makes one SQL error, and gives a fixed answer."""

    def __init__(self) -> None:
        self.answer: Reply = ANSWER
        self.decision: Reply = Calls(
            [
                ("query_database", {"question": "How many cost over 50?", "database": "shop"}),
                ("search_documents", {"query": "returned within days"}),
            ]
        )

    def __call__(self, body: dict[str, Any]) -> Reply:
        match step_of(body):
            case "decide":
                return self.decision
            case "write_sql":
                is_repair = "That statement cannot be used" in json.dumps(body["messages"])
                return Text(f"```sql\n{RIGHT};\n```") if is_repair else Text(WRONG)
            case _:
                return self.answer


def step_of(body: dict[str, Any]) -> str:
    """Which node asks, by how its prompt begins."""
    said: str = body["messages"][0]["content"]
    return "write_sql" if "Write one SELECT" in said else said.split("\n")[0].removeprefix("# ")


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def standin() -> Iterator[TgiStandIn]:
    standin = TgiStandIn(Model())
    with serve(standin.app) as url:
        standin.url = url
        yield standin


@pytest.fixture(scope="module")
def tgi_service(
    standin: TgiStandIn,
    tmp_path_factory: pytest.TempPathFactory,
    shop_settings: dict[str, str],
    documents: Any,
) -> Iterator[Service]:
    settings = {
        **shop_settings,
        "DOCSQL_CHAT__URL": standin.url,
        "DOCSQL_CHAT__TOOLS": "guided",
        "DOCSQL_CHAT__TRIES": "1",
        "DOCSQL_ANSWERS__SECOND_READING": "false",  # what a model makes of it, and nobody else
        "DOCSQL_SERVICE__TURN_LIMIT_S": str(TURN_LIMIT_S),
    }
    home = Folder(tmp_path_factory.mktemp("tgi"), settings)
    with home.serving() as running:
        assert home.run("ingest", str(documents)).returncode == 0
        yield running


@pytest.fixture(autouse=True)
def playing(standin: TgiStandIn, model: Model) -> None:
    """Each test has a model of its own and sees its own requests alone."""
    standin.brain = model
    standin.token_delay_s = 0.0
    standin.forget()


def test_a_question_is_answered_with_sql_that_the_model_repairs(
    tgi_service: Service, standin: TgiStandIn, model: Model
) -> None:
    model.answer = Text("4 repairs cost more than 50 [1]; 21 days are allowed [2].")
    standin.token_delay_s = 0.05
    events = _stream(tgi_service, {"question": QUESTION, "temperature": 0.5, "max_tokens": 300})
    written = [(event["attempt"], event["sql"]) for event in events if event["event"] == "sql"]
    assert written == [(1, WRONG), (2, RIGHT)]
    assert len([event for event in events if event["event"] == "token"]) > 5
    answer = events[-1]["answer"]
    assert [query["rows"] for query in answer["queries"]] == [[[4]]]
    assert answer["route"] == "both"
    assert answer["models"]["chat"] == f"tgi at {standin.url}"
    assert answer["usage"]["model_calls"] == 4
    assert answer["usage"]["input_tokens"] > answer["usage"]["output_tokens"] > 10


def test_the_requests_have_a_real_servers_manners(
    tgi_service: Service, standin: TgiStandIn
) -> None:
    _stream(tgi_service, {"question": QUESTION, "temperature": 0.5, "max_tokens": 300})
    asked = {step_of(body): body for body in standin.requests}
    assert list(asked) == ["decide", "write_sql", "answer"]
    assert not any("tools" in body or "tool_choice" in body for body in standin.requests)
    # One native call is all that TGI makes, so both come as guided JSON.
    guided = asked["decide"]["response_format"]
    assert "search_documents" in json.dumps(guided)
    assert not asked["decide"].get("stream")
    final = asked["answer"]
    assert final["stream"] is True
    assert "response_format" not in final
    assert final["temperature"] == 0.5
    assert (final.get("max_tokens") or final.get("max_completion_tokens")) == 300
    # What was found is data: nothing of it stands where the instructions are.
    assert "receipt" not in final["messages"][0]["content"]
    assert "receipt" in final["messages"][-1]["content"]


LEAVING = ["step_started", "token"]


@pytest.mark.parametrize("moment", LEAVING)
def test_leaving_a_stream_stops_the_work_behind_it(
    tgi_service: Service, standin: TgiStandIn, moment: str
) -> None:
    standin.token_delay_s = 0.03
    with (
        httpx.Client(trust_env=False, timeout=10) as client,
        client.stream(
            "POST", f"{tgi_service.url}/agent/stream", json={"input": {"question": QUESTION}}
        ) as reply,
    ):
        lines = reply.iter_lines()  # a generator that is let go closes the connection
        next(line for line in lines if f'"event":"{moment}"' in line)
        assert standin.wait_asked()
    assert standin.wait_cancelled(1)
    assert standin.cancelled == 1


async def test_a_remote_runnable_that_leaves_stops_the_work_behind_it(
    tgi_service: Service, standin: TgiStandIn
) -> None:
    standin.token_delay_s = 0.03
    remote = RemoteRunnable[Any, Any](
        f"{tgi_service.url}/agent/", timeout=10, client_kwargs={"trust_env": False}
    )
    events = cast("AsyncIterator[dict[str, Any]]", remote.astream({"question": QUESTION}))
    async with aclosing(cast("Any", events)):
        async for event in events:
            if event["event"] == "token":
                break
    assert await asyncio.to_thread(standin.wait_cancelled, 1)
    remote.sync_client.close()
    await remote.async_client.aclose()


def test_after_somebody_has_left_the_next_question_on_the_thread_is_answered(
    tgi_service: Service, standin: TgiStandIn, model: Model
) -> None:
    standin.token_delay_s = 0.03
    asked = {"question": QUESTION, "thread_id": "left"}
    with (
        httpx.Client(trust_env=False, timeout=10) as client,
        client.stream("POST", f"{tgi_service.url}/agent/stream", json={"input": asked}) as reply,
    ):
        lines = reply.iter_lines()
        next(line for line in lines if '"event":"token"' in line)
    assert standin.wait_cancelled(1)
    standin.token_delay_s = 0.0
    model.answer = Text("4 repairs [1].")
    assert _stream(tgi_service, asked)[-1]["answer"]["answer"] == "4 repairs [1]."


FAILING = [
    Fault("cut_off", "Four repairs cost"),
    Fault("broken", "Four repairs cost"),
    Fault("in_stream_error", "CUDA error"),
    Fault("http", "Model is overloaded", status=503),
    Fault("not_json"),
]


@pytest.mark.parametrize("fault", FAILING, ids=lambda fault: fault.kind)
def test_a_chat_server_that_fails_in_the_middle_is_an_error_event(
    tgi_service: Service, model: Model, fault: Fault
) -> None:
    model.answer = fault
    events = _stream(tgi_service, {"question": QUESTION})
    assert [event["event"] for event in events].count("error") == 1
    assert events[-1]["event"] == "error"
    assert events[-1]["act"] == "operator"
    assert "chat model" in events[-1]["message"]


def test_a_turn_that_takes_too_long_is_stopped_with_the_call_behind_it(
    tgi_service: Service, standin: TgiStandIn, model: Model
) -> None:
    model.decision = Fault("silence")
    reply = httpx.post(
        f"{tgi_service.url}/agent/invoke",
        json={"input": {"question": QUESTION}},
        trust_env=False,
        timeout=30,
    )
    assert reply.status_code == 503
    assert "DOCSQL_SERVICE__TURN_LIMIT_S" in reply.json()["error"]
    assert standin.wait_cancelled(1)


def test_the_service_is_not_ready_without_its_chat_server(
    tmp_path: Any, shop_settings: dict[str, str]
) -> None:
    home = Folder(tmp_path, {**shop_settings, "DOCSQL_CHAT__URL": "http://127.0.0.1:1"})
    with home.serving() as running:
        ready = httpx.get(f"{running.url}/ready", trust_env=False, timeout=10)
        assert (ready.status_code, ready.json()["ready"]) == (503, False)
        assert "does not answer" in ready.json()["problems"]["chat"]
        examined = home.run("doctor", "--json")
    problems = {found["part"]: found["problem"] for found in json.loads(examined.stdout)}
    assert "DOCSQL_CHAT__URL" in problems["chat"]


def _stream(service: Service, question: dict[str, Any]) -> list[dict[str, Any]]:
    reply = httpx.post(
        f"{service.url}/agent/stream", json={"input": question}, trust_env=False, timeout=30
    )
    assert reply.status_code == 200, reply.text
    return events_in(reply.text)
