"""How many rows a statement has in all, where a cap let only the first of them through."""

from tools.caller import Caller
from tools.errors import Correctable, Unavailable
from tools.sql.run import Database

SECONDS = 1.0
"""Time for the count: the rows are there already, and nobody should wait long for their number."""


def count_rows(database: Database, sql: str, *, caller: Caller) -> int | None:
    """The number, by a statement of its own through the same gate; None where that takes too long.

    So does a statement that cannot stand in another one, such as one with two columns of a name
    on MariaDB.
    """
    try:
        admitted = database.check(sql).text
        whole = f"SELECT COUNT(*) AS n FROM ({admitted}) AS counted"  # noqa: S608  # gated as well
        ((number,),) = database.run(whole, caller=caller, seconds=SECONDS).rows
    except (Correctable, Unavailable):
        return None
    return number if isinstance(number, int) else None
