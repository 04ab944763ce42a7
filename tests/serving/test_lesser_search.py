"""A search that has to do without the embedding model or the reranker goes on, and says so."""

import socket
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from milvus_server import milvus_server
from standin_server import serve
from standin_tei import StartTei, TeiStandIn, tokens_of
from standin_tgi import Calls, Reply, StartTgi, Text

from serving.auth.local import LOCAL
from serving.config.data import DocumentsSettings
from serving.config.models import ChatSettings, EmbeddingsSettings, RerankerSettings
from serving.config.settings import Settings
from serving.parts.assembly import open_parts
from serving.parts.documents import open_store
from serving.parts.library import DocumentLibrary
from serving.wire.answer import Answer
from serving.wire.question import Question
from tools.documents.store import DocumentStore
from tools.errors import NoAnswer

QUESTION = "Where are bicycles parked?"
BY_WORDS = "Documents were searched by keywords only. The embedding server at"
UNSORTED = "The passages were not reranked. The reranker at"


def _settings(data: Path, embedder: TeiStandIn, reranker: TeiStandIn, **sections: Any) -> Settings:
    return Settings(
        data=data,
        **sections,
        embeddings=EmbeddingsSettings(url=embedder.url, tries=1),
        reranker=RerankerSettings(url=reranker.url, tries=1),
    )


async def _ask(settings: Settings, question: str, *failing: TeiStandIn) -> Answer:
    async with open_parts(settings) as parts:
        for server in failing:
            server.is_overloaded = True
        return await parts.turns.answer(Question(question=question), LOCAL)


async def test_servers_that_fail_cost_a_warning_each_and_not_the_answer(
    tmp_path: Path, rules: Path, tei_server: StartTei
) -> None:
    embedder, reranker = tei_server(), tei_server()
    settings = _settings(tmp_path / "data", embedder, reranker)
    with open_store(settings) as store:
        DocumentLibrary(store).ingest([rules], collection="default")
    answer = await _ask(settings, QUESTION, embedder, reranker)
    assert answer.answer == "Bicycles are parked behind the mill. [1]"
    by_words, unsorted = answer.warnings
    assert by_words.startswith(BY_WORDS)
    assert unsorted.startswith(UNSORTED)
    assert all("is overloaded" in each for each in answer.warnings)


async def test_a_question_too_long_for_the_models_is_searched_by_its_words(
    tmp_path: Path, rules: Path, tei_server: StartTei, tgi_server: StartTgi
) -> None:
    long = f"{QUESTION} {'We moved in last week and would like to know. ' * 8}"

    def brain(body: dict[str, Any]) -> Reply:
        wants_call = "tools" in body or "response_format" in body
        call = Calls([("search_documents", {"query": long})])
        return call if wants_call else Text("Behind the mill [1].")

    chat = tgi_server(brain)
    embedder, reranker = tei_server(input_tokens=40), tei_server(input_tokens=40)
    settings = _settings(
        tmp_path / "data",
        embedder,
        reranker,
        chat=ChatSettings(url=chat.url, tools="guided", decides="model"),
    )
    with open_store(settings) as store:
        DocumentLibrary(store).ingest([rules], collection="default")
    answer = await _ask(settings, long)
    assert [each.source for each in answer.citations] == ["parking.md"]
    by_words, unsorted = answer.warnings
    assert by_words.startswith(BY_WORDS)
    assert unsorted.startswith("The passages were not reranked. The question has")
    assert all("make it shorter" in each for each in answer.warnings)


async def test_a_passage_too_long_beside_the_question_is_judged_in_parts(
    tmp_path: Path, tei_server: StartTei
) -> None:
    embedder, reranker = tei_server(), tei_server(input_tokens=64)
    settings = _settings(tmp_path / "data", embedder, reranker)
    long = " ".join(f"Rule {n} is about the gate of the mill." for n in range(20))
    (tmp_path / "long.md").write_text(
        f"# Rules\n\n{long} Bicycles are parked behind the mill.", "utf-8"
    )
    with open_store(settings) as store:
        DocumentLibrary(store).ingest([tmp_path / "long.md"], collection="default")
    answer = await _ask(settings, QUESTION)
    assert answer.warnings == []
    assert answer.answer == "Bicycles are parked behind the mill. [1]"
    judged = reranker.requests[-1]
    beside = len(tokens_of(judged["query"]))
    assert len(judged["texts"]) > 1
    assert all(beside + len(tokens_of(text)) <= 64 for text in judged["texts"])
    assert not judged["truncate"]


LATE: list[tuple[str, list[str]]] = [
    ("stand-in/tei", []),
    (
        "other/model",
        ["built with the embeddings 'stand-in/tei'", "the embeddings 'other/model'"],
    ),
]


@pytest.mark.parametrize(("model_id", "said"), LATE)
async def test_an_embedding_server_that_comes_later_takes_part_if_the_vectors_are_its_own(
    tmp_path: Path, rules: Path, running: ExitStack, model_id: str, said: list[str]
) -> None:
    embedder = TeiStandIn()
    with serve(embedder.app) as url:
        settings = Settings(data=tmp_path / "data", embeddings=EmbeddingsSettings(url=url, tries=1))
        with open_store(settings) as store:
            DocumentLibrary(store).ingest([rules], collection="default")
    asked = Question(question=QUESTION)
    async with open_parts(settings, may_be_away=True) as parts:
        early = await parts.turns.answer(asked, LOCAL)
        embedder.model_id = model_id
        running.enter_context(serve(embedder.app, port=int(url.rsplit(":", 1)[1])))
        embedder.requests.clear()
        late = await parts.turns.answer(asked, LOCAL)
    assert early.answer == "Bicycles are parked behind the mill. [1]"
    (warning,) = early.warnings
    assert warning.startswith(BY_WORDS)
    assert embedder.requests != []
    assert late.status == ("declined" if said else "answered")
    assert len(late.warnings) == bool(said)
    assert all(words in late.warnings[0] for words in said)


def test_a_new_store_on_a_server_waits_for_the_embedding_server_too(
    tmp_path: Path, rules: Path, running: ExitStack
) -> None:
    milvus = running.enter_context(milvus_server(tmp_path / "milvus"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = Settings(
        data=tmp_path / "data",
        documents=DocumentsSettings(uri=milvus),
        embeddings=EmbeddingsSettings(url=f"http://127.0.0.1:{port}", tries=1),
    )
    with pytest.raises(NoAnswer, match="The embedding server at"):
        open_store(settings)
    with open_store(settings, may_be_away=True) as store:
        with pytest.raises(NoAnswer, match="The embedding server at"):
            store.documents()
        running.enter_context(serve(TeiStandIn().app, port=port))
        deadline = time.monotonic() + 30
        while not _answers(store):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        DocumentLibrary(store).ingest([rules], collection="default")
        assert len(store.documents()) == 2


def _answers(store: DocumentStore) -> bool:
    try:
        store.documents()
    except NoAnswer:
        return False
    return True
