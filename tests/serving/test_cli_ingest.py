"""Options of `docsql ingest`."""

import os
import pty
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from docsql_process import COMMAND, Folder
from typer.testing import CliRunner, Result

from serving.cli.commands import app

RUNNER = CliRunner()


@pytest.fixture
def here(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.chdir(folder.path)
    monkeypatch.setenv("NO_COLOR", "1")
    for name, value in folder.settings.items():
        monkeypatch.setenv(name, value)
    return folder


def _docsql(*arguments: str) -> Result:
    return RUNNER.invoke(app, arguments)


@pytest.mark.parametrize(
    ("workers", "said"),
    [
        ("0", "docsql: --workers '0' is neither a number from 1 to 64 nor ray://local or ray://"),
        ("many", "docsql: --workers 'many' is neither a number from 1 to 64 nor ray://local or"),
    ],
)
def test_workers_that_there_are_not_are_refused(
    here: Folder, documents: Path, workers: str, said: str
) -> None:
    result = _docsql("ingest", str(documents), "--workers", workers)

    assert result.exit_code == 1
    assert result.stderr.startswith(said)
    assert result.stdout == ""


def test_a_terminal_shows_a_bar_with_speeds_and_the_time_left(
    here: Folder, documents: Path
) -> None:
    end, terminal = pty.openpty()
    with subprocess.Popen(  # noqa: S603  # our own command
        [COMMAND, "ingest", str(documents)],
        cwd=here.path,
        env={**here.environment, "TERM": "xterm", "COLUMNS": "120"},
        stdout=terminal,
        stderr=terminal,
    ) as process:
        os.close(terminal)
        shown = _read_to_the_end(end)
        assert process.wait(60) == 0
    os.close(end)

    assert re.search(r"2/2 files {2}\d+\.\d files/s {2}\d+ passages/s .* left", shown)
    assert "2 of 2 files are ingested." in shown


def _read_to_the_end(end: int) -> str:
    shown = b""
    with suppress(OSError):  # what Linux says when the other end is closed
        while read := os.read(end, 65_536):
            shown += read
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode())


def test_files_that_are_gone_are_forgotten_when_that_is_asked(
    here: Folder, documents: Path
) -> None:
    folder = here.path / "handbook"
    shutil.copytree(documents, folder)
    _docsql("ingest", str(folder))
    _docsql("ingest", str(folder), "--collection", "other")
    (folder / "storage.txt").unlink()

    kept = _docsql("ingest", str(folder))
    listed = _docsql("documents", "collections")
    pruned = _docsql("ingest", str(folder), "--prune", "--workers", "1")

    assert "forgotten" not in kept.stdout
    assert listed.stdout == "default: 2 documents\nother: 2 documents\n"
    assert "forgotten  storage.txt" in pruned.stdout
    assert _docsql("documents", "collections").stdout == (
        "default: 1 document\nother: 2 documents\n"
    )


def test_what_is_forgotten_came_from_the_folder_that_was_given(here: Folder) -> None:
    for name in ("hr", "it"):
        (here.path / name).mkdir()
        for file in ("readme.md", "old.md"):
            (here.path / name / file).write_text(f"About {name}.", encoding="utf-8")
        _docsql("ingest", name)
    (here.path / "hr" / "old.md").unlink()

    pruned = _docsql("ingest", str(here.path / "hr"), "--prune")

    assert "unchanged  readme.md" in pruned.stdout
    assert pruned.stdout.count("forgotten") == 1
    assert _docsql("documents", "collections").stdout == "default: 3 documents\n"


def test_documents_are_copied_to_another_store_and_found_there(
    here: Folder, documents: Path
) -> None:
    _docsql("ingest", str(documents))

    copied = _docsql("documents", "copy", "--to", "other.db")
    again = _docsql("documents", "copy", "--to", "other.db", "--collection", "default")
    there = here.run("documents", "collections", DOCSQL_DOCUMENTS__URI="other.db")

    assert copied.stdout.startswith("other.db has 2 documents with ")
    assert "2 were copied now. Checked by counting all and searching for 2." in copied.stdout
    assert "0 were copied now." in again.stdout
    assert there.stdout == "default: 2 documents\n"


def test_a_wrong_path_does_not_empty_a_collection(here: Folder, documents: Path) -> None:
    _docsql("ingest", str(documents))
    (here.path / "empty").mkdir()

    for path in ("nowhere", "empty"):
        refused = _docsql("ingest", path, "--prune")
        assert refused.exit_code == 1
        assert refused.stderr == (
            f"docsql: There are no files at '{path}', and --prune would delete "
            "everything from there. Check the path.\n"
        )
    assert _docsql("documents", "collections").stdout == "default: 2 documents\n"


def test_what_was_left_out_of_a_file_is_said_below_it(here: Folder) -> None:
    page = here.path / "page.pdf"
    page.write_text("<!DOCTYPE html><p>Racks</p>", encoding="utf-8")

    lines = _docsql("ingest", str(page)).stdout.splitlines()

    assert lines[0].split() == ["added", "page.pdf", "1", "passage"]
    assert lines[1].strip() == "parsed as .html, going by its content"
