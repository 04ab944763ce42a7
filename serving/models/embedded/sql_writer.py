"""Text to SQL without a language model: words matched to a schema, its comments and its values."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from agent.toolbox import SqlDeclined, SqlDraft, SqlTask
from serving.models.embedded.build import Unreadable, build
from serving.models.embedded.joins import Joins
from serving.models.embedded.lexicon import Lexicon
from serving.models.embedded.mentions import Mention, scan
from serving.models.embedded.parse import read
from serving.models.embedded.values import Values, load
from serving.models.embedded.words import split
from tools.sql.schema import Schema

_VARIANTS = 4
"""Readings tried when earlier ones did not run."""

_KEPT = 16
"""Indexes of values kept: one a database, schema and set of groups."""
_NAMED = 6
"""Words named in a refusal."""


def _today() -> date:
    return datetime.now(UTC).date()


@dataclass
class EmbeddedSqlWriter:
    """Writes everyday questions as SELECTs over any schema, and declines what it cannot read."""

    name: str = "embedded: no language model"
    today: Callable[[], date] = _today
    _values: OrderedDict[tuple[str, str, frozenset[str]], Values] = field(
        default_factory=OrderedDict[tuple[str, str, frozenset[str]], Values]
    )
    _loading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def write(self, task: SqlTask) -> SqlDraft | SqlDeclined:
        """Write a statement in the database's dialect, or name the words that have no place in it.

        The first question to a database reads its text columns through the gate.
        """
        schema = task.database.schema()
        values = await self._known(task, schema)
        lexicon, joins = Lexicon.of(schema), Joins.of(schema)
        mentions = scan(task.question, lexicon, values, self.today())
        unplaced = [mention.text for mention in mentions if not mention.is_placed]
        if unplaced or not mentions:
            return SqlDeclined(_unplaced(unplaced, task.database.name))
        failed = {attempt.sql for attempt in task.attempts}
        problems: list[str] = []
        for sql in _readings(task.question, mentions, lexicon, joins, problems):
            if sql not in failed:
                return SqlDraft(sql)
        reason = problems[0] if problems else "every reading of it failed"
        return SqlDeclined(f"I cannot read this as one query of {task.database.name!r}: {reason}.")

    async def _known(self, task: SqlTask, schema: Schema) -> Values:
        # What one caller may see, another must not learn: the groups are part of the key.
        key = (task.database.name, schema.fingerprint, task.caller.groups)
        async with self._loading:
            if key not in self._values:
                self._values[key] = await load(task.database, schema, task.caller)
                if len(self._values) > _KEPT:
                    self._values.popitem(last=False)
            return self._values[key]


def _readings(
    question: str,
    mentions: tuple[Mention, ...],
    lexicon: Lexicon,
    joins: Joins,
    problems: list[str],
) -> Iterator[str]:
    """Statements, best first; the reasons of readings that make none are added to `problems`."""
    asks_when = any(word.lower in {"when", "date", "dates", "day"} for word in split(question))
    for variant in range(_VARIANTS):
        try:
            frame = read(mentions, lexicon, joins, asks_when=asks_when, variant=variant)
            yield build(frame, lexicon, joins).sql(lexicon.schema.dialect)
        except Unreadable as error:
            problems.append(str(error))
        except IndexError:
            return


def _unplaced(words: list[str], database: str) -> str:
    if not words:
        return f"I find nothing in the question that the database {database!r} could answer."
    listed = ", ".join(f"“{word}”" for word in words[:_NAMED])
    listed += ", …" if len(words) > _NAMED else ""
    return f"I could not place {listed} in the database {database!r}."
