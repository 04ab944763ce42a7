"""Expected rows: their statements pass the gate like any other."""

from collections.abc import Iterable, Mapping

from agent.evaluation.rows import order_of
from serving.auth.local import LOCAL
from serving.evaluation.case import SetCase
from serving.evaluation.record import Expected, ExpectedTable
from serving.wire.evidence import query
from tools.errors import BadInput, DocsqlError
from tools.sql.run import Database

_ROWS = 10


def expected_rows(cases: Iterable[SetCase], databases: Mapping[str, Database]) -> list[Expected]:
    """Read the expected rows of each case that has any.

    Raises:
        BadInput: statements that cannot be used, each with the reason.
    """
    found: list[Expected] = []
    problems: list[str] = []
    for case in cases:
        try:
            tables = _tables(case, databases)
        except DocsqlError as error:
            problems.append(f"{case.id}: {error}")
            continue
        if tables:
            found.append(Expected(id=case.id, tables=tables))
    if problems:
        raise BadInput("Expected rows cannot be read. " + " ".join(problems))
    return found


def read_table(sql: str, database: Database) -> ExpectedTable:
    """The rows of a statement, with how their order counts.

    Raises:
        DocsqlError: the statement does not pass, does not run, or has more rows than are fetched.
    """
    result = database.run(sql, caller=LOCAL)
    if result.truncated:
        raise BadInput(
            f"{sql!r} has more rows than {database.name!r} returns. Ask for fewer, or raise its "
            "row_cap."
        )
    order = order_of(database.check(sql).tree)
    shown = query(1, result)
    return ExpectedTable(
        columns=shown.columns,
        types=shown.types,
        rows=shown.rows,
        order=None if order is None else list(order),
    )


def shown_results(cases: Iterable[SetCase], databases: Mapping[str, Database]) -> dict[str, str]:
    """What the statement of each case gives, by its id, as text; why it does not run, where it does not."""
    return {case.id: _shown(case, databases) for case in cases if case.sql}


def _shown(case: SetCase, databases: Mapping[str, Database]) -> str:
    try:
        found = read_table(case.sql[0], database_of(case, databases)).rows
    except DocsqlError as error:
        return f"It does not run: {error}"
    lines = [" | ".join("" if cell is None else str(cell) for cell in row) for row in found[:_ROWS]]
    more = [f"… of {len(found):,} rows"] if len(found) > _ROWS else []
    return "\n".join([*lines, *more]) or "no rows"


def _tables(case: SetCase, databases: Mapping[str, Database]) -> list[ExpectedTable]:
    if case.rows is not None:
        width = max(map(len, case.rows), default=0)
        columns = [f"column {n}" for n in range(1, width + 1)]
        order = list[int]() if case.ordered else None
        return [ExpectedTable(columns=columns, rows=[list(row) for row in case.rows], order=order)]
    if not case.sql:
        return []
    database = database_of(case, databases)
    return [read_table(sql, database) for sql in case.sql]


def database_of(case: SetCase, databases: Mapping[str, Database]) -> Database:
    """The database that the case means.

    Raises:
        BadInput: there is none of that name, or it does not say which.
    """
    if case.database in databases:
        return databases[case.database]
    if not case.database and len(databases) == 1:
        return next(iter(databases.values()))
    known = ", ".join(databases) or "none"
    what = f"there is no database {case.database!r}" if case.database else "it names no database"
    raise BadInput(f"{what}; connected here: {known}. Without a database, give the right 'rows'.")
