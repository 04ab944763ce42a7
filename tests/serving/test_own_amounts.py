"""Files that are called as the amount in them, and are asked for that amount."""

from pathlib import Path

import pytest

from serving.config.settings import Settings
from serving.parts.assembly import open_parts
from serving.parts.documents import open_store, sheets
from serving.parts.library import DocumentLibrary
from serving.wire.answer import Answer
from serving.wire.question import Question
from tools.caller import Caller

TURNOVER = """Beleg;Datum;Kunde;Betrag (EUR)
B1;03.04.2024;Süd KG;35
B2;10.05.2024;Nord AG;40
B3;28.05.2024;Süd KG;24
B4;07.06.2024;Nord AG;51
B5;19.09.2024;West GmbH;18
"""
ENERGY = """Hall,Line,Energy (kWh),Cost (EUR)
East,L1,12000,3000
East,L2,8000,2100
East,L3,4000,1100
West,L4,16000,4100
"""
PLANNED = """Month,Kind,Region,Amount (EUR)
2025-01-01,Plan,North,100
2025-01-01,Actual,North,90
2025-02-01,Plan,North,110
2025-02-01,Actual,South,70
"""
EXPENSES = """Receipt,Date,Category,Amount (EUR)
R1,2024-05-02,Travel,40
R2,2024-05-09,Office,25
R3,2024-06-11,Travel,90
R4,2024-07-01,Office,15
"""
BOTH = """Datum;Abteilung;Netto (EUR);Brutto (EUR)
03.01.2025;Vertrieb;100;119
04.02.2025;Einkauf;200;238
05.02.2025;Vertrieb;50;59,5
06.02.2025;Vertrieb;60;71,4
"""


async def _ask(folder: Path, name: str, text: str, question: str) -> Answer:
    (folder / name).write_text(text, encoding="utf-8")
    settings = Settings(data=folder / "data")
    with open_store(settings) as store:
        (_,) = DocumentLibrary(store, sheets=sheets(settings)).ingest(
            [folder / name], collection="default", groups=None
        )
    async with open_parts(settings) as parts:
        return await parts.turns.answer(Question(question=question), Caller("ann"))


@pytest.mark.parametrize(
    ("name", "text", "question", "rows"),
    [
        ("Umsatz-2024.csv", TURNOVER, "Wie hoch war der Umsatz im Mai 2024?", [[64]]),
        ("Umsatz-2024.csv", TURNOVER, "Wie hoch ist der Umsatz des Kunden Nord AG?", [[91]]),
        ("Umsatz-2024.csv", TURNOVER, "Wie viele Umsätze gab es im Mai 2024?", [[2]]),
        ("energy.csv", ENERGY, "What is the energy of hall East?", [[24000]]),
        ("energy.csv", ENERGY, "What is the total energy of hall East?", [[24000]]),
        ("energy.csv", ENERGY, "What is the average energy of hall East?", [[8000]]),
        ("energy.csv", ENERGY, "What is the energy of each hall?", [["East", 24000], ["West", 16000]]),
        ("revenue.csv", PLANNED, "What was the actual revenue in February 2025?", [[70]]),
        ("expenses.csv", EXPENSES, "What were the total expenses in May 2024?", [[65]]),
        ("expenses.csv", EXPENSES, "How high were the expenses in May 2024?", [[65]]),
    ],
)  # fmt: skip
async def test_a_file_called_as_its_amount_is_asked_for_the_sum(
    tmp_path: Path, name: str, text: str, question: str, rows: list[list[object]]
) -> None:
    answer = await _ask(tmp_path, name, text, question)

    assert answer.status == "answered"
    (query,) = answer.queries
    assert query.rows == rows


@pytest.mark.parametrize(
    ("name", "text", "question"),
    [
        ("revenue.csv", PLANNED, "What is the total revenue?"),
        ("revenue.csv", PLANNED, "What was the revenue in February 2025?"),
        ("Kosten.csv", BOTH, "Wie hoch waren die Kosten im Februar 2025?"),
    ],
)
async def test_no_sum_is_made_of_what_is_planned_and_real_or_of_one_of_two_amounts(
    tmp_path: Path, name: str, text: str, question: str
) -> None:
    answer = await _ask(tmp_path, name, text, question)

    assert answer.status != "answered"
    assert not answer.queries


async def test_what_the_expenses_are_may_be_asked_of_each(tmp_path: Path) -> None:
    question = "What are the expenses in May 2024?"
    answer = await _ask(tmp_path, "expenses.csv", EXPENSES, question)

    (query,) = answer.queries
    assert len(query.rows) == 2
