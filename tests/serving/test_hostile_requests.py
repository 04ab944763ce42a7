"""Whatever is sent to the service, nothing is a fault of the service: our own cases, and made ones."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPResponse
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import pytest
import smuggling
from docsql_process import Folder, Service

FIXTURES = Path(__file__).parents[1] / "fixtures" / "http"
CASES: list[dict[str, Any]] = json.loads((FIXTURES / "malformed.json").read_text(encoding="utf-8"))
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
EXAMPLES = 10
"""Of each operation, those that are valid and those that are not."""


@pytest.fixture(scope="module")
def hostile(
    tmp_path_factory: pytest.TempPathFactory, shop_settings: dict[str, str]
) -> Iterator[Service]:
    """A service of this module's own: what is made up may also be taken in.

    Nobody reads its log here, and a pipe that is full would stop it.
    """
    settings = {**shop_settings, "DOCSQL_TELEMETRY__LOG_LEVEL": "warning"}
    with Folder(tmp_path_factory.mktemp("hostile"), settings).serving() as running:
        yield running


def test_there_are_a_hundred_malformed_requests() -> None:
    assert len(CASES) >= 100


def test_every_malformed_request_is_the_callers_fault_in_our_words(hostile: Service) -> None:
    faults: list[str] = []
    with httpx.Client(base_url=hostile.url, trust_env=False, timeout=30) as client:
        for case in CASES:
            method, path = case["send"].split(" ", 1)
            headers = {**case.get("headers", {})}
            if "body" in case:
                headers["Content-Type"] = case.get("type", "application/json")
            body = case.get("body", "").encode("utf-8", "surrogatepass")
            answer = client.request(method, path, content=body, headers=headers)
            if not (400 <= answer.status_code < 500 and _says_why(answer)):
                faults.append(
                    f"{case['send'][:80]} {body[:80]!r}: {answer.status_code} {answer.text[:200]}"
                )
        assert client.get("/health").is_success
    assert faults == []


def test_headers_without_end_are_refused(hostile: Service) -> None:
    headers = {f"x-{number}": "a" * 4_000 for number in range(50)}
    with suppress(httpx.ReadError, httpx.WriteError):  # refused before all of them were sent
        answer = httpx.get(f"{hostile.url}/health", headers=headers, trust_env=False, timeout=30)
        assert answer.status_code == 400


def test_what_the_http_server_says_of_no_http_is_a_line_of_the_log(hostile: Service) -> None:
    url = httpx.URL(hostile.url)
    with socket.create_connection((url.host, url.port or 0), timeout=30) as connection:
        connection.sendall(b"no http at all\r\n\r\n")
        assert b" 400 " in connection.recv(1_000)
    assert hostile.process.stderr is not None
    lines = hostile.process.stderr.read().splitlines()
    assert "uvicorn.error" in [json.loads(line)["logger"] for line in lines]


def errors_of(service: Service) -> list[str]:
    """Errors in the log since the last call."""
    assert service.process.stderr is not None
    lines = service.process.stderr.read().splitlines()
    return [line for line in lines if not line.startswith("{") or '"level": "error"' in line]


@pytest.mark.parametrize("line", ["POST /agent/invoke", "GET /health", "POST /nowhere"])
def test_a_request_that_can_be_ended_in_two_places_is_answered_once(
    hostile: Service, line: str
) -> None:
    faults: list[object] = []
    for case in smuggling.CASES:
        answers = smuggling.answers(hostile.url, case, line=line)
        is_told_by_its_head = case["lines"] != ["Transfer-Encoding: chunked"]
        if len(answers) != 1 or (is_told_by_its_head and answers != ["HTTP/1.1 400"]):
            faults.append((case, answers))
    assert faults == []
    assert httpx.get(f"{hostile.url}/health", trust_env=False).is_success
    assert errors_of(hostile) == []


def test_it_is_said_why_a_request_has_two_ends(hostile: Service) -> None:
    head = "POST /agent/invoke HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
    told = smuggling.exchanged(
        hostile.url, f"{head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode()
    )
    assert "connection: close" in told.lower()
    assert "Content-Length and Transfer-Encoding" in told


def test_a_chunk_that_is_none_after_the_answer_closes_the_connection_in_silence(
    hostile: Service,
) -> None:
    """`/nowhere` reads no body: its answer may have been sent when the chunk is looked at."""
    address = urlsplit(hostile.url)
    head = "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection((address.hostname, address.port or 80), 15) as connection:
        connection.sendall(head.encode() + b"1\r\nx\r\n")
        answer = HTTPResponse(connection)
        answer.begin()
        assert (answer.status, bool(answer.read())) == (404, True)
        connection.sendall(b"+1\r\nx\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with suppress(ConnectionResetError):
            assert connection.recv(65_536) == b""
    assert errors_of(hostile) == []


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Content-Length: 21", '{"input": {"a": "b"}}'),
        ("Transfer-Encoding: chunked", '15\r\n{"input": {"a": "b"}}\r\n0\r\n\r\n'),
        ("transfer-encoding:Chunked", '15;x=y\r\n{"input": {"a": "b"}}\r\n0\r\nX: y\r\n\r\n'),
    ],
)
def test_requests_that_follow_one_another_on_a_connection_are_all_answered(
    hostile: Service, head: str, body: str
) -> None:
    one = f"POST /agent/invoke HTTP/1.1\r\nHost: localhost\r\n{head}\r\n"
    said = smuggling.exchanged(
        hostile.url, f"{one}\r\n{body}{one}Connection: close\r\n\r\n{body}".encode()
    )
    assert said.count("HTTP/1.1 422 ") == 2


def test_a_body_that_is_nested_without_end_is_no_fault(hostile: Service) -> None:
    for opening in (b"[", b'{"input":'):
        answer = httpx.post(
            f"{hostile.url}/agent/invoke", content=opening * 100_000, trust_env=False, timeout=30
        )
        assert answer.status_code == 422, answer.text
        headers = {"Accept": "application/json, text/event-stream"}
        answer = httpx.post(
            f"{hostile.url}/mcp", content=opening * 100_000, headers=headers, timeout=30
        )
        assert answer.status_code == 400, answer.text


def _says_why(answer: httpx.Response) -> bool:
    """In a body, unless it never got as far as ours: a host or a method that nobody knows."""
    if "application/json" not in answer.headers.get("content-type", ""):
        return answer.status_code == 400
    said = answer.json()["error"]
    return bool(cast("dict[str, str]", said)["message"] if isinstance(said, dict) else said)


def test_made_up_requests_of_every_operation_find_no_fault(
    hostile: Service, tmp_path: Path
) -> None:
    ran = subprocess.run(  # noqa: S603  # our own command
        [
            *(SCHEMATHESIS, "run", f"{hostile.url}/openapi.json"),
            *("--checks", "not_a_server_error", "--max-examples", str(EXAMPLES)),
            *("--phases", "examples,fuzzing", "--seed", "1", "--workers", "2"),
            *("--request-timeout", "30", "--max-time", "30", "--generation-database", "none"),
            # How hard examples are to make says nothing of the service, and much of a busy machine.
            *("--suppress-health-check", "all", "--no-color"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-6_000:] + ran.stderr[-2_000:]
    assert httpx.get(f"{hostile.url}/health", trust_env=False).is_success
