"""Rows with two keys to one table, two dates and an amount: which of them a question means."""

from collections.abc import Callable

import pytest
from embedded_drafts import READER, drafted

from agent.drafts import SqlDeclined, SqlDraft
from tools.sql.run import Database

HIRES = """
CREATE TABLE yards (yard_id INTEGER PRIMARY KEY, name TEXT NOT NULL, town TEXT NOT NULL);
CREATE TABLE workers (worker_id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, last_name TEXT NOT NULL,
  supervisor_id INTEGER REFERENCES workers(worker_id));
CREATE TABLE boats (boat_id INTEGER PRIMARY KEY, name TEXT NOT NULL, state TEXT NOT NULL, year_built INTEGER NOT NULL);
CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, company TEXT NOT NULL, credit_limit INTEGER NOT NULL);
CREATE TABLE hires (hire_id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers(customer_id),
  boat_id INTEGER NOT NULL REFERENCES boats(boat_id), pickup_yard_id INTEGER REFERENCES yards(yard_id),
  return_yard_id INTEGER REFERENCES yards(yard_id), inspector_id INTEGER REFERENCES workers(worker_id),
  booked_on DATE NOT NULL, promised_on DATE NOT NULL, returned_on DATE, total_price REAL NOT NULL);
INSERT INTO yards VALUES (1, 'Alder', 'Leith'), (2, 'Birch', 'Leith'), (3, 'Cedar', 'Crail');
INSERT INTO workers VALUES (1, 'Ada', 'Moss', NULL), (2, 'Ben', 'Orr', 1), (3, 'Cy', 'Pell', 1);
INSERT INTO boats VALUES (1, 'Ibis', 'hired', 2019), (2, 'Kite', 'ashore', 2020), (3, 'Lark', 'ashore', 2021);
INSERT INTO customers VALUES (1, 'Mirth Ltd', 90000), (2, 'Nook AG', 20000), (3, 'Opal Co', 1500000);
INSERT INTO hires VALUES
  (1, 1, 1, 1, 2, 2, '2024-03-01', '2024-03-10', '2024-03-09', 100),
  (2, 1, 2, 1, 3, 2, '2024-03-02', '2024-03-10', '2024-03-12', 250),
  (3, 2, 2, 2, 3, NULL, '2024-04-01', '2024-04-05', '2024-04-05', 50),
  (4, 1, 1, 1, NULL, 3, '2025-04-01', '2025-04-20', NULL, 70);
"""


@pytest.fixture
def hires(scripted: Callable[[str], Database]) -> Database:
    return scripted(HIRES)


@pytest.mark.parametrize(
    ("question", "first", "rows"),
    [
        # The key is the one that the question names.
        ("number of hires per return yard", ("Cedar", 2), 2),
        ("number of hires per pickup yard", ("Alder", 3), 2),
        ("Which return yard has the most hires?", ("Cedar", "Crail", 2), 1),
        ("How many hires have the return yard Cedar?", (2,), 1),
        ("How many hires have no return yard?", (1,), 1),
        ("How many hires have no inspector?", (1,), 1),
        ("How many workers are without a supervisor?", (1,), 1),
        ("Who does Ben Orr report to?", ("Ada", "Moss"), 1),
        ("Who inspected the most hires?", ("Ben", "Orr", 2), 1),
        ("Who is the supervisor of Cy Pell?", ("Ada", "Moss"), 1),
        # One date of a row against another.
        ("How many hires were returned after the promised date?", (1,), 1),
        ("How many hires were returned later than promised?", (1,), 1),
        ("How many hires were returned before they were promised?", (1,), 1),
        ("How many hires were returned on the same day they were promised?", (1,), 1),
        # The days between two of them.
        ("average number of days from booking to return", (7.333,), 1),
        ("How many days after booking are hires returned on average?", (7.333,), 1),
        ("What is the longest time between booking and return?", (10,), 1),
        ("How many hires took longer than 9 days from booking to return?", (1,), 1),
        ("How many hires took more than one week from booking to return?", (2,), 1),
        ("How many hires were returned at least 2 days after the promised date?", (1,), 1),
        ("How many hires were returned less than a week before the promised date?", (3,), 1),
        ("How many hires were more than 1 day late?", (1,), 1),
        # Amounts that a verb asks for.
        ("Which customers spent more than 400 on hires?", ("Mirth Ltd", 420), 1),
        ("How much did we earn from hires in 2024?", (400,), 1),
        ("What was the total price of all hires booked in March 2024?", (350,), 1),
        ("number of hires by boat", ("Ibis", 2), 2),
        ("total price of hires by boat", ("Kite", 300), 2),
        ("number of hires by boat since the start of 2025", ("Ibis", 1), 1),
        ("Did we earn more from hires in 2024 or 2025?", ("2024", 400), 2),
        # Numbers in words.
        ("customers with a credit limit above 80 thousand", ("Mirth Ltd", 90000), 2),
        ("customers with a credit limit over 1 million", ("Opal Co", 1500000), 1),
        ("customers with a credit limit below 50k", ("Nook AG", 20000), 1),
        # What somebody did is no state of a thing.
        ("Which customers have never hired a boat?", ("Opal Co",), 1),
        ("How many boats are hired?", (1,), 1),
    ],
)
async def test_what_a_question_names_is_what_is_joined_compared_and_summed(
    hires: Database, question: str, first: tuple[object, ...], rows: int
) -> None:
    draft = await drafted(hires, question)
    assert isinstance(draft, SqlDraft)
    assert not draft.note
    found = hires.run(draft.sql, caller=READER).rows
    shown = [tuple(round(v, 3) if isinstance(v, float) else v for v in row) for row in found]
    assert [row[: len(first)] for row in shown[:1]] == [first]
    assert len(shown) == rows


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("number of hires per yard", "I used “pickup_yard_id”, not “return_yard_id”."),
        ("yards without any hires", "I used “pickup_yard_id”, not “return_yard_id”."),
    ],
)
async def test_a_key_that_no_word_names_is_told(hires: Database, question: str, said: str) -> None:
    draft = await drafted(hires, question)
    assert isinstance(draft, SqlDraft)
    assert draft.note == f"The question does not say which column is meant. {said}"
    assert draft.likelihood is not None
    assert draft.likelihood < 0.5


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("pickup and return yard of each hire", "in two ways at once"),
        ("hires returned after the launch", "“launch”"),
        ("What do we spend on boats?", "which amount is meant"),
        ("Who hired the most boats?", "does not say whose"),
    ],
)
async def test_what_cannot_be_told_is_declined(hires: Database, question: str, why: str) -> None:
    draft = await drafted(hires, question)
    assert isinstance(draft, SqlDeclined)
    assert why in draft.reason
