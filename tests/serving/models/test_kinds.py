"""Detection of servers of the wrong kind."""

import signal
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from docsql_process import Folder
from standin_tei import StartTei
from standin_tgi import Fault, StartTgi, Text

from serving.cli.doctor import Finding, examine
from serving.config.settings import Settings

# Pydantic's `.dict()` is text-generation's.
pytestmark = pytest.mark.filterwarnings("ignore:The `dict` method is deprecated:DeprecationWarning")

RERANKER: dict[str, object] = {"reranker": {"id2label": {"0": "LABEL_0"}}}
PARTS = {
    "sql_coder": "sql_coder",
    "embeddings": "embeddings",
    "openai": "embeddings",
    "reranker": "reranker",
    "chat": "chat",
}

# A part, what stands behind its URL, and what is said of it or wrong with it.
BEHIND: list[tuple[str, str, str, str]] = [
    ("sql_coder", "tgi", "TGI 3.3.7, stand-in/tgi, reads 4096 tokens, 4095 of a prompt", ""),
    ("sql_coder", "vllm", "vllm, stand-in/tgi", "where a TGI server with an SQL model is wanted"),
    ("sql_coder", "tei", "TEI 1.9.3", "is of the kind 'embedding', where a TGI server"),
    ("embeddings", "tei", "stand-in/tei, reads 512 tokens, takes 32 texts at once", ""),
    ("embeddings", "reranker", "", "'reranker', where a TEI server with an embedding model"),
    ("embeddings", "tgi", "", "writes text, where a TEI server with an embedding model"),
    ("embeddings", "vllm", "", "speaks OpenAI's protocol, where a TEI server with an embedding"),
    ("openai", "tei", "TEI 1.9.3, stand-in/tei", ""),
    ("openai", "reranker", "", "'reranker', where an embedding model is wanted"),
    ("openai", "vllm", "vllm, stand-in/tgi", "has no model 'bge'. It has ['stand-in/tgi']"),
    ("reranker", "reranker", "TEI 1.9.3, stand-in/tei", ""),
    ("reranker", "tei", "", "'embedding', where a TEI server with a reranker is wanted"),
    ("reranker", "tgi", "", "writes text, where a TEI server with a reranker is wanted"),
    ("chat", "tei", "", "is of the kind 'embedding', where a chat model is wanted"),
    ("chat", "tgi", "", ""),
]


def findings(folder: Path, part: str, url: str, **more: Any) -> dict[str, Finding]:
    section: dict[str, Any] = {"url": url, **more}
    if part == "openai":
        section |= {"api": "openai", "model": "bge"}
    settings = Settings.model_validate({"data": folder, PARTS[part]: section})
    return {found.part: found for found in examine(settings)}


@pytest.mark.parametrize(("part", "behind", "said", "problem"), BEHIND)
def test_each_server_is_asked_what_it_is(
    tmp_path: Path,
    tgi_server: StartTgi,
    tei_server: StartTei,
    part: str,
    behind: str,
    said: str,
    problem: str,
) -> None:
    if behind in {"tgi", "vllm"}:
        kind: Any = behind
        url = tgi_server(lambda _body: Text("yes"), kind=kind).url
    else:
        tei = tei_server()
        tei.model_type = RERANKER if behind == "reranker" else tei.model_type
        url = tei.url
    found = findings(tmp_path, part, url)
    assert said in (found[f"probe of {url}"].what if said else "")
    told = found[PARTS[part]].problem
    assert problem in told
    assert bool(told) == bool(problem)
    assert (f"trial of {url}" in found) == (part == "sql_coder" and not problem)
    if problem:
        assert f"Check DOCSQL_{PARTS[part].upper()}__URL" in told


def test_a_server_that_refuses_the_key_is_named(tmp_path: Path, tei_server: StartTei) -> None:
    server = tei_server(api_key="right")
    server.guards_info = True
    assert (
        "refuses the API key" in findings(tmp_path, "embeddings", server.url)["embeddings"].problem
    )
    found = findings(tmp_path, "embeddings", server.url, api_key="right")
    assert found["embeddings"].is_well


def test_a_page_in_place_of_tei_is_told(tmp_path: Path, tgi_server: StartTgi) -> None:
    server = tgi_server(lambda _body: Text("yes"))
    server.app.routes[:] = server.app.routes[:1]
    found = findings(tmp_path, "reranker", server.url)
    assert "does not speak TEI's protocol" in found["reranker"].problem
    assert findings(tmp_path, "sql_coder", server.url)[f"probe of {server.url}"].what == (
        "unknown server"
    )


def test_a_sql_coder_has_to_write_a_token(tmp_path: Path, tgi_server: StartTgi) -> None:
    server = tgi_server(lambda _body: Text("1"), api_key="right")
    trial = findings(tmp_path, "sql_coder", server.url, api_key="right")[f"trial of {server.url}"]
    assert trial.is_well
    assert trial.what.startswith("wrote a token in 0.")
    (body,) = server.requests
    assert (body["stream"], body["parameters"]["max_new_tokens"]) == (False, 1)
    wrong = findings(tmp_path, "sql_coder", server.url, api_key="left")[f"trial of {server.url}"]
    assert "refused the API key" in wrong.problem


def test_a_sql_coder_that_answers_and_does_not_write_is_told(
    tmp_path: Path, tgi_server: StartTgi
) -> None:
    server = tgi_server(lambda _body: Fault("http", "CUDA error", 424, "generation"))
    found = findings(tmp_path, "sql_coder", server.url)
    assert found["sql_coder"].is_well
    assert "CUDA error" in found[f"trial of {server.url}"].problem


def test_a_start_logs_what_each_server_is(
    tmp_path: Path, tgi_server: StartTgi, tei_server: StartTei
) -> None:
    coder, sorting = tgi_server(lambda _body: Text("1")), tei_server()
    secretive = coder.url.replace("://", "://me:hidden@")
    settings = {"DOCSQL_SQL_CODER__URL": secretive, "DOCSQL_RERANKER__URL": sorting.url}
    with Folder(tmp_path, settings).serving() as running:
        read = running.process.stderr
        assert read is not None
        told = ""
        for _ in range(100):
            told += read.read()
            if told.count("The server of ") == 2:
                break
            sleep(0.1)
        running.process.send_signal(signal.SIGTERM)
    assert f"The server of sql_coder at '{coder.url}' is TGI 3.3.7" in told
    assert "The server of reranker cannot be used: " in told
    assert "hidden" not in told


def test_a_chat_model_that_its_server_does_not_know_is_told(
    tmp_path: Path, tgi_server: StartTgi
) -> None:
    server = tgi_server(lambda _body: Text("yes"), kind="vllm")
    chat: Any = {"url": server.url, "api": "openai", "model": "llama"}
    found = {one.part: one for one in examine(Settings(data=tmp_path, chat=chat))}
    told = found[f"probe of {server.url}"].problem
    assert "The model `llama` does not exist." in told
    assert "DOCSQL_CHAT__MODEL" in told


def test_a_chat_server_that_a_fallback_stands_in_for_is_told(
    tmp_path: Path, tgi_server: StartTgi
) -> None:
    server, dead = tgi_server(lambda _body: Text("yes")), "http://127.0.0.1:9"
    spare: Any = {"url": server.url, "api": "tgi"}
    chat: Any = {"url": dead, "api": "tgi", "fallback": [spare]}
    found = {one.part: one for one in examine(Settings(data=tmp_path, chat=chat))}
    assert "cannot be reached" in found[f"probe of {dead}"].problem
    assert found[f"probe of {server.url}"].is_well
