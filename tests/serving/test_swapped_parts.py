"""One setting a part: what the settings name takes the embedded part's place, end to end."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr
from standin_tei import MODEL, StartTei
from standin_tgi import StartTgi, Text

from serving.auth.local import LOCAL
from serving.config.data import DatabaseSettings
from serving.config.models import EmbeddingsSettings, RerankerSettings, SqlCoderSettings
from serving.config.settings import Settings
from serving.parts.assembly import open_parts
from serving.parts.documents import open_store
from serving.parts.library import DocumentLibrary
from serving.wire.answer import Answer
from serving.wire.question import Question
from tools.errors import Unavailable


async def _ask(settings: Settings, question: str) -> Answer:
    async with open_parts(settings) as parts:
        return await parts.turns.answer(Question(question=question), LOCAL)


async def test_embeddings_and_a_reranker_take_part_in_the_search(
    tmp_path: Path, rules: Path, tei_server: StartTei
) -> None:
    embedder, reranker = tei_server(), tei_server()
    settings = Settings(
        data=tmp_path / "data",
        embeddings=EmbeddingsSettings(url=embedder.url),
        reranker=RerankerSettings(url=reranker.url),
    )
    with open_store(settings) as store:
        DocumentLibrary(store).ingest([rules], collection="default")
    embedded = len(embedder.requests)
    answer = await _ask(settings, "Where are bicycles parked?")
    assert answer.answer == "Bicycles are parked behind the mill. [1]"
    assert answer.models["embeddings"] == embedder.url
    assert len(embedder.requests) > embedded > 0
    assert reranker.requests[-1]["query"] == "Where are bicycles parked?"


def test_no_passage_is_longer_than_the_embedding_model_takes(
    tmp_path: Path, tei_server: StartTei
) -> None:
    server = tei_server(input_tokens=48)
    (tmp_path / "long.txt").write_text(
        " ".join(f"Rule {n} is about the gate of the mill." for n in range(60)), encoding="utf-8"
    )
    settings = Settings(data=tmp_path / "data", embeddings=EmbeddingsSettings(url=server.url))
    with open_store(settings) as store:
        [outcome] = DocumentLibrary(store).ingest([tmp_path / "long.txt"], collection="default")
        [document] = store.documents()
        passages = store.passages(document.id)
        assert (outcome.outcome, outcome.passages) == ("added", len(passages))
        assert document.passages == len(passages) > 10
        assert all(f"Rule {n} " in " ".join(p.text for p in passages) for n in range(60))
        [again] = DocumentLibrary(store).ingest([tmp_path / "long.txt"], collection="default")
        assert again.outcome == "unchanged"


async def test_a_store_keeps_to_the_embedding_model_that_filled_it(
    tmp_path: Path, rules: Path, tei_server: StartTei
) -> None:
    settings = Settings(data=tmp_path / "data", embeddings=EmbeddingsSettings(url=tei_server().url))
    with open_store(settings) as store:
        DocumentLibrary(store).ingest([rules], collection="default")
    with pytest.raises(Unavailable, match=MODEL):
        open_store(Settings(data=tmp_path / "data"))


async def test_an_sql_coder_of_its_own_writes_the_sql_and_is_named(
    tmp_path: Path, tgi_server: StartTgi
) -> None:
    path = tmp_path / "mill.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE sacks (flour TEXT); INSERT INTO sacks VALUES ('rye');"
        )
    coder = tgi_server(lambda _: Text("SELECT COUNT(*) AS sacks FROM sacks;"))
    settings = Settings(
        data=tmp_path / "data",
        sql_coder=SqlCoderSettings(url=coder.url),
        databases={"mill": DatabaseSettings(url=SecretStr(f"sqlite:///{path}"))},
    )
    answer = await _ask(settings, "How many sacks are there?")
    assert answer.queries[0].rows == [[1]]
    assert answer.models["sql_coder"] == coder.url
    assert answer.usage.model_calls >= 1
    prompt = coder.requests[-1]["inputs"]
    assert "[QUESTION]How many sacks are there?[/QUESTION]" in prompt
    assert "CREATE TABLE sacks" in prompt
