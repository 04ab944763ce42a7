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
from tools.sql.verified.agreement import agreed_query
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
        ("What was the revenue of Memory per month in 2025?", False),
    ],
)
def test_every_part_is_spoken_of_and_nothing_is_left_over(
    mart: Database, question: str, *, is_same: bool
) -> None:
    assert (verified_query(mart, question, caller=ADA) is not None) is is_same


BILLS = """
CREATE TABLE bills (id INTEGER PRIMARY KEY, paid_on DATE);
CREATE TABLE shifts (id INTEGER PRIMARY KEY, worker TEXT NOT NULL, hours REAL NOT NULL);
INSERT INTO bills VALUES (1, NULL), (2, '2024-01-01');
INSERT INTO shifts VALUES (1, 'Ann', 8), (2, 'Bo', 7);
"""
NOT_PAID = "SELECT COUNT(*) FROM bills WHERE paid_on IS NULL"
WORKED = "SELECT SUM(hours) FROM shifts WHERE worker = 'Ann'"


@pytest.mark.parametrize(
    ("verified", "sql", "asked", "is_same"),
    [
        ("How many bills are not paid yet?", NOT_PAID, "How many unpaid bills are there?", True),
        ("How many bills are not paid yet?", NOT_PAID, "How many paid bills are there?", False),
        ("How many bills are not paid yet?", NOT_PAID, "Number of unpaid bills", True),
        ("How many hours did Ann work?", WORKED, "How many hours has Bo worked?", True),
        ("Wie viele Hours hat Ann gearbeitet?", WORKED, "Wie viele Arbeitshours hatte Bo?", True),
        ("Wie viele Hours hat Ann gearbeitet?", WORKED, "Wie viele Fehlhours hatte Bo?", False),
    ],
)
def test_a_word_may_deny_or_be_put_together(
    tmp_path: Path, verified: str, sql: str, asked: str, *, is_same: bool
) -> None:
    with closing(_of_one(tmp_path, BILLS, verified, sql)) as database:
        assert (verified_query(database, asked, caller=ADA) is not None) is is_same


def _of_one(folder: Path, made: str, question: str, sql: str) -> Database:
    """A database with one verified query."""
    with closing(sqlite3.connect(folder / "one.sqlite")) as connection:
        connection.executescript(made)
    url, known = f"sqlite:///{folder / 'one.sqlite'}", folder / "one.golden.yaml"
    known.write_text(f"- question: {question}\n  sql: {sql}\n", "utf-8")
    with closing(Database.open(url, name="one")) as plain:
        pairs, text = read_golden(known), known.read_text("utf-8")
        known.write_text(with_fingerprints(text, pairs, plain.schema(), plain.check), "utf-8")
    return Database.open(url, name="one", golden_queries=known)


DOGS = """
CREATE TABLE owners (id INTEGER PRIMARY KEY, name TEXT NOT NULL, town TEXT NOT NULL);
CREATE TABLE dogs (id INTEGER PRIMARY KEY, name TEXT NOT NULL, owner_id INTEGER REFERENCES owners);
CREATE TABLE walks (id INTEGER PRIMARY KEY, dog_id INTEGER NOT NULL REFERENCES dogs, day DATE NOT NULL, minutes INTEGER NOT NULL);
INSERT INTO owners VALUES (1, 'Ann', 'Oslo'); INSERT INTO dogs VALUES (1, 'Rex', 1), (2, 'Bella', 1);
INSERT INTO walks VALUES (1, 1, '2024-03-02', 30), (2, 2, '2023-05-02', 20);
"""
MINUTES = (
    "How many minutes was Rex walked in 2024?",
    "SELECT SUM(w.minutes) FROM walks w JOIN dogs d ON d.id = w.dog_id WHERE d.name = 'Rex' AND w.day >= '2024-01-01' AND w.day < '2025-01-01'",
)
TOWNS = (
    "Which 3 towns have the most dogs?",
    "SELECT town FROM owners JOIN dogs ON owners.id = dogs.owner_id GROUP BY town ORDER BY COUNT(*) DESC LIMIT 3",
)
NO_DOGS = (
    "Which owners have no dog?",
    "SELECT name FROM owners WHERE id NOT IN (SELECT owner_id FROM dogs WHERE owner_id IS NOT NULL)",
)
READ = "SELECT SUM(walks.minutes) AS total FROM dogs JOIN walks ON walks.dog_id = dogs.id WHERE walks.day < '2024-01-01' AND walks.day >= '2023-01-01' AND 'Bella' = dogs.name"


@pytest.mark.parametrize(
    ("pair", "asked", "read", "is_same"),
    [
        (MINUTES, "In 2023, how many minutes of walking did Bella have?", READ, True),
        (MINUTES, "In 2023, how many minutes did Bella walk?", READ.replace("SUM", "AVG"), False),
        (MINUTES, "How many minutes of walking did Bella have in 2024?", READ, False),
        (MINUTES, "Bella's minutes of walks, but not in 2023", READ, False),
        (MINUTES, "In 2023, how many lost minutes of walking did Bella have?", READ, False),
        (MINUTES, "Did Bella have minutes of walks in 2023?", READ, False),
        (
            TOWNS,
            "The 2 towns with the highest number of dogs",
            "SELECT owners.town, COUNT(*) FROM dogs JOIN owners ON dogs.owner_id = owners.id GROUP BY owners.town ORDER BY COUNT(*) DESC LIMIT 2",
            True,
        ),
        (
            NO_DOGS,
            "Owners without any dog",
            "SELECT owners.name FROM owners WHERE NOT owners.id IN (SELECT dogs.owner_id FROM dogs)",
            True,
        ),
    ],
)
def test_a_reading_that_does_the_same_is_the_verified_query(
    tmp_path: Path, pair: tuple[str, str], asked: str, read: str, *, is_same: bool
) -> None:
    with closing(_of_one(tmp_path, DOGS, *pair)) as database:
        found = agreed_query(database, asked, read)
        assert (found is not None) is is_same
        if found is not None:
            rows = [database.run(sql, caller=ADA).rows for sql in (found.sql, read)]
            assert [row[0] for row in rows[0]] == [row[0] for row in rows[1]]


def test_what_a_reading_filled_in_is_told(tmp_path: Path) -> None:
    with closing(_of_one(tmp_path, DOGS, *MINUTES)) as database:
        found = agreed_query(database, "In 2023, how many minutes of walking did Bella have?", READ)
    assert found is not None
    assert found.use.filled == (("Rex", "Bella"), ("2024", "2023"))
    assert found.sql.startswith("SELECT SUM(w.minutes) FROM walks w JOIN dogs d")
