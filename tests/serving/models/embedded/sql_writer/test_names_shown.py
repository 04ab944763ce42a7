"""By what a row is told to a person."""

from collections.abc import Callable
from pathlib import Path

from agent.drafts import SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

READER = Caller("reader")
Rows = set[tuple[object, ...]]
SCRIPT = """
CREATE TABLE clients (id INTEGER PRIMARY KEY, name TEXT, first_name TEXT, blocked INTEGER);
CREATE TABLE visits (id INTEGER PRIMARY KEY, client_id INTEGER REFERENCES clients (id), state TEXT);
INSERT INTO clients VALUES (1, 'Brack Ltd', '', 1), (2, 'Moll', 'Ida', 1), (3, 'Zuse', 'Kay', 0);
INSERT INTO visits VALUES (1, 2, 'planned'), (2, 3, 'done');
"""


async def rows_of(question: str, database: Callable[[Path], Database], folder: Path) -> Rows:
    script = folder / "clients.sql"
    script.write_text(SCRIPT, "utf-8")
    opened = database(script)
    draft = await EmbeddedSqlWriter().write(SqlTask(question, opened, READER))
    assert isinstance(draft, SqlDraft), draft
    return {*opened.run(draft.sql, caller=READER).rows}


async def test_a_first_name_is_shown_behind_the_name_that_companies_have_too(
    database: Callable[[Path], Database], tmp_path: Path
) -> None:
    found = await rows_of("Which clients are blocked?", database, tmp_path)
    assert found == {("Brack Ltd", ""), ("Moll", "Ida")}


async def test_a_second_which_shows_what_it_asks_for(
    database: Callable[[Path], Database], tmp_path: Path
) -> None:
    asked = "Which visits are planned, and for which client are they?"
    ((*row,),) = await rows_of(asked, database, tmp_path)
    assert {"Moll", "Ida"} <= {*row}
