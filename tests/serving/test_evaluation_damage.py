"""Sets and runs that were damaged: the command says what is wrong, and counts nothing as right."""

from collections.abc import Callable
from pathlib import Path

import pytest
from evaluated import make_run
from typer.testing import CliRunner, Result

from serving.cli.commands import app
from serving.evaluation.folder import ANSWERS, CASES, EXPECTED, JUDGE, RUN, open_answers, read_run

Damage = Callable[[Path], object]
CASE = '{"id": "a", "question": "How many?", "says": ["7"], "accepted": true}\n'


def run(*command: str) -> Result:
    return CliRunner().invoke(app, ["eval", *command])


def _write(name: str, text: str) -> Damage:
    return lambda folder: (folder / name).write_text(text, encoding="utf-8")


def _append(name: str, text: str) -> Damage:
    def damage(folder: Path) -> None:
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(text)

    return damage


def _delete(name: str) -> Damage:
    return lambda folder: (folder / name).unlink()


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_write(RUN, '{"set":'), "is not the folder of a run"),
        (_append(ANSWERS, "no JSON\n"), "answers.jsonl', line 3 cannot be read. Delete the line"),
        (_write(JUDGE, "{"), "judge.json' cannot be read. Delete it to judge again"),
        (_append(CASES, CASE), "cases.jsonl' is not as the run wrote it"),
        (_delete(CASES), "cases.jsonl' is not as the run wrote it"),
        (_append(EXPECTED, "\n"), "expected.jsonl' is not as the run wrote it"),
        (_delete(EXPECTED), "expected.jsonl' is not as the run wrote it"),
    ],
)
def test_a_damaged_run_is_not_reported(tmp_path: Path, damage: Damage, said: str) -> None:
    folder = tmp_path / "run"
    make_run(folder, ["right", "wrong"])
    damage(folder)
    found = run("report", str(folder))
    assert (found.exit_code, said in found.stderr) == (1, True), found.stderr
    assert not (folder / "report.html").exists()


def test_a_run_that_lost_its_answers_asks_again(tmp_path: Path) -> None:
    make_run(tmp_path / "run", ["right", "wrong"])
    (tmp_path / "run" / ANSWERS).unlink()
    assert len(read_run(tmp_path / "run").left) == 2
    with open_answers(tmp_path / "run"):
        assert (tmp_path / "run" / ANSWERS).is_file()


def test_nothing_in_common_is_no_success(tmp_path: Path) -> None:
    make_run(tmp_path / "a", ["right"])
    make_run(tmp_path / "b", ["right"], questions="What else?")
    found = run("compare", str(tmp_path / "a"), str(tmp_path / "b"), "--no-worse")
    assert found.exit_code == 1
    assert "no answered case in common, so nothing can be compared" in found.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (CASE.replace("How many?", "  "), "line 1: question: Value error, the question is empty"),
        (CASE.replace("How many?", "x" * 8001), "line 1: question: The question has 8,001"),
        (
            CASE.replace('"says"', '"after": ["Where?", ""], "says"'),
            "line 1: after.1: Value error, the question is empty",
        ),
        (CASE + CASE, "several cases have the id 'a'"),
        (CASE.replace('{"id"', '{"id": "b", "id"'), "line 1: the field 'id' appears twice"),
        (
            CASE.replace('"says": ["7"]', '"rows": [[NaN]]'),
            "line 1: rows: Value error, a number is not",
        ),
        (CASE.replace('"says": ["7"]', '"rows": [[1e999]]'), "line 1: rows: Value error, a number"),
        (CASE.replace('"says"', '"tolerance": 1e999, "says"'), "line 1: tolerance: Input should"),
        (CASE.replace('"says"', '"tags": 1, "says"'), "line 1: there is no field 'tags'."),
        (CASE.replace('"says"', '"dropped": true, "says"'), "both accepted and dropped"),
        (CASE.replace("}", ', "tolerance": 1, "tolerance": NaN}'), "line 1: tolerance: "),
        (CASE.replace("How", "\\ud800How"), "line 1: "),
    ],
)
def test_a_set_that_cannot_be_asked_is_named_before_it_is_asked(
    tmp_path: Path, line: str, said: str
) -> None:
    (tmp_path / "set.jsonl").write_text(line, encoding="utf-8")
    found = run("export", str(tmp_path / "set.jsonl"), str(tmp_path / "set.csv"))
    assert (found.exit_code, said in found.stderr) == (1, True), found.stderr


@pytest.mark.parametrize("command", ["review", "run"])
def test_a_spreadsheet_is_no_set_and_it_is_said_what_to_do(tmp_path: Path, command: str) -> None:
    (tmp_path / "set.xlsx").write_bytes(b"PK\x03\x04\xd2")
    found = run(command, str(tmp_path / "set.xlsx"))
    assert found.exit_code == 1
    assert f"docsql eval import {tmp_path}/set.xlsx {tmp_path}/set.jsonl" in found.stderr


def test_a_set_without_a_question_is_said_to_have_none(tmp_path: Path) -> None:
    (tmp_path / "set.jsonl").touch()
    found = run("run", str(tmp_path / "set.jsonl"))
    assert (found.exit_code, "has no questions. `docsql eval new" in found.stderr) == (1, True)


def test_a_mark_that_an_editor_put_first_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "set.jsonl").write_text(CASE, encoding="utf-8-sig")
    found = run("export", str(tmp_path / "set.jsonl"), str(tmp_path / "set.csv"))
    assert (found.exit_code, "1 question in" in found.stdout) == (0, True), found.stderr


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("sheet.csv", "", "has no headings in its first line"),
        ("sheet.csv", "id,accepted\na,yes\n", "line 2: question: Field required"),
        ("sheet.txt", "id,question\na,Why?\n", "is not a spreadsheet. Name it .csv or .xlsx"),
        ("sheet.xlsx", "id,question\na,Why?\n", "cannot be read"),
    ],
)
def test_what_is_no_sheet_replaces_no_set(tmp_path: Path, name: str, text: str, said: str) -> None:
    path = tmp_path / "set.jsonl"
    path.write_text(CASE, encoding="utf-8")
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = run("import", str(tmp_path / name), str(path))
    assert (found.exit_code, said in found.stderr) == (1, True), found.stderr
    assert path.read_text(encoding="utf-8") == CASE
