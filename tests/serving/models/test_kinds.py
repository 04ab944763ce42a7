"""Whether what stands behind each part's URL is of the kind that the part needs."""

from pathlib import Path
from typing import Any

import pytest
from standin_tei import StartTei
from standin_tgi import StartTgi, Text

from serving.doctor import Finding, examine
from serving.settings import Settings

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
    ("openai", "vllm", "vllm, stand-in/tgi", "has no model 'bge' but ['stand-in/tgi']"),
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
