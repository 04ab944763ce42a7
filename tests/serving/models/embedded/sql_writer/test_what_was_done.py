"""Things are tied together by what a verb says was done, and who did it is told."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.drafts import SqlDeclined, SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

READER = Caller("reader")
SEEDS = """
CREATE TABLE towns (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE growers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, town_id INTEGER NOT NULL REFERENCES towns);
CREATE TABLE seeds (id INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, added_on DATE NOT NULL);
CREATE TABLE complaints (id INTEGER PRIMARY KEY, grower_id INTEGER NOT NULL REFERENCES growers, seed_id INTEGER NOT NULL REFERENCES seeds, text TEXT NOT NULL);
CREATE TABLE orders (id INTEGER PRIMARY KEY, grower_id INTEGER NOT NULL REFERENCES growers, ordered_on DATE NOT NULL);
CREATE TABLE order_lines (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders, seed_id INTEGER NOT NULL REFERENCES seeds, quantity INTEGER NOT NULL);
INSERT INTO towns VALUES (1, 'Ripon'), (2, 'Thirsk');
INSERT INTO growers VALUES (1, 'Ann Hale', 1), (2, 'Ben Moss', 2), (3, 'Cora Pike', 2);
INSERT INTO seeds VALUES (1, 'Scarlet Bean', 'bean', '2024-01-01'), (2, 'Kale', 'leaf', '2025-02-01'), (3, 'Broad Bean', 'bean', '2024-05-01');
INSERT INTO complaints VALUES (1, 3, 1, 'mouldy');
INSERT INTO orders VALUES (1, 1, '2025-03-02'), (2, 2, '2024-04-05'), (3, 1, '2024-04-06');
INSERT INTO order_lines VALUES (1, 1, 1, 5), (2, 2, 1, 2), (3, 3, 2, 1);
"""


@pytest.fixture
def seeds(database_url: Callable[[Path], str], tmp_path: Path) -> Iterator[Database]:
    script = tmp_path / "seeds.sql"
    script.write_text(SEEDS, "utf-8")
    database = Database.open(database_url(script), name="seeds")
    yield database
    database.close()


async def _drafted(database: Database, question: str) -> SqlDraft | SqlDeclined:
    return await EmbeddedSqlWriter().write(SqlTask(question, database, READER))


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Which growers bought Scarlet Bean?", {"Ann Hale", "Ben Moss"}),
        ("Which growers ordered Scarlet Bean?", {"Ann Hale", "Ben Moss"}),
        ("Who bought Scarlet Bean?", {"Ann Hale", "Ben Moss"}),
        ("Who bought Scarlet Bean in 2025?", {"Ann Hale"}),
        ("Which growers bought Scarlet Bean in 2024?", {"Ben Moss"}),
        ("Which seeds did Ann Hale buy?", {"Scarlet Bean", "Kale"}),
        ("seeds bought by Ann Hale in March 2025", {"Scarlet Bean"}),
        ("Which growers have never bought Kale?", {"Ben Moss", "Cora Pike"}),
        ("Who placed order 2?", {"Ben Moss"}),
    ],
)
async def test_a_verb_says_by_which_rows_two_things_are_tied(
    seeds: Database, question: str, names: set[str]
) -> None:
    draft = await _drafted(seeds, question)
    assert isinstance(draft, SqlDraft), draft
    assert {str(row[0]) for row in seeds.run(draft.sql, caller=READER).rows} == names


async def test_who_is_not_answered_with_the_name_of_a_thing(seeds: Database) -> None:
    draft = await _drafted(seeds, "Who is growing more than one seed?")
    assert isinstance(draft, SqlDeclined)
