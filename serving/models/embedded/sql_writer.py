"""Text to SQL without a language model: words matched to a schema, its comments and its values."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sqlglot import exp

from agent.toolbox import SqlDeclined, SqlDraft, SqlTask
from serving.models.embedded.build import build
from serving.models.embedded.conditions import Unreadable
from serving.models.embedded.joins import Joins
from serving.models.embedded.keys import with_inferred_keys
from serving.models.embedded.lexicon import Lexicon
from serving.models.embedded.mentions import Mention, scan
from serving.models.embedded.numerals import cast, typed
from serving.models.embedded.parse import read
from serving.models.embedded.quote import in_namespaces
from serving.models.embedded.ratios import Ratio, divide, ratio
from serving.models.embedded.values import Values, load
from serving.models.embedded.words import split
from tools.sql.golden import same
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
        failed = {attempt.sql for attempt in task.attempts}
        reviewed = same(await asyncio.to_thread(task.database.golden), task.question)
        if reviewed is not None and reviewed.sql not in failed:
            return SqlDraft(reviewed.sql)
        shown = await asyncio.to_thread(task.database.schema_for, task.question)
        schema = with_inferred_keys(shown)
        values = await self._known(task, schema)
        schema = typed(schema, values.numerals)
        if asked := ratio(task.question):
            divided = self._divided(asked, schema, values)
            if divided and divided not in failed:
                return SqlDraft(divided)
        lexicon, joins = Lexicon.of(schema), Joins.of(schema)
        mentions = scan(task.question, lexicon, values, self.today())
        unplaced = [mention for mention in mentions if not mention.is_placed]
        mentions = tuple(mention for mention in mentions if mention.is_placed)
        if not mentions or any(not mention.is_needless for mention in unplaced):
            return SqlDeclined(_unplaced([m.text for m in unplaced], task.database.name))
        problems: list[str] = []
        for tree in _readings(task.question, mentions, lexicon, joins, values, problems):
            if (sql := in_namespaces(tree, schema).sql(schema.dialect)) not in failed:
                return SqlDraft(sql)
        reason = problems[0] if problems else "every reading of it failed"
        return SqlDeclined(f"I cannot read this as one query of {task.database.name!r}: {reason}.")

    def _divided(self, asked: Ratio, schema: Schema, values: Values) -> str | None:
        sides: list[exp.Select] = []
        for question in (asked.part, asked.whole):
            mentions = scan(question, Lexicon.of(schema), values, self.today())
            if any(not (m.is_placed or m.is_needless) for m in mentions):
                return None
            placed = tuple(mention for mention in mentions if mention.is_placed)
            readings = _readings(question, placed, Lexicon.of(schema), Joins.of(schema), values, [])
            tree = next(readings, None)
            if tree is None:
                return None
            sides.append(tree)
        divided = divide(sides[0], sides[1], asked.factor)
        return in_namespaces(divided, schema).sql(schema.dialect) if divided is not None else None

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
    values: Values,
    problems: list[str],
) -> Iterator[exp.Select]:
    """Statements, best first; the reasons of readings that make none are added to `problems`."""
    asks_when = any(word.lower in {"when", "date", "dates", "day"} for word in split(question))
    for variant in range(_VARIANTS):
        try:
            frame = read(mentions, lexicon, joins, asks_when=asks_when, variant=variant)
            yield cast(build(frame, lexicon, joins), values.numerals)
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
