from agent.state import QueryState, QueryUpdate
from agent.toolbox import Attempt

MAX_REPAIRS = 2
"""Times that a statement is written anew after an error."""


def failed(state: QueryState, error: str) -> QueryUpdate:
    """Keep the error for the writer; after the last repair, say that it was given up."""
    attempts = [*state.get("attempts", []), Attempt(state.get("sql", ""), error)]
    if len(attempts) <= MAX_REPAIRS:
        return {"attempts": attempts}
    given_up = f"No statement for {state['call'].question!r} could be run: {error}"
    return {"attempts": attempts, "notes": [given_up]}
