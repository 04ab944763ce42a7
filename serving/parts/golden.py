"""Maintenance of golden queries: their problems, and marking them as reviewed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from serving.config.settings import Settings
from tools.errors import BadInput
from tools.sql.golden import GoldenQuery, beside_model, read_golden, with_fingerprints
from tools.sql.run import Database


def golden_problems(database: Database) -> list[str]:
    """A sentence for each pair that is not shown to a model, with what to do about it."""
    return spoken_problems(database.name, database.golden())


def spoken_problems(database: str, pairs: Sequence[GoldenQuery]) -> list[str]:
    """A sentence for each of these pairs that is not used, with what to do about it."""
    return [
        f"{pair.question!r}: {pair.problem}. Correct its SQL if necessary, then run `docsql golden "
        f"--database {database} --accept`."
        for pair in pairs
        if pair.problem
    ]


def golden_file(settings: Settings, database: str) -> Path | None:
    """Where a database's golden queries are: as set, else beside its semantic model."""
    chosen = settings.databases.get(database)
    return None if chosen is None else chosen.golden_queries or beside_model(chosen.model)


def accept_golden(
    database: Database, settings: Settings, *, by: str, new: Sequence[str] | None = None
) -> None:
    """Record in the file that `by` reviewed its pairs against the present schema.

    With `new`, those of these questions alone.

    Raises:
        BadInput: the file does not exist, or cannot be read or written.
    """
    path = golden_file(settings, database.name)
    if path is None:
        raise BadInput(
            f"Set a YAML file first: DOCSQL_DATABASES__{database.name.upper()}__GOLDEN_QUERIES."
        )
    pairs, today = read_golden(path), f"{datetime.now(UTC):%Y-%m-%d}"
    text = path.read_text("utf-8")
    found = with_fingerprints(
        text, pairs, database.schema(), database.check, by=by, on=today, only=new
    )
    try:
        path.write_text(found, "utf-8")
    except OSError as error:
        raise BadInput(
            f"The golden queries in {str(path)!r} cannot be written: {error}."
        ) from error
