"""The database that a caller names, and what they are told where there is none for them."""

from collections.abc import Collection, Mapping

from agent.permitted import permitted
from serving.config.settings import NO_DATABASE
from tools.caller import Caller
from tools.errors import UnknownName
from tools.sql.run import Database


def database_for(caller: Caller, name: str, databases: Mapping[str, Database]) -> Database:
    """The database of that name.

    Raises:
        UnknownName: there is none, or it is not the caller's to ask.
    """
    known = permitted(databases, caller)
    if name not in known:
        raise no_database(name, known)
    return known[name]


def no_database(name: str, known: Collection[str]) -> UnknownName:
    """There is none of that name among those that the caller may ask."""
    told = f"There is no database {name!r}. Connected: {', '.join(known)}."
    return UnknownName(told if known else NO_DATABASE)
