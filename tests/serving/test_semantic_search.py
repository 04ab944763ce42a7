"""Search by meaning, which works without any server or setting."""

import json
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest
from docsql_process import Folder

from serving.auth.local import LOCAL
from serving.config.models import EmbeddingsSettings
from serving.config.settings import Settings
from serving.parts.assembly import open_parts
from serving.parts.documents import open_store
from serving.parts.library import DocumentLibrary
from serving.parts.vectors import make_vectors
from serving.wire.question import Question

QUESTION = "Where can I leave my bike?"
PARKING = "Bicycles are parked behind the mill."
EMBEDDED = {"DOCSQL_EMBEDDINGS__API": "tei", "DOCSQL_EMBEDDINGS__THREADS": "1"}
"""The default, which the tests' own settings replace."""
WAIT_S = 60.0


@pytest.fixture
def home(folder: Folder) -> Folder:
    return Folder(folder.path, {**folder.settings, **EMBEDDED})


async def _found(settings: Settings, question: str = QUESTION) -> tuple[list[str], list[str]]:
    async with open_parts(settings) as parts:
        result = await parts.search.search(question, caller=LOCAL, collections=None, limit=2)
    return [hit.passage.source for hit in result.passages], result.warnings


async def test_a_passage_without_a_word_of_the_question_is_found(
    tmp_path: Path, rules: Path
) -> None:
    settings = Settings(data=tmp_path / "data")
    with open_store(settings) as store:
        DocumentLibrary(store).ingest([rules], collection="default")
    assert await _found(settings, "Where are bicycles parked?") == (["parking.md"], [])
    assert await _found(settings) == ([], [])
    with open_store(settings) as store:
        assert make_vectors(store) == ""
    sources, warnings = await _found(settings)
    assert (sources[0], warnings) == ("parking.md", [])


async def test_a_document_is_quoted_before_its_vectors_are_there(tmp_path: Path) -> None:
    meals, canteen = tmp_path / "meals.md", tmp_path / "canteen.md"
    meals.write_text(
        "# Travel\n\nMeals that a customer provides reduce the allowance: a breakfast by 10 dollars, "
        "a lunch by 18 dollars and a dinner by 30 dollars.",
        encoding="utf-8",
    )
    canteen.write_text(
        "# Canteen\n\nLunch costs 6.40 euros for employees. Guests pay 9.80 euros.",
        encoding="utf-8",
    )
    settings = Settings(data=tmp_path / "data")
    with open_store(settings) as store:
        DocumentLibrary(store).ingest([meals], collection="default")
        assert make_vectors(store) == ""
        DocumentLibrary(store).ingest([canteen], collection="default")
    async with open_parts(settings) as parts:
        asked = Question(question="How much is lunch for guests?")
        answer = await parts.turns.answer(asked, LOCAL)
    assert "Guests pay 9.80 euros. [1]" in answer.answer
    assert answer.citations[0].source == "canteen.md"


async def test_a_model_that_cannot_be_loaded_costs_a_warning_in_every_answer(
    tmp_path: Path, rules: Path
) -> None:
    torn = tmp_path / "torn"
    torn.mkdir()
    (torn / "model.onnx").write_bytes(b"torn")
    (torn / "tokenizer.json").write_text("{}", encoding="utf-8")
    chosen = EmbeddingsSettings(api="onnx", model=str(torn))
    settings = Settings(data=tmp_path / "data", embeddings=chosen)
    with open_store(settings) as store:
        DocumentLibrary(store).ingest([rules], collection="default")
        assert "is not a model that onnxruntime runs" in make_vectors(store)
    async with open_parts(settings) as parts:
        asked = Question(question="Where are bicycles parked?")
        answer = await parts.turns.answer(asked, LOCAL)
    assert answer.answer == f"{PARKING} [1]"
    [warning] = answer.warnings
    assert warning.startswith("Documents were searched by keywords only.")


def test_an_ingestion_ends_with_the_vectors(home: Folder, rules: Path) -> None:
    words_only = home.run("ingest", str(rules / "dogs.md"), DOCSQL_EMBEDDINGS__API="none")
    assert words_only.returncode == 0, words_only.stderr
    assert "0 of 1 passages have vectors" in home.run("documents", "list").stdout
    assert home.run("ingest", str(rules)).returncode == 0
    assert "have vectors" not in home.run("documents", "list").stdout
    assert _finding(home, "trial of embeddings")["what"].startswith("made a vector in")


def test_a_service_makes_vectors_behind_what_it_is_given(home: Folder, rules: Path) -> None:
    with home.serving() as service:
        assert home.run("ingest", str(rules)).returncode == 0
        ready = _wait(service.url, lambda ready: ready["vectors"]["done"] == 2)
        assert ready["vectors"] == {"passages": 2, "done": 2}
        assert ready["models"]["embeddings"] == "all-MiniLM-L6-v2 int8 in this process"
        [document] = [d for d in _documents(home) if d["source"] == "dogs.md"]
        home.run("documents", "delete", document["id"])
        assert _wait(service.url, lambda ready: ready["vectors"]["passages"] == 1)


def _documents(home: Folder) -> list[dict[str, Any]]:
    return json.loads(home.run("documents", "list", "--json").stdout)


def _finding(home: Folder, part: str) -> dict[str, Any]:
    found = json.loads(home.run("doctor", "--json").stdout)
    return next(finding for finding in found if finding["part"] == part)


def _wait(url: str, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = monotonic() + WAIT_S
    while not holds(ready := httpx.get(f"{url}/ready").json()):
        assert monotonic() < deadline, ready
        sleep(0.2)
    return ready
