"""Questions that a verified query answers: no model writes, reads again or chooses for them."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from agent.drafts import SqlDraft
from agent.toolbox import SqlTask, SqlWriter
from tools.errors import Unavailable
from tools.sql.verified.agreement import agreed_query
from tools.sql.verified.ask import verified_query

VERIFIED = "a verified query"
"""Who wrote such a statement, in answers."""
SURE, AGREED = 0.99, 0.95
"""How likely a verified statement is right, asked for in its own words or read from others."""


async def verified_draft(task: SqlTask) -> SqlDraft | None:
    """The statement of the verified query that the question is; None where it is none."""
    database = task.database
    if not database.has_golden or task.attempts:
        return None
    look = partial(
        verified_query, database, task.question, caller=task.caller, may_ask=task.may_execute
    )
    try:
        found = await database.in_a_thread(look, caller=task.caller)
    except Unavailable:
        return None
    if found is None:
        return None
    return SqlDraft(found.sql, likelihood=SURE, is_reviewed=True, verified=found.use)


async def read_as_verified(task: SqlTask, reader: SqlWriter | None) -> SqlDraft | None:
    """The verified query that a reader's own statement comes to; None where it is none.

    For questions whose words are not the verified one's. `reader` is no model.
    """
    if reader is None or not task.database.has_golden or task.attempts:
        return None
    try:
        written = await reader.write(task)
    except Unavailable:
        return None
    found = await as_verified(task, written) if isinstance(written, SqlDraft) else None
    return found if found is not None and found.verified is not None else None


async def as_verified(task: SqlTask, written: SqlDraft) -> SqlDraft:
    """A draft as the verified statement that does the same, else as it is.

    Only of a writer that says that its statement leaves out nothing of the question.
    """
    is_open = written.is_whole and written.verified is None and task.database.has_golden
    if not is_open or task.attempts:
        return written
    look = partial(agreed_query, task.database, task.question, written.sql)
    try:
        found = await task.database.in_a_thread(look, caller=task.caller)
    except Unavailable:
        return written
    if found is None:
        return written
    return replace(written, sql=found.sql, likelihood=AGREED, is_reviewed=True, verified=found.use)


async def verified_by_one(tasks: Iterable[SqlTask]) -> tuple[SqlTask, SqlDraft] | None:
    """The database that has a verified query for a question; None where several have, or none."""
    found = [(task, draft) for task in tasks if (draft := await verified_draft(task)) is not None]
    return found[0] if len(found) == 1 else None
