"""The evaluation's questions: what they call right is in the sample, and verdicts fall as they should."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from eval_cases import read_sample, spread_over

from serving.cli.demonstration import make_database, sample_folder
from serving.evaluation.case import SetCase
from serving.evaluation.scores import says_all
from tools.documents.load import load_file

CASES = read_sample()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("sample") / "demo.sqlite"
    make_database(sample_folder() / "database.sql", path)
    with closing(sqlite3.connect(path)) as connection:
        yield connection


@pytest.mark.parametrize("case", [case for case in CASES if case.says], ids=lambda case: case.id)
def test_what_is_right_is_in_the_sample(case: SetCase, sample: sqlite3.Connection) -> None:
    rows = [row for sql in case.sql for row in sample.execute(sql)]
    told = [" ".join(map(str, row)) for row in rows]
    for span in case.spans:
        told += [
            block.text for block in load_file(sample_folder() / "documents" / span.source).blocks
        ]
    assert says_all("\n".join(told), case.says)


def test_every_question_has_an_id_of_its_own_and_a_place_where_it_is_answered() -> None:
    assert len({case.id for case in CASES}) == len(CASES) == 80
    asked = [case for case in CASES if case.kind not in {"unknown", "chat"}]
    assert all(case.says and (case.sql or case.spans) for case in asked)
    assert all(case.sql and case.spans for case in asked if case.kind == "both")


@pytest.mark.parametrize(
    ("most", "picked"), [(3, [0, 3, 6]), (10, list(range(10))), (99, list(range(10))), (0, [])]
)
def test_a_part_is_taken_evenly_from_the_whole(most: int, picked: list[int]) -> None:
    assert spread_over(range(10), most) == picked
