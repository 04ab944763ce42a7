"""Another embedding model for a store, while searches go on."""

import json
import subprocess
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from docsql_process import Folder
from milvus_server import milvus_server
from standin_tei import TeiStandIn

from serving.auth.local import LOCAL
from serving.config.models import EmbeddingModelSettings, EmbeddingsSettings
from serving.config.settings import Settings
from serving.parts.documents import open_store, search_in

PASSAGES = 60
WAIT_S = 60.0
EMBEDDED = {"DOCSQL_EMBEDDINGS__API": "tei", "DOCSQL_EMBEDDINGS__THREADS": "1"}
"""The default, which the tests' own settings replace."""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Files of a passage each; what one question asks for is in the words of another."""
    made = tmp_path / "rules"
    made.mkdir()
    for n in range(PASSAGES - 1):
        (made / f"rule{n}.md").write_text(f"Rule {n}: desks on floor {n} stay tidy.", "utf-8")
    (made / "bikes.md").write_text("Bicycles are parked behind the mill.", "utf-8")
    return made


@pytest.fixture
def home(folder: Folder) -> Folder:
    return Folder(folder.path, {**folder.settings, **EMBEDDED})


def _ok(result: "subprocess.CompletedProcess[str]") -> str:
    assert result.returncode == 0, result.stderr
    return result.stdout


def _embedded_texts(tei: TeiStandIn) -> list[str]:
    return [text for sent in tei.requests for text in _texts(sent) if "stay tidy" in text]


def _texts(sent: dict[str, Any]) -> list[str]:
    """What is to be embedded; counting tokens is another request."""
    return sent["inputs"] if "normalize" in sent else []


def _wait_until(holds: Any) -> None:
    deadline = monotonic() + WAIT_S
    while not holds():
        assert monotonic() < deadline
        sleep(0.02)


async def _first(settings: Settings, question: str) -> tuple[str, list[str]]:
    with open_store(settings) as store:
        search = search_in(store, settings)
        found = await search.search(question, caller=LOCAL, collections=None, limit=1)
        search.close()
    return found.passages[0].passage.source, found.warnings


async def test_a_killed_rebuild_goes_on_and_searches_never_stop(
    home: Folder, rules: Path, tei_server: Any
) -> None:
    tei = tei_server(batch_size=8)
    before = Settings(data=home.data, embeddings=EmbeddingsSettings(threads=1))
    following = {"DOCSQL_EMBEDDINGS__NEXT__URL": tei.url}
    changing = Folder(home.path, {**home.settings, **following}).fresh
    _ok(home.run("ingest", str(rules)))
    assert "No other embedding model is set." in home.run("documents", "reembed").stderr
    meaning = "Where can I leave my bike?"  # the embedded model knows that, the stand-in does not
    assert await _first(before, meaning) == ("bikes.md", [])

    tei.delay_s = 0.3
    with changing.started("documents", "reembed") as run:
        _wait_until(lambda: len(_embedded_texts(tei)) > 20)
        run.kill()
    made = len(_embedded_texts(tei))
    tei.delay_s = 0.0
    chosen = EmbeddingsSettings(threads=1, next=EmbeddingModelSettings(url=tei.url))
    between = Settings(data=home.data, embeddings=chosen)
    assert await _first(between, meaning) == ("bikes.md", [])

    said = _ok(changing.run("documents", "reembed"))
    assert f"All {PASSAGES} passages have vectors by the new model" in said
    again = len(_embedded_texts(tei)) - made
    assert PASSAGES - made <= again < PASSAGES - 1
    assert f"All {PASSAGES} passages" in _ok(changing.run("documents", "reembed"))
    assert len(_embedded_texts(tei)) == made + again

    tei.requests.clear()
    after = Settings(data=home.data, embeddings=EmbeddingsSettings(url=tei.url))
    for settings in (between, after):
        assert await _first(settings, "Rule 7: desks") == ("rule7.md", [])
    asked = [sent for sent in tei.requests if _texts(sent) == ["Rule 7: desks"]]
    assert len(asked) == 2
    moved = Folder(home.path, {**home.settings, "DOCSQL_EMBEDDINGS__URL": tei.url})
    (rules / "new.md").write_text("Cats may stay.", "utf-8")
    _ok(moved.run("ingest", str(rules)))
    assert await _first(after, "Cats may stay.") == ("new.md", [])
    with open_store(after) as store:
        assert store.vectors
        assert store.vectors.coverage().is_complete


def test_a_service_rebuilds_itself_and_answers_meanwhile(
    home: Folder, rules: Path, tei_server: Any
) -> None:
    tei = tei_server(batch_size=8)
    _ok(home.run("ingest", str(rules)))
    with home.serving():
        assert "was started without the new model" in home.run("documents", "reembed").stderr
    tei.delay_s = 0.3
    following = {"DOCSQL_EMBEDDINGS__NEXT__URL": tei.url}
    changing = Folder(home.path, {**home.settings, **following})
    with changing.serving() as service, changing.started("documents", "reembed") as waiting:
        _wait_until(lambda: len(_embedded_texts(tei)) >= 8)
        question = {"input": {"question": "Where are bicycles parked?"}}
        answer = httpx.post(f"{service.url}/agent/invoke", json=question, timeout=WAIT_S).json()
        assert "behind the mill" in json.dumps(answer)
        assert not httpx.get(f"{service.url}/ready").json()["next_vectors"]["is_used"]
        tei.delay_s = 0.0
        assert waiting.stdout
        assert f"All {PASSAGES} passages" in waiting.stdout.read()
        assert httpx.get(f"{service.url}/ready").json()["next_vectors"]["is_used"]


@pytest.mark.parametrize("was", ["none", "served"])
async def test_a_server_is_rebuilt_from_any_model(
    home: Folder, rules: Path, tei_server: Any, tmp_path: Path, was: str
) -> None:
    first = tei_server()
    old = EmbeddingsSettings(api="none") if was == "none" else EmbeddingsSettings(url=first.url)
    with milvus_server(tmp_path / "server") as url:
        documents = {"uri": url}
        before = Settings.model_validate(
            {"data": home.data, "documents": documents, "embeddings": old}
        )
        at = {**home.settings, "DOCSQL_DOCUMENTS__URI": url}
        kept = {f"DOCSQL_EMBEDDINGS__{'API' if was == 'none' else 'URL'}": old.url or "none"}
        following = {"DOCSQL_EMBEDDINGS__NEXT__API": "onnx"}
        _ok(Folder(home.path, {**at, **kept}).run("ingest", str(rules)))
        _ok(Folder(home.path, {**at, **kept, **following}).run("documents", "reembed"))
        now = before.model_copy(update={"embeddings": EmbeddingsSettings(threads=1)})
        assert await _first(now, "Where can I leave my bike?") == ("bikes.md", [])
