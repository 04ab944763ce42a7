"""`docsql eval run` in a build: a bar, an earlier run that it may not be worse than, and JUnit XML."""

import json
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import parse
from docsql_process import Folder

COUNTED = {"repairs": 7, "workshops": 3, "city bike repairs": 3, "racing bike repairs": 2}


def write_set(folder: Path) -> None:
    cases: list[dict[str, Any]] = [
        {"id": what, "question": f"How many {what} are there?", "rows": [[n]], "accepted": True}
        for what, n in COUNTED.items()
    ]
    lines = "\n".join(map(json.dumps, cases))
    (folder / "set.jsonl").write_text(lines, encoding="utf-8")


def junit_cases(path: Path) -> list[tuple[str, str]]:
    """The name of each test, and what kind of problem it has."""
    root: Element | None = parse(path).getroot()
    assert root is not None
    return [
        (str(case.get("name")), case[0].tag if len(case) else "") for case in root.iter("testcase")
    ]


def test_a_build_fails_where_a_run_is_worse_than_an_earlier_one(folder: Folder) -> None:
    write_set(folder.path)
    command = ("eval", "run", "set.jsonl", "--fail-under", "0.9", "--junit", "out.xml")
    first = folder.run(*command, "--out", "before")
    assert first.returncode == 0, first.stdout
    assert junit_cases(folder.path / "out.xml") == [(what, "") for what in COUNTED]

    equal = folder.run(*command, "--out", "again", "--no-worse-than", "before")
    assert equal.returncode == 0, equal.stderr
    assert "4 cases are in both. 0 flipped." in equal.stdout

    sure = {"DOCSQL_ANSWERS__LEAST_CONFIDENCE": "1"}  # nothing is that sure: all is declined
    worse = folder.run(*command, "--out", "after", "--no-worse-than", "before", **sure)
    assert worse.returncode == 6
    assert "0.000 are right, less than 0.9." in worse.stderr
    assert "Worse than before: -1.000 points a question" in worse.stderr
    assert worse.stdout.count("right -> declined") == len(COUNTED)
    assert junit_cases(folder.path / "out.xml") == [(what, "failure") for what in COUNTED]
