"""Questions about the sources in a mode that asks no model where to look."""

import asyncio
from collections.abc import Mapping

from agent.calls import DescribeCall, new_call_id
from agent.sources.asked import Asked, asked_about
from agent.sources.names import SourceNames
from agent.state import AgentState, AgentUpdate
from tools.errors import Unavailable
from tools.sql.run import Database
from tools.sql.schema import Schema


async def about_sources(state: AgentState, databases: Mapping[str, Database]) -> AgentUpdate | None:
    """The round of such a question, None for any other and where the model decides."""
    is_first = not state.get("rounds", 0)
    if state.get("mode", "auto") == "auto" or not state.get("use_knowledge", True) or not is_first:
        return None
    question, wanted = state.get("standalone", ""), state.get("databases")
    chosen = {name: db for name, db in databases.items() if wanted is None or name in wanted}
    asked = await asyncio.to_thread(_asked, question, chosen)
    return {"calls": [describe_call(asked)]} if asked else None


def describe_call(asked: Asked) -> DescribeCall:
    """The call that answers it."""
    return DescribeCall(new_call_id(), asked.about, asked.subject)


def _asked(question: str, databases: Mapping[str, Database]) -> Asked | None:
    return asked_about(question, lambda: SourceNames.of(_schemas(databases)))


def _schemas(databases: Mapping[str, Database]) -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for name, database in databases.items():
        try:
            found[name] = database.schema()
        except Unavailable:
            continue
    return found
