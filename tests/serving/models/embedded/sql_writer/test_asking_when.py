"""Questions that ask when something was, in English and German."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.drafts import SqlDeclined, SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

READER = Caller("reader")
PRACTICE = """
CREATE TABLE kunden (id INTEGER PRIMARY KEY, name TEXT NOT NULL, vertrag_ablauf DATE);
CREATE TABLE termine (id INTEGER PRIMARY KEY, kunde_id INTEGER NOT NULL REFERENCES kunden, datum DATE NOT NULL, status TEXT NOT NULL);
CREATE TABLE rechnungen (id INTEGER PRIMARY KEY, kunde_id INTEGER NOT NULL REFERENCES kunden, gestellt_am DATE NOT NULL, bezahlt_am DATE, leistung TEXT NOT NULL);
INSERT INTO kunden VALUES (1, 'Anna Behn', '2030-01-01'), (2, 'Bernd Voss', NULL);
INSERT INTO rechnungen VALUES (7, 1, '2023-12-01', '2024-01-05', 'Massage'), (8, 2, '2024-02-01', NULL, 'Beratung');
INSERT INTO termine VALUES (1, 1, '2024-03-01', 'storniert'), (2, 2, '2024-04-01', 'erledigt'), (3, 1, '2023-04-01', 'erledigt');
"""
ORDERS = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, created_at DATE NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers, total REAL);
INSERT INTO customers VALUES (1, 'Anna Behn', '2024-01-01'), (2, 'Bernd Voss', '2023-05-05');
INSERT INTO orders VALUES (1, 1, 10), (2, 1, 20), (3, 2, 5);
"""
MODEL = """\
version: 0.2.0.dev0
semantic_model:
  - name: practice
    datasets:
      - {name: kunden, source: kunden, ai_context: {synonyms: [Kunde, customers]}}
      - {name: termine, source: termine, ai_context: {synonyms: [Termin, appointments]}}
      - {name: rechnungen, source: rechnungen, ai_context: {synonyms: [Rechnung, bills]}}
"""


@pytest.fixture
def practice(database_url: Callable[[Path], str], tmp_path: Path) -> Iterator[Database]:
    script, model = tmp_path / "practice.sql", tmp_path / "practice.yaml"
    script.write_text(PRACTICE, "utf-8")
    model.write_text(MODEL, "utf-8")
    database = Database.open(database_url(script), name="practice", model=model)
    yield database
    database.close()


async def _drafted(database: Database, question: str) -> SqlDraft | SqlDeclined:
    return await EmbeddedSqlWriter().write(SqlTask(question, database, READER))


@pytest.mark.parametrize(
    ("question", "days"),
    [
        ("Wann hat Anna Behn bezahlt?", ["2024-01-05"]),
        ("Wann ist der Termin von Bernd Voss?", ["2024-04-01"]),
        ("Wann waren die Termine von Anna Behn?", ["2023-04-01", "2024-03-01"]),
        ("When were the appointments of Anna Behn?", ["2023-04-01", "2024-03-01"]),
        ("Wann wurde die letzte Rechnung gestellt?", ["2024-02-01"]),
    ],
)
async def test_when_asks_for_the_day_of_what_is_spoken_of(
    practice: Database, question: str, days: list[str]
) -> None:
    draft = await _drafted(practice, question)
    assert isinstance(draft, SqlDraft)
    found = practice.run(draft.sql, caller=READER).rows
    told = sorted(day for row in found for cell in row if (day := str(cell)).startswith("20"))
    assert told == days


@pytest.mark.parametrize(
    "question",
    [
        "Wann wurde Anna Behn Kunde?",
        "Wann waren die Rechnungen von Anna Behn?",
        "When was the appointment of Anna Behn storniert?",
    ],
)
async def test_no_other_day_is_given_where_none_tells_when_that_was(
    practice: Database, question: str
) -> None:
    assert isinstance(await _drafted(practice, question), SqlDeclined)


async def test_the_last_of_something_is_told_by_its_own_days(practice: Database) -> None:
    draft = await _drafted(practice, "Wann war die letzte Massage von Anna Behn?")
    assert isinstance(draft, SqlDraft)
    assert "2023-12-01" in practice.run(draft.sql, caller=READER).rows[0]


async def test_the_last_of_something_is_hardly_the_last_of_its_owners(practice: Database) -> None:
    draft = await _drafted(practice, "When was the last Massage of customer Anna Behn?")
    assert isinstance(draft, SqlDraft)
    assert draft.likelihood is not None
    assert draft.likelihood < 0.5


@pytest.mark.parametrize(
    "question",
    [
        "When were the orders created?",
        "Which orders were created in 2024?",
        "When was the order of Anna Behn created?",
    ],
)
async def test_the_day_of_an_owner_is_not_that_of_what_it_owns(
    database_url: Callable[[Path], str], tmp_path: Path, question: str
) -> None:
    script = tmp_path / "orders.sql"
    script.write_text(ORDERS, "utf-8")
    database = Database.open(database_url(script), name="orders")
    assert isinstance(await _drafted(database, question), SqlDeclined)
    database.close()
