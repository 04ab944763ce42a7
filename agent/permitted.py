"""The databases that a caller may ask: some hold documents' tables, with the documents' groups."""

from collections.abc import Collection, Mapping

from tools.caller import Caller
from tools.sql.run import Database


def permitted(
    databases: Mapping[str, Database], caller: Caller, *, wanted: Collection[str] | None = None
) -> dict[str, Database]:
    """Those of the `wanted` databases (None: all) that exist for the caller."""
    return {
        name: database
        for name, database in databases.items()
        if database.may_ask(caller) and (wanted is None or name in wanted)
    }
