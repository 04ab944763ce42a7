"""The sources of a turn, described for the deciding model."""

from collections.abc import Mapping, Sequence

from agent.calls import ConnectedSources
from agent.permitted import permitted
from agent.state import AgentState
from agent.toolbox import DocumentSearch, Toolbox
from tools.caller import Caller
from tools.errors import Unavailable, UnknownName
from tools.sql.run import Database

MAX_TITLES = 60
"""Titles of documents that a model is shown; a library of thousands would fill its context."""


async def sources_of_turn(
    toolbox: Toolbox, state: AgentState, *, question: str, caller: Caller
) -> ConnectedSources:
    """The sources that a turn may use: a manual mode leaves one kind, or none.

    Raises:
        UnknownName: the turn wants a database that is not connected.
    """
    mode = state.get("mode", "auto")
    if mode == "chat" or not state.get("use_knowledge", True):
        return ConnectedSources({}, None)
    return await connected_sources(
        {} if mode == "documents" else toolbox.databases,
        None if mode == "sql" else toolbox.documents,
        wanted=state.get("databases"),
        question=question,
        caller=caller,
    )


async def connected_sources(
    databases: Mapping[str, Database],
    documents: DocumentSearch | None,
    *,
    wanted: Sequence[str] | None,
    question: str,
    caller: Caller,
) -> ConnectedSources:
    """Describe the wanted databases (None: all) and the documents that the caller may read.

    For a large database, only what the question may need is described.

    Raises:
        UnknownName: a wanted database is not connected.
    """
    own = permitted(databases, caller)
    for name in wanted or ():
        if databases and name not in own:
            raise UnknownName(f"There is no database {name!r}. Connected: {', '.join(own)}.")
    chosen = permitted(own, caller, wanted=wanted)
    described = {name: await _describe_database(db, question) for name, db in chosen.items()}
    return ConnectedSources(described, await _describe_documents(documents, caller))


async def _describe_database(database: Database, question: str) -> str:
    try:
        schema = await database.aschema_for(question)
    except Unavailable:
        return f"{database.description} (cannot be reached now)"
    return f"{database.description}\n{schema.outline()}".strip()


async def _describe_documents(documents: DocumentSearch | None, caller: Caller) -> str | None:
    if documents is None:
        return None
    try:
        titles = [document.title for document in await documents.documents(caller=caller)]
    except Unavailable:  # a search says so; what the databases know does not depend on it
        return "They cannot be listed now, and most likely not be searched."
    if not titles:
        return None
    more = f"; and {len(titles) - MAX_TITLES} more" if len(titles) > MAX_TITLES else ""
    return f"Their titles: {'; '.join(titles[:MAX_TITLES])}{more}."
