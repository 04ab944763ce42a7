"""A document is known by the folder it came from and its path in there."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kept_readers import ingest

from tools.documents.chunk import passage_id
from tools.documents.identity import has_place, id_without_place, source_root
from tools.documents.ingest import FileReport
from tools.documents.passage import Document, Passage
from tools.documents.store import DocumentStore


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for name in ("hr", "it"):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "readme.md").write_text(f"Read this of {name}.", encoding="utf-8")
        (tmp_path / name / "sub" / "a.txt").write_text(f"Below {name}.", encoding="utf-8")
    return tmp_path


def _ingest(store: DocumentStore, *paths: Path, root: str | None = None) -> list[FileReport]:
    return list(ingest(paths, store=store, collection="c", root=root).files)


def _outcomes(reports: list[FileReport]) -> list[str]:
    return [report.outcome for report in reports]


def _texts(store: DocumentStore) -> list[str]:
    return sorted(p.text for each in store.documents() for p in store.passages(each.id))


def _write_old(store: DocumentStore, source: str, text: str, content_hash: str) -> None:
    """A document as a version wrote it that did not know folders."""
    id_ = id_without_place("c", source)
    document = Document(id_, "c", source, "old", content_hash, 1, datetime.now(UTC))
    first = passage_id(id_, content_hash, 0)
    passage = Passage(first, id_, "c", source, "old", content_hash, 0, None, "", text)
    store.write(document, [passage])
    store.flush()


@pytest.mark.parametrize("runs", [["hr it"], ["hr", "it"]], ids=["one run", "two runs"])
def test_files_of_one_name_in_two_folders_are_two_documents(
    store: DocumentStore, folders: Path, runs: list[str]
) -> None:
    paths = [folders / "hr", folders / "it"]
    reports = list[FileReport]()
    for names in runs:
        reports += _ingest(store, *(folders / name for name in names.split()))

    assert _outcomes(reports) == ["added"] * 4
    assert len({report.document_id for report in reports}) == 4
    assert _texts(store) == ["Below hr.", "Below it.", "Read this of hr.", "Read this of it."]
    assert _outcomes(_ingest(store, *paths)) == ["unchanged"] * 4


def test_a_folder_within_another_that_is_given_too_is_a_folder_of_its_own(
    store: DocumentStore, folders: Path
) -> None:
    (folders / "hr" / "sub" / "readme.md").write_text("Read this below.", encoding="utf-8")
    together = _ingest(store, folders / "hr", folders / "hr" / "sub")
    assert _outcomes(together) == ["added"] * 5
    assert _outcomes(_ingest(store, folders / "hr" / "sub")) == ["unchanged"] * 2
    assert _outcomes(_ingest(store, folders / "hr")) == ["unchanged"] * 3


def test_a_changed_file_replaces_its_own_document_only(store: DocumentStore, folders: Path) -> None:
    _ingest(store, folders / "hr", folders / "it")
    (folders / "it" / "readme.md").write_text("Read that.", encoding="utf-8")

    assert _outcomes(_ingest(store, folders / "it")) == ["replaced", "unchanged"]
    assert _texts(store) == ["Below hr.", "Below it.", "Read that.", "Read this of hr."]


def test_a_folder_is_the_same_however_it_is_spelled(
    store: DocumentStore, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ingest(store, folders / "hr")
    (folders / "link").symlink_to(folders / "hr")

    for working, spelled in [
        (folders, "hr"),
        (folders, "./it/../hr/"),
        (folders / "hr", "."),
        (folders / "it", "../hr"),
        (folders / "it", str(folders / "link")),
    ]:
        monkeypatch.chdir(working)
        assert _outcomes(_ingest(store, Path(spelled))) == ["unchanged"] * 2
    monkeypatch.chdir(folders)
    assert _outcomes(_ingest(store, Path("hr/readme.md"))) == ["unchanged"]
    assert len(store.documents()) == 2


def test_a_named_root_stands_for_the_folder(store: DocumentStore, folders: Path) -> None:
    _ingest(store, folders / "hr", root="uploads")
    (folders / "hr").rename(folders / "moved")

    assert _outcomes(_ingest(store, folders / "moved", root="uploads")) == ["unchanged"] * 2
    assert _outcomes(_ingest(store, folders / "moved")) == ["added"] * 2


def test_a_folder_with_bytes_for_a_name_has_a_root(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()

    assert source_root(folder / "sub" / "a.txt", "sub/a.txt").endswith("caf\\xe9")


def test_a_document_of_an_earlier_version_is_replaced_by_the_first_of_its_name(
    store: DocumentStore, folders: Path
) -> None:
    _write_old(store, "readme.md", "Old words.", "old")

    hr, it = _ingest(store, folders / "hr", folders / "it")[::2]

    assert (hr.outcome, it.outcome) == ("replaced", "added")
    assert has_place(hr.document_id)
    assert "Old words." not in _texts(store)
    assert _outcomes(_ingest(store, folders / "hr", folders / "it")) == ["unchanged"] * 4


def test_a_document_of_an_earlier_version_that_has_not_changed_is_not_read_again(
    store: DocumentStore, folders: Path
) -> None:
    _ingest(store, folders / "hr" / "readme.md")
    [document] = store.documents()
    store.delete(document.id)
    _write_old(store, "readme.md", "As it was read then.", document.content_hash)

    hr = _ingest(store, folders / "hr")[0]
    it = _ingest(store, folders / "it")[0]

    assert (hr.outcome, it.outcome) == ("unchanged", "added")
    [passage] = store.passages(hr.document_id)
    assert (passage.text, passage.document_id) == ("As it was read then.", hr.document_id)
    assert store.search("read then", limit=1)[0].passage.document_id == hr.document_id
    assert store.passages(id_without_place("c", "readme.md")) == []
