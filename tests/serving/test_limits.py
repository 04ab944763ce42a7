"""How much a service takes on at once, and how it stops what nobody waits for any more."""

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from docsql_process import Folder, Service, events_in
from standin_server import serve
from standin_tgi import Fault, Reply, Text, TgiStandIn

from serving.auth.keys import Keys

ANSWER = Text("A long story. " * 40)
TURNS, TURNS_OF_ONE = 2, 1
REQUESTS = 40
SOON_S = 1.0
"""Seconds within which the model's server notices a disconnect."""


class Model:
    """A chat model whose next reply a test decides."""

    def __init__(self) -> None:
        self.reply: Reply = ANSWER

    def __call__(self, _body: dict[str, Any]) -> Reply:
        return self.reply


@pytest.fixture(scope="module")
def standing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def whole_standin(standing: ExitStack, model: Model) -> TgiStandIn:
    made = TgiStandIn(model)
    made.url = standing.enter_context(serve(made.app))
    return made


@pytest.fixture
def standin(whole_standin: TgiStandIn, model: Model) -> TgiStandIn:
    whole_standin.forget()
    whole_standin.token_delay_s = 0.0
    whole_standin.may_end.set()
    model.reply = ANSWER
    return whole_standin


@pytest.fixture(scope="module")
def limited(
    whole_standin: TgiStandIn,
    standing: ExitStack,
    tmp_path_factory: pytest.TempPathFactory,
    shop_settings: dict[str, str],
) -> Service:
    settings = {
        **shop_settings,
        "DOCSQL_CHAT__URL": whole_standin.url,
        "DOCSQL_LIMITS__TURNS": str(TURNS),
        "DOCSQL_LIMITS__TURNS_PER_CALLER": str(TURNS_OF_ONE),
        "DOCSQL_LIMITS__REQUESTS_PER_MINUTE": str(REQUESTS),
        "DOCSQL_SERVICE__BODY_MB": "1",
    }
    return standing.enter_context(Folder(tmp_path_factory.mktemp("limits"), settings).serving())


def client_of(service: Service, name: str) -> httpx.Client:
    """A caller of that name, with a key of their own."""
    keys = Keys(service.folder.data / "keys.json")
    key = keys.create(name, groups=[], scopes=["ask", "documents:read", "documents:write"])
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=service.url, headers=headers, trust_env=False, timeout=30)


def asking(**fields: Any) -> dict[str, Any]:
    return {"input": {"question": "Tell me a story", "mode": "chat", **fields}}


def test_what_is_too_much_is_refused_at_once_and_taken_again_when_there_is_room(
    limited: Service, standin: TgiStandIn, model: Model
) -> None:
    model.reply = Fault("silence")
    with ExitStack() as stack:
        ann, ben, cleo = (
            stack.enter_context(client_of(limited, name)) for name in ("ann", "ben", "cleo")
        )
        with ann.stream("POST", "/agent/stream", json=asking()) as first:
            assert first.status_code == 200
            assert standin.wait_asked()
            for route in ("invoke", "stream"):
                refused = ann.post(f"/agent/{route}", json=asking())
                assert refused.status_code == 429
                assert int(refused.headers["retry-after"]) > 0
                assert "the limit per caller" in refused.json()["error"]
            with ben.stream("POST", "/agent/stream", json=asking()):
                refused = cleo.post("/agent/invoke", json=asking())
                assert refused.status_code == 429
                assert "is answering 2 questions" in refused.json()["error"]
                completion = cleo.post(
                    "/v1/chat/completions",
                    json={"model": "docsql", "messages": [{"role": "user", "content": "Hello"}]},
                )
                assert completion.status_code == 429
                assert completion.json()["error"]["type"] == "rate_limit_error"
                assert cleo.get("/documents").status_code == 200
        model.reply = ANSWER
        assert standin.wait_cancelled()
        assert _when_there_is_room(ann).is_success
        assert ann.post("/agent/batch", json={"inputs": [asking()["input"]] * 3}).is_success


def test_a_callers_requests_of_a_minute_are_counted_and_nobody_elses(limited: Service) -> None:
    with client_of(limited, "dan") as dan, client_of(limited, "eve") as eve:
        assert [dan.get("/whoami").status_code for _ in range(REQUESTS)] == [200] * REQUESTS
        refused = dan.get("/whoami")
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert dan.get("/health").status_code == 200
        assert eve.get("/whoami").status_code == 200


def test_each_question_of_a_batch_counts(limited: Service, standin: TgiStandIn) -> None:
    with client_of(limited, "fay") as fay:
        inputs = [asking()["input"]] * (REQUESTS + 1)
        assert fay.post("/agent/batch", json={"inputs": inputs}).status_code == 429
        assert standin.requests == []


@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_that_is_too_large_is_refused(limited: Service, *, is_chunked: bool) -> None:
    large = b'{"input": {"question": "' + b"x" * 1_500_000 + b'"}}'
    content = iter([large[:700_000], large[700_000:]]) if is_chunked else large
    with client_of(limited, f"gus-{is_chunked}") as gus:
        refused = gus.post("/agent/invoke", content=content)
    assert refused.status_code == 413
    assert refused.json()["act"] == "you"


LEFT = [
    ("invoke", {"input": {"question": "Tell me a story", "mode": "chat"}}),
    ("batch", {"inputs": [{"question": "Tell me a story", "mode": "chat"}]}),
    ("stream", {"input": {"question": "Tell me a story", "mode": "chat"}}),
]


@pytest.mark.parametrize(("route", "body"), LEFT, ids=lambda value: str(value)[:6])
def test_who_hangs_up_stops_the_model_behind_the_answer(
    limited: Service, standin: TgiStandIn, model: Model, route: str, body: dict[str, Any]
) -> None:
    model.reply = Fault("silence")
    with client_of(limited, f"hal-{route}") as hal:
        _hang_up(hal, f"/agent/{route}", body, standin)
        assert standin.wait_cancelled(SOON_S)
        assert standin.cancelled == 1
        model.reply = ANSWER
        assert _when_there_is_room(hal).is_success


def test_who_hangs_up_on_a_completion_stops_the_model_behind_it(
    limited: Service, standin: TgiStandIn, model: Model
) -> None:
    model.reply = Fault("silence")
    body = {"model": "docsql-chat", "messages": [{"role": "user", "content": "Hello"}]}
    with client_of(limited, "ida") as ida:
        _hang_up(ida, "/v1/chat/completions", body, standin)
    assert standin.wait_cancelled(SOON_S)


def test_who_hangs_up_on_a_tool_call_stops_the_model_behind_it(
    limited: Service, standin: TgiStandIn, model: Model
) -> None:
    model.reply = Fault("silence")
    asked = {"database": "shop", "question": "How many repairs are there?"}
    body = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "query_database", "arguments": asked},
    }
    with client_of(limited, "joy") as joy:
        _hang_up(joy, "/mcp", body, standin)
        assert standin.wait_cancelled(SOON_S)
        assert standin.cancelled == 1
        model.reply = ANSWER
        assert _when_there_is_room(joy).is_success


def _hang_up(client: httpx.Client, path: str, body: dict[str, Any], standin: TgiStandIn) -> None:
    """Ask, and close the connection as soon as the model has been asked."""
    content = json.dumps(body).encode()
    address = urlsplit(str(client.base_url))
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/json\r\n"
        "Accept: application/json, text/event-stream\r\n"
        f"Authorization: {client.headers['authorization']}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    assert address.hostname
    with closing(socket.create_connection((address.hostname, address.port or 80))) as connection:
        connection.sendall(head.encode() + content)
        assert standin.wait_asked()


def test_a_callers_model_tokens_of_a_minute_are_counted(
    tmp_path: Path, shop_settings: dict[str, str], standin: TgiStandIn
) -> None:
    settings = {"DOCSQL_CHAT__URL": standin.url, "DOCSQL_LIMITS__TOKENS_PER_MINUTE": "10"}
    with ExitStack() as stack:
        folder = Folder(tmp_path, {**shop_settings, **settings})
        service = stack.enter_context(folder.serving())
        jan, kim = (stack.enter_context(client_of(service, name)) for name in ("jan", "kim"))
        answered = jan.post("/agent/invoke", json=asking()).json()["output"]
        assert answered["usage"]["output_tokens"] > 10
        refused = jan.post("/agent/stream", json=asking())
        assert refused.status_code == 429
        assert "10 model tokens" in refused.json()["error"]
        assert kim.post("/agent/invoke", json=asking()).is_success


def test_a_service_that_is_stopped_ends_its_turns_first_and_keeps_them(
    tmp_path: Path, shop_settings: dict[str, str], standin: TgiStandIn
) -> None:
    folder = Folder(tmp_path, {**shop_settings, "DOCSQL_CHAT__URL": standin.url})
    standin.may_end.clear()  # the turn lasts until the refusal is seen
    with folder.serving() as service, client_of(service, "lea") as lea:
        with lea.stream("POST", "/agent/stream", json=asking(thread_id="kept")) as open_stream:
            _until_it_writes(standin)
            service.process.send_signal(signal.SIGTERM)
            with client_of(service, "mia") as mia:
                refused = _when_closing(mia)
            standin.may_end.set()
            assert int(refused.headers["retry-after"]) > 0
            assert "is stopping" in refused.json()["error"]
            events = events_in("\n".join(open_stream.iter_lines()))
        assert events[-1]["event"] == "answer"
        assert service.process.wait(20) == 0
    with folder.serving() as again:
        kept = httpx.get(f"{again.url}/threads/kept", headers=lea.headers, trust_env=False)
    assert kept.json()["turns"][-1]["answer"]["answer"] == events[-1]["answer"]["answer"]


def _until_it_writes(model: TgiStandIn) -> None:
    deadline = monotonic() + 20
    while not model.at_once:
        assert monotonic() < deadline, "The model was not asked."
        sleep(0.01)


def test_a_turn_that_does_not_end_in_time_is_cut_when_the_service_is_stopped(
    tmp_path: Path, shop_settings: dict[str, str], standin: TgiStandIn, model: Model
) -> None:
    settings = {"DOCSQL_CHAT__URL": standin.url, "DOCSQL_SERVICE__DRAIN_S": "0.2"}
    model.reply = Fault("silence")
    with (
        Folder(tmp_path, {**shop_settings, **settings}).serving() as service,
        client_of(service, "nel") as nel,
        nel.stream("POST", "/agent/stream", json=asking()),
    ):
        assert standin.wait_asked()
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(20) == 0
        assert standin.wait_cancelled()


def _when_there_is_room(client: httpx.Client) -> httpx.Response:
    """The first answer: the model may know sooner than the service that somebody has left."""
    deadline = monotonic() + 10
    while (answer := client.post("/agent/invoke", json=asking())).status_code == 429:
        assert monotonic() < deadline, "There is no room."
    return answer


def _when_closing(client: httpx.Client) -> httpx.Response:
    """The first refusal: the signal may arrive after the question, which no model has to answer."""
    for _ in range(500):
        answer = client.post("/agent/invoke", json=asking(databases=["nowhere"]))
        if answer.status_code == 503:
            return answer
    raise AssertionError("Questions were taken to the end.")
