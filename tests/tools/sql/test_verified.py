"""Verified queries as templates: what says the same is answered, what says anything else is not."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from near_misses import near_misses

from tools.caller import Caller
from tools.language.pack import language_pack
from tools.sql.golden import read_golden, with_fingerprints
from tools.sql.run import Database
from tools.sql.verified.ask import verified_query
from tools.sql.verified.reading import without_opening

PLACE = Path(__file__).parents[2] / "fixtures" / "verified"
ADA = Caller("ada")
MakeFile = Callable[..., Path]


@pytest.fixture
def mart(make_file: MakeFile, tmp_path: Path) -> Iterator[Database]:
    yield from _opened("mart", "golden.yaml", make_file, tmp_path)


@pytest.fixture
def bakery(make_file: MakeFile, tmp_path: Path) -> Iterator[Database]:
    yield from _opened("bakery", "bakery.golden.yaml", make_file, tmp_path)


def _opened(name: str, golden: str, make_file: MakeFile, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{make_file((PLACE / f'{name}.sql').read_text('utf-8'))}"
    known, model = tmp_path / "golden.yaml", PLACE / f"{name}.yaml"
    with_model = Database.open(url, name=name, model=model)
    pairs = read_golden(PLACE / golden)
    text = (PLACE / golden).read_text("utf-8")
    known.write_text(with_fingerprints(text, pairs, with_model.schema(), with_model.check), "utf-8")
    with_model.close()
    database = Database.open(url, name=name, model=model, golden_queries=known)
    yield database
    database.close()


def _filled(sql: str, changes: list[tuple[str, str]]) -> str:
    for old, new in changes:
        sql = sql.replace(old, new)
    return sql


def _share_right(database: Database, file: str) -> float:
    """The share of a file's paraphrases that get the verified statement; none may get another one."""
    pairs, right, wrong = database.golden(), 0, list[str]()
    cases: list[Any] = [json.loads(line) for line in (PLACE / file).read_text("utf-8").splitlines()]
    for case in cases:
        expected = _filled(pairs[int(case["pair"]) - 1].sql, case["with"])
        found = verified_query(database, case["question"], caller=ADA)
        right += found is not None and found.sql == expected
        if found is not None and found.sql != expected:
            wrong.append(case["question"])
    assert wrong == []
    return right / len(cases)


def test_paraphrases_are_answered_by_the_verified_statement(mart: Database) -> None:
    assert _share_right(mart, "paraphrases.jsonl") >= 0.95


def test_paraphrases_in_free_wording_are_answered_too(bakery: Database) -> None:
    assert _share_right(bakery, "bakery.paraphrases.jsonl") >= 0.8


def test_no_question_near_a_paraphrase_is_taken_for_one(bakery: Database) -> None:
    asked = (PLACE / "bakery.near.txt").read_text("utf-8").splitlines()
    assert len(asked) == 200
    assert [one for one in asked if verified_query(bakery, one, caller=ADA)] == []


def test_no_near_miss_is_taken_for_a_verified_question(mart: Database) -> None:
    asked = [*dict.fromkeys(near_misses())]
    assert len(asked) > 200
    assert [one for one in asked if verified_query(mart, one, caller=ADA)] == []


@pytest.mark.parametrize(
    ("code", "text", "left"),
    [
        ("en", "Show me the shows per hall", "the shows per hall"),
        ("en", "Please show the shows per hall", "shows per hall"),
        ("en", "Shows per hall", "Shows per hall"),
        ("de", "Zeig mir die Filme pro Saal", "die Filme pro Saal"),
    ],
)
def test_an_imperative_is_no_word_of_the_question(code: str, text: str, left: str) -> None:
    assert without_opening(text, language_pack(code)).strip() == left


def test_what_was_filled_and_who_verified_it_is_told(mart: Database) -> None:
    found = verified_query(mart, "Umsatz von Memory im Jahr 2025", caller=ADA)
    assert found is not None
    assert found.use.question == "What was the revenue of Compute in 2024?"
    assert (found.use.by, found.use.at) == ("Ann", "2026-05-04")
    assert found.use.filled == (("Compute", "Memory"), ("2024", "2025"))
    (metric,) = mart.run(found.sql, caller=ADA).metrics
    assert metric[0] == "revenue"


def test_where_a_person_approves_no_value_is_looked_up(mart: Database) -> None:
    shown = "How many customers are there in Bergen?"  # of few values, which the schema shows
    assert verified_query(mart, shown, caller=ADA, may_ask=False)
    assert verified_query(mart, "Where is Customer 12?", caller=ADA) is not None
    assert verified_query(mart, "Where is Customer 12?", caller=ADA, may_ask=False) is None


def test_a_pair_whose_tables_changed_answers_nothing(mart: Database, make_file: MakeFile) -> None:
    assert verified_query(mart, "How many customers are there in Bodo?", caller=ADA)
    make_file("ALTER TABLE customers ADD COLUMN phone TEXT;")
    assert verified_query(mart, "How many customers are there in Bodo?", caller=ADA) is None
    assert verified_query(mart, "How many customers are there in Oslo?", caller=ADA) is None


BOATS = """
CREATE TABLE boats (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE trips (id INTEGER PRIMARY KEY, boat_id INTEGER NOT NULL REFERENCES boats, crew TEXT NOT NULL);
INSERT INTO boats VALUES (1, 'Osprey'), (2, 'Curlew'), (3, 'Heron');
INSERT INTO trips VALUES (1, 1, 'Ann'), (2, 2, 'Ann'), (3, 2, 'Bo');
"""


@pytest.mark.parametrize(
    ("question", "is_same"),
    [
        ("How many trips did the boat Curlew make?", True),
        ("How many trips did Curlew make?", True),
        ("How many trips did the crew Curlew make?", False),
        ("How many boats did Curlew make?", False),
        ("How many trips did Curlew not make?", False),
    ],
)
def test_the_word_for_what_a_value_names_may_be_left_out(
    tmp_path: Path, question: str, *, is_same: bool
) -> None:
    url = f"sqlite:///{tmp_path / 'boats.sqlite'}"
    with closing(sqlite3.connect(tmp_path / "boats.sqlite")) as connection:
        connection.executescript(BOATS)
    sql = "SELECT COUNT(*) FROM trips JOIN boats ON boats.id = trips.boat_id WHERE boats.name = 'Osprey'"
    known = tmp_path / "golden.yaml"
    text = f"- question: How many trips did the boat Osprey make?\n  sql: {sql}\n"
    known.write_text(text, "utf-8")
    with closing(Database.open(url, name="boats")) as plain:
        pairs = read_golden(known)
        known.write_text(with_fingerprints(text, pairs, plain.schema(), plain.check), "utf-8")
    with closing(Database.open(url, name="boats", golden_queries=known)) as database:
        found = verified_query(database, question, caller=ADA)
    assert (found is not None and "'Curlew'" in found.sql) is is_same


@pytest.mark.parametrize(
    ("question", "is_same"),
    [
        ("How many customers are there in Bodo and Bergen?", False),
        ("What number of customers do we have in Bodo?", True),
        ("Which clients had the highest revenue in 2024, top 3?", False),
        ("Name the 3 customers with the highest turnover in 2023", True),
        ("Name the 3 largest customers by revenue in 2023", False),
    ],
)
def test_every_part_is_spoken_of_and_nothing_is_left_over(
    mart: Database, question: str, *, is_same: bool
) -> None:
    assert (verified_query(mart, question, caller=ADA) is not None) is is_same
