"""Collections copied to a Milvus Lite server in a process of its own: what a test has of a server."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from kept_readers import ingest
from milvus_server import milvus_server

from tools.documents.copy import CopyReport, copy
from tools.documents.scope import SearchScope
from tools.documents.store import DocumentStore
from tools.errors import BadInput, UnknownName


class Lengths:
    """An embedding model of two numbers: how long a text is, and how many words it has."""

    model_id = "lengths"
    dimension = 2

    def embed_documents(self, texts: Sequence[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return [float(len(text)), float(len(text.split()))]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with milvus_server(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture
def source(tmp_path: Path) -> Iterator[DocumentStore]:
    """Ten documents for two groups, one of them of several passages, in two collections."""
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(9):
        (folder / f"{number}.txt").write_text(f"Rack {number} stands in hall {number}.")
    (folder / "long.txt").write_text(" ".join(f"Sentence {n} is on cables." for n in range(300)))
    with DocumentStore.open(tmp_path / "milvus.db", embeddings=Lengths()) as store:
        ingest([folder], store=store, collection="racks", groups=frozenset({"staff"}))
        ingest([folder / "0.txt"], store=store, collection="other", groups=frozenset({"it"}))
        yield store


def test_a_collection_is_copied_with_vectors_and_groups_and_once_only(
    source: DocumentStore, server: str
) -> None:
    with DocumentStore.open(server, embeddings=Lengths()) as target:
        first = copy(source, target, collection="racks")
        second = copy(source, target, collection="racks")

        passages = sum(document.passages for document in source.documents(_in("racks")))
        assert first == CopyReport(documents=10, passages=passages, copied=10, asked=5)
        assert second == CopyReport(documents=10, passages=passages, copied=0, asked=5)
        assert target.documents() == source.documents(_in("racks"))
        for document in target.documents():
            assert target.rows(document.id) == source.rows(document.id)
        assert target.documents(SearchScope(frozenset({"it"}))) == []
        assert len(target.documents(SearchScope(frozenset({"staff"})))) == 10
        found, expected = (
            store.search("cables", scope=_in("racks"), limit=3, vector=[99.0, 9.0])
            for store in (target, source)
        )
        assert {hit.passage.id for hit in found} == {hit.passage.id for hit in expected}


def test_a_copy_that_was_stopped_is_started_again(source: DocumentStore, tmp_path: Path) -> None:
    """As a killed one leaves it: some documents whole, one half, one of an older content."""
    documents = source.documents(_in("racks"))
    half = next(document for document in documents if document.source == "long.txt")
    with DocumentStore.open(tmp_path / "target.db", embeddings=Lengths()) as target:
        target.write_rows(documents[0], source.rows(documents[0].id))
        target.write_rows(half, source.rows(half.id)[:2])
        outdated = [
            {**row, "id": "old", "content_hash": "old"} for row in source.rows(documents[1].id)
        ]
        target.write_rows(documents[1], outdated, is_new=True)

        report = copy(source, target)

        assert report.copied == 10
        assert target.documents() == source.documents()
        for document in source.documents():
            assert target.rows(document.id) == source.rows(document.id)


def test_there_has_to_be_something_to_copy_and_somewhere_else(
    source: DocumentStore, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="name another one"):
        copy(source, source)
    with (
        DocumentStore.open(tmp_path / "target.db", embeddings=Lengths()) as target,
        pytest.raises(UnknownName, match="no documents to copy in 'nothing'"),
    ):
        copy(source, target, collection="nothing")


def _in(collection: str) -> SearchScope:
    return SearchScope(collections=(collection,))
