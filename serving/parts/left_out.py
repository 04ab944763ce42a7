"""Files in the folders of databases that are no tables."""

from contextlib import suppress
from pathlib import Path

from sqlalchemy import make_url

from serving.config.settings import Settings
from serving.parts.databases import configured_databases
from tools.sql.duck.opening import left_out_of


def left_out_files(settings: Settings) -> dict[str, dict[str, str]]:
    """For each database that is a folder of files, those that are no tables, and why."""
    found = dict[str, dict[str, str]]()
    for name, database in configured_databases(settings).items():
        url = make_url(database.url.get_secret_value())
        if url.get_backend_name() == "duckdb" and url.database:
            with suppress(OSError):  # that it cannot be read is said of the database itself
                found[name] = left_out_of(Path(url.database))
    return found
