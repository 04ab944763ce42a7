"""Text to SQL without a language model: words matched to a schema, its comments and its values."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from agent.drafts import SqlDeclined, SqlDraft
from agent.once import try_statement
from agent.toolbox import SqlTask
from serving.models.embedded.chat.phrasing import (
    ASSUMED,
    ASSUMED_ALONE,
    ASSUMED_KEY,
    LEFT_OUT,
    SHARED,
    SHARED_BY_MANY,
    SHARED_LATER,
)
from serving.models.embedded.choose.cache import Readers
from serving.models.embedded.choose.reader import Reader, StatementCandidate, judged
from serving.models.embedded.schema.targets import ColumnRef
from serving.models.embedded.sql.build import UNLINKED
from tools.errors import Correctable
from tools.language.rendering import asked_as
from tools.language.telling import Telling
from tools.sql.golden import same_question

_LESS = 0.25
"""How likely a statement is at most that leaves a word of its question out: the word may be the point."""
_TRIED = 3
"""Statements whose results are looked at before one is chosen."""
_TWO, _SHARED = 2, 10
"""Rows that share a first place: where that begins, and how many are named."""
REVIEWED = 0.99
"""How likely a reviewed statement is right; the data may have moved on since."""
_UNPLACED = "I could not place {words} in the database {database}."
_UNREAD = "I cannot read this as one query of {database}: {reason}."
_SAMPLED = "Only some of the values of {columns} are known to me."
_UNSURE = "I am not sure enough that I read this right as a query of {database}."
_NOTHING = "I find nothing in the question that the database {database} could answer."
_NO_COLUMN = "I find no column and no value for {words} in {sheets}."
_NO_QUESTION = "I cannot read this as a question to {sheets}: {reason}."
_UNSURE_OF_SHEETS = "I am not sure enough that I read this right as a question to {sheets}."
_NOTHING_FOR_SHEETS = "I find nothing in the question that {sheets} could answer."
_UNLINKED = "nothing says which rows of {table} and {other} belong together"
"""Said of sheets in place of a missing foreign key, which nobody could declare there."""
_SHEETS, _SHEETS_NAMED = "{count} sheets of the documents", 3
_NAMED = 6
"""Words named in a refusal."""


@dataclass
class EmbeddedSqlWriter:
    """Writes everyday questions as SELECTs over any schema, and declines what it cannot read."""

    name: str = "embedded: no language model"
    readers: Readers = field(default_factory=Readers)

    async def write(self, task: SqlTask) -> SqlDraft | SqlDeclined:
        """Write a statement in the database's dialect, or name the words that have no place in it."""
        failed = {attempt.sql for attempt in task.attempts}
        known = await asyncio.to_thread(task.database.golden) if task.database.has_golden else ()
        reviewed = same_question(known, task.question)
        if reviewed is not None and reviewed.sql not in failed:
            return SqlDraft(reviewed.sql, likelihood=REVIEWED, is_reviewed=True)
        reader, candidates = await self.candidates(task)
        left = [candidate for candidate in candidates if candidate.sql not in failed]
        if left and reader.is_sure(left[0]):
            assumed = _assumed(left[0], reader, Telling.of(task.question))
            said = (_left_out(left[0], task), assumed, await _shared(left[0], task))
            note, likelihood = " ".join(filter(None, said)), left[0].confidence
            likelihood = min(likelihood, _LESS) if said[0] else likelihood
            is_whole = not (left[0].unplaced or left[0].idle)
            return SqlDraft(left[0].sql, note=note, likelihood=likelihood, is_whole=is_whole)
        best = left[0] if left else None
        return SqlDeclined(_reason(task, best, reader))

    async def candidates(self, task: SqlTask) -> tuple[Reader, list[StatementCandidate]]:
        """What the question may mean, the likeliest first; the first few are tried where they may be."""
        reader = await self.readers.of(
            task.database, task.caller, task.question, may_execute=task.may_execute
        )
        found = reader.read(task.question)
        if not task.may_execute:
            return reader, found
        trying = partial(_tried, found[:_TRIED], task)
        tried = await task.database.in_a_thread(trying, caller=task.caller) if found else []
        return reader, reader.ranked([*tried, *found[_TRIED:]])


async def _shared(best: StatementCandidate, task: SqlTask) -> str:
    """Who shares the place of the one winner that is shown, in a sentence."""
    ranked = best.statement.ranked(_SHARED + 1) if task.may_execute else None
    try:
        result = await task.database.arun(ranked.sql, caller=task.caller) if ranked else None
    except Correctable:
        return ""
    rows = [row for row in result.rows if row[-1] == result.rows[0][-1]] if result else []
    if len(rows) < _TWO:
        return ""
    named = ", ".join(str(row[0]) for row in rows[:_SHARED]) + ", …" * (len(rows) > _SHARED)
    # A number that no evidence holds would be doubted, so rows that numbers name are not listed.
    is_worded = not any(letter.isdigit() for letter in named)
    to = Telling.of(task.question)
    if best.statement.is_later:
        return to.say(SHARED_LATER, names=named) if is_worded else ""
    return to.say(SHARED, names=named) if is_worded else to.say(SHARED_BY_MANY)


def _tried(candidates: Sequence[StatementCandidate], task: SqlTask) -> list[StatementCandidate]:
    """The candidates that the gate and the engine let through, with what their results say."""
    tried: list[StatementCandidate] = []
    for candidate in candidates:
        with suppress(Correctable):
            result = try_statement(task.database, candidate.sql, caller=task.caller)
            tried.append(judged(candidate, result))
    return tried


def _left_out(read: StatementCandidate, task: SqlTask) -> str:
    """What a statement leaves out of its question, in a sentence; empty where that is nothing."""
    listed = ", ".join(f"“{word}”" for word in read.unplaced)
    return Telling.of(task.question).say(LEFT_OUT, words=listed) if listed else ""


def _assumed(read: StatementCandidate, reader: Reader, to: Telling) -> str:
    """Which dates and keys were taken that the question does not name; empty where none was."""
    told: list[str] = []
    for column, others in read.assumed.items():
        taken, *left = (_titled(reader, one, to) for one in (column, *others))
        others = to.listed(left)
        of_several = ASSUMED_KEY if reader.lexicon.is_key(column) else ASSUMED
        told.append(to.say(of_several if left else ASSUMED_ALONE, column=taken, others=others))
    return " ".join(told)


def _titled(reader: Reader, ref: ColumnRef, to: Telling) -> str:
    column = reader.lexicon.column(ref)
    return f"“{column.meaning.label_in(to.code) or column.meaning.label or column.name}”"


def _sampled(reader: Reader, to: Telling) -> str:
    """Which columns hold values that were not read, in a sentence; empty where none does."""
    columns = [f"{ref.table}.{ref.column}" for ref in reader.values.sampled]
    if not columns:
        return ""
    named, more = ", ".join(columns[:_NAMED]), len(columns) - _NAMED
    if more > 0:
        named = to.say("{columns} and {count} more columns", columns=named, count=more)
    return " " + to.say(_SAMPLED, columns=named)


def _reason(task: SqlTask, best: StatementCandidate | None, reader: Reader) -> str:
    to, sheets = Telling.of(task.question), _sheets_asked(task)
    place = {"sheets": sheets} if sheets else {"database": repr(task.database.name)}
    words = [*dict.fromkeys(reader.lost)] if best is None else [*best.unplaced, *best.idle]
    if words := _as_asked(words, task.question):
        listed = ", ".join(f"“{word}”" for word in words[:_NAMED])
        listed += ", …" if len(words) > _NAMED else ""
        placed = to.say(_NO_COLUMN if sheets else _UNPLACED, words=listed, **place)
        return f"{placed}{_sampled(reader, to)}"
    if reader.problems:
        problem = reader.problems[0]
        is_unlinked = bool(sheets) and problem.clause == UNLINKED
        told = to.say(_UNLINKED, **problem.values) if is_unlinked else problem.told(to)
        return to.say(_NO_QUESTION if sheets else _UNREAD, reason=told, **place)
    if best is not None:
        return to.say(_UNSURE_OF_SHEETS if sheets else _UNSURE, **place)
    return to.say(_NOTHING_FOR_SHEETS if sheets else _NOTHING, **place)


def _sheets_asked(task: SqlTask) -> str:
    """The files and sheets that were loaded as data; empty for a database that somebody connected."""
    to = Telling.of(task.question)
    known = sorted({(file, sheet) for _, file, sheet in task.database.origins.values()})
    if len(known) > _SHEETS_NAMED:
        return to.say(_SHEETS, count=to.number(len(known)))
    return to.listed([repr(f"{file}, {sheet}" if sheet else file) for file, sheet in known])


def _as_asked(words: Sequence[str], question: str) -> list[str]:
    """As they stand in the question, which may be in another language than it is read in."""
    said = question.lower()
    asked = [word if word.lower() in said else asked_as(word, question) for word in words]
    return [*dict.fromkeys(filter(None, asked))] or list(words)
