"""The evaluation's questions: what they call right is in the sample, and verdicts fall as they should."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from eval_cases import SampleCase, Verdict, holds, judge, read_sample, spread_over

from serving.cli.demonstration import make_database, sample_folder
from tools.documents.load import load_file

CASES = read_sample()
SOME = SampleCase(id="a", kind="count", question="?", routes=("sql",), expect=(r"\b1234\b",))
UNKNOWN = SampleCase(id="b", kind="unknown", question="?", routes=("sql",))
TALK = SampleCase(id="c", kind="chat", question="?", routes=("chat",))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("sample") / "demo.sqlite"
    make_database(sample_folder() / "database.sql", path)
    with closing(sqlite3.connect(path)) as connection:
        yield connection


@pytest.mark.parametrize("case", [case for case in CASES if case.expect], ids=lambda case: case.id)
def test_what_is_right_is_in_the_sample(case: SampleCase, sample: sqlite3.Connection) -> None:
    rows = sample.execute(case.sql).fetchall() if case.sql else []
    told = [" ".join(map(str, row)) for row in rows]
    if case.document:
        blocks = load_file(sample_folder() / "documents" / case.document).blocks
        told += [block.text for block in blocks]
    assert holds("\n".join(told), case.expect)


def test_every_question_has_an_id_of_its_own_and_a_place_where_it_is_answered() -> None:
    assert len({case.id for case in CASES}) == len(CASES) == 80
    asked = [case for case in CASES if case.kind not in {"unknown", "chat"}]
    assert all(case.expect and (case.sql or case.document) for case in asked)
    assert all(case.sql and case.document for case in asked if case.kind == "both")


@pytest.mark.parametrize(
    ("case", "status", "answer", "verdict"),
    [
        (SOME, "answered", "There are 1,234 [1].", "right"),
        (SOME, "unverified", "There are 1234.", "right, unverified"),
        (SOME, "answered", "There are 12,345 [1].", "wrong"),
        (SOME, "unverified", "There are 12.", "unverified"),
        (SOME, "declined", "I could not find 1234.", "declined"),
        (UNKNOWN, "declined", "I could not find it.", "right"),
        (UNKNOWN, "answered", "It is 5.", "wrong"),
        (UNKNOWN, "unverified", "It is 5.", "unverified"),
        (TALK, "answered", "Hello.", "right"),
        (TALK, "declined", "I could not find it.", "declined"),
    ],
)
def test_a_verdict_is_of_the_status_and_of_what_is_said(
    case: SampleCase, status: str, answer: str, verdict: Verdict
) -> None:
    assert judge(case, status, answer) == verdict


@pytest.mark.parametrize(
    ("most", "picked"), [(3, [0, 3, 6]), (10, list(range(10))), (99, list(range(10))), (0, [])]
)
def test_a_part_is_taken_evenly_from_the_whole(most: int, picked: list[int]) -> None:
    assert spread_over(range(10), most) == picked
