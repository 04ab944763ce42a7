"""Maintenance of golden queries: their problems, and marking them as reviewed."""

from serving.config.settings import Settings
from tools.errors import BadInput
from tools.sql.golden import read_golden, with_fingerprints
from tools.sql.run import Database


def golden_problems(database: Database) -> list[str]:
    """A sentence for each pair that is not shown to a model, with what to do about it."""
    return [
        f"{pair.question!r}: {pair.problem}. Correct its SQL if necessary, then run `docsql golden "
        f"--database {database.name} --accept`."
        for pair in database.golden()
        if pair.problem
    ]


def accept_golden(database: Database, settings: Settings) -> None:
    """Record in the file that its pairs were reviewed against the present schema.

    Raises:
        BadInput: the file does not exist, or cannot be read or written.
    """
    chosen = settings.databases.get(database.name)
    path = chosen.golden_queries if chosen is not None else None
    if path is None:
        raise BadInput(
            f"Set a YAML file first: DOCSQL_DATABASES__{database.name.upper()}__GOLDEN_QUERIES."
        )
    pairs = read_golden(path)
    text = path.read_text("utf-8")
    try:
        path.write_text(with_fingerprints(text, pairs, database.schema(), database.check), "utf-8")
    except OSError as error:
        raise BadInput(
            f"The golden queries in {str(path)!r} cannot be written: {error}."
        ) from error
