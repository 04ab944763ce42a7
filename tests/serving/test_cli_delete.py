"""Documents are deleted by id, by path and by folder, and the same content twice is told."""

import json
from pathlib import Path

import pytest
from docsql_process import Folder
from typer.testing import CliRunner, Result

from serving.cli.commands import app

RUNNER = CliRunner()


@pytest.fixture
def papers(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with another in it, in the working folder of this process."""
    monkeypatch.chdir(folder.path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("DOCSQL_EMBEDDINGS__API", "none")
    for name, value in folder.settings.items():
        monkeypatch.setenv(name, value)
    (folder.path / "papers" / "fees").mkdir(parents=True)
    for name in ("papers/fees/vans.txt", "papers/fees/cars.txt", "papers/rules.txt"):
        (folder.path / name).write_text(f"What {name} says.", encoding="utf-8")
    return folder.path / "papers"


def docsql(*arguments: str) -> Result:
    return RUNNER.invoke(app, arguments)


def _sources() -> list[str]:
    return [each["source"] for each in json.loads(docsql("documents", "list", "--json").stdout)]


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("papers/fees/vans.txt", ["fees/cars.txt", "rules.txt"]),
        ("fees/vans.txt", ["fees/cars.txt", "rules.txt"]),
        ("papers/fees/", ["rules.txt"]),
        ("fees", ["rules.txt"]),
        ("papers", []),
        ("./papers/../papers/rules.txt", ["fees/cars.txt", "fees/vans.txt"]),
    ],
)
@pytest.mark.usefixtures("papers")
def test_documents_are_deleted_by_path_and_by_folder(name: str, left: list[str]) -> None:
    assert docsql("ingest", "papers").exit_code == 0

    deleted = docsql("documents", "delete", name, "--yes")

    assert deleted.exit_code == 0
    assert _sources() == left
    assert deleted.stdout.count("none is left") == 3 - len(left)


@pytest.mark.usefixtures("papers")
def test_several_documents_are_not_deleted_unasked() -> None:
    docsql("ingest", "papers")

    refused = docsql("documents", "delete", "papers/fees")

    assert refused.exit_code == 1
    assert "'papers/fees' is 2 documents; --yes deletes them" in refused.stderr
    assert "fees/cars.txt" in refused.stderr
    assert len(_sources()) == 3


@pytest.mark.parametrize("name", ["", " ", "fee", "papers/nothing.txt"])
@pytest.mark.usefixtures("papers")
def test_a_name_that_is_no_document_deletes_nothing(name: str) -> None:
    docsql("ingest", "papers")

    refused = docsql("documents", "delete", name, "--yes")

    assert refused.exit_code == 1
    assert "There is no document" in refused.stderr
    assert len(_sources()) == 3


@pytest.mark.usefixtures("papers")
def test_the_same_content_under_another_path_is_told_and_deleted_by_its_own() -> None:
    first = docsql("ingest", "papers")
    assert "the same content" not in first.stdout

    again = docsql("ingest", "papers/fees")
    assert again.stdout.count("which the collection has already") == 2
    assert "the same content as 'fees/vans.txt'" in again.stdout
    assert "the same content" not in docsql("ingest", "papers/fees").stdout

    assert docsql("documents", "delete", "papers/rules.txt", "--yes").exit_code == 0
    assert docsql("documents", "delete", "vans.txt").exit_code == 0
    assert _sources() == ["cars.txt", "fees/cars.txt", "fees/vans.txt"]


def test_a_running_service_tells_the_same_content_and_deletes_by_folder(
    folder: Folder, papers: Path
) -> None:
    with folder.serving():
        folder.run("ingest", str(papers))
        again = folder.run("ingest", str(papers / "fees"))
        assert again.stdout.count("which the collection has already") == 2
        deleted = folder.run("documents", "delete", str(papers / "fees"), "--yes")
        listed = json.loads(folder.run("documents", "list", "--json").stdout)

    assert deleted.returncode == 0
    assert [each["source"] for each in listed] == ["rules.txt"]
