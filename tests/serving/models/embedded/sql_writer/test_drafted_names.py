"""What a draft alone lets the reader answer, and what it must not answer wrongly."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.drafts import SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.errors import Correctable
from tools.sql.run import Database
from tools.sql.semantic.draft.draft import draft_model

SCRIPT = Path(__file__).parents[4] / "fixtures" / "badnames" / "rad.sql"
READER = Caller("reader")
RIGHT = {
    "Wie viele Räder gibt es?": "SELECT count(*) FROM rad",
    "Welche Räder sind gesperrt?": "SELECT bez FROM rad WHERE gesp = 'J'",
    "Wie viele Kunden aus Österreich haben wir?": "SELECT count(*) FROM kun WHERE land_kz = 'AT'",
    "Kunden pro Land": "SELECT land_kz, count(*) FROM kun GROUP BY 1",
    "Welche Kunden sind in Kundengruppe A?": "SELECT nname FROM kun WHERE kdgrp = 'A'",
    "Wie viele Vermietungen sind nicht bezahlt?": "SELECT count(*) FROM vermietung WHERE bez_kz = 'N'",
    "Wie viele Vermietungen sind unbezahlt?": "SELECT count(*) FROM vermietung WHERE bez_kz = 'N'",
    "How many rentals were cancelled?": "SELECT count(*) FROM vermietung WHERE stat = 'CXL'",
    "Welche Räder wurden noch nie gewartet?": "SELECT bez FROM rad WHERE rahmen NOT IN (SELECT rad FROM wartung)",
    "Wie oft wurde jedes Rad gewartet?": "SELECT r.bez, count(*) FROM wartung w JOIN rad r ON w.rad = r.rahmen GROUP BY 1",
    "How much did the maintenances cost in 2023?": "SELECT sum(kosten) FROM wartung WHERE rg_dat LIKE '2023%'",
    "How much did the maintenances in 2023 cost?": "SELECT sum(kosten) FROM wartung WHERE rg_dat LIKE '2023%'",
    "Was haben die Wartungen 2023 gekostet?": "SELECT sum(kosten) FROM wartung WHERE rg_dat LIKE '2023%'",
    "Welche Räder wurden vor 2014 gebaut?": "SELECT bez FROM rad WHERE gebaut < 2014",
}
DECLINED = [
    "Die drei teuersten Räder",  # of which only what was spent on them is known by name
    "Customers per hold",
    "Wie oft wurde jedes Rad geputzt?",
    "How much did we lose in 2023?",
]


@pytest.fixture(scope="module")
def drafted(
    database_url: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    url, path = database_url(SCRIPT), tmp_path_factory.mktemp("model") / "rad.yaml"
    plain = Database.open(url, name="rad")

    def ask(sql: str) -> tuple[tuple[object, ...], ...]:
        try:
            return plain.run(sql, caller=READER).rows
        except Correctable:
            return ()

    path.write_text(draft_model("rad", plain.schema(), ask), "utf-8")
    plain.close()
    database = Database.open(url, name="rad", model=path)
    yield database
    database.close()


@pytest.mark.parametrize(("question", "gold"), RIGHT.items())
async def test_a_draft_alone_answers(question: str, gold: str, drafted: Database) -> None:
    draft = await EmbeddedSqlWriter().write(SqlTask(question, drafted, READER))
    assert isinstance(draft, SqlDraft)
    wanted = drafted.run(gold, caller=READER).rows
    found = drafted.run(draft.sql, caller=READER).rows
    assert sorted(map(str, wanted)) == sorted(str(_shown(row, wanted)) for row in found)


def _shown(row: tuple[object, ...], wanted: tuple[tuple[object, ...], ...]) -> tuple[object, ...]:
    """The cells of a row that one of the wanted rows has."""
    known = {cell for each in wanted for cell in each}
    return tuple(cell for cell in row if cell in known)


@pytest.mark.parametrize("question", DECLINED)
async def test_what_a_draft_does_not_know_is_declined(question: str, drafted: Database) -> None:
    draft = await EmbeddedSqlWriter().write(SqlTask(question, drafted, READER))
    assert not isinstance(draft, SqlDraft)
