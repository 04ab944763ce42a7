"""Names that are only consonants of a word: `scrn` is a screen."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.drafts import SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database
from tools.sql.words import is_bare_of

READER = Caller("reader")
SCRIPT = """
CREATE TABLE scrn (scrn_id INTEGER PRIMARY KEY, nm TEXT, cap INTEGER);
CREATE TABLE stf (stf_id INTEGER PRIMARY KEY, nm TEXT, rl TEXT);
INSERT INTO scrn VALUES (1, 'Lux', 220), (2, 'Astra', 60);
INSERT INTO stf VALUES (1, 'Mo', 'usher'), (2, 'Kit', 'manager'), (3, 'Sal', 'usher');
"""


@pytest.mark.parametrize(
    ("question", "gold"),
    [
        ("How many screens are there?", "SELECT count(*) FROM scrn"),
        ("How many staff do we have?", "SELECT count(*) FROM stf"),
    ],
)
async def test_a_name_without_vowels_is_read(
    question: str, gold: str, database_url: Callable[[Path], str], tmp_path: Path
) -> None:
    script = tmp_path / "cinema.sql"
    script.write_text(SCRIPT, "utf-8")
    database = Database.open(database_url(script), name="cinema")
    draft = await EmbeddedSqlWriter().write(SqlTask(question, database, READER))
    assert isinstance(draft, SqlDraft), draft
    assert database.run(draft.sql, caller=READER).rows == database.run(gold, caller=READER).rows
    database.close()


@pytest.mark.parametrize(
    ("name", "word", "is_bare"),
    [
        ("scrn", "screens", True),
        ("flm", "films", True),
        ("whg", "wohnungen", False),
        ("gbd", "gebäude", True),
        ("stf", "staff", True),
        ("scrn", "scorer", False),
        ("cap", "chapter", False),  # it has a vowel of its own
        ("qt", "quantity", False),
        ("std", "student", False),
        ("gdp", "gdp", False),
    ],
)
def test_consonants_stand_for_a_word_in_order(name: str, word: str, is_bare: bool) -> None:  # noqa: FBT001
    assert is_bare_of(name, word) is is_bare
