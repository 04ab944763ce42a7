"""A service whose model server comes later than itself: it says what is missing, and finds it."""

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from docsql_process import Folder
from standin_server import serve
from standin_tei import TeiStandIn
from standin_tgi import Reply, Text, TgiStandIn
from starlette.types import ASGIApp

SOON_S = 30.0
RETURNS = "Within how many days may a bicycle be returned?"


def _chat() -> ASGIApp:
    def reply(_: dict[str, Any]) -> Reply:
        return Text("Within 21 days.")

    return TgiStandIn(reply).app


def _reranker() -> ASGIApp:
    standin = TeiStandIn()
    standin.model_type = {"reranker": {"id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}}
    return standin.app


PARTS = [
    ("CHAT", _chat, 503, "The chat model at"),
    ("RERANKER", _reranker, 200, "The reranker at"),
]


@pytest.mark.parametrize(
    ("part", "make", "status", "named"), PARTS, ids=lambda value: str(value)[:8]
)
def test_a_model_server_that_comes_later_is_named_and_then_found(
    tmp_path: Path, documents: Path, running: ExitStack, part: str,
    make: Callable[[], ASGIApp], status: int, named: str,
) -> None:  # fmt: skip
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "DOCSQL_SERVICE__PORT": "0",
        f"DOCSQL_{part}__URL": f"http://127.0.0.1:{port}",
        f"DOCSQL_{part}__TRIES": "1",
    }
    folder = Folder(tmp_path, settings)
    service = running.enter_context(folder.serving())
    client = running.enter_context(
        httpx.Client(base_url=service.url, trust_env=False, timeout=SOON_S)
    )
    assert folder.run("ingest", str(documents)).returncode == 0
    asked = {"input": {"question": RETURNS, "mode": "documents"}}

    away = client.get("/ready")
    assert away.status_code == status
    assert missing(away) == [part.lower()]
    assert named in client.post("/agent/invoke", json=asked).text

    running.enter_context(serve(make(), port=port))
    deadline = time.monotonic() + SOON_S
    while (back := client.get("/ready")).status_code != 200 or missing(back):
        assert time.monotonic() < deadline, back.text
    output = client.post("/agent/invoke", json=asked).json()["output"]
    assert (output["status"], output["warnings"]) == ("answered", [])
    assert "21 days" in output["answer"]


def missing(ready: httpx.Response) -> list[str]:
    return [each["name"] for each in ready.json()["dependencies"] if not each["ready"]]
