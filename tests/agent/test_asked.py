"""Which questions are about the sources themselves, and which only sound like it."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agent.sources.asked import asked_about
from agent.sources.databases import tell_tables, tell_terms
from agent.sources.names import SourceNames
from tools.sql.run import Database

ROOT = Path(__file__).parents[2]
CASES: list[dict[str, Any]] = [
    json.loads(line)
    for line in (ROOT / "tests/fixtures/sources/asked.jsonl").read_text("utf-8").splitlines()
]


def _vocabulary(script: str, file: Path) -> SourceNames:
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(script)
    with closing(Database.open(f"sqlite:///{file}", name="demo")) as database:
        return SourceNames.of({"demo": database.schema()})


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SourceNames:
    script = (ROOT / "deployment/demo/database.sql").read_text("utf-8")
    return _vocabulary(script, tmp_path_factory.mktemp("sample") / "demo.sqlite")


@pytest.fixture(scope="module")
def furniture(tmp_path_factory: pytest.TempPathFactory) -> SourceNames:
    script = """
        CREATE TABLE sales (item TEXT, kind TEXT, sold_on DATE);
        INSERT INTO sales VALUES ('Oslo', 'table', '2026-01-02'), ('Fjord', 'chair', '2026-01-03');
    """
    return _vocabulary(script, tmp_path_factory.mktemp("furniture") / "shop.sqlite")


@pytest.mark.parametrize("case", CASES, ids=[case["question"] for case in CASES])
def test_a_question_about_the_sources_is_told_from_one_to_them(
    sample: SourceNames, case: dict[str, Any]
) -> None:
    asked = asked_about(case["question"], lambda: sample)
    assert (asked.about if asked else None) == case["about"]


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("What columns does the customers table have?", "customers"),
        ("How are orders and customers related?", "orders, customers"),
        ("Do you have any documents about travel?", "travel"),
        ("What does the column valid_to stand for?", "valid_to"),
        ("How far back do the orders go?", "orders"),
        ('Was bedeutet "region" hier?', "region"),
    ],
)
def test_what_a_question_is_narrowed_to_is_kept(
    sample: SourceNames, question: str, subject: str
) -> None:
    asked = asked_about(question, lambda: sample)
    assert asked is not None
    assert asked.subject == subject


def test_a_shop_that_sells_tables_is_asked_about_its_goods(furniture: SourceNames) -> None:
    for question in ("What tables do we have?", "Which tables are there?", "show tables"):
        assert asked_about(question, lambda: furniture) is None
    asked = asked_about("Which columns does the database have?", lambda: furniture)
    assert asked is not None
    assert asked.about == "databases"


def test_a_measure_and_a_synonym_are_names_as_well(sample: SourceNames, tmp_path: Path) -> None:
    names = ROOT / "tests/fixtures/badnames"
    with closing(sqlite3.connect(tmp_path / "auftrag.sqlite")) as connection:
        connection.executescript((names / "auftrag.sql").read_text("utf-8"))
    url, model = f"sqlite:///{tmp_path / 'auftrag.sqlite'}", names / "corrected/auftrag.yaml"
    with closing(Database.open(url, name="auftrag", model=model)) as database:
        schemas = {"auftrag": database.schema()}
    known = SourceNames.of(schemas)
    for question, subject, told in (
        ("Was bedeutet Umsatz?", "Umsatz", "Without cancelled orders"),
        ("What does Kunden mean here?", "tbl_kd", "the table tbl_kd"),
        ("What columns do orders have?", "auft", "4 = cancelled"),
    ):
        asked = asked_about(question, lambda: known)
        assert asked is not None
        assert asked.subject == subject
        assert told in (
            tell_tables([subject], schemas)
            if asked.about == "databases"
            else tell_terms([subject], schemas)
        )
    revenue = asked_about("What does revenue mean?", lambda: sample)
    assert revenue is not None
    assert (revenue.about, revenue.subject) == ("meaning", "revenue")
