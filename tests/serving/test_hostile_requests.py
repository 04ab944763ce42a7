"""Whatever is sent to the service, nothing is a fault of the service: our own cases, and made ones."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
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
