import json
import re
from pathlib import Path

import pytest

from tools.language.telling import Telling
from tools.sql.paraphrase import LONGEST, ONLY_SQL, paraphrase

FILE = Path(__file__).parents[2] / "fixtures" / "sql" / "paraphrases.jsonl"
CASES = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("case", CASES, ids=[case["sql"][:60] for case in CASES])
def test_a_statement_is_told_in_plain_words(case: dict[str, str]) -> None:
    assert paraphrase(case["sql"], dialect=case["dialect"]) == case["words"]


def test_a_long_statement_is_told_in_part_and_says_so() -> None:
    many = " AND ".join(f"column_{number} = {number}" for number in range(400))
    words = paraphrase(f"SELECT a FROM t WHERE {many}", dialect="sqlite")  # noqa: S608  # not run
    assert len(words) < LONGEST + 100
    assert words.endswith(f"… {ONLY_SQL}")


LEGITIMATE = [
    (dialect, json.loads(line)["sql"])
    for dialect, name in (
        ("sqlite", "legitimate"),
        ("postgres", "legitimate_postgres"),
        ("mysql", "legitimate_mariadb"),
    )
    for line in FILE.with_name(f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize(("dialect", "sql"), LEGITIMATE, ids=[sql[:60] for _, sql in LEGITIMATE])
def test_every_statement_that_the_gate_admits_has_words(dialect: str, sql: str) -> None:
    assert paraphrase(sql, dialect=dialect)


def test_a_statement_that_would_take_long_to_read_has_no_words() -> None:
    nested = "decimal(" * 24 + "1" + ")" * 24
    assert paraphrase(f"SELECT CAST(1 AS {nested})", dialect="sqlite") == ONLY_SQL


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        ("WHERE name NOT LIKE 'a%'", "name NOT LIKE 'a%'"),
        ("WHERE name NOT ILIKE 'a%'", "name NOT ILIKE 'a%'"),
        ("WHERE id IS NOT NULL", "id is not empty"),
        ("WHERE id NOT BETWEEN 1 AND 2", "not (id is between 1 and 2)"),
        ("WHERE id BETWEEN SYMMETRIC 2 AND 1", "BETWEEN SYMMETRIC 2 AND 1"),
        ("ORDER BY id NULLS FIRST", "id NULLS FIRST"),
        ("LEFT SEMI JOIN u ON t.id = u.id", "SEMI JOIN"),
    ],
)
def test_the_words_are_no_rosier_than_the_statement(clause: str, words: str) -> None:
    assert words in paraphrase(f"SELECT id FROM t {clause}", dialect="postgres")  # noqa: S608  # not run


def test_a_limit_around_a_limited_query_is_not_left_out() -> None:
    assert "LIMIT 3" in paraphrase("(SELECT id FROM t LIMIT 5) LIMIT 3", dialect="postgres")


ENGLISH_WORDS = re.compile(
    r"\b(?:keeping|where|sorted|grouped|gives|reads|takes|then|with|rows?|each|and|or|at most|at least"
    r"|more than|less than|is|empty|between|the|of|all|after|prepares)\b"
)
GERMAN = [
    (
        "SELECT c.name, COUNT(*) AS n FROM customers AS c LEFT JOIN orders AS o ON o.customer_id = c.id "
        "WHERE o.total >= 100 AND c.country IN ('DE', 'AT') GROUP BY c.name HAVING COUNT(*) > 2 "
        "ORDER BY n DESC LIMIT 5",
        "Liest customers als c, mit orders als o, falls vorhanden, wo o.customer_id ist c.id, behält Zeilen, "
        "für die gilt: o.total ist mindestens 100 und c.country ist eines von 'DE', 'AT', gruppiert nach "
        "c.name, behält Gruppen, für die gilt: Anzahl der Zeilen ist größer als 2, und ergibt c.name und "
        "Anzahl der Zeilen als n, sortiert nach n (absteigend), höchstens 5 Zeilen.",
    ),
    (
        "SELECT DISTINCT city FROM shops WHERE NOT closed_on IS NULL OR city LIKE 'B%'",
        "Liest shops, behält Zeilen, für die gilt: closed_on ist nicht leer oder city passt zu 'B%', und "
        "ergibt jedes verschiedene city.",
    ),
    (
        "SELECT role, AVG(salary) FROM staff GROUP BY role ORDER BY AVG(salary) DESC",
        "Liest staff, gruppiert nach role, und ergibt role und Durchschnitt von salary, sortiert nach "
        "Durchschnitt von salary (absteigend).",
    ),
    ("VALUES (1)", None),
]


@pytest.mark.parametrize(("sql", "words"), GERMAN)
def test_a_statement_is_explained_in_german(sql: str, words: str | None) -> None:
    told = paraphrase(sql, dialect="sqlite", to=Telling("de"))
    assert told == (words or Telling("de").say(ONLY_SQL))
    assert told != paraphrase(sql, dialect="sqlite")


@pytest.mark.parametrize("case", CASES, ids=[case["sql"][:60] for case in CASES])
def test_no_phrase_of_an_explanation_stays_english(case: dict[str, str]) -> None:
    told = paraphrase(case["sql"], dialect=case["dialect"], to=Telling("de"))
    assert ENGLISH_WORDS.findall(told) == []
