"""SqlWriters for chat models and for completion models."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.runnables import Runnable

from agent.asides import split_asides
from agent.dialects import notes_on
from agent.drafts import SqlDeclined, SqlDraft
from agent.prompting import is_cut_off, prompt, usage_of
from agent.reply import all_thought
from agent.sql_reply import statement_in
from agent.sql_shown import Wording, fit_prompt
from agent.state import add_counts
from agent.toolbox import Attempt, SqlTask
from agent.window import UnboundedWindow, Window
from tools.errors import BadInput
from tools.sql.ddl import create_statements
from tools.sql.golden import GoldenQuery
from tools.sql.schema import Schema

DECLINED = "NONE"
"""The word by which a model says that the tables cannot answer; the prompt asks for it."""
STATEMENT_TOKENS = 512
"""Longest completion; anything longer is not a statement."""
SAMPLED_AT = 0.7
"""Temperature of further statements: they differ where the model is not sure, and stay statements."""
SHORTER = (
    "Your reply reached its most tokens before the statement was whole. Write a shorter statement, and "
    "nothing else: no explanation, no comments."
)
CUT = (
    "the chat model reached the most tokens of a reply before its statement was whole: raise "
    "DOCSQL_CHAT__MAX_TOKENS, or ask for less at once"
)
_DECLINED = re.compile(rf"[\W_]*(?:(?<=`)\w+\s)?[\W_]*{DECLINED}\b")


@dataclass(frozen=True, slots=True)
class ChatSqlWriter:
    """Has a chat model write the statement; earlier attempts are shown with their errors."""

    chat: BaseChatModel
    name: str
    window: Window = field(default_factory=UnboundedWindow)

    async def write(self, task: SqlTask) -> SqlDraft | SqlDeclined:
        return await self._write(task, self.chat)

    async def sample(self, task: SqlTask, *, seed: int) -> SqlDraft | SqlDeclined:
        """Write a statement that may be another one with each seed."""
        return await self._write(task, self.chat.bind(temperature=SAMPLED_AT, seed=seed))

    async def _write(
        self, task: SqlTask, chat: Runnable[LanguageModelInput, AIMessage]
    ) -> SqlDraft | SqlDeclined:
        template = prompt("write_sql")
        shown = await fit_prompt(task, self.window, AS_CHAT, fixed=template.template, reply=None)
        system = template.substitute(
            dialect=task.database.dialect,
            notes=notes_on(task.database.dialect),
            database=task.database.name,
            schema=AS_CHAT.schema(shown.schema),
            examples="\n\n".join(map(AS_CHAT.example, shown.examples)),
        )
        tries = [message for attempt in shown.attempts for message in _repair(attempt)]
        asked = [SystemMessage(system), HumanMessage(task.question), *tries]
        try:
            reply = await chat.ainvoke(asked)
            usage, thought = usage_of(reply), all_thought(reply)
            if is_cut_off(reply):  # half a statement may be one that runs, and says something else
                reply = await chat.ainvoke([*asked, HumanMessage(SHORTER)])
                usage, thought = add_counts(usage, usage_of(reply)), thought + all_thought(reply)
        except BadInput as error:
            return SqlDeclined(_cannot(task, str(error)), {"model_calls": 1})
        text = statement_in(reply.text)
        if is_cut_off(reply):
            return SqlDeclined(_cannot(task, CUT), usage, thought)
        if (reason := _declined(reply.text, text)) is not None:
            return SqlDeclined(_cannot(task, reason), usage, thought)
        return SqlDraft(await _in_its_dialect(task, text), usage, thought=thought)


class CompletionModel(Protocol):
    """A model that continues a text."""

    async def complete(self, prompt: str, *, stop: Sequence[str], max_new_tokens: int) -> str:
        """The text that follows the prompt, without the stop sequence that ended it."""
        ...


@dataclass(frozen=True, slots=True)
class CompletionSqlWriter:
    """Has a completion model write the statement, in the input format that SQLCoder was trained on.

    The format: https://huggingface.co/defog/sqlcoder-7b-2 (sections Task, Database Schema and
    Answer; the question between [QUESTION] marks; the statement after [SQL]).
    """

    model: CompletionModel
    name: str
    window: Window = field(default_factory=UnboundedWindow)

    async def write(self, task: SqlTask) -> SqlDraft | SqlDeclined:
        template = prompt("write_sql_completion")
        fixed = template.template + task.question  # it occurs twice
        shown = await fit_prompt(
            task, self.window, AS_COMPLETION, fixed=fixed, reply=STATEMENT_TOKENS
        )
        text = template.substitute(
            question=task.question,
            dialect=task.database.dialect,
            schema=AS_COMPLETION.schema(shown.schema),
            examples="".join(map(AS_COMPLETION.example, shown.examples)),
            attempts="".join(map(AS_COMPLETION.attempt, shown.attempts)),
        )
        try:
            written = await self.model.complete(
                text, stop=["[/SQL]", "```", ";"], max_new_tokens=STATEMENT_TOKENS
            )
        except BadInput as error:
            return SqlDeclined(_cannot(task, str(error)), {"model_calls": 1})
        statement, usage, thought = (
            statement_in(written),
            {"model_calls": 1},
            split_asides(written).thought,
        )
        if not statement or "i do not know" in statement.lower():
            return SqlDeclined(_cannot(task, ""), usage, thought)
        return SqlDraft(await _in_its_dialect(task, statement), usage, thought=thought)


async def _in_its_dialect(task: SqlTask, sql: str) -> str:
    """With approval, translate first, so that the person sees what will run; otherwise on failure."""
    if task.may_execute:
        return sql
    mended = partial(task.database.in_its_dialect, sql, caller=task.caller)
    return await task.database.in_a_thread(mended, caller=task.caller)


def _reviewed(pair: GoldenQuery) -> str:
    return f"\nA reviewed statement for [QUESTION]{pair.question}[/QUESTION]:\n{pair.sql}\n"


def _repair(attempt: Attempt) -> list[BaseMessage]:
    return [
        AIMessage(attempt.sql),
        HumanMessage(f"{_told_of(attempt)}\nWrite it again, corrected."),
    ]


def _earlier(attempt: Attempt) -> str:
    if attempt.is_empty:
        return f"\nThis statement found nothing: {attempt.sql}\n{attempt.error}\n"
    return f"\nThis statement failed: {attempt.sql}\nbecause: {attempt.error}\n"


def _told_of(attempt: Attempt) -> str:
    return attempt.error if attempt.is_empty else f"That statement cannot be used: {attempt.error}"


def _declined(reply: str, statement: str) -> str | None:
    """Why the model writes no statement, as far as it says; None where it writes one."""
    if not statement:
        return ""
    for text in (statement, split_asides(reply).said):
        if said := _DECLINED.match(text):
            return " ".join(text[said.end() :].strip(" .,:;-*_`\"'\n").split())
    return None


def _cannot(task: SqlTask, reason: str) -> str:
    said = f": {reason}" if reason else ""
    return f"The database {task.database.name!r} cannot answer {task.question!r}{said}."


AS_CHAT = Wording(
    schema=Schema.describe,
    example=lambda pair: f"Question: {pair.question}\n{pair.sql}",
    attempt=lambda attempt: "\n".join(message.text for message in _repair(attempt)),
)
AS_COMPLETION = Wording(schema=create_statements, example=_reviewed, attempt=_earlier)
