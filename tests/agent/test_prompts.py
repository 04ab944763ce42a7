"""Every prompt as a model gets it, compared with tests/fixtures/prompts."""

from collections.abc import Sequence
from pathlib import Path

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from machine_bench import ADA, FakeDocuments, FixedWriter, Start, passage
from scripted_chat import calls

from agent.calls import ConnectedSources, tools_for
from agent.sql_writers import CompletionSqlWriter
from agent.toolbox import Attempt, SqlTask
from serving.models.chat.guided_calls import as_text, choice_of
from tools.sql.run import Database

SNAPSHOTS = Path(__file__).parents[1] / "fixtures" / "prompts"
FIRST = ("search_documents", {"query": "returns", "needs_followup": True})
QUERY = ("query_database", {"question": "How much in Oslo?", "database": "shop"})
BAD, GOOD = "SELECT total FROM sale", "SELECT SUM(amount) AS total FROM sale WHERE city = 'Oslo'"


async def test_each_role_is_told_what_its_snapshot_says(start: Start, tmp_path: Path) -> None:
    bench = start(
        {
            "rewrite": ["How much was sold in Oslo, and how long are returns taken?"],
            "decide": [calls(), calls(FIRST), calls(QUERY)],
            "write_sql": [BAD, GOOD],
            "talk": ["Hello!"],
            "answer": ["42 [2], 30 days [1]."],
        },
        documents=FakeDocuments([passage("Returns are taken\nwithin 30 days.")]),
    )
    await bench.ask("Hi")
    await bench.ask("And how much was sold in Oslo, and how long are returns taken?")
    for role, messages, _ in bench.chat.heard:
        (tmp_path / f"{role}.md").write_text(_written(messages), encoding="utf-8")
    _compare(tmp_path, ["rewrite", "decide", "write_sql", "talk", "answer"])


async def test_two_readings_are_told_in_words_as_their_snapshot_says(
    start: Start, tmp_path: Path
) -> None:
    said = {"decide": [calls(QUERY)], "write_sql": [GOOD], "choose": ["A"], "answer": ["42 [1]."]}
    bench = start(said, second=FixedWriter("SELECT SUM(amount) FROM sale"))
    await bench.ask("How much in Oslo?")
    (messages,) = [told for role, told, _ in bench.chat.heard if role == "choose"]
    (tmp_path / "choose.md").write_text(_written(messages), encoding="utf-8")
    _compare(tmp_path, ["choose"])


def test_tools_told_as_text_are_what_their_snapshot_says(tmp_path: Path) -> None:
    tools = tools_for(ConnectedSources({"shop": "Sales of a shop"}, "1 document: Policy"))
    asked = [SystemMessage("You decide."), HumanMessage("How much in Oslo?")]
    (tmp_path / "calls.md").write_text(_written(as_text(asked, choice_of(tools))), encoding="utf-8")
    _compare(tmp_path, ["calls"])


async def test_a_completion_is_begun_as_its_snapshot_says(shop: Database, tmp_path: Path) -> None:
    class Recorder:
        async def complete(self, prompt: str, *, stop: Sequence[str], max_new_tokens: int) -> str:
            (tmp_path / "write_sql_completion.md").write_text(prompt, encoding="utf-8")
            return GOOD

    failed = Attempt(BAD, "There is no column 'total'.")
    await CompletionSqlWriter(Recorder(), "coder").write(
        SqlTask("How much in Oslo?", shop, ADA, (failed,))
    )
    _compare(tmp_path, ["write_sql_completion"])


def _written(messages: Sequence[BaseMessage]) -> str:
    return "\n".join(f"----- {message.type}\n{message.text}\n" for message in messages)


def _compare(folder: Path, names: Sequence[str]) -> None:
    for name in names:
        written, kept = folder / f"{name}.md", SNAPSHOTS / f"{name}.md"
        assert written.read_text("utf-8") == (kept.read_text("utf-8") if kept.exists() else ""), (
            f"The prompt has changed. If that is meant: cp {written} {kept}"
        )
