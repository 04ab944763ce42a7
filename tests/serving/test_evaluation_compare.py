"""`docsql eval compare`: what differs between two runs, and what is chance."""

import random
from pathlib import Path

import pytest
from defusedxml.ElementTree import parse
from evaluated import make_run
from typer.testing import CliRunner, Result

from agent.evaluation.chance import bootstrap
from serving.cli.commands import app
from serving.evaluation.compare import compare_runs
from serving.evaluation.junit import as_junit
from serving.evaluation.verdict import score_run
from tools.errors import BadInput

EVEN = ["right"] * 160 + ["wrong"] * 40


def compare(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(
        app, ["eval", "compare", str(folder / "a"), str(folder / "b"), *options]
    )


@pytest.mark.parametrize("fell", ["wrong", "declined"])
def test_a_drop_of_five_points_in_200_cases_is_found(tmp_path: Path, fell: str) -> None:
    make_run(tmp_path / "a", EVEN)
    make_run(tmp_path / "b", [fell] * 10 + EVEN[10:])
    found = compare(tmp_path, "--no-worse", "--junit", str(tmp_path / "out.xml"))
    assert found.exit_code == 6
    assert "200 cases are in both. 10 flipped." in found.stdout
    assert f"right -> {fell}: case 0: What is it?" in found.stdout
    assert "A: 42 [1]." in found.stdout
    assert "Worse than a:" in found.stderr
    failed = {
        case.get("name") for case in parse(tmp_path / "out.xml").iter("testcase") if len(case)
    }
    assert failed == {f"case {n}" for n in range(10)}


def test_no_difference_is_found_between_equal_runs(tmp_path: Path) -> None:
    make_run(tmp_path / "a", EVEN)
    make_run(tmp_path / "b", EVEN)
    found = compare(tmp_path, "--no-worse")
    assert found.exit_code == 0
    assert "0 flipped" in found.stdout
    assert "worse" not in found.stdout
    assert "better" not in found.stdout


def test_a_run_of_other_questions_passes_no_bar(tmp_path: Path) -> None:
    make_run(tmp_path / "a", ["right"] * 9)
    make_run(tmp_path / "b", ["right"] * 2)
    assert compare(tmp_path).exit_code == 0
    found = compare(tmp_path, "--no-worse")
    assert (found.exit_code, "Only 2 of 9 cases are the same in a" in found.stderr) == (6, True)


def test_what_became_wrong_is_told_before_what_is_declined(tmp_path: Path) -> None:
    make_run(tmp_path / "a", EVEN)
    make_run(tmp_path / "b", ["declined", "wrong", *EVEN[2:-1], "right"])
    told = [line for line in compare(tmp_path).stdout.splitlines() if " -> " in line]
    assert [line.partition(":")[0] for line in told] == [
        "right -> wrong",
        "right -> declined",
        "wrong -> right",
    ]


def test_flips_in_both_directions_are_chance(tmp_path: Path) -> None:
    make_run(tmp_path / "a", EVEN)
    make_run(tmp_path / "b", ["wrong"] * 8 + EVEN[8:-6] + ["right"] * 6)
    found = compare(tmp_path, "--no-worse")
    assert found.exit_code == 0
    assert "14 flipped" in found.stdout


def test_a_false_alarm_is_as_rare_as_it_is_said_to_be() -> None:
    draw = random.Random(1)  # noqa: S311
    alarms = 0
    for _ in range(60):
        flips = [draw.choice((-1.0, 1.0)) if draw.random() < 0.2 else 0.0 for _ in range(60)]
        found = bootstrap(flips)
        alarms += found.is_below or found.is_above
    assert alarms <= 8  # 3 of 60 are expected


def test_an_interval_is_the_same_each_time_and_narrows() -> None:
    few, many = [1.0, 0.0] * 10, [1.0, 0.0] * 200
    assert bootstrap(few) == bootstrap(few)
    assert bootstrap(few).mean == 0.5
    assert bootstrap(many).high - bootstrap(many).low < 0.11 < bootstrap(few).high - 0.5


def test_only_what_is_the_same_in_both_is_compared(tmp_path: Path) -> None:
    before = make_run(tmp_path / "a", ["right"] * 3)
    longer = make_run(tmp_path / "b", ["right"] * 4)
    other = make_run(tmp_path / "c", ["right"] * 3, questions="What else?")
    assert (
        len(compare_runs(before, longer, penalty=1).pairs),
        compare_runs(before, longer, penalty=1).unpaired,
    ) == (3, 1)
    with pytest.raises(BadInput, match="no answered case in common"):
        compare_runs(before, other, penalty=1)


@pytest.mark.parametrize(("least", "status"), [("0.8", 0), ("0.81", 6)])
def test_a_bar_is_held(tmp_path: Path, least: str, status: int) -> None:
    for name in ("a", "b"):
        make_run(tmp_path / name, EVEN)
    assert compare(tmp_path, "--fail-under", least).exit_code == status


def test_several_runs_are_shown_side_by_side(tmp_path: Path) -> None:
    """Over the cases that all of them have, with the difference to the first."""
    make_run(tmp_path / "a", EVEN)
    make_run(tmp_path / "b", ["right"] * 10 + EVEN)
    make_run(tmp_path / "c", ["declined"] * 200)
    found = compare(tmp_path, str(tmp_path / "c"))
    assert found.exit_code == 0, found.output
    heads, *lines, last = found.stdout.splitlines()
    assert heads.split() == ["a", "b", "c"]
    assert [line.rsplit(maxsplit=3) for line in lines[:6]] == [
        ["agent", "docsql", "docsql", "docsql"],
        ["right", "80.0%", "85.0%", "0.0%"],
        ["wrong", "20.0%", "15.0%", "0.0%"],
        ["declined", "0.0%", "0.0%", "100.0%"],
        ["points", "+0.60", "+0.70", "+0.00"],
        ["than the first", "+0.00", "+0.10", "-0.60"],
    ]
    assert max(map(len, lines)) <= 80
    assert last == "200 cases are in all of them."
    refused = compare(tmp_path, str(tmp_path / "c"), "--no-worse")
    assert (refused.exit_code, "give A and B alone" in refused.stderr) == (1, True)
    make_run(tmp_path / "d", ["right"], questions="What else?")
    other = compare(tmp_path, str(tmp_path / "d"))
    assert (other.exit_code, "no answered case in common" in other.stderr) == (1, True)


def test_a_folder_without_a_run_is_said(tmp_path: Path) -> None:
    make_run(tmp_path / "a", ["right"])
    found = compare(tmp_path)
    assert found.exit_code == 1
    assert "is not the folder of a run. `docsql eval run SET` creates one" in found.stderr


def test_a_runs_junit_has_all_that_is_not_right(tmp_path: Path) -> None:
    fallen = ["right", "wrong", "declined", "failed"]
    run = make_run(tmp_path / "a", fallen, questions="What\x1b[31m is <it>?")
    (tmp_path / "out.xml").write_text(as_junit("set", score_run(run)), encoding="utf-8")
    root = parse(tmp_path / "out.xml").getroot()
    assert root is not None
    assert [suite.attrib for suite in root.iter("testsuite")] == [
        {"name": "kind 0", "tests": "2", "failures": "1", "errors": "0"},
        {"name": "kind 1", "tests": "2", "failures": "1", "errors": "1"},
    ]
    assert [problem.tag for problem in root.iter() if problem.tag in {"failure", "error"}] == [
        "failure",
        "failure",
        "error",
    ]
