"""Bad names that a person has corrected: what is read of them, and what must not be read into them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.drafts import SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

FIXTURES = Path(__file__).parents[4] / "fixtures" / "badnames"
READER = Caller("reader")


@pytest.fixture(scope="module")
def fleet(database_url: Callable[[Path], str]) -> Iterator[Database]:
    url = database_url(FIXTURES / "fleet.sql")
    opened = Database.open(url, name="fleet", model=FIXTURES / "fleet.yaml")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        # An empty text is no date, also where it is only asked whether there is one.
        ("Which drivers are no longer with us?", [("Bock",)]),
        ("Welche Fahrer sind nicht mehr bei uns?", [("Bock",)]),
        ("How many drivers do we have at the moment?", [(2,)]),
        ("Wie viele Fahrer haben wir derzeit?", [(2,)]),
        # A small word that says in what state something is.
        ("How many of the vehicles we use have an automatic gearbox?", [(2,)]),
        ("How many vehicles do we have right now?", [(3,)]),
        ("How many vehicles are currently scrapped?", [(1,)]),
        # A month is kept as "03/2027", and its column stands behind the year.
        ("Welche Fahrzeuge müssen 2027 zum TÜV?", [("KI-A 1",), ("KI-A 3",)]),
        # Two questions in one.
        ("How many bills are cash and what is the total?", [(2, 140.5)]),
        ("Wie viele Rechnungen wurden bar bezahlt und was macht das zusammen?", [(2, 140.5)]),
        ("What's the number of card bills and how much are they worth?", [(2, 140.0)]),
        ("Which drivers have never booked?", [("Claus",)]),  # nor cancelled what they had booked
        # Where an aggregate stands apart from its column.
        ("Was kostet eine Rechnung bar im Schnitt, in Euro?", [(70.25,)]),
        ("On average, how many tonnes did the vehicles carry?", [(7.5,)]),
        ("Wie schwer sind die Fahrzeuge im Schnitt?", [(7.5,)]),
    ],
)
async def test_what_is_said_beside_the_names_counts(
    fleet: Database, question: str, rows: list[tuple[object, ...]]
) -> None:
    draft = await EmbeddedSqlWriter().write(SqlTask(question, fleet, READER))
    assert isinstance(draft, SqlDraft), draft
    found = fleet.run(draft.sql, caller=READER).rows
    assert sorted(map(str, (row[: len(rows[0])] for row in found))) == sorted(map(str, rows)), draft


@pytest.mark.parametrize(
    "question",
    [
        "How many night drives have taken place so far?",  # a vehicle's drive is not what is counted
        "Please give me the number of drivers for each way.",  # a way of payment is a name in part
        "How many trips are there at the moment?",  # neither planned nor driven says so
        "How many vehicles make trips at the moment?",  # trips are of any time
        "How many trips were there in 2024? Only those that somebody liked.",
        "Which bills are cash? The trip is enough.",  # which has no name to show
    ],
)
async def test_what_nothing_says_is_declined(fleet: Database, question: str) -> None:
    draft = await EmbeddedSqlWriter().write(SqlTask(question, fleet, READER))
    assert not isinstance(draft, SqlDraft)
