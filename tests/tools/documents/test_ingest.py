from pathlib import Path

import pytest

from tools.documents.ingest import FileReport, IngestReport, ingest
from tools.documents.store import DocumentStore
from tools.errors import BadInput


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "docs"
    (root / "sub").mkdir(parents=True)
    (root / "b.md").write_text("# Bees\n\nBees fly.", encoding="utf-8")
    (root / "a.txt").write_text("Ants walk.", encoding="utf-8")
    (root / "sub" / 'it\'s "{new}" \\.txt').write_text("Cats sleep.", encoding="utf-8")
    (root / ".hidden.txt").write_text("Nobody.", encoding="utf-8")
    (root / ".git").mkdir()
    (root / ".git" / "config.txt").write_text("Nobody.", encoding="utf-8")
    return root


def _ingest(store: DocumentStore, *paths: Path) -> IngestReport:
    return ingest(paths, store=store, collection="c")


def _outcomes(report: IngestReport) -> list[tuple[str, str]]:
    return [(file.source, file.outcome) for file in report.files]


def test_a_folder_is_walked_in_order_without_hidden_files(
    store: DocumentStore, folder: Path
) -> None:
    seen = list[FileReport]()
    report = ingest([folder], store=store, collection="c", on_progress=seen.append)

    assert _outcomes(report) == [
        ("a.txt", "added"),
        ("b.md", "added"),
        ('sub/it\'s "{new}" \\.txt', "added"),
    ]
    assert tuple(seen) == report.files
    assert report.passages == 3
    assert [d.title for d in store.documents()] == ["a", "Bees", 'it\'s "{new}" \\']


def test_an_unchanged_file_is_not_written_again(store: DocumentStore, folder: Path) -> None:
    _ingest(store, folder)
    before = store.documents()

    report = _ingest(store, folder)

    assert {file.outcome for file in report.files} == {"unchanged"}
    assert report.passages == 0
    assert store.documents() == before


def test_a_changed_file_keeps_its_id_and_replaces_its_passages(
    store: DocumentStore, folder: Path
) -> None:
    first = _ingest(store, folder)
    (folder / "b.md").write_text("# Bees\n\nBees hum.", encoding="utf-8")

    second = _ingest(store, folder)

    assert [file.outcome for file in second.files] == ["unchanged", "replaced", "unchanged"]
    assert [f.document_id for f in first.files] == [f.document_id for f in second.files]
    assert [p.text for p in store.passages(second.files[1].document_id)] == ["Bees hum."]


def test_one_bad_file_stops_nothing(store: DocumentStore, folder: Path) -> None:
    (folder / "aa.pdf").write_bytes(b"not a PDF")
    (folder / "c.exe").write_bytes(b"MZ")

    report = _ingest(store, folder, folder / "gone.md")

    failed = [file for file in report.files if file.outcome == "failed"]
    assert report.count("added") == 3
    assert [file.source for file in failed] == ["aa.pdf", "c.exe", "gone.md"]
    assert all(file.source in file.reason for file in failed)
    assert len(store.documents()) == 3


def test_two_files_of_one_name_in_one_run_are_not_mixed_up(
    store: DocumentStore, folder: Path
) -> None:
    (folder / "sub" / "a.txt").write_text("Other ants.", encoding="utf-8")

    report = _ingest(store, folder / "a.txt", folder / "sub" / "a.txt")

    assert [file.outcome for file in report.files] == ["added", "failed"]
    assert "would be the same document" in report.files[1].reason


def test_the_same_file_in_two_collections_is_two_documents(
    store: DocumentStore, folder: Path
) -> None:
    for name in ("one", "two"):
        ingest([folder / "a.txt"], store=store, collection=name)

    assert store.collections() == {"one": 1, "two": 1}
    assert len({document.id for document in store.documents()}) == 2


@pytest.mark.parametrize("name", ["", "  ", "x" * 129])
def test_a_collection_needs_a_name(shared_store: DocumentStore, name: str) -> None:
    with pytest.raises(BadInput, match="is no name for a collection"):
        ingest([], store=shared_store, collection=name)
