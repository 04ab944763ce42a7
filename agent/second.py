"""A second reading of a question, by another writer: whether it bears the first one out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from agent.drafts import SqlDraft
from agent.prompting import prompt, usage_of
from agent.same_rows import are_same_statement, have_same_rows, is_empty
from agent.toolbox import SqlTask, SqlWriter
from tools.errors import BadInput, Correctable, Unavailable
from tools.sql.paraphrase import ONLY_SQL, paraphrase
from tools.sql.run import QueryResult

Agreement = Literal["only", "same", "differs", "overruled", "alone", "stands_in"]
"""How two readings of a question compare.

`only`: there is one writer. `same`: both give the same rows. `differs` and `overruled`: they do
not, and the first or the second one's were chosen. `alone`: the second has none, or none that can
be compared. `stands_in`: only the second has one.
"""

DIFFERS = "Two readings of the question gave different rows; those of {} were taken."
_CHOICE: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "choose",
        "description": "Choose the statement that answers the question.",
        "parameters": {
            "type": "object",
            "properties": {"statement": {"type": "string", "enum": ["A", "B"]}},
            "required": ["statement"],
            "additionalProperties": False,
        },
    },
}
_NAMED = re.compile(r"\b([AB])\b")


@dataclass(frozen=True, slots=True)
class TwoReadings:
    """The rows that a question comes to, and how two readings of it compare.

    `likelihood` is how likely the writer that can tell thinks its own right; `warnings` are what a
    person should know, `other` is the statement that was not taken, where the two differ.
    """

    result: QueryResult
    agreement: Agreement
    likelihood: float | None = None
    warnings: tuple[str, ...] = ()
    other: str = ""
    usage: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class SecondReader:
    """Reads a question again, and has a chat model choose where the rows differ."""

    writer: SqlWriter
    chat: BaseChatModel | None = None

    async def compare(self, task: SqlTask, result: QueryResult) -> TwoReadings:
        """The first writer's result beside the second one's.

        Without `task.may_execute` nothing runs, and only the statements are compared.
        """
        try:
            written = await self.writer.write(task.afresh())
            if not isinstance(written, SqlDraft):
                return TwoReadings(result, "alone")
            if not task.may_execute:
                return await _as_written(task, result, written)
            other = await task.database.arun(written.sql, caller=task.caller)
        except (Correctable, Unavailable):
            return TwoReadings(result, "alone")
        is_same = have_same_rows(result, other)
        if is_same is None:
            return TwoReadings(result, "alone", written.likelihood)
        if is_same:
            return TwoReadings(replace(result, confirmed=True), "same", written.likelihood)
        other = replace(other, writer=self.writer.name)
        return await self._chosen(task, result, other, written)

    async def _chosen(
        self, task: SqlTask, first: QueryResult, second: QueryResult, written: SqlDraft
    ) -> TwoReadings:
        """One of two results that differ; the first one's where nobody can tell.

        One that found something before one that did not: its statement names what is stored.
        """
        is_told = is_empty(first) != is_empty(second)
        prefers, usage = written.is_reviewed or (is_told and is_empty(first)), dict[str, int]()
        if self.chat is not None and not prefers and not is_told:
            prefers, usage = await _prefers_second(self.chat, task, first.sql, second.sql)
        taken, left = (second, first) if prefers else (first, second)
        agreement: Agreement = "overruled" if prefers else "differs"
        taken = replace(taken, confirmed=False)
        said = (DIFFERS.format(taken.writer),)
        return TwoReadings(taken, agreement, written.likelihood, said, left.sql, usage)


async def _as_written(task: SqlTask, result: QueryResult, written: SqlDraft) -> TwoReadings:
    compared = partial(are_same_statement, result.sql, written.sql, task.database)
    if not await task.database.in_a_thread(compared, caller=task.caller):
        return TwoReadings(result, "alone", written.likelihood)
    return TwoReadings(replace(result, confirmed=True), "same", written.likelihood)


async def _prefers_second(
    chat: BaseChatModel, task: SqlTask, first: str, second: str
) -> tuple[bool, dict[str, int]]:
    """Whether a model chooses the second of two statements, and what asking it cost.

    It is not told whose they are, and their order has nothing to do with that.
    """
    pair = sorted((first, second))
    told = "\n".join(f"{name}: {_told(sql, task)}" for name, sql in zip("AB", pair, strict=True))
    asked = [
        SystemMessage(prompt("choose").template),
        HumanMessage(f"Question: {task.question}\n\n{told}"),
    ]
    try:
        reply = await chat.bind_tools([_CHOICE], tool_choice="required").ainvoke(asked)
    except (BadInput, Unavailable):
        return False, {"model_calls": 1}
    named = _named(reply)
    return named is not None and pair["AB".index(named)] == second, usage_of(reply)


def _told(sql: str, task: SqlTask) -> str:
    words = paraphrase(sql, dialect=task.database.dialect)
    return sql if ONLY_SQL in words else words


def _named(reply: AIMessage) -> str | None:
    """The statement that a reply names, where it names one."""
    given = [str(call["args"].get("statement", "")) for call in reply.tool_calls]
    named = {*_NAMED.findall(" ".join(given) or reply.text)}
    return named.pop() if len(named) == 1 else None
