"""What each engine may be asked, under sqlglot's name of its SQL."""

from collections.abc import Mapping
from dataclasses import dataclass

from tools.sql import allowed, allowed_mariadb, allowed_postgres, allowed_trino
from tools.sql.allowed import Kinds


@dataclass(frozen=True, slots=True)
class Allowed:
    """The allow-lists of one dialect; `types` None lets a cast name any type.

    `is_respaced` parts the tokens of what is sent, so that the engine cannot join two of them
    into one that was not judged.
    """

    nodes: Kinds
    functions: frozenset[str]
    table_functions: Mapping[str, frozenset[str]]
    types: frozenset[str] | None = None
    longest_name: int | None = None
    is_respaced: bool = True


DIALECTS: Mapping[str, Allowed] = {
    "sqlite": Allowed(
        allowed.COMMON_NODES,
        allowed.SQLITE_FUNCTIONS,
        allowed.SQLITE_TABLE_FUNCTIONS,
        is_respaced=False,
    ),
    "postgres": Allowed(
        allowed_postgres.NODES,
        allowed_postgres.FUNCTIONS,
        allowed_postgres.TABLE_FUNCTIONS,
        allowed_postgres.TYPES,
        longest_name=63,
    ),
    "mysql": Allowed(
        allowed_mariadb.NODES,
        allowed_mariadb.FUNCTIONS,
        allowed_mariadb.TABLE_FUNCTIONS,
        allowed_mariadb.TYPES,
    ),
    "trino": Allowed(
        allowed_trino.NODES,
        allowed_trino.FUNCTIONS,
        allowed_trino.TABLE_FUNCTIONS,
        allowed_trino.TYPES,
    ),
}
