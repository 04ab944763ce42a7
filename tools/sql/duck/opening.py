"""Opens a DuckDB file, or a folder of CSV and Parquet, so that nothing else can be reached from it.

The engine is opened in memory; a file is attached read-only, each file of a folder becomes a view.
Then its configuration is locked with all access to files, networks and extensions off, but for the
very files that were found. Source: https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

CATALOG = "docsql_file"
"""The name of an attached file, which a schema of it is not likely to have."""

MEMORY = "512MB"
"""What all statements of one database may hold together."""

_THREADS = 4
_CSV = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
_PARQUET = (".parquet", ".pq")
_ENDINGS = _CSV + _PARQUET
_MOST_FILES = 1_000
_PATTERN = frozenset("*?[")
"""Characters in a name that stand for others, however a statement quotes it."""

_BEFORE: Mapping[str, str] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "memory_limit": MEMORY,
}
_THEN = (
    "SET python_enable_replacements = false",
    "SET temp_directory = ''",
    "SET enable_logging = false",
)
_LOCK = ("SET enable_external_access = false", "SET lock_configuration = true")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is a table, or a part of one."""

    table: str
    path: Path
    is_parquet: bool


def is_of_files(path: Path) -> bool:
    """Whether the path is a folder, or one file of CSV or Parquet by its name."""
    return path.is_dir() or _is_data(path)


def files_of(path: Path) -> list[StoredFile]:
    """The CSV and Parquet files of a folder, or the one that the path is.

    A subfolder of Parquet files is one table. What a link leads to outside of the folder is left
    out, and so is a name that DuckDB takes for a pattern: `report[1].csv` would read `report1.csv`.
    Two files of one name keep their endings in the names of their tables.
    """
    if path.is_file():
        return [_stored(path, path.name)]
    root = path.resolve()
    found = [
        file
        for file in sorted(path.rglob("*"))
        if _is_data(file) and file.is_file() and file.resolve().is_relative_to(root)
        if _PATTERN.isdisjoint(str(file.relative_to(path)))
    ][:_MOST_FILES]
    plain = [_stored(file, file.name) for file in found if file.parent == path]
    parts = [
        _stored(file, file.relative_to(path).parts[0])
        for file in found
        if file.parent != path and not _is_csv(file)
    ]
    names = [
        file.table.lower() for file in (*plain, *{part.table: part for part in parts}.values())
    ]
    return [
        StoredFile(file.path.name, file.path, file.is_parquet)
        if names.count(file.table.lower()) > 1 and file in plain
        else file
        for file in (*plain, *parts)
    ]


def stamp_of(path: Path) -> tuple[object, ...]:
    """What changes when a file is replaced or written, or a file of a folder comes or goes.

    Raises:
        OSError: there is nothing at the path, or it cannot be read.
    """
    if path.is_dir():
        return tuple((str(file.path), *_state(file.path)) for file in files_of(path))
    wal = path.with_name(f"{path.name}.wal")
    return (*_state(path), *(_state(wal) if wal.exists() else ()))


def open_read_only(path: Path, timezone: str) -> duckdb.DuckDBPyConnection:
    """The engine with what is at the path, and locked.

    Raises:
        duckdb.Error, OSError: it cannot be read.
    """
    threads = str(min(_THREADS, os.cpu_count() or 1))
    engine = duckdb.connect(":memory:", config={**_BEFORE, "threads": threads})
    try:
        for setting in _THEN:
            engine.execute(setting)
        if timezone:
            engine.execute(f"SET GLOBAL TimeZone = {quoted_text(timezone)}")
        if is_of_files(path):
            _open_files(engine, files_of(path))
        else:
            where = quoted_text(str(path))
            engine.execute(f"ATTACH {where} AS {CATALOG} (READ_ONLY, TYPE duckdb)")
        for setting in _LOCK:
            engine.execute(setting)
    except BaseException:
        engine.close()
        raise
    return engine


def cursor_of(engine: duckdb.DuckDBPyConnection, path: Path) -> duckdb.DuckDBPyConnection:
    """A connection of its own to the engine, in what is at the path."""
    cursor = engine.cursor()
    if not is_of_files(path):
        cursor.execute(f"USE {CATALOG}")
    return cursor


def quoted_text(value: str) -> str:
    """A text as SQL writes it."""
    quoted = value.replace("'", "''")
    return f"'{quoted}'"


def quoted_name(name: str) -> str:
    """A name as SQL writes it."""
    quoted = name.replace('"', '""')
    return f'"{quoted}"'


def _open_files(engine: duckdb.DuckDBPyConnection, files: Sequence[StoredFile]) -> None:
    """A view for each table; those that cannot be read are left out."""
    paths = ", ".join(quoted_text(str(file.path)) for file in files)
    engine.execute(f"SET allowed_paths = [{paths}]")
    for table, reading in _tables(engine, files):
        with suppress(duckdb.Error):
            engine.execute(f"CREATE VIEW {quoted_name(table)} AS {reading}")


def _tables(
    engine: duckdb.DuckDBPyConnection, files: Sequence[StoredFile]
) -> Iterator[tuple[str, str]]:
    parquet: dict[str, list[str]] = {}
    for file in files:
        if file.is_parquet:
            parquet.setdefault(file.table, []).append(quoted_text(str(file.path)))
        else:
            with suppress(duckdb.Error):
                yield file.table, _reading_csv(engine, file.path)
    for table, paths in parquet.items():
        options = ", union_by_name = true, hive_partitioning = true" if len(paths) > 1 else ""
        yield table, f"FROM read_parquet([{', '.join(paths)}]{options})"


def _reading_csv(engine: duckdb.DuckDBPyConnection, path: Path) -> str:
    """What reads the file with the columns and types that all of it has, found out once."""
    found = engine.execute("SELECT prompt FROM sniff_csv($1, sample_size = -1)", [str(path)])
    row = found.fetchone()
    if row is None:
        raise duckdb.InvalidInputException(f"{path.name} has no rows")
    return str(row[0]).rstrip("; \n")


def _stored(path: Path, name: str) -> StoredFile:
    lower = name.lower()
    ending = next(
        (each for each in sorted(_ENDINGS, key=len, reverse=True) if lower.endswith(each)), ""
    )
    return StoredFile(name[: len(name) - len(ending)], path, not _is_csv(path))


def _is_data(path: Path) -> bool:
    return path.name.lower().endswith(_ENDINGS)


def _is_csv(path: Path) -> bool:
    return path.name.lower().endswith(_CSV)


def _state(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, status.st_size
