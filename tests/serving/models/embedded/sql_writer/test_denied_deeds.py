"""What was not done: a row that is missing, a day that is another, or a question that is declined."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.drafts import SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

READER = Caller("reader")
SUPPLY = """
CREATE TABLE suppliers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE stores (id INTEGER PRIMARY KEY, name TEXT NOT NULL, opened_on DATE NOT NULL);
CREATE TABLE deliveries (id INTEGER PRIMARY KEY, supplier_id INTEGER REFERENCES suppliers,
  store_id INTEGER REFERENCES stores, delivered_on DATE NOT NULL);
CREATE TABLE tours (id INTEGER PRIMARY KEY, quarter TEXT NOT NULL, vehicle TEXT NOT NULL, length_km INTEGER);
INSERT INTO suppliers VALUES (1, 'Flour & Co'), (2, 'Dairy Direct'), (3, 'Beurre Fils');
INSERT INTO stores VALUES (1, 'Castle', '2015-05-05'), (2, 'Abbey', '2019-01-01');
INSERT INTO deliveries VALUES (1, 1, 1, '2022-02-02'), (2, 1, 2, '2023-03-03'), (3, 2, 1, '2022-04-04');
INSERT INTO tours VALUES (1, 'Harbour', 'A', 20), (2, 'Old Town', 'A', 30), (3, 'Hill', 'B', 25);
"""


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which suppliers never delivered in 2023?", {"Dairy Direct", "Beurre Fils"}),
        ("Which suppliers did not deliver anything in 2023?", {"Dairy Direct", "Beurre Fils"}),
        ("Which suppliers have never delivered?", {"Beurre Fils"}),
        ("Which suppliers delivered in 2022?", {"Flour & Co", "Dairy Direct"}),
        ("Which stores were not opened in 2015?", {"Abbey"}),
        ("Which tour is the longest?", {"Old Town"}),
    ],
)
async def test_a_deed_that_is_denied_is_never_read_as_done(
    database_url: Callable[[Path], str], tmp_path: Path, question: str, expected: set[str]
) -> None:
    script = tmp_path / "supply.sql"
    script.write_text(SUPPLY, "utf-8")
    database = Database.open(database_url(script), name="supply")
    draft = await EmbeddedSqlWriter().write(SqlTask(question, database, READER))
    assert isinstance(draft, SqlDraft)
    rows = database.run(draft.sql, caller=READER).rows
    database.close()
    shown = {value for row in rows for value in row if isinstance(value, str)}
    assert expected <= shown
    assert not {"Flour & Co", "Dairy Direct", "Beurre Fils", "Castle", "Abbey"} & (shown - expected)
