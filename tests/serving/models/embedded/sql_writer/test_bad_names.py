"""Databases whose names nobody can read: what a drafted and a corrected model make of them."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from agent.drafts import SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.errors import Correctable
from tools.sql.run import Database
from tools.sql.semantic.draft.draft import draft_model

FIXTURES = Path(__file__).parents[4] / "fixtures" / "badnames"
READER = Caller("reader")
CASES = [
    cast("dict[str, Any]", json.loads(line))
    for name in ("questions.jsonl", "unseen.jsonl")
    for line in (FIXTURES / name).read_text("utf-8").splitlines()
]
DATABASES = sorted({case["db"] for case in CASES})


def drafted(url: str, name: str, folder: Path) -> Path:
    plain = Database.open(url, name=name)

    def ask(sql: str) -> tuple[tuple[object, ...], ...]:
        try:
            return plain.run(sql, caller=READER).rows
        except Correctable:
            return ()

    path = folder / f"{name}.yaml"
    path.write_text(draft_model(name, plain.schema(), ask), "utf-8")
    plain.close()
    return path


GERMAN = {
    '["cancelled", ': '["cancelled", "storniert", ',
    '["dealer", ': '["dealer", "Händler", ',
    "expression: vkpr}]}": "expression: vkpr}]}\n            ai_context: {synonyms: [Verkaufspreis]}",
    "expression: ekpr}]}": "expression: ekpr}]}\n            ai_context: {synonyms: [Einkaufspreis]}",
}
"""What a person who expects German questions adds to the corrected model."""


async def test_german_questions_are_read_by_german_labels(
    database_url: Callable[[Path], str], tmp_path: Path
) -> None:
    model = (FIXTURES / "corrected" / "auftrag.yaml").read_text("utf-8")
    for said, more in GERMAN.items():
        model = model.replace(said, more)
    (tmp_path / "auftrag.yaml").write_text(model, "utf-8")
    url = database_url(FIXTURES / "auftrag.sql")
    database = Database.open(url, name="auftrag", model=tmp_path / "auftrag.yaml")
    lines = (FIXTURES / "german.jsonl").read_text("utf-8").splitlines()
    right, wrong = await scores(database, "auftrag", [json.loads(line) for line in lines])
    assert right >= 0.85
    assert wrong <= 0.05
    database.close()


async def scores(
    database: Database, name: str, cases: "list[dict[str, Any]]" = CASES
) -> tuple[float, float]:
    """The shares of right and of wrong answers; a declined question is neither."""
    right = wrong = 0
    asked = [case for case in cases if case["db"] == name]
    for case in asked:
        draft = await EmbeddedSqlWriter().write(SqlTask(case["question"], database, READER))
        if not isinstance(draft, SqlDraft):
            continue
        found = database.run(draft.sql, caller=READER).rows
        golds = [case["gold_sql"], *case.get("gold_sql_alternatives", [])]
        is_right = any(contains(database.run(gold, caller=READER).rows, found) for gold in golds)
        right, wrong = right + is_right, wrong + (not is_right)
    return right / len(asked), wrong / len(asked)


def contains(wanted: Any, found: Any) -> bool:
    """Whether each wanted row is within a row of its own; further columns are allowed."""
    if len(wanted) != len(found):
        return False
    left = [Counter(map(_rounded, row)) for row in found]
    for row in wanted:
        holder = next((one for one in left if Counter(map(_rounded, row)) <= one), None)
        if holder is None:
            return False
        left.remove(holder)
    return True


def _rounded(value: object) -> object:
    return round(value, 4) if isinstance(value, float) else value


@pytest.mark.parametrize("name", DATABASES)
async def test_a_model_makes_bad_names_readable(
    name: str, database_url: Callable[[Path], str], tmp_path: Path
) -> None:
    url = database_url(FIXTURES / f"{name}.sql")
    plain = Database.open(url, name=name)
    draft = Database.open(url, name=name, model=drafted(url, name, tmp_path))
    corrected = Database.open(url, name=name, model=FIXTURES / "corrected" / f"{name}.yaml")
    without, _ = await scores(plain, name)
    by_draft, _ = await scores(draft, name)
    by_person, wrong = await scores(corrected, name)
    assert without <= 0.15
    assert by_draft >= 0.45
    assert by_person >= 0.85
    assert wrong <= 0.05
    for opened in (plain, draft, corrected):
        opened.close()
