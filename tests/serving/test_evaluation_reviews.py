"""Reviewing a set: what a slip costs, what a spreadsheet shows, and what the next step is."""

from pathlib import Path

import pytest
from docsql_process import Folder
from evaluated import make_run
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from serving.cli.commands import app
from serving.evaluation.case import SetCase, read_set, write_set
from serving.evaluation.patterns import as_meant, as_pattern, as_written
from serving.evaluation.sheet import read_sheet, write_sheet

SET = Path("set.jsonl")
DRAFTS = [
    SetCase(id="a", kind="count", question="How many?", sql=("SELECT COUNT(*) FROM repairs",)),
    SetCase(id="b", question="How much?", says=(as_pattern("1,420.50"),)),
    SetCase(id="c", question="Who?", sql=("SELECT nothing FROM repairs",)),
]


def docsql(*arguments: str, said: str | None = None) -> Result:
    return CliRunner().invoke(app, ["eval", *arguments], input=said)


@pytest.fixture
def here(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder of the commands, with a set of three drafts."""
    monkeypatch.chdir(folder.path)
    for name, value in {**folder.environment, "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    write_set(SET, DRAFTS)
    return folder.path


@pytest.mark.usefixtures("here")
def test_a_slip_is_taken_back() -> None:
    """Accepted by mistake, back, dropped, back, and left as it is once it is edited."""
    reviewed = docsql("review", "set.jsonl", said="a\nb\nd\nb\ne\nHow many now?\n\n\nq\n")
    assert "a (count) is accepted" in reviewed.stdout
    assert "a (count) is dropped" in reviewed.stdout
    assert "0 of 3 questions are accepted. 3 drafts are left." in reviewed.stdout
    assert "Ask them" not in reviewed.stdout
    assert read_set(SET)[0] == DRAFTS[0].model_copy(update={"question": "How many now?"})


@pytest.mark.usefixtures("here")
def test_words_that_an_answer_has_to_say_can_be_taken_away() -> None:
    said = "s\ne\n\n-\ny\na\n"
    reviewed = docsql("review", "set.jsonl", said=said)  # and then the input ends, as at Ctrl-C
    assert (reviewed.exit_code, "1 of 3 questions are accepted." in reviewed.stdout) == (0, True)
    case = read_set(SET)[1]
    assert (case.says, case.declined, case.accepted) == ((), True, True)


@pytest.mark.usefixtures("here")
def test_a_spreadsheet_shows_what_is_right_and_forgets_nothing() -> None:
    assert docsql("export", "set.jsonl", "set.xlsx").exit_code == 0
    book = load_workbook("set.xlsx")
    (sheet,) = book.worksheets
    head = [str(cell.value) for cell in sheet[1]]
    lines = [dict(zip(head, row, strict=True)) for row in sheet.iter_rows(2, values_only=True)]
    assert [line["result"] for line in lines[:2]] == ["7", None]
    assert str(lines[2]["result"]).startswith("It does not run:")
    assert lines[1]["says"] == "1420.50"
    (choice,) = sheet.data_validations.dataValidation
    assert (choice.formula1, "A2:A4" in str(choice.sqref)) == ('"yes,no"', True)
    sheet.cell(2, 1, "Yes")
    sheet.delete_rows(4)
    book.save("set.xlsx")
    brought = docsql("import", "set.xlsx", "set.jsonl")
    assert "2 questions in set.jsonl, 1 of them accepted. 1 is dropped." in brought.stdout
    kept = read_set(SET)
    assert [(case.id, case.accepted, case.dropped) for case in kept] == [
        ("a", True, False),
        ("b", False, False),
        ("c", False, True),
    ]
    assert kept[1].says == DRAFTS[1].says
    assert docsql("export", "set.jsonl", "set.csv").exit_code == 0
    assert [case.id for case in read_sheet(Path("set.csv"))] == ["a", "b"]


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        (as_pattern("420"), "420"),
        (as_pattern("12 months"), "12 months"),
        ("Siobhan Keane", "Siobhan Keane"),
        ("420", "/420/"),
        (r"\b12\b", r"\b12\b"),
        ("five|5", "five|5"),
        ("/x/", "//x//"),
        (as_pattern("COUNT(*)"), r"COUNT\(\*\)"),
    ],
)
def test_a_pattern_is_written_as_words_and_meant_as_it_was(pattern: str, written: str) -> None:
    assert (as_written(pattern), as_meant(written)) == (written, pattern)


def test_words_in_a_spreadsheet_are_no_part_of_another_number(tmp_path: Path) -> None:
    sheet = tmp_path / "set.csv"
    sheet.write_text("id,question,says\na,How much?,420\n", encoding="utf-8")
    (case,) = read_sheet(sheet)
    assert case.says == (as_pattern("420"),)
    write_sheet(sheet, [case])
    assert read_sheet(sheet) == [case]


def test_the_latest_run_is_reported_and_the_next_step_is_said(here: Path) -> None:
    nothing = docsql("report")
    assert (nothing.exit_code, "There is no run in" in nothing.stderr) == (1, True)
    one = {"id": "n", "question": "How many repairs are there?", "rows": ((7,),), "accepted": True}
    write_set(SET, [SetCase.model_validate(one)])
    ran = docsql("run", "set.jsonl")
    assert ran.exit_code == 0, ran.output
    folder = ran.stdout.rsplit("As a page: docsql eval report ", 1)[1].strip()
    make_run(here / "data" / "evaluations" / "older", ["right"])
    (here / folder / "run.json").touch()
    assert docsql("report").stdout == f"Wrote {folder}/report.html.\n"
