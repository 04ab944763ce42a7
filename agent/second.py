"""A second reading of a question, by another writer: whether it bears the first one out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from agent.drafts import SqlDraft
from agent.once import tried
from agent.prompting import prompt, usage_of
from agent.same_rows import are_same_statement, have_same_rows, is_empty
from agent.toolbox import SqlTask, SqlWriter
from agent.votes import Sampling
from tools.errors import BadInput, Correctable, Unavailable
from tools.sql.paraphrase import ONLY_SQL, paraphrase
from tools.sql.run import QueryResult

Agreement = Literal["only", "same", "differs", "overruled", "alone", "stands_in", "elected"]
"""How two readings of a question compare.

`only`: there is one writer. `same`: both give the same rows. `differs` and `overruled`: they do
not, and the first or the second one's were chosen. `alone`: the second has none, or none that can
be compared. `stands_in`: only the second has one. `elected`: further statements of the first writer
give other rows than either, and were chosen.
"""

FEWEST = 2
"""Statements that have to agree where the first one does not run."""
RATHER_SURE = 0.65
"""Likelihood from which a second reading has two votes."""
DIFFERS = "Two readings of the question gave different rows; those of {writer} were taken."
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
    person should know, `other` is the statement that was not taken, where the two differ. `votes`
    are the statements that give these rows, where further ones were asked for; else 0.
    """

    result: QueryResult
    agreement: Agreement
    likelihood: float | None = None
    warnings: tuple[str, ...] = ()
    other: str = ""
    usage: Mapping[str, int] = field(default_factory=dict[str, int])
    votes: int = 0


@dataclass(frozen=True, slots=True)
class SecondReader:
    """Reads a question again, and finds out which rows to take where they differ.

    By the votes of further statements, where the first writer can be asked for some and needed no
    repair; else a chat model chooses.
    """

    writer: SqlWriter
    chat: BaseChatModel | None = None
    sampling: Sampling | None = None

    async def compare(self, task: SqlTask, result: QueryResult) -> TwoReadings:
        """The first writer's result beside the second one's.

        Without `task.may_execute` nothing runs, and only the statements are compared.
        """
        written, other = await self._read(task)
        if written is not None and not task.may_execute:
            return await _as_written(task, result, written)
        if written is None or other is None:
            return await self._alone(task, result)
        is_same = have_same_rows(result, other)
        if is_same is None:
            return TwoReadings(result, "alone", written.likelihood)
        if is_same:  # the wider one: measured, what only the other shows was asked for (16 of 16)
            wider = max(result, other, key=lambda one: len(one.columns))
            return TwoReadings(replace(wider, confirmed=True), "same", written.likelihood)
        return await self._chosen(task, result, other, written)

    async def instead(self, task: SqlTask) -> tuple[TwoReadings | None, Mapping[str, int]]:
        """What two other statements at least agree on, where the first one does not run.

        With what asking for them cost.
        """
        if (sampling := self._sampling_of(task)) is None:
            return None, {}
        written, other = await self._read(task)
        elected = await sampling.elect(task, [] if other is None else [(other, _votes(written))])
        if elected.result is None or elected.votes < FEWEST:
            return None, elected.usage
        agreement: Agreement = "stands_in" if elected.result is other else "elected"
        likelihood = written.likelihood if written is not None else None
        found = TwoReadings(elected.result, agreement, likelihood, votes=elected.votes)
        return found, elected.usage

    async def _read(self, task: SqlTask) -> tuple[SqlDraft | None, QueryResult | None]:
        """The second writer's statement, and its rows where it may run and does."""
        written = None
        try:
            written = await self.writer.write(task.afresh())
            if not isinstance(written, SqlDraft):
                return None, None
            if not task.may_execute:
                return written, None
            result = tried(task.database, written.sql, caller=task.caller)
            result = result or await task.database.arun(written.sql, caller=task.caller)
        except (Correctable, Unavailable):
            return (written if isinstance(written, SqlDraft) else None), None
        return written, replace(result, writer=self.writer.name)

    def _sampling_of(self, task: SqlTask) -> Sampling | None:
        """What asks for further statements; a statement that was mended has had its vote."""
        return self.sampling if task.may_execute and not task.attempts else None

    async def _alone(self, task: SqlTask, result: QueryResult) -> TwoReadings:
        """The first writer's result, or what more of its statements give."""
        if (sampling := self._sampling_of(task)) is None:
            return TwoReadings(result, "alone")
        elected = await sampling.elect(task, [(result, 1)])
        best = elected.result or result
        agreement: Agreement = "alone" if best is result else "elected"
        return TwoReadings(best, agreement, usage=elected.usage, votes=elected.votes)

    async def _chosen(
        self, task: SqlTask, first: QueryResult, second: QueryResult, written: SqlDraft
    ) -> TwoReadings:
        """One of two results that differ; the first one's where nobody can tell.

        One that found something before one that did not: its statement names what is stored.
        """
        is_told = is_empty(first) != is_empty(second)
        if written.is_reviewed or (is_told and is_empty(first)):
            return _taken(second, first, second, written)
        if (sampling := self._sampling_of(task)) is not None:
            elected = await sampling.elect(task, [(first, 1), (second, _votes(written))])
            best = elected.result or first
            taken = _taken(best, first, second, written)
            return replace(taken, usage=elected.usage, votes=elected.votes)
        if self.chat is None or is_told:
            return _taken(first, first, second, written)
        prefers, usage = await _prefers_second(self.chat, task, first.sql, second.sql)
        taken = _taken(second if prefers else first, first, second, written)
        return replace(taken, usage=usage)


def _votes(written: SqlDraft | None) -> int:
    """The votes of a second reading: two where its writer is rather sure of it."""
    return 2 if written is not None and (written.likelihood or 0.0) >= RATHER_SURE else 1


def _taken(
    best: QueryResult, first: QueryResult, second: QueryResult, written: SqlDraft
) -> TwoReadings:
    """One of two results that differ, or a third one, and that it is less sure."""
    agreement: Agreement = "elected"
    if best is first or best is second:
        agreement = "differs" if best is first else "overruled"
    left = second if best is first else first
    said = (DIFFERS.format(writer=best.writer),)
    best = replace(best, confirmed=False)
    return TwoReadings(best, agreement, written.likelihood, said, left.sql)


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
