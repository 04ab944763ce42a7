"""Questions that a verified query answers: no model writes, reads again or chooses for them."""

from collections.abc import Iterable
from functools import partial

from agent.drafts import SqlDraft
from agent.toolbox import SqlTask
from tools.errors import Unavailable
from tools.sql.verified.ask import verified_query

VERIFIED = "a verified query"
"""Who wrote such a statement, in answers."""
SURE = 0.99
"""How likely a verified statement is right; the data may have moved on since."""


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


async def verified_by_one(tasks: Iterable[SqlTask]) -> tuple[SqlTask, SqlDraft] | None:
    """The database that has a verified query for a question; None where several have, or none."""
    found = [(task, draft) for task in tasks if (draft := await verified_draft(task)) is not None]
    return found[0] if len(found) == 1 else None
