from collections.abc import Sequence

from agent.state import QueryState, QueryUpdate
from agent.toolbox import Attempt

MAX_REPAIRS = 2
"""Most repairs of a statement, after an error or an empty result."""


def after_failure(state: QueryState, error: str) -> QueryUpdate:
    """Keep the error for the writer; where no repair is left, turn to another one or give up.

    Another one has a single try: its statements come of the schema, and fail for reasons of ours.
    """
    attempts = [*state.get("attempts", []), Attempt(state.get("sql", ""), error)]
    if failure := state.get("failure"):
        return {"attempts": attempts, "sql": "", **result_of_branch(state, failure)}
    if may_repair(attempts):
        return {"attempts": attempts}
    given_up = f"No statement for {state['call'].question!r} could be run: {error}"
    if state.get("spare"):
        return {"attempts": attempts, "failure": given_up}
    return {"attempts": attempts, "sql": "", **result_of_branch(state, given_up)}


def may_repair(attempts: Sequence[Attempt]) -> bool:
    """Whether a statement may be written again: twice, unless its writer only repeats itself.

    The same statement, or the same error from another one, will not change on a third try.
    """
    if not attempts or len(attempts) > MAX_REPAIRS:
        return not attempts
    *earlier, last = attempts
    return not any(_is_repeated(one, last) for one in earlier)


def after_empty_result(state: QueryState, evidence: str, instead: str) -> QueryUpdate:
    """Keep an empty result, and what is stored instead for the writer."""
    attempt = Attempt(state.get("sql", ""), instead, is_empty=True)
    return {"attempts": [*state.get("attempts", []), attempt], "empty": evidence}


def may_ask_about_empty(state: QueryState) -> bool:
    """Whether an empty result may be asked about: once, while a repair is left."""
    attempts = state.get("attempts", [])
    is_own = not (state.get("edited", False) or state.get("failure"))
    return is_own and len(attempts) < MAX_REPAIRS and not any(a.is_empty for a in attempts)


def result_of_branch(state: QueryState, note: str) -> QueryUpdate:
    """The update of a branch without rows: its empty result, or the reason for none."""
    empty = state.get("empty")
    return {"evidence": [empty]} if empty else {"notes": [note]}


def _is_repeated(one: Attempt, other: Attempt) -> bool:
    return one.error == other.error or one.sql.split() == other.sql.split()
