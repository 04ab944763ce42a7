"""Follow-ups of one response that run at the same time branch, as OpenAI's do."""

import json
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from docsql_process import Folder, Service
from standin_server import serve
from standin_tgi import Fault, Reply, Text, TgiStandIn

STORY = "Once upon a time there was a mill. " * 3


def telling_a_story(_: dict[str, Any]) -> Reply:
    return Text(STORY)


def failing(_: dict[str, Any]) -> Reply:
    return Fault("http", status=500)


@pytest.fixture
def standin() -> TgiStandIn:
    """A chat model that takes its time."""
    return TgiStandIn(telling_a_story, token_delay_s=0.02)


@pytest.fixture
def telling(folder: Folder, standin: TgiStandIn) -> Iterator[Service]:
    """A service that asks it."""
    with serve(standin.app) as url:
        settings = {**folder.settings, "DOCSQL_CHAT__URL": url, "DOCSQL_CHAT__TRIES": "1"}
        with Folder(folder.path, settings).serving() as service:
            yield service


@pytest.fixture
def client(telling: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=telling.url, trust_env=False, timeout=30) as client:
        yield client


def asked(client: httpx.Client, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """A response; the answers of one thread have the same `thread_id`."""
    reply = client.post("/v1/responses", json=_body(before))
    assert reply.status_code == 200, reply.text
    return reply.json()


def _body(before: dict[str, Any] | None) -> dict[str, Any]:
    follows = {"previous_response_id": before["id"]} if before else {}
    return {"model": "docsql-chat", "input": "Tell me a story", **follows}


@contextmanager
def under_way(client: httpx.Client, before: dict[str, Any]) -> Generator[Iterator[dict[str, Any]]]:
    """The events of a follow-up whose model has begun to write."""
    body = {**_body(before), "stream": True}
    with client.stream("POST", "/v1/responses", json=body) as reply:
        lines = (line for line in reply.iter_lines() if line.startswith("data: "))
        events = (json.loads(line.removeprefix("data: ")) for line in lines)
        assert any(event["type"] == "response.output_text.delta" for event in events)
        yield events


def thread_of(response: dict[str, Any]) -> str:
    return response["docsql"]["thread_id"]


def test_one_of_the_follow_ups_goes_on_on_the_thread_and_the_others_branch(
    client: httpx.Client, standin: TgiStandIn
) -> None:
    first = asked(client)
    with ThreadPoolExecutor(4) as pool:
        others = list(pool.map(asked, [client] * 4, [first] * 4))
    threads = [thread_of(each) for each in others]
    assert threads.count(thread_of(first)) == 1
    assert len(set(threads)) == 4
    told = [json.dumps(request).count("Tell me a story") for request in standin.requests]
    assert told[-5:] == [1, 2, 2, 2, 2]


def test_after_a_follow_up_that_was_left_or_failed_the_thread_goes_on(
    client: httpx.Client, standin: TgiStandIn
) -> None:
    first = asked(client)
    with under_way(client, first):
        pass
    assert standin.wait_cancelled()
    standin.brain = failing
    assert client.post("/v1/responses", json=_body(first)).status_code == 503
    standin.brain = telling_a_story
    assert thread_of(asked(client, first)) == thread_of(first)


def test_a_follow_up_outlives_the_response_that_is_deleted_meanwhile(client: httpx.Client) -> None:
    first = asked(client)
    with under_way(client, first) as events:
        assert client.delete(f"/v1/responses/{first['id']}").status_code == 200
        last = list(events)[-1]
    assert last["type"] == "response.completed"
    again = client.get(f"/v1/responses/{last['response']['id']}")
    assert again.status_code == 200, again.text
    assert again.json()["output"] == last["response"]["output"]


def test_a_thread_whose_only_response_is_deleted_goes_with_the_follow_up_that_was_left(
    client: httpx.Client, standin: TgiStandIn
) -> None:
    first = asked(client)
    with under_way(client, first):
        assert client.delete(f"/v1/responses/{first['id']}").status_code == 200
    assert standin.wait_cancelled()
    deadline = monotonic() + 5
    while client.get("/threads").json()["threads"]:
        assert monotonic() < deadline
        sleep(0.05)
