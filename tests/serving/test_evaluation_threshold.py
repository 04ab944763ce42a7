"""`docsql eval threshold`, and the setting that it writes."""

import tomllib
from pathlib import Path

import pytest
from docsql_process import Folder
from evaluated import make_run
from typer.testing import CliRunner

from serving.cli.commands import app
from serving.evaluation.settings_file import with_least_confidence, write_least_confidence
from tools.errors import BadInput

FALLEN = ["right"] * 6 + ["wrong"] * 2
CONFIDENCES = {n: 0.9 - n * 0.1 for n in range(8)}  # 0.9 … 0.4 are right, 0.3 and 0.2 are not


def test_a_threshold_is_found_and_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_run(tmp_path / "few", FALLEN, confidences=CONFIDENCES)
    command = ["eval", "threshold", "few", "--risk", "0.1", "--write"]
    found = CliRunner().invoke(app, command)
    assert found.exit_code == 1
    assert "With so few answers" in found.stdout
    assert "Not written: " in found.stdout
    assert not (tmp_path / "docsql.toml").exists()
    many = {n * len(FALLEN) + at: one for n in range(20) for at, one in CONFIDENCES.items()}
    make_run(tmp_path / "run", FALLEN * 20, confidences=many)
    found = CliRunner().invoke(app, ["eval", "threshold", "run", *command[3:]])
    assert found.exit_code == 0, found.output
    assert "=0.4, 75% of the answers are given, and 0.0% of these were wrong." in found.stdout
    assert "when it is started again" in found.stdout
    written = tomllib.loads((tmp_path / "docsql.toml").read_text(encoding="utf-8"))
    assert written == {"answers": {"least_confidence": 0.4}}


def test_answers_without_a_confidence_have_no_threshold(tmp_path: Path) -> None:
    make_run(tmp_path / "run", FALLEN)
    found = CliRunner().invoke(app, ["eval", "threshold", str(tmp_path / "run"), "--risk", "0.1"])
    assert found.exit_code == 1
    assert "has a confidence: only those from databases do" in found.stderr


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[answers]\nleast_confidence = 0.75\n"),
        ('data = "d"\n', 'data = "d"\n\n[answers]\nleast_confidence = 0.75\n'),
        (
            "[answers]\nrisk = 0.1\n\n[page]\nport = 1\n",
            "[answers]\nleast_confidence = 0.75\nrisk = 0.1\n\n[page]\nport = 1\n",
        ),
        (
            "# Ours.\n[answers] # sure\nleast_confidence = 0.2 # old\n[page]\nport = 1\n",
            "# Ours.\n[answers] # sure\nleast_confidence = 0.75\n[page]\nport = 1\n",
        ),
    ],
)
def test_one_setting_is_written_and_the_rest_stays(before: str, after: str) -> None:
    assert with_least_confidence(before, 0.75) == after


@pytest.mark.parametrize(
    "text", ["answers = { risk = 0.1 }\n", "answers.least_confidence = 0.2\n", "not toml"]
)
def test_a_file_that_is_not_understood_stays_as_it_was(tmp_path: Path, text: str) -> None:
    path = tmp_path / "docsql.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"Write `least_confidence = 0\.75` under"):
        write_least_confidence(path, 0.75)
    assert path.read_text(encoding="utf-8") == text


def test_an_answer_below_the_least_confidence_is_declined(folder: Folder) -> None:
    asked = ("ask", "How many repairs are there?")
    sure = folder.run(*asked, DOCSQL_ANSWERS__LEAST_CONFIDENCE="0.01", DOCSQL_ANSWERS__RISK="0.001")
    assert sure.returncode == 0, sure.stdout
    unsure = folder.run(*asked, DOCSQL_ANSWERS__LEAST_CONFIDENCE="1")
    assert unsure.returncode == 4
    assert "where 1.00 is asked for" in unsure.stdout


def test_what_is_not_sure_enough_is_not_looked_up_in_the_documents(folder: Folder) -> None:
    """A sentence with the question's words would be given in place of the rows that were held back."""
    told = (
        "The workshop with the highest cost of repairs is told the number of repairs every month."
    )
    (folder.path / "news.md").write_text(f"# News\n\n{told}\n", encoding="utf-8")
    assert folder.run("ingest", "news.md").returncode == 0
    asked = ("ask", "Which workshop has the highest cost of repairs?")
    unsure = folder.run(*asked, DOCSQL_ANSWERS__LEAST_CONFIDENCE="1")
    assert (unsure.returncode, "where 1.00 is asked for" in unsure.stdout) == (4, True), (
        unsure.stdout
    )
    assert told not in unsure.stdout
