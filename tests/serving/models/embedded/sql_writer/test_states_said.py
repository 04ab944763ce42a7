"""States that a question says in another form than they are stored in, and times of what is denied."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.drafts import SqlDeclined, SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

READER = Caller("reader")
KENNEL = """
CREATE TABLE owners (id INTEGER PRIMARY KEY, name TEXT NOT NULL, town TEXT NOT NULL, joined DATE NOT NULL);
CREATE TABLE stays (id INTEGER PRIMARY KEY, owner_id INTEGER NOT NULL REFERENCES owners, arrived DATE NOT NULL, status TEXT NOT NULL, total REAL NOT NULL);
CREATE TABLE bills (id INTEGER PRIMARY KEY, stay_id INTEGER NOT NULL REFERENCES stays, issued DATE NOT NULL, settled DATE);
INSERT INTO owners VALUES (1, 'Ivy Frost', 'Hexham', '2020-01-01'), (2, 'Noel Dodds', 'Alnwick', '2024-02-02');
INSERT INTO stays VALUES (1, 1, '2023-12-30', 'done', 80), (2, 1, '2024-03-01', 'no-show', 90),
  (3, 2, '2024-05-01', 'cancelled', 70), (4, 2, '2023-05-01', 'cancelled', 75), (5, 2, '2024-06-01', 'done', 60);
INSERT INTO bills VALUES (1, 1, '2024-01-03', NULL), (2, 5, '2023-06-02', '2024-06-09');
"""
HALL = """
CREATE TABLE kunden (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE termine (id INTEGER PRIMARY KEY, kunde_id INTEGER NOT NULL REFERENCES kunden, datum DATE NOT NULL, status TEXT NOT NULL);
CREATE TABLE rechnungen (id INTEGER PRIMARY KEY, kunde_id INTEGER NOT NULL REFERENCES kunden, gestellt_am DATE NOT NULL, bezahlt_am DATE);
INSERT INTO kunden VALUES (1, 'Anna Behn'), (2, 'Bernd Voss');
INSERT INTO rechnungen VALUES (7, 1, '2023-12-01', '2024-01-05'), (8, 2, '2024-02-01', NULL), (9, 2, '2024-03-01', NULL);
INSERT INTO termine VALUES (1, 1, '2024-03-01', 'storniert'), (2, 2, '2024-04-01', 'erledigt'), (3, 1, '2023-04-01', 'storniert');
"""
MODEL = """\
version: 0.2.0.dev0
semantic_model:
  - name: hall
    datasets:
      - {name: kunden, source: kunden, ai_context: {synonyms: [Kunde]}}
      - {name: termine, source: termine, ai_context: {synonyms: [Termin]}}
      - {name: rechnungen, source: rechnungen, ai_context: {synonyms: [Rechnung]}}
"""


DatabaseUrl = Callable[[Path], str]


@pytest.fixture
def kennel(database_url: DatabaseUrl, tmp_path: Path) -> Iterator[Database]:
    yield from _opened("kennel", KENNEL, database_url, tmp_path, model=None)


@pytest.fixture
def hall(database_url: DatabaseUrl, tmp_path: Path) -> Iterator[Database]:
    model = tmp_path / "hall.yaml"
    model.write_text(MODEL, "utf-8")
    yield from _opened("hall", HALL, database_url, tmp_path, model=model)


def _opened(
    name: str, made: str, url: DatabaseUrl, folder: Path, *, model: Path | None
) -> Iterator[Database]:
    script = folder / f"{name}.sql"
    script.write_text(made, "utf-8")
    database = Database.open(url(script), name=name, model=model)
    yield database
    database.close()


async def _rows(database: Database, question: str) -> list[tuple[object, ...]] | None:
    draft = await EmbeddedSqlWriter().write(SqlTask(question, database, READER))
    if isinstance(draft, SqlDeclined):
        return None
    assert isinstance(draft, SqlDraft)
    return [*database.run(draft.sql, caller=READER).rows]


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("How many no-show stays did we have in 2024?", 1),
        ("How many stays were no-shows?", 1),
        ("How often did someone cancel a stay in 2023?", 1),
        ("How many stays did owners cancel?", 2),
    ],
)
async def test_a_state_is_found_by_its_verb_and_denies_nothing(
    kennel: Database, question: str, count: int
) -> None:
    assert await _rows(kennel, question) == [(count,)]


async def test_the_period_of_what_is_denied_is_when_that_was(kennel: Database) -> None:
    found = await _rows(kennel, "Which owners had in 2024 no bills?")
    assert found == [("Noel Dodds",)]


async def test_what_each_of_several_did_is_no_list_of_them(kennel: Database) -> None:
    assert await _rows(kennel, "What did each town bring in during 2024?") is None


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("Wie viele Kunden haben 2024 storniert?", 1),
        ("Wie viele stornierte Termine gab es?", 2),
        ("Wie viele Termine wurden 2023 storniert?", 1),
        ("Wie viele Termine sind nicht storniert?", 1),
    ],
)
async def test_a_german_state_is_not_put_into_english(
    hall: Database, question: str, count: int
) -> None:
    assert await _rows(hall, question) == [(count,)]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Wie viele Rechnungen wurden 2024 bezahlt?", [(1,)]),
        ("Wie viele Rechnungen sind noch nicht bezahlt?", [(2,)]),
        ("Welche Kunden haben noch nicht bezahlt?", [("Bernd Voss",)]),
        ("Welche Kunden haben 2024 bezahlt?", [("Anna Behn",)]),
        ("Welche Kunden haben eine unbezahlte Rechnung?", [("Bernd Voss",)]),
    ],
)
async def test_a_german_deed_is_found_by_the_day_it_was_done(
    hall: Database, question: str, expected: list[tuple[object, ...]]
) -> None:
    assert await _rows(hall, question) == expected
