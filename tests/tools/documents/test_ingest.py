import os
from pathlib import Path

import pytest
from kept_readers import ingest

from tools.documents.folder import files_in
from tools.documents.ingest import FileReport, IngestReport
from tools.documents.readers import FileReaders
from tools.documents.store import DocumentStore
from tools.errors import BadInput, Unavailable


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


@pytest.mark.parametrize(
    "name",
    [
        "~$b.docx",
        "sub/~$prices.xlsx",
        "b.md~",
        "~WRL0001.tmp",
        "b.md.swp",
        "report.pdf.part",
        "report.pdf.crdownload",
        "Thumbs.db",
        "desktop.ini",
        "__MACOSX/b.md",
    ],
)
def test_what_programs_leave_beside_their_files_is_passed_over(folder: Path, name: str) -> None:
    before = list(files_in(folder))
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"\x05Ada\0" * 20)

    assert list(files_in(folder)) == before


def test_a_lock_file_is_passed_over_where_a_pattern_names_it(folder: Path) -> None:
    (folder / "~$b.docx").write_bytes(b"\x05Ada\0" * 20)

    assert list(files_in(folder / "~$b.docx")) == []
    assert list(files_in(folder / "b.md")) == [(folder / "b.md", "b.md")]


def test_what_is_no_file_gets_a_line(store: DocumentStore, folder: Path) -> None:
    before = list(files_in(folder))
    (folder / "sub" / "back").symlink_to(folder)
    (folder / "circle.md").symlink_to(folder / "circle.md")
    (folder / "gone.md").symlink_to(folder / "nowhere.md")
    (folder / ".emacs-lock").symlink_to(folder / "nowhere.md")
    os.mkfifo(folder / "pipe.txt")

    report = ingest([folder], store=store, collection="c")

    told = {file.source: (file.outcome, file.reason) for file in report.files if file.reason}
    broken = "a link that leads nowhere or back to itself; mend or delete it."
    assert told == {
        "circle.md": ("failed", broken),
        "gone.md": ("failed", broken),
        "pipe.txt": ("skipped", "not a regular file, but a pipe, a socket or a device."),
        "sub/back": (
            "skipped",
            "a link to a folder, which is not followed; ingest the folder that it leads to.",
        ),
    }
    assert report.count("added") == len(before)


def test_a_csv_file_that_is_too_wide_for_a_database_says_so(
    store: DocumentStore, tmp_path: Path
) -> None:
    wide = [",".join(f"{row}{column}" for column in range(2_001)) for row in range(1, 6)]
    (tmp_path / "wide.csv").write_text("\n".join(wide), encoding="utf-8")

    [report] = ingest([tmp_path / "wide.csv"], store=store, collection="c").files

    assert report.reason == (
        "not loaded as data, but searched as text: 'wide' has 2,001 columns, of 2,000 at most"
    )


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
    (folder / "aa.pdf").write_bytes(b"%PDF-1.4 torn")
    (folder / "c.exe").write_bytes(b"MZ")

    report = _ingest(store, folder, folder / "gone.md")

    failed = [file for file in report.files if file.outcome == "failed"]
    assert report.count("added") == 3
    assert [file.source for file in failed] == ["aa.pdf", "c.exe", "gone.md"]
    assert all(file.source in file.reason for file in failed)
    assert len(store.documents()) == 3


def test_a_document_whose_file_became_unreadable_is_kept_and_the_reason_says_so(
    store: DocumentStore, folder: Path
) -> None:
    _ingest(store, folder)
    (folder / "b.md").write_bytes(b"a\0b")

    report = _ingest(store, folder)

    assert report.files[1].outcome == "failed"
    assert report.files[1].reason.endswith("The version ingested before is kept.")
    assert [p.text for p in store.passages(report.files[1].document_id)] == ["Bees fly."]


def test_what_was_left_out_of_a_document_is_reported(store: DocumentStore, folder: Path) -> None:
    (folder / "a.txt").rename(folder / "mail.eml")
    mail = 'Content-Disposition: attachment; filename="smime.p7s"\n\nx'
    head = "Subject: Racks\nContent-Type: multipart/mixed; boundary=p\n\n--p\n\nHello.\n--p\n"
    (folder / "mail.eml").write_text(f"{head}{mail}\n--p--\n", encoding="utf-8")

    report = _ingest(store, folder / "mail.eml")

    assert report.files[0].outcome == "added"
    assert report.files[0].reason == "attached, not read: smime.p7s"


def test_names_and_texts_that_are_not_unicode_stop_nothing(
    store: DocumentStore, tmp_path: Path
) -> None:
    root = tmp_path / "odd"
    root.mkdir()
    (root / os.fsdecode(b"caf\xe9.txt")).write_text("Ants walk.", encoding="utf-8")
    (root / os.fsdecode(b"caf\xe9.bin")).write_bytes(b"\0")
    (root / "half.json").write_text('{"half": "a pair \\ud800"}', encoding="utf-8")

    report = _ingest(store, root)

    assert _outcomes(report) == [
        ("caf\ufffd.bin", "failed"),
        ("caf\ufffd.txt", "added"),
        ("half.json", "added"),
    ]
    assert [p.text for p in store.passages(report.files[2].document_id)] == ["- half: a pair ?"]


def test_two_workers_report_in_the_order_of_the_files(store: DocumentStore, tmp_path: Path) -> None:
    root = tmp_path / "many"
    root.mkdir()
    for number in range(30):
        (root / f"{number:02}.txt").write_text(f"Word {number}. " * (300 - 10 * number))

    with FileReaders(2) as readers:
        report = ingest([root, root], store=store, collection="c", readers=readers)

    assert [file.source for file in report.files] == [f"{number:02}.txt" for number in range(30)]
    assert report.count("added") == len(store.documents()) == 30


def test_two_files_of_one_name_in_one_run_are_not_mixed_up(
    store: DocumentStore, folder: Path
) -> None:
    (folder / "sub" / "a.txt").write_text("Other ants.", encoding="utf-8")

    report = _ingest(store, folder / "a.txt", folder / "sub" / "a.txt")

    assert [file.outcome for file in report.files] == ["added", "added"]
    assert len({file.document_id for file in report.files}) == 2


def test_the_same_file_in_two_collections_is_two_documents(
    store: DocumentStore, folder: Path
) -> None:
    for name in ("one", "two"):
        ingest([folder / "a.txt"], store=store, collection=name)

    assert store.collections() == {"one": 1, "two": 1}
    assert len({document.id for document in store.documents()}) == 2


@pytest.mark.parametrize("name", ["", "  ", "x" * 129])
def test_a_collection_needs_a_name(shared_store: DocumentStore, name: str) -> None:
    with pytest.raises(BadInput, match="is not a valid collection name"):
        ingest([], store=shared_store, collection=name)


def test_what_a_run_has_written_is_counted_in_the_end(store: DocumentStore, folder: Path) -> None:
    def lose(report: FileReport) -> None:
        if report.outcome == "added" and len(store.documents()) > 1:
            store.delete(report.document_id)

    with pytest.raises(Unavailable, match=r"does not hold what was written of .*run the ingestion"):
        ingest([folder], store=store, collection="c", on_progress=lose)
    assert ingest([folder], store=store, collection="c").count("added") > 0
    counted = store.count_passages([each.id for each in store.documents()])
    assert counted == {each.id: each.passages for each in store.documents()}
