"""Text that no store can keep is refused in every place of every body, whatever the store."""

import copy
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import httpx
import pytest
from database_servers import postgres_server
from docsql_process import Folder, Service

BODIES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "http" / "bodies.json").read_text(encoding="utf-8")
)
"""One valid body for each way to send one; @RESPONSE and @ANSWER stand for what a test has made."""
UNFIT = ["a\0b", "half \udfff", {"\ud800": "x"}, ["\0"]]
ODD: list[Any] = [None, -1, 10**30, float("nan"), "infinity", [[]], {"": ""}]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def service(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    shop_settings: dict[str, str],
) -> Iterator[Service]:
    path = tmp_path_factory.mktemp("unfit")
    settings = {**shop_settings, "DOCSQL_TELEMETRY__LOG_LEVEL": "warning"}
    if request.param == "sqlite":
        with Folder(path, settings).serving() as running:
            yield running
        return
    with postgres_server() as server:
        uri = f"postgresql://postgres:secret@127.0.0.1:{server.port}/postgres"
        with Folder(path, {**settings, "DOCSQL_THREADS__URI": uri}).serving() as running:
            yield running


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, trust_env=False, timeout=30) as client:
        yield client


def bodies(client: httpx.Client) -> list[dict[str, Any]]:
    """The bodies, with the names of an answer and a response that there are."""
    asked = {"question": "How many repairs are there?", "mode": "sql", "thread_id": "t1"}
    answer = client.post("/agent/invoke", json={"input": asked}).json()["output"]
    made = client.post("/v1/responses", json={"model": "docsql-chat", "input": "Hello"}).json()
    text = json.dumps(BODIES).replace("@ANSWER", answer["answer_id"])
    return json.loads(text.replace("@RESPONSE", made["id"]))


def places(body: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to every value of a body."""
    yield at
    names: Iterable[Any] = ()
    if isinstance(body, dict):
        names = list(cast("dict[str, Any]", body))
    elif isinstance(body, list):
        names = range(len(cast("list[Any]", body)))
    for name in names:
        yield from places(body[name], (*at, name))


def changed(body: Any, at: tuple[Any, ...], value: Any) -> Any:
    """The body with another value in one place."""
    if not at:
        return value
    made = copy.deepcopy(body)
    inner = made
    for name in at[:-1]:
        inner = inner[name]
    inner[at[-1]] = value
    return made


def sent(client: httpx.Client, case: dict[str, Any], body: Any) -> httpx.Response:
    headers = {"Content-Type": "application/json", **case.get("headers", {})}
    content = json.dumps(body).encode()
    return client.request(*case["send"].split(), content=content, headers=headers)


def is_fault(response: httpx.Response) -> bool:
    """Whether it blames the service, in a stream too."""
    told = response.text
    return response.status_code >= 500 or "Internal error" in told or '"operator"' in told


def test_unfit_text_is_the_senders_fault_in_every_place(client: httpx.Client) -> None:
    faults = list[str]()
    for case in bodies(client):
        for at in places(case["body"]):
            for value in UNFIT:
                answer = sent(client, case, changed(case["body"], at, value))
                if answer.status_code != 400 or not ("NUL" in answer.text or "half" in answer.text):
                    faults.append(f"{case['send']} {at} {value!r}: {answer.status_code}")
    assert faults == []


def test_odd_values_are_no_fault_of_the_service(client: httpx.Client) -> None:
    faults = list[str]()
    for case in bodies(client):
        for at in places(case["body"]):
            for value in ODD:
                answer = sent(client, case, changed(case["body"], at, value))
                if is_fault(answer):
                    faults.append(f"{case['send']} {at} {value!r}: {answer.text[-200:]}")
    assert faults == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"input": {"question": "\xed\xa0\x80", "mode": "chat"}}',
        '{"input": {"question": "a\\u0000", "mode": "chat"}}'.encode("utf-16"),
        '{"input": {"question": "a\\uD800", "mode": "chat"}}'.encode("utf-32"),
    ],
    ids=["raw", "utf-16", "utf-32"],
)
@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
def test_another_encoding_or_type_does_not_hide_it(
    client: httpx.Client, body: bytes, kind: str
) -> None:
    answer = client.post("/agent/invoke", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 400
    assert "input.question has " in answer.json()["error"]


@pytest.mark.parametrize(
    "address",
    ["/threads/@", "/v1/responses/@", "/documents/@", "/answers/@/results/1", "/threads?search=@"],
)
def test_an_address_with_a_nul_is_refused(client: httpx.Client, address: str) -> None:
    answer = client.get(address.replace("@", quote("a\0b")))
    assert answer.status_code == 400
    assert "NUL" in answer.text


def test_whole_characters_outside_of_the_first_plane_are_taken(client: httpx.Client) -> None:
    asked = {"question": "Hello \U0001f600 한국", "mode": "chat", "thread_id": "\U0001f600"}
    content = json.dumps({"input": asked}, ensure_ascii=True)
    assert client.post("/agent/invoke", content=content).is_success
