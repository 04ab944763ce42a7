"""The part of a schema that an SQL writer sees, within its model's window."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile

from agent.toolbox import Attempt, SqlTask
from agent.window import Window, fit_forms
from tools.errors import Unavailable
from tools.sql.golden import GoldenQuery, nearest_golden
from tools.sql.schema import Schema

SHARES = (0.9, 0.7, 0.5, 0.35, 0.25, 0.15, 0.1)
"""Of the room for a prompt: how large a part of a schema is tried where all of it is too large."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How a prompt words each piece; a piece is shown whole or not at all."""

    schema: Callable[[Schema], str]
    example: Callable[[GoldenQuery], str]
    attempt: Callable[[Attempt], str]


@dataclass(frozen=True, slots=True)
class FittedPrompt:
    """The pieces that fit, in prompt order."""

    schema: Schema
    examples: Sequence[GoldenQuery]
    attempts: Sequence[Attempt]


async def fit_prompt(
    task: SqlTask, window: Window, wording: Wording, *, fixed: str, reply: int | None
) -> FittedPrompt:
    """The question and the latest attempt, then schema, then examples, then older attempts.

    `fixed` is the prompt's own text. Of a schema that is too large go the tables and columns that
    the question needs least; of the rest goes what is least like the question, and what is oldest.

    Raises:
        Unavailable: The window has no room for the question and one table; or the database cannot
            be reached.
    """
    await window.look()
    schema = await task.database.aschema_for(task.question)
    examples = await _examples(task)
    latest, older = task.attempts[-1:], task.attempts[-2::-1]
    fixed = "\n".join([fixed, task.question, *map(wording.attempt, latest)])
    less = [[wording.example(one)] for one in examples] + [[wording.attempt(one)] for one in older]
    forms = {wording.schema(schema): schema}
    chosen = await fit_forms(window, fixed, [list(forms), *less], reply=reply)
    room = window.room(reply)
    if chosen[0] is None and room is not None:
        smaller = await asyncio.to_thread(_narrowed, task, room)
        forms |= {wording.schema(one): one for one in smaller}
        chosen = await fit_forms(window, fixed, [list(forms), *less], reply=reply)
    if chosen[0] is None:
        raise Unavailable(
            f"The model that writes SQL has room for {room} tokens beside its reply, too few for "
            f"the question and one table of {task.database.name!r}: serve it with a longer window."
        )
    shown, tried = chosen[1 : 1 + len(examples)], chosen[1 + len(examples) :]
    kept = takewhile(lambda pair: pair[1] is not None, zip(older, tried, strict=True))
    return FittedPrompt(
        forms[chosen[0]],
        [one for one, text in zip(examples, shown, strict=True) if text is not None],
        [*reversed([one for one, _ in kept]), *latest],
    )


async def _examples(task: SqlTask) -> Sequence[GoldenQuery]:
    """The golden queries most similar to the question, compared in a thread."""
    if not task.database.has_golden:
        return ()
    return await asyncio.to_thread(lambda: nearest_golden(task.database.golden(), task.question))


def _narrowed(task: SqlTask, room: int) -> list[Schema]:
    """Smaller and smaller parts of the schema, each with a table at least."""
    sizes = [int(room * share) for share in SHARES]
    parts = [task.database.schema_for(task.question, tokens=size) for size in sizes]
    return [part for part in parts if part.tables]
