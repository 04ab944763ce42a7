"""Threads outlive the version that wrote them: checkpoints name classes by their modules."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from docsql_process import make_database
from pydantic import SecretStr

from serving.auth.local import LOCAL
from serving.config.data import DatabaseSettings
from serving.config.settings import Settings
from serving.conversations.checkpoints.serializer import OUR_TYPES, serializer
from serving.parts.assembly import Parts, open_parts
from serving.turns.approvals import DROPPED
from serving.wire.question import Decision, Question

FIXTURES = Path(__file__).parents[1] / "fixtures" / "threads"
KEPT = [json.loads(line) for line in (FIXTURES / "kept.jsonl").read_text("utf-8").splitlines()]
"""Values as an earlier version kept them: the class's name then, the bytes, and what they hold."""


@pytest.mark.parametrize("kept", KEPT, ids=[kept["type"] for kept in KEPT])
def test_a_value_that_an_earlier_version_kept_is_read_as_what_it_was(kept: dict[str, str]) -> None:
    value = serializer().loads_typed((kept["kind"], bytes.fromhex(kept["bytes"])))
    # Fields that have come since are at the end, and have what they have where nobody sets them.
    told = r".*\)".join(map(re.escape, kept["value"].split(")")))
    assert re.fullmatch(told, repr(value), re.DOTALL), repr(value)


def test_every_type_that_a_thread_may_hold_has_a_kept_value() -> None:
    assert {f"{module}.{name}" for module, name in OUR_TYPES} == {kept["type"] for kept in KEPT}


@pytest.fixture
async def parts(tmp_path: Path, shop: Path) -> AsyncIterator[Parts]:
    """The parts over two threads of an earlier version: one is answered, one waits for approval."""
    make_database(FIXTURES / "threads.sql", tmp_path / "threads.db")
    database = DatabaseSettings(url=SecretStr(f"sqlite:///{shop}"), approval="always")
    async with open_parts(Settings(data=tmp_path, databases={"shop": database})) as opened:
        yield opened


async def test_the_answers_of_an_old_thread_are_shown_with_their_evidence(parts: Parts) -> None:
    content = await parts.conversations.read("answered", caller=LOCAL)
    searched, counted = (turn.answer for turn in content.turns)
    assert "within 21 days" in searched.citations[0].text
    assert counted.queries[0].rows == [[7]]


async def test_a_statement_that_waits_on_an_old_thread_can_be_decided_on(parts: Parts) -> None:
    content = await parts.conversations.read("waiting", caller=LOCAL)
    (waiting,) = content.turns[-1].answer.approvals
    resume = {waiting.id: Decision(action="edit", sql="SELECT 5 AS five")}
    answer = await parts.turns.answer(Question(thread_id="waiting", resume=resume), LOCAL)
    assert (answer.status, answer.queries[0].rows) == ("answered", [[5]])


async def test_a_new_question_goes_on_with_an_old_thread(parts: Parts) -> None:
    asked = Question(question="Hello!", mode="chat", thread_id="waiting")
    answer = await parts.turns.answer(asked, LOCAL)
    assert DROPPED in answer.warnings
    asked = Question(question="How many workshops are there?", thread_id="answered")
    assert (await parts.turns.answer(asked, LOCAL)).status == "needs_approval"
