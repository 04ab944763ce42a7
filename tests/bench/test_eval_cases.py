"""The evaluation's questions: what they call right is in the sample, and verdicts fall as they should."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache

import pytest
from eval_cases import BOTH, RULES, SETS, read_sample, spread_over

from serving.cli.demonstration import make_database, sample_folder
from serving.evaluation.case import SetCase, read_set
from serving.evaluation.scores import says_all
from tools.documents.load import load_file

CASES = read_sample()
BOTH_CASES = read_set(BOTH)
_LINK = re.compile(r"[a-z]{5,}|\d+")


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


@cache
def document_text(name: str) -> str:
    folder = SETS if (SETS / name).is_file() else sample_folder() / "documents"
    text = " ".join(block.text for block in load_file(folder / name).blocks)
    return " ".join(text.split())


def rows_of(case: SetCase, sample: sqlite3.Connection) -> str:
    return " ".join(str(cell) for sql in case.sql for row in sample.execute(sql) for cell in row)


def test_the_set_for_both_sources_has_three_kinds() -> None:
    kinds = [case.kind for case in BOTH_CASES]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "rule": 20,
        "chain": 7,
        "contradiction": 13,
    }


@pytest.mark.parametrize("case", BOTH_CASES, ids=lambda case: case.id)
def test_neither_source_suffices(case: SetCase, sample: sqlite3.Connection) -> None:
    """The passage stands in its document; what is right needs it, and the rows, and their link."""
    told, rows = " ".join(span.text for span in case.spans), rows_of(case, sample)
    assert all(span.text in document_text(span.source) for span in case.spans)
    assert says_all(f"{rows} {told}", case.says)
    assert not says_all(told if case.kind != "chain" else rows, case.says)
    if case.kind == "contradiction":
        assert not says_all(rows, case.says)
    read = _words(f"{' '.join(case.sql)} {rows}") & _words(told)
    assert read or _is_derived(case)


@pytest.mark.parametrize("case", read_set(RULES), ids=lambda case: case.id)
def test_rows_of_a_rule_are_a_part_of_all(case: SetCase, sample: sqlite3.Connection) -> None:
    """What is expected is found, and is not what the statement finds without its rule."""
    (sql,) = case.sql
    without = sql[: sql.rindex(" WHERE ")]
    (told,), (every,) = sample.execute(sql), sample.execute(without)
    assert told[0]
    assert told != every


def _words(text: str) -> set[str]:
    return {*_LINK.findall(text.lower())}


def _is_derived(case: SetCase) -> bool:
    """Whether the statement works with what the passage says in another form: "6 percent" as 0.94."""
    percents = [int(n) for span in case.spans for n in re.findall(r"(\d+) percent", span.text)]
    factors = [float(n) for n in re.findall(r"\* (0\.\d+)", case.sql[0])]
    return any(f in {p / 100, (100 - p) / 100} for f in factors for p in percents)
