"""Opens a DuckDB file, or a folder of CSV and Parquet, so that nothing else can be reached from it.

The engine is opened in memory; a file is attached read-only, each file of a folder becomes a view.
Then its configuration is locked with all access to files, networks and extensions off, but for the
very files that were found. Source: https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
"""

import logging
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

log = logging.getLogger(__name__)

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
_MARKS = ("delim", "quote", "escape", "new_line", "comment")
_SNIFF = (
    "SELECT Delimiter, Quote, Escape, NewLineDelimiter, Comment, SkipRows, HasHeader, Columns, "
    "DateFormat, TimestampFormat FROM sniff_csv($1, sample_size = -1)"
)
_NONE = "(empty)"
"""How the sniffer tells that a file has no such mark."""
_TYPE = re.compile(r"[A-Z][A-Z0-9 ]*(?:\(\d+, ?\d+\))?")


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

    A subfolder of Parquet files is one table. Two files of one name keep their endings in the names
    of their tables.
    """
    return _sorted_out(path)[0]


def left_out_of(path: Path) -> dict[str, str]:
    """The data files at a path that are no tables, by their place in the folder, and why.

    Raises:
        OSError: the path cannot be read.
    """
    if not is_of_files(path):
        return {}
    files, left_out = _sorted_out(path)
    with duckdb.connect(":memory:", config=dict(_BEFORE)) as engine:
        return left_out | _open_files(engine, files)


def _sorted_out(path: Path) -> tuple[list[StoredFile], dict[str, str]]:
    """The files that are tables, and why the others are none."""
    if path.is_file():
        return [_stored(path, path.name)], {}
    root, found, left_out = path.resolve(), list[Path](), dict[str, str]()
    for file in sorted(path.rglob("*")):
        if _is_data(file) and file.is_file():
            why = _unfit(file, path, root)
            why = why or (
                f"only {_MOST_FILES:,} files are read" if len(found) >= _MOST_FILES else ""
            )
            if why:
                left_out[str(file.relative_to(path))] = why
            else:
                found.append(file)
    return _without_doubles(_named(found, path), path, left_out)


def _unfit(file: Path, folder: Path, root: Path) -> str:
    """Why a file cannot be a table: what a link leads to, and `report[1].csv` would be another."""
    place = file.relative_to(folder)
    if not file.resolve().is_relative_to(root):
        return "it is a link that leads out of the folder"
    if not _PATTERN.isdisjoint(str(place)):
        return "DuckDB takes *, ? and [ in a name for patterns: rename it"
    if file.parent != folder and _is_csv(file):
        return "CSV files are read from the folder itself alone: move it, or make it Parquet"
    return ""


def _named(found: Sequence[Path], folder: Path) -> list[StoredFile]:
    """The files with the names of their tables."""
    plain = [_stored(file, file.name) for file in found if file.parent == folder]
    parts = [
        _stored(file, file.relative_to(folder).parts[0]) for file in found if file.parent != folder
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


def _without_doubles(
    files: Sequence[StoredFile], folder: Path, left_out: dict[str, str]
) -> tuple[list[StoredFile], dict[str, str]]:
    """The files whose tables DuckDB tells apart: small and capital letters are the same to it."""
    kept, first = list[StoredFile](), dict[str, str]()
    for file in files:
        taken = first.setdefault(file.table.lower(), file.table)
        if taken == file.table:
            kept.append(file)
        else:
            why = f"its table would have the name of {taken!r}, small and capital letters aside"
            left_out[str(file.path.relative_to(folder))] = f"{why}: rename one"
    return kept, left_out


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
            files, left_out = _sorted_out(path)
            for name, why in (left_out | _open_files(engine, files)).items():
                log.info("%r of %r is left out: %s.", name, str(path), why)
        else:
            where = quoted_text(str(path))
            engine.execute(f"ATTACH {where} AS {CATALOG} (READ_ONLY, TYPE duckdb)")
            _lock(engine)
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


def _open_files(engine: duckdb.DuckDBPyConnection, files: Sequence[StoredFile]) -> dict[str, str]:
    """Lock the engine and make a view for each table; those of which none can be made, and why.

    It is locked before anything of a file is read, so that no content can reach beyond the files.
    """
    paths = ", ".join(quoted_text(str(file.path)) for file in files)
    engine.execute(f"SET allowed_paths = [{paths}]")
    _lock(engine)
    failed = dict[str, str]()
    for table, of_table in _by_table(files).items():
        try:
            engine.execute(f"CREATE VIEW {quoted_name(table)} AS {_reading(engine, of_table)}")
        except duckdb.Error as error:
            said = str(error).strip().partition("\n")[0]
            failed |= {file.path.name: f"DuckDB cannot read it ({said})" for file in of_table}
    return failed


def _lock(engine: duckdb.DuckDBPyConnection) -> None:
    for setting in _LOCK:
        engine.execute(setting)


def _by_table(files: Sequence[StoredFile]) -> dict[str, list[StoredFile]]:
    tables: dict[str, list[StoredFile]] = {}
    for file in files:
        tables.setdefault(file.table, []).append(file)
    return tables


def _reading(engine: duckdb.DuckDBPyConnection, files: Sequence[StoredFile]) -> str:
    """What reads a table: one file of CSV, or one or more of Parquet."""
    if not files[0].is_parquet:
        return _reading_csv(engine, files[0].path)
    options = ", union_by_name = true, hive_partitioning = true" if len(files) > 1 else ""
    paths = ", ".join(quoted_text(str(file.path)) for file in files)
    return f"FROM read_parquet([{paths}]{options})"


def _reading_csv(engine: duckdb.DuckDBPyConnection, path: Path) -> str:
    """What reads the file with the columns and types that all of it has, found out once.

    It is written here and not taken from the sniffer, which quotes no header: what stands in a file
    must not become SQL.
    """
    found = engine.execute(_SNIFF, [str(path)]).fetchone()
    if found is None:
        raise duckdb.InvalidInputException(f"{path.name} has no rows")
    *marks, skipped, has_header, columns, days, times = found
    types = {str(one["name"]): str(one["type"]) for one in columns}
    if not all(_TYPE.fullmatch(kind) for kind in types.values()):
        raise duckdb.InvalidInputException(f"{path.name} has columns of unknown types")
    options = {
        **{
            name: quoted_text("" if mark == _NONE else str(mark))
            for name, mark in zip(_MARKS, marks, strict=True)
        },
        "skip": str(int(skipped)),
        "header": str(bool(has_header)).lower(),
        "columns": _as_struct(types),
        **({"dateformat": quoted_text(str(days))} if days else {}),
        **({"timestampformat": quoted_text(str(times))} if times else {}),
    }
    told = ", ".join(f"{name} = {value}" for name, value in options.items())
    return f"FROM read_csv({quoted_text(str(path))}, auto_detect = false, {told})"


def _as_struct(types: Mapping[str, str]) -> str:
    told = (f"{quoted_text(name)}: {quoted_text(kind)}" for name, kind in types.items())
    return f"{{{', '.join(told)}}}"


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
