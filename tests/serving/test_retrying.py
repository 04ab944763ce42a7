"""A model server that has too much to do: who waits for it is told so, and then answered."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from docsql_process import Folder, Service, events_in
from standin_server import serve
from standin_tei import TeiStandIn
from standin_tgi import Fault, Reply, Text, TgiStandIn

TRIES = 3
PAUSE = "0.2"
"""Seconds that the chat model asks for."""


class Model:
    """A chat model that fails in these ways first."""

    def __init__(self) -> None:
        self.failures: list[Reply] = []

    def __call__(self, body: dict[str, Any]) -> Reply:
        del body
        return self.failures.pop(0) if self.failures else Text("Good morning.")


@pytest.fixture(scope="module")
def model() -> Model:
    return Model()


@pytest.fixture(scope="module")
def embedder() -> TeiStandIn:
    return TeiStandIn()


@pytest.fixture(scope="module")
def service(
    model: Model, embedder: TeiStandIn, documents: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    with serve(TgiStandIn(model).app) as chat, serve(embedder.app) as embeddings:
        settings = {
            "DOCSQL_SERVICE__PORT": "0",
            "DOCSQL_CHAT__URL": chat,
            "DOCSQL_CHAT__TOOLS": "guided",
            "DOCSQL_CHAT__TRIES": str(TRIES),
            "DOCSQL_EMBEDDINGS__URL": embeddings,
            "DOCSQL_EMBEDDINGS__API": "tei",
        }
        folder = Folder(tmp_path_factory.mktemp("retrying"), settings)
        with folder.serving() as running:
            assert folder.run("ingest", str(documents)).returncode == 0
            yield running


def _overloaded(status: int) -> Fault:
    return Fault("http", status=status, text="Model is overloaded", retry_after=PAUSE)


def _told(service: Service, mode: str) -> list[dict[str, Any]]:
    body = {"input": {"question": "Hello, when are bicycles returned?", "mode": mode}}
    url = f"{service.url}/agent/stream"
    return events_in(httpx.post(url, json=body, timeout=60, trust_env=False).text)


@pytest.mark.parametrize("statuses", [[429], [503], [429, 503]], ids=str)
def test_a_stream_tells_that_an_overloaded_model_is_asked_again(
    service: Service, model: Model, statuses: list[int]
) -> None:
    model.failures += map(_overloaded, statuses)
    events = _told(service, "chat")
    retried = [each for each in events if each["event"] == "retrying"]
    assert [(each["reason"], each["attempt"], each["tries"]) for each in retried] == [
        ("overloaded", number, TRIES) for number in range(2, 2 + len(statuses))
    ]
    assert all(each["after_s"] >= float(PAUSE) for each in retried)
    assert all("The chat model at" in each["message"] for each in retried)
    assert events[-1]["answer"]["answer"] == "Good morning."


def test_a_model_that_breaks_off_is_no_overloaded_one(service: Service, model: Model) -> None:
    model.failures.append(Fault("http", status=502, text="Bad gateway"))
    retried = [each for each in _told(service, "chat") if each["event"] == "retrying"]
    assert [each["reason"] for each in retried] == ["failed"]


def test_who_waits_for_the_embeddings_is_told_as_well(
    service: Service, embedder: TeiStandIn
) -> None:
    embedder.fails.append(429)
    retried = [each for each in _told(service, "documents") if each["event"] == "retrying"]
    assert [each["reason"] for each in retried] == ["overloaded"]
    assert "embed" in retried[0]["message"]


def test_a_turn_that_waited_keeps_no_trace_of_it(service: Service, model: Model) -> None:
    model.failures.append(_overloaded(429))
    thread = _told(service, "chat")[-1]["answer"]["thread_id"]
    kept = httpx.get(f"{service.url}/threads/{thread}", trust_env=False).json()["turns"][0]
    assert "retrying" not in {each["event"] for each in kept["steps"]}


@pytest.mark.parametrize("door", ["/v1/chat/completions", "/v1/responses"])
def test_other_doors_have_no_event_for_it_and_answer(
    service: Service, model: Model, door: str
) -> None:
    model.failures.append(_overloaded(429))
    asked = [{"role": "user", "content": "Good morning!"}]
    body = {"model": "docsql", "stream": True, "messages" if "chat" in door else "input": asked}
    reply = httpx.post(f"{service.url}{door}", json=body, timeout=60, trust_env=False)
    assert "retrying" not in reply.text
    assert "Good morning." in reply.text
