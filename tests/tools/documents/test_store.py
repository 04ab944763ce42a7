import errno
import hashlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from milvus_server import milvus_server

from tools.documents.lite import engine_fault
from tools.documents.passage import Document, Passage
from tools.documents.scope import SearchScope
from tools.documents.store import DocumentStore
from tools.errors import NoAnswer, StoreLocked, Unavailable, UnknownName

OPEN_AND_SAY = """
import sys
from tools.documents.store import DocumentStore
from tools.errors import DocsqlError
try:
    with DocumentStore.open(sys.argv[1]) as store:
        print("opened", [document.source for document in store.documents()])
except DocsqlError as error:
    print(type(error).__name__, error)
print("pymilvus" in sys.modules)
"""


@dataclass(frozen=True)
class ConceptEmbeddings:
    """Knows two concepts by some of their words, which is enough to differ from BM25."""

    model_id: str = "test/concepts"
    dimension: int = 3

    def embed_query(self, text: str) -> list[float]:
        words = set(text.lower().replace(".", "").replace(",", "").split())
        known = [{"car", "automobile", "vehicle"}, {"holiday", "vacation", "leave"}]
        vector = [float(len(words & concept)) for concept in known] + [0.1]
        return vector + [0.0] * (self.dimension - len(vector))

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]


def _put(
    store: DocumentStore,
    *texts: str,
    document_id: str = "d1",
    collection: str = "c",
    source: str = "a.md",
    content_hash: str = "h1",
) -> None:
    now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    document = Document(
        document_id, collection, source, "Title", content_hash, len(texts), now, language="en"
    )
    passages = [
        Passage(
            id=hashlib.sha256(f"{document_id}{content_hash}{ordinal}".encode()).hexdigest(),
            document_id=document_id,
            collection=collection,
            source=source,
            title="Title",
            content_hash=content_hash,
            ordinal=ordinal,
            page=ordinal or None,
            section="Section",
            text=text,
        )
        for ordinal, text in enumerate(texts)
    ]
    store.write(document, passages)


def _find(store: DocumentStore, query: str, collection: str | None = None) -> list[str]:
    names = None if collection is None else (collection,)
    vector = store.embeddings.embed_query(query) if store.embeddings else None
    found = store.search(query, scope=SearchScope(collections=names), limit=10, vector=vector)
    return [each.passage.text for each in found]


def test_what_was_written_is_found_with_all_its_fields(store: DocumentStore) -> None:
    _put(store, "Machines need power.", "Other words.")

    [found] = store.search("machine", limit=5)

    assert found.passage == store.passages("d1")[0]
    assert (found.passage.page, found.passage.section) == (None, "Section")
    assert found.score > 0
    assert store.documents() == [
        Document(
            "d1",
            "c",
            "a.md",
            "Title",
            "h1",
            2,
            datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            language="en",
        )
    ]


def test_a_rarer_word_and_more_of_them_score_higher(store: DocumentStore) -> None:
    _put(store, "disk disk common", "disk heat common", "common heat")

    found = store.search("disk heat", limit=5)

    assert found[0].passage.text == "disk heat common"
    assert [each.score for each in found] == sorted((e.score for e in found), reverse=True)
    assert all(each.score > 0 for each in found)


@pytest.mark.parametrize("query", ["", "???", "the of and"])
def test_a_query_without_words_finds_nothing(shared_store: DocumentStore, query: str) -> None:
    _put(shared_store, "something")

    assert _find(shared_store, query) == []


@pytest.mark.parametrize(
    "name",
    [
        'quo"te',
        "apo'strophe",
        "back\\slash",
        "{braces} [x] %",
        "new\nline\ttab",
        "名前",
        '" or 1 == 1',
    ],
)
def test_names_of_any_characters_reach_only_their_own(
    shared_store: DocumentStore, name: str
) -> None:
    _put(shared_store, "mine", document_id=name, collection=name, source=name)
    _put(shared_store, "mine other", document_id="x", collection="other", source="other.md")

    assert _find(shared_store, "mine", collection=name) == ["mine"]
    assert [d.source for d in shared_store.documents(SearchScope(collections=(name,)))] == [name]
    assert shared_store.versions(name).keys() == {name}
    assert shared_store.delete(name) == 1
    assert _find(shared_store, "mine") == ["mine other"]


def test_replacing_a_document_leaves_no_passage_of_the_old_one(store: DocumentStore) -> None:
    _put(store, "old first", "old second", "old third")
    _put(store, "new first", content_hash="h2")

    assert [p.text for p in store.passages("d1")] == ["new first"]
    assert _find(store, "old first second third") == ["new first"]
    assert store.versions("c")["d1"].are("h2")

    _put(store, "same hash, fewer passages", content_hash="h2")
    assert len(store.passages("d1")) == 1


def test_an_interrupted_write_is_seen(store: DocumentStore) -> None:
    _put(store, "one", "two", content_hash="h1")
    _put(store, "beside", content_hash="h2", document_id="d2")
    whole = store.versions("c")

    broken = replace(whole["d1"], whole=frozenset())
    mixed = replace(whole["d1"], hashes=frozenset({"h0", "h1"}))

    assert whole["d1"].are("h1")
    assert not whole["d1"].are("h2")
    assert not broken.are("h1")
    assert not mixed.are("h1")


def test_deleting_is_verified_and_an_unknown_document_is_named(store: DocumentStore) -> None:
    _put(store, "one", "two")

    assert store.delete("d1") == 2
    assert store.passages("d1") == []
    assert _find(store, "one two") == []
    with pytest.raises(UnknownName, match="There is no document 'd1'"):
        store.delete("d1")


def test_a_store_logs_no_tracebacks_of_its_libraries(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with DocumentStore.open(tmp_path / "milvus.db") as store:
        _put(store, "one")
        store.flush()
        with pytest.raises(StoreLocked):
            DocumentStore.open(store.address)
        with pytest.raises(Unavailable):
            DocumentStore.open("http://127.0.0.1:9")

    assert caplog.records == []


def test_a_store_is_reopened_with_everything_in_it(tmp_path: Path) -> None:
    for round_ in range(3):
        with DocumentStore.open(tmp_path / "milvus.db") as store:
            _put(store, f"round {round_}", document_id=f"d{round_}")
            store.flush()
            assert len(store.documents()) == round_ + 1
            assert len(_find(store, "round")) == round_ + 1


def test_a_document_ingested_later_is_weighed_like_the_others(store: DocumentStore) -> None:
    # In a segment of its own every word of the late document would be common, and weigh nothing.
    for number in range(30):
        _put(store, f"topic {number} with words about alpaca{number}", document_id=f"d{number}")
    store.flush()
    _put(store, "alpaca7 and zebra", document_id="late")
    store.flush()
    store.close()

    with DocumentStore.open(store.address) as reopened:
        assert _find(reopened, "alpaca7 zebra")[0] == "alpaca7 and zebra"


def test_an_open_store_is_refused_to_a_second_process_at_once(
    store: DocumentStore, tmp_path: Path
) -> None:
    said = _in_another_process(store.address)

    assert said.splitlines() == [
        f"StoreLocked The vector store {store.address} is in use by DocSQL's service or "
        "another command; an embedded store serves one process at a time. Stop the other one, or "
        "go through its service.",
        "False",
    ]


def test_a_closed_store_opens_here_and_in_another_process(tmp_path: Path) -> None:
    path = tmp_path / "milvus.db"
    with DocumentStore.open(path) as store:
        _put(store, "kept")
        with pytest.raises(StoreLocked):
            DocumentStore.open(path)
    store.close()

    assert _in_another_process(str(path)).splitlines()[0] == "opened ['a.md']"
    with DocumentStore.open(path) as again:
        assert _find(again, "kept") == ["kept"]


def _in_another_process(address: str) -> str:
    command = [sys.executable, "-c", OPEN_AND_SAY, address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603
    assert done.stderr == ""
    return done.stdout


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Milvus Lite behind its own server process, as near to a Milvus server as it gets here."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-u", "-m", "milvus_lite", "server", "--host", "127.0.0.1"]
    with subprocess.Popen(  # noqa: S603
        [*command, "--port", str(port), "--data-dir", str(tmp_path / "server")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        assert any("listening" in line for line in process.stdout)
        yield f"http://127.0.0.1:{port}"
        process.terminate()


def test_a_server_serves_several_stores_at_once(server: str) -> None:
    with DocumentStore.open(server) as one, DocumentStore.open(server) as two:
        _put(one, "machines", "other", document_id='qu"ote')
        _put(one, "machine", document_id="d2", content_hash="h2")

        assert sorted(_find(two, "machine")) == ["machine", "machines"]
        assert [document.id for document in two.documents()] == ["d2", 'qu"ote']
        assert len(two.passages('qu"ote')) == 2
        assert two.delete('qu"ote') == 2
        assert _find(one, "machine") == ["machine"]


def test_a_folder_that_a_server_wrote_opens_here_with_the_same_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "milvus.db"

    def seen(store: DocumentStore) -> tuple[object, ...]:
        return _hits(store), store.rows("d1"), store.documents(), store.versions("c")

    with (
        milvus_server(folder) as server,
        DocumentStore.open(server, embeddings=ConceptEmbeddings()) as store,
    ):
        _put(store, "a car", "a vacation of machines", document_id="d1")
        _put(store, "the machine", document_id="d2")
        store.flush()
        theirs = seen(store)
    with DocumentStore.open(folder, embeddings=ConceptEmbeddings()) as store:
        assert seen(store) == theirs
        assert store.delete("d1") == 2
        assert _find(store, "machine") == ["the machine"]


def _hits(store: DocumentStore) -> list[tuple[str, float]]:
    vector = ConceptEmbeddings().embed_query("vehicle")
    found = store.search("machine", limit=10, vector=vector)
    return [(each.passage.text, round(each.score, 4)) for each in found]


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = DocumentStore.open(tmp_path / "milvus.db")
    store.close()
    with pytest.raises(NoAnswer, match="is closed"):
        store.documents()


def test_vectors_find_what_words_do_not_and_both_rankings_count(tmp_path: Path) -> None:
    about_cars = "An automobile, or car, needs petrol."
    texts = [about_cars, "Petrol is sold.", *(f"Vehicle number {n}." for n in range(5))]
    embeddings = ConceptEmbeddings()
    vector = embeddings.embed_query("car automobile vehicle")
    with DocumentStore.open(tmp_path / "words.db") as words:
        _put(words, *texts)
        assert _find(words, "autos") == []
        assert _find(words, "petrol") == ["Petrol is sold.", about_cars]

    with DocumentStore.open(tmp_path / "both.db", embeddings=embeddings) as both:
        _put(both, *texts)
        by_vector = both.search("autos", limit=10, vector=vector)
        fused = both.search("petrol", limit=10, vector=vector)

    assert by_vector[0].passage.text == about_cars
    assert by_vector[0].similarity is None  # nobody knows what these cosines mean
    assert fused[0].passage.text == about_cars
    assert 1 >= fused[0].score > fused[1].score > 0


@pytest.mark.parametrize(
    ("built", "now", "words"),
    [
        (
            None,
            ConceptEmbeddings(),
            "with no embeddings (BM25 alone), but the embeddings 'test/concepts' of 3 dimensions",
        ),
        (
            ConceptEmbeddings(),
            ConceptEmbeddings("test/other", 8),
            "'test/concepts' of 3 dimensions, but the embeddings 'test/other' of 8 dimensions",
        ),
    ],
)
def test_other_embeddings_than_the_store_was_built_with_are_refused_by_name(
    tmp_path: Path, built: ConceptEmbeddings | None, now: ConceptEmbeddings, words: str
) -> None:
    path = tmp_path / "milvus.db"
    DocumentStore.open(path, embeddings=built).close()

    with pytest.raises(Unavailable) as caught:
        DocumentStore.open(path, embeddings=now)

    assert words in str(caught.value)
    DocumentStore.open(path, embeddings=built).close()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "is full. Free some space on it"),
        (OSError(errno.EIO, "Input/output error"), "refused a request: [Errno 5]"),
    ],
)
def test_a_full_disk_is_told_with_what_to_do(error: OSError, words: str) -> None:
    wrapped = RuntimeError("flush failed")
    wrapped.__cause__ = error

    assert words in str(engine_fault("milvus.db", error))
    assert ("is full" in str(engine_fault("milvus.db", wrapped))) == (error.errno == errno.ENOSPC)


def test_a_store_with_vectors_kept_apart_is_refused_by_the_name_of_their_model(
    tmp_path: Path,
) -> None:
    path = tmp_path / "milvus.db"
    with DocumentStore.open(path, behind=ConceptEmbeddings()) as store:
        _put(store, "Petrol is sold.")
        assert store.vectors is not None
        store.vectors.fill()

    with pytest.raises(Unavailable) as caught:
        DocumentStore.open(path, embeddings=ConceptEmbeddings("test/other", 8))

    assert "was built with the embeddings 'test/concepts' of 3 dimensions" in str(caught.value)
    assert "'test/other' of 8 dimensions is set now" in str(caught.value)


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("data/milvus", "'data/milvus' is not a vector store"),
        ("http://127.0.0.1:9", "The vector store at http://127.0.0.1:9 does not answer"),
    ],
)
def test_a_store_that_cannot_be_opened_says_why(uri: str, words: str) -> None:
    with pytest.raises(Unavailable) as caught:
        DocumentStore.open(uri)

    assert words in str(caught.value)
