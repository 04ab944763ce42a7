"""Stalled requests, and merely slow ones."""

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from docsql_process import Folder, Service
from standin_server import serve
from standin_tgi import Text, TgiStandIn

LIMIT_S = 1.5
SLOW_LIMIT_S = 4.0
"""Longer than a busy machine keeps a reader from its reading."""
PATIENCE_S = 15.0
"""A connection that the service keeps longer than this is kept for ever."""
ANSWERS = 200
"""Of 50 kB: more than what a kernel holds for a reader."""
STORY = Text("A long story. " * 20)
FORM = "multipart/form-data; boundary=part"
POSTS = [
    ("POST /agent/invoke", "application/json", "{"),
    ("POST /agent/stream", "application/json", "{"),
    ("POST /v1/chat/completions", "application/json", "{"),
    ("POST /mcp", "application/json", "{"),
    ("POST /documents", FORM, "--pa"),
    ("PATCH /threads/some", "application/json", "{"),
    ("POST /nowhere", "text/plain", "x"),
]


@pytest.fixture(scope="module")
def impatient(
    tmp_path_factory: pytest.TempPathFactory, shop_settings: dict[str, str]
) -> Iterator[Service]:
    model = TgiStandIn(lambda _: STORY, token_delay_s=0.08)
    with ExitStack() as stack:
        settings = {
            **shop_settings,
            "DOCSQL_SERVICE__READ_LIMIT_S": str(LIMIT_S),
            "DOCSQL_CHAT__URL": stack.enter_context(serve(model.app)),
        }
        yield stack.enter_context(Folder(tmp_path_factory.mktemp("stalled"), settings).serving())


@pytest.fixture
def patient(tmp_path: Path, shop_settings: dict[str, str]) -> Iterator[Service]:
    settings = {**shop_settings, "DOCSQL_SERVICE__READ_LIMIT_S": str(SLOW_LIMIT_S)}
    with Folder(tmp_path, settings).serving() as service:
        yield service


Connect = Callable[..., socket.socket]


@pytest.fixture
def connected(impatient: Service, running: ExitStack) -> Connect:
    """A connection on which this was sent."""
    address = urlsplit(impatient.url)

    def connect(sent: str = "") -> socket.socket:
        assert address.hostname
        connection = running.enter_context(
            socket.create_connection((address.hostname, address.port or 80), PATIENCE_S)
        )
        connection.sendall(sent.encode())
        return connection

    return connect


def head(line: str, length: int, media_type: str = "application/json") -> str:
    return (
        f"{line} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media_type}\r\n"
        f"Accept: application/json, text/event-stream\r\nContent-Length: {length}\r\n"
        "Connection: close\r\n\r\n"
    )


def told(connection: socket.socket) -> str:
    """All that comes until the service closes the connection."""
    return b"".join(iter(lambda: connection.recv(65_536), b"")).decode()


def nothing_comes(connection: socket.socket, *, within_s: float) -> None:
    connection.settimeout(within_s)
    with pytest.raises(TimeoutError):
        connection.recv(1)
    connection.settimeout(PATIENCE_S)


def test_a_head_that_does_not_end_is_given_up(connected: Connect) -> None:
    silent = connected()
    begun = connected("GET /health HTTP/1.1\r\nHost: loc")
    again = connected("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"200 OK" in again.recv(65_536)
    again.sendall(b"GET /hea")
    assert told(silent) == ""
    for connection in (begun, again):
        said = told(connection)
        assert "HTTP/1.1 408 " in said
        assert "did not arrive" in json.loads(said.split("\r\n\r\n")[-1])["error"]


def test_a_head_that_comes_by_the_letter_is_given_up(connected: Connect) -> None:
    with connected("GET /health HTTP/1.1\r\nX: ") as dripping:
        for _ in range(int(PATIENCE_S / 0.2)):
            dripping.settimeout(0.2)
            try:
                assert b" 408 " in dripping.recv(65_536)
                return
            except TimeoutError:
                dripping.sendall(b"x")
    pytest.fail("The head was waited for.")


def test_a_body_that_stalls_is_given_up_wherever_it_was_going(
    impatient: Service, connected: Connect
) -> None:
    stalled = [connected(head(line, 500, type_) + begin) for line, type_, begin in POSTS]
    waiting = connected(head("POST /agent/invoke", 500))
    for connection in (*stalled, waiting):
        said = told(connection)
        assert said.startswith(("HTTP/1.1 408 ", "HTTP/1.1 404 ")), said
    assert impatient.process.stderr is not None
    lines = [json.loads(line) for line in impatient.process.stderr.read().splitlines()]
    assert len([line for line in lines if "stalled" in line["message"]]) >= len(POSTS)
    assert [line for line in lines if line["level"] in {"warning", "error"}] == []


def reading_little(service: Service, running: ExitStack) -> socket.socket:
    """A connection that takes a few kilobytes and has asked for far more."""
    address = urlsplit(service.url)
    connection = running.enter_context(socket.socket())
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.settimeout(PATIENCE_S)
    connection.connect((address.hostname, address.port))
    # Both the kernel and uvicorn hold some of an answer for a reader.
    connection.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * ANSWERS)
    return connection


def test_an_answer_that_nobody_reads_is_given_up(impatient: Service, running: ExitStack) -> None:
    size = len(httpx.get(f"{impatient.url}/openapi.json", trust_env=False).content)
    unread = reading_little(impatient, running)
    assert impatient.process.stderr is not None
    given_up_by, said = time.monotonic() + PATIENCE_S, ""
    while "did not read its response" not in said:
        assert time.monotonic() < given_up_by
        said += impatient.process.stderr.read()
        time.sleep(0.05)
    assert read(unread) < ANSWERS * size


def test_an_answer_over_a_slow_link_is_given_whole(patient: Service, running: ExitStack) -> None:
    size = len(httpx.get(f"{patient.url}/openapi.json", trust_env=False).content)
    slow = reading_little(patient, running)
    began = time.monotonic()
    assert read(slow, pause_s=0.0025, most=ANSWERS * size) >= ANSWERS * size
    assert time.monotonic() - began > 1.5 * SLOW_LIMIT_S


def read(connection: socket.socket, *, pause_s: float = 0.0, most: int = 2**40) -> int:
    """Bytes that come, piece by piece, until the service closes the connection."""
    came = 0
    with suppress(ConnectionResetError):
        while came < most and (piece := connection.recv(65_536)):
            came += len(piece)
            time.sleep(pause_s)
    return came


def test_an_upload_over_a_slow_link_is_taken(impatient: Service, connected: Connect) -> None:
    text = "The returns desk is open. " * 400
    body = (
        '--part\r\nContent-Disposition: form-data; name="file"; filename="slow.txt"\r\n'
        f"Content-Type: text/plain\r\n\r\n{text}\r\n--part--\r\n"
    )
    with connected(head("POST /documents", len(body), FORM)) as slow:
        pieces = [body[at : at + 1_500] for at in range(0, len(body), 1_500)]
        for piece in pieces:
            slow.sendall(piece.encode())
            if piece is not pieces[-1]:
                nothing_comes(slow, within_s=LIMIT_S / 2)
        assert told(slow).startswith("HTTP/1.1 200 ")
    listed = httpx.get(f"{impatient.url}/documents", trust_env=False, timeout=PATIENCE_S)
    assert [document["source"] for document in listed.json()] == ["slow.txt"]


def test_an_answer_that_takes_longer_is_waited_for(impatient: Service) -> None:
    sent = {"input": {"question": "Tell me a story", "mode": "chat"}}
    reply = httpx.post(f"{impatient.url}/agent/invoke", json=sent, trust_env=False, timeout=30)
    assert reply.elapsed.total_seconds() > 2 * LIMIT_S
    assert reply.json()["output"]["answer"] == STORY.text


def test_an_idle_connection_is_kept_longer_than_clients_keep_it(service: Service) -> None:
    link = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=PATIENCE_S)
    link.connect()
    link.auto_open = False  # a connection that was closed is not opened again
    for idle_s in (5.5, 0.0):  # httpx keeps one for 5 s, and a request may leave at their very end
        link.request("GET", "/health")
        assert link.getresponse().read()
        time.sleep(idle_s)
    link.close()
