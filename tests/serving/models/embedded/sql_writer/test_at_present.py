"""What is so at present, what pieces come to, shares, and names that nobody declared."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from embedded_drafts import READER, drafted

from agent.drafts import SqlDeclined, SqlDraft
from tools.sql.run import Database

TODAY = datetime.now().astimezone().date()
LIFTS = """
CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE lift (lift_id INTEGER PRIMARY KEY, serial TEXT NOT NULL, customer_id INTEGER NOT NULL REFERENCES customer(customer_id),
  installed_on DATE NOT NULL, decommissioned_on DATE);
CREATE TABLE care_contract (care_contract_id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer(customer_id),
  start_date DATE NOT NULL, end_date DATE NOT NULL, fee REAL NOT NULL);
CREATE TABLE work_order (work_order_id INTEGER PRIMARY KEY, lift_id INTEGER NOT NULL REFERENCES lift(lift_id),
  reported_on DATE NOT NULL, finished_on DATE, priority TEXT NOT NULL);
CREATE TABLE spare_part_used (spare_part_used_id INTEGER PRIMARY KEY, work_order_id INTEGER NOT NULL REFERENCES work_order(work_order_id),
  part_name TEXT NOT NULL, quantity INTEGER NOT NULL, unit_price REAL NOT NULL);
INSERT INTO customer VALUES (1, 'Mirth'), (2, 'Nook');
INSERT INTO lift VALUES (1, 'L1', 1, '2010-01-01', NULL), (2, 'L2', 1, '2011-01-01', '2020-01-01'), (3, 'L3', 2, '2012-01-01', NULL);
INSERT INTO care_contract VALUES (1, 1, '2020-01-01', 'TODAY', 100), (2, 2, '2020-01-01', 'YESTERDAY', 200), (3, 2, 'TOMORROW', '2099-01-01', 300);
INSERT INTO work_order VALUES (1, 1, '2025-03-01', '2025-04-01', 'urgent'), (2, 1, '2025-03-02', NULL, 'normal'),
  (3, 3, '2025-05-01', '2025-05-02', 'normal'), (4, 3, '2025-06-01', NULL, 'normal'), (5, 3, '2024-06-01', NULL, 'urgent');
INSERT INTO spare_part_used VALUES (1, 1, 'rope', 3, 2.5), (2, 1, 'bolt', 10, 1.0), (3, 3, 'rope', 1, 2.5);
"""


@pytest.fixture
def lifts(scripted: Callable[[str], Database]) -> Database:
    text = LIFTS
    for name, days_on in {"TODAY": 0, "YESTERDAY": -1, "TOMORROW": 1}.items():
        text = text.replace(f"'{name}'", f"'{TODAY + timedelta(days=days_on)}'")
    return scripted(text)


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("How many lifts are still in service?", (2,)),
        ("How many lifts are still running?", (2,)),
        ("How many running contracts are there?", (1,)),
        ("How many contracts are in force?", (1,)),
        ("What is the total fee of our current contracts?", (100.0,)),
        ("How many contracts do we have at the moment?", (1,)),
        ("How many jobs were reported in 2025?", (4,)),
        ("How many of 2025's jobs are finished?", (2,)),
        ("How many unfinished jobs from May 2025?", (0,)),
        ("How many unfinished jobs from June 2025?", (1,)),
        ("What is the total cost of spare parts for jobs finished in 2025?", (20.0,)),
        ("What is the total unit price of spare parts?", (6.0,)),
        ("What percentage of the jobs reported in 2025 were urgent?", (25.0,)),
        ("Of the jobs reported in 2025, what share was urgent?", (25.0,)),
    ],
)
async def test_it_is_read_as_people_say_it(
    lifts: Database, question: str, row: tuple[object, ...]
) -> None:
    draft = await drafted(lifts, question)
    assert isinstance(draft, SqlDraft), draft
    assert lifts.run(draft.sql, caller=READER).rows == (row,), draft.sql


@pytest.mark.parametrize(
    "question",
    ["How many customers are active?", "Which customers have no valid contract?"],
)
async def test_a_state_that_nothing_tells_is_declined(lifts: Database, question: str) -> None:
    declined = await drafted(lifts, question)
    assert isinstance(declined, SqlDeclined), declined
    assert "what is so at present" in declined.reason
