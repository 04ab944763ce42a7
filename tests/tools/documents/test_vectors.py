"""Vectors that follow behind the writing of passages."""

import hashlib
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

import pytest
from milvus_server import milvus_server

from serving.parts.vectors import vectors_beside
from tools.documents.passage import Document, Passage
from tools.documents.scope import SearchScope
from tools.documents.store import DocumentStore
from tools.documents.vectors import Coverage, VectorIndex
from tools.errors import Unavailable

CONCEPTS = ({"car", "automobile", "vehicle"}, {"holiday", "vacation", "leave"})
AUTOMOBILE = "Every automobile needs an inspection."
VACATION = "A vacation lasts two weeks."


@dataclass(frozen=True)
class ConceptEmbeddings:
    """Knows two concepts by some of their words, and counts the texts that it was given."""

    model_id: str = "test/concepts"
    dimension: int = 3
    has_known_cosines: bool = True
    seen: list[str] = field(default_factory=list[str])

    def embed_query(self, text: str) -> list[float]:
        words = set(text.lower().replace(".", "").split())
        vector = [float(len(words & concept)) for concept in CONCEPTS]
        return [*vector, *[0.1] * (self.dimension - len(vector))]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.seen.extend(texts)
        return [self.embed_query(text) for text in texts]


@pytest.fixture
def model() -> ConceptEmbeddings:
    return ConceptEmbeddings()


@pytest.fixture(params=["folder", "server"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "folder":
        yield str(tmp_path / "milvus.db")
    else:
        with milvus_server(tmp_path / "server") as url:
            yield url


def put(store: DocumentStore, name: str, *texts: str, groups: frozenset[str] = frozenset()) -> None:
    digest = hashlib.sha256("".join(texts).encode()).hexdigest()
    now = datetime(2026, 1, 2, tzinfo=UTC)
    document = Document(
        name, "c", f"{name}.md", "", digest, len(texts), now, language="en", groups=groups
    )
    passages = [
        Passage(
            f"{digest[:16]}{name}{n}", name, "c", document.source, "", digest, n, None, "", text
        )
        for n, text in enumerate(texts)
    ]
    store.write(document, passages)


def index(store: DocumentStore) -> VectorIndex:
    assert store.vectors
    return store.vectors


def ask(store: DocumentStore, question: str, *, groups: frozenset[str] | None = None) -> list[str]:
    vector = index(store).model.embed_query(question)
    scope = SearchScope(groups)
    return [hit.passage.text for hit in store.search(question, scope=scope, limit=5, vector=vector)]


def found(store: DocumentStore, question: str) -> list[tuple[str, float, float | None]]:
    vector = index(store).model.embed_query(question)
    hits = store.search(question, limit=5, vector=vector)
    near = [None if h.similarity is None else round(h.similarity, 4) for h in hits]
    return [(h.passage.text, round(h.score, 4), s) for h, s in zip(hits, near, strict=True)]


def test_a_passage_is_found_by_its_words_at_once_and_by_its_meaning_when_its_vector_is_there(
    address: str, model: ConceptEmbeddings
) -> None:
    seen: list[Coverage] = []
    with DocumentStore.open(address, behind=model) as store:
        put(store, "cars", AUTOMOBILE)
        put(store, "rest", VACATION)
        store.flush()
        assert (ask(store, "inspection"), ask(store, "car")) == ([AUTOMOBILE], [])
        assert index(store).coverage() == Coverage(2, 0)
        index(store).fill(on_progress=seen.append)
        assert ask(store, "car")[0] == AUTOMOBILE
    with DocumentStore.open(address, behind=model) as store:
        assert ask(store, "car")[0] == AUTOMOBILE
        assert index(store).coverage() == Coverage(2, 2) == seen[-1]


def test_a_passage_whose_vector_is_not_there_yet_is_compared_like_the_others(
    address: str, model: ConceptEmbeddings
) -> None:
    with DocumentStore.open(address, behind=model) as store:
        put(store, "cars", AUTOMOBILE, "An inspection of a vehicle lasts two hours.")
        store.flush()
        index(store).fill()
        put(store, "new", "Every vacation needs an inspection of the car.")
        before, asked = found(store, "How long is the inspection of a car?"), len(model.seen)
        index(store).fill()
        assert len(model.seen) == asked + 1  # it was compared, and is still to be stored
        assert found(store, "How long is the inspection of a car?") == before
    assert None not in {similarity for *_, similarity in before}


def test_what_is_unchanged_is_not_embedded_again(tmp_path: Path, model: ConceptEmbeddings) -> None:
    with DocumentStore.open(tmp_path / "milvus.db", behind=model) as store:
        put(store, "cars", AUTOMOBILE)
        index(store).fill()
        put(store, "rest", VACATION)
        index(store).fill()
        index(store).fill()
        assert model.seen == [AUTOMOBILE, VACATION]


def test_a_store_that_was_built_with_words_alone_gets_vectors(
    address: str, model: ConceptEmbeddings
) -> None:
    with DocumentStore.open(address) as store:
        put(store, "cars", AUTOMOBILE)
        store.flush()
    with DocumentStore.open(address, behind=model) as store:
        index(store).fill()
        assert ask(store, "car") == [AUTOMOBILE]
    with DocumentStore.open(address) as store:
        assert [hit.passage.text for hit in store.search("inspection", limit=5)] == [AUTOMOBILE]


def test_changed_and_deleted_documents_leave_no_vectors(
    tmp_path: Path, model: ConceptEmbeddings
) -> None:
    with DocumentStore.open(tmp_path / "milvus.db", behind=model) as store:
        put(store, "cars", AUTOMOBILE)
        put(store, "rest", VACATION)
        index(store).fill()
        put(store, "cars", "A vehicle is parked outside.")
        store.delete("rest")
        assert ask(store, "holiday") == []
        index(store).fill()
        assert ask(store, "automobile") == ["A vehicle is parked outside."]
        assert index(store).coverage() == Coverage(1, 1)


def test_vectors_of_what_was_deleted_without_them_are_cleared_away(
    tmp_path: Path, model: ConceptEmbeddings
) -> None:
    with DocumentStore.open(tmp_path / "milvus.db", behind=model) as store:
        put(store, "cars", AUTOMOBILE)
        put(store, "rest", VACATION)
        index(store).fill()
    with DocumentStore.open(tmp_path / "milvus.db") as store:
        store.delete("rest")
    with DocumentStore.open(tmp_path / "milvus.db", behind=model) as store:
        assert ask(store, "holiday") == [AUTOMOBILE]
        [best] = store.search("holiday", limit=1, vector=model.embed_query("holiday"), model=model)
        assert best.passage.text == AUTOMOBILE  # what is gone does not stand in its place
        index(store).fill()
        assert index(store).search([0.0, 1.0, 0.1], condition="", limit=5).scores.keys() == {
            hit.passage.id for hit in store.search("inspection", limit=5)
        }


def test_a_document_that_is_given_to_others_is_hidden_from_the_vectors_too(
    tmp_path: Path, model: ConceptEmbeddings
) -> None:
    staff, board = frozenset({"staff"}), frozenset({"board"})
    with DocumentStore.open(tmp_path / "milvus.db", behind=model) as store:
        put(store, "cars", AUTOMOBILE, groups=staff)
        index(store).fill()
        assert (ask(store, "car", groups=staff), ask(store, "car", groups=board)) == (
            [AUTOMOBILE],
            [],
        )
        put(store, "cars", AUTOMOBILE, groups=board)
        assert ask(store, "car", groups=staff) == []
        index(store).fill()
        assert (ask(store, "car", groups=staff), ask(store, "car", groups=board)) == (
            [],
            [AUTOMOBILE],
        )


def test_another_models_vectors_are_made_again(tmp_path: Path, model: ConceptEmbeddings) -> None:
    other = ConceptEmbeddings("test/other", 5)
    with DocumentStore.open(tmp_path / "milvus.db", behind=model) as store:
        put(store, "cars", AUTOMOBILE)
        index(store).fill()
    with DocumentStore.open(tmp_path / "milvus.db", behind=other) as store:
        assert (ask(store, "inspection"), ask(store, "car")) == ([AUTOMOBILE], [])
        index(store).fill()
        assert ask(store, "car") == [AUTOMOBILE]
        assert other.seen == [AUTOMOBILE] * 2  # compared with "inspection", then stored


def test_a_passage_without_a_vector_yet_ranks_by_its_words(
    tmp_path: Path, model: ConceptEmbeddings
) -> None:
    with DocumentStore.open(tmp_path / "milvus.db", behind=model) as store:
        put(store, "old", *[f"The car of office {n} is inspected." for n in range(5)])
        index(store).fill()
        put(store, "new", "Inspection: every car inspection is an inspection.")
        assert ask(store, "car inspection")[0].startswith("Inspection:")


@pytest.mark.parametrize(
    ("is_known", "cars", "new"),
    [(True, 1.0, 0.0995), (False, None, None)],
    ids=["known", "unknown"],
)
def test_a_passage_says_how_similar_it_is_where_that_is_known(
    tmp_path: Path, *, is_known: bool, cars: float | None, new: float | None
) -> None:
    model = ConceptEmbeddings(has_known_cosines=is_known)
    with DocumentStore.open(tmp_path / "milvus.db", behind=model) as store:
        put(store, "cars", "A vehicle is inspected.")
        index(store).fill()
        put(store, "new", "An inspection takes a day.")
        vector = model.embed_query("automobile inspection")
        found = store.search("automobile inspection", limit=5, vector=vector)
    told = {hit.passage.document_id: hit.similarity for hit in found}
    assert told == {"cars": pytest.approx(cars, abs=0.001), "new": pytest.approx(new, abs=0.001)}


def test_a_store_with_vectors_of_its_own_is_not_mixed_with_others(
    tmp_path: Path, model: ConceptEmbeddings
) -> None:
    DocumentStore.open(tmp_path / "milvus.db", embeddings=ConceptEmbeddings("test/within")).close()
    with pytest.raises(Unavailable, match=r"'test/within' .* but the embeddings 'test/concepts'"):
        DocumentStore.open(tmp_path / "milvus.db", behind=model)


FILL_AND_DIE = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
from test_vectors import ConceptEmbeddings, put
from tools.documents.store import DocumentStore
store = DocumentStore.open(sys.argv[1], behind=ConceptEmbeddings())
put(store, "many", *[f"Car number {n}." for n in range(40)])
store.vectors.fill(on_progress=lambda _: os.kill(os.getpid(), signal.SIGKILL))
"""


def test_a_killed_run_goes_on_where_it_ended(tmp_path: Path, model: ConceptEmbeddings) -> None:
    here, standins = Path(__file__).parent, Path(__file__).parents[2] / "standin"
    program = f"import sys; sys.path.insert(0, {str(standins)!r})\n{FILL_AND_DIE}"
    run = [sys.executable, "-c", program, str(tmp_path / "milvus.db"), str(here)]
    assert subprocess.run(run, check=False).returncode == -signal.SIGKILL  # noqa: S603
    with DocumentStore.open(tmp_path / "milvus.db", behind=model) as store:
        assert 0 < index(store).coverage().done < index(store).coverage().passages == 40
        done = index(store).coverage().done
        index(store).fill()
        assert (len(model.seen), index(store).coverage().done) == (40 - done, 40)


def test_vectors_are_made_beside_reading(tmp_path: Path, model: ConceptEmbeddings) -> None:
    with DocumentStore.open(tmp_path / "milvus.db", behind=model) as store:
        with vectors_beside(store):
            put(store, "many", *[f"Car number {n}." for n in range(500)])
            deadline = monotonic() + 60
            while not index(store).coverage().is_complete:
                assert monotonic() < deadline
                sleep(0.05)
        assert len(model.seen) == 500


def test_a_run_that_is_stopped_keeps_what_it_made(tmp_path: Path, model: ConceptEmbeddings) -> None:
    seen: list[Coverage] = []
    with DocumentStore.open(tmp_path / "milvus.db", behind=model) as store:
        put(store, "many", *[f"Car number {n}." for n in range(40)])
        index(store).fill(on_progress=seen.append, is_stopped=lambda: bool(seen))
        assert index(store).coverage().done == seen[-1].done < 40
