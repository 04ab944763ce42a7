"""SQLite files of sheets: one for each collection and set of groups, changed with its documents.

A file holds only what one set of groups may read, so that whoever may ask it may ask all of it.
Which document a table is from stands in a table of the file's own, in the same transaction.
"""

import hashlib
import json
import os
import re
import sqlite3
from collections.abc import Container, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from tools.documents.access import EVERYONE
from tools.errors import Unavailable
from tools.sheets.infer import plain_name
from tools.sheets.sheet import DataColumn, DataTable

KEPT = "docsql_kept"
"""The table with the origin of the others; it is not queried by callers."""
_OWN_WORD = re.compile("[a-z0-9]+")
"""A collection or group that stands in a name as it is; none other is written the same."""
_HASHED = 4
"""Characters of a hash in a name."""
_ENDING = ".sqlite"
_WAIT_S = 30.0
_ONE_TABLE = (".csv", ".tsv")
"""Endings of files whose table has no name of its own."""
_NAMELESS = ("sheet", "table", "tabelle", "blatt", "feuil", "hoja", "foglio")


@dataclass(frozen=True, slots=True)
class LoadedTable:
    """A table by its name in the database, and what it was loaded from.

    `sheet` is what it is called in the document, the sheet or what stands above it; empty for a CSV,
    and for what an earlier version loaded.
    """

    name: str
    document_id: str
    source: str
    sheet: str


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A SQLite file, whose tables the members of `groups` may read, and where they came from.

    `name` is what the database is called; no two files have the same.
    """

    path: Path
    collection: str
    groups: frozenset[str]
    tables: tuple["LoadedTable", ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class SheetStore:
    """The SQLite files of a folder."""

    folder: Path

    def put(
        self,
        tables: Sequence[DataTable],
        *,
        document_id: str,
        collection: str,
        source: str,
        groups: frozenset[str],
    ) -> list[str]:
        """Have these be the tables of a document, in place of any that it had; their names.

        Raises:
            Unavailable: the folder cannot be written to.
        """
        place = self._place(collection, groups)
        self.forget(document_id, but=place if tables else None)
        if not tables:
            return []
        with self._changing(place) as database:
            kept = {"collection": collection, "groups": sorted(groups)}
            database.execute(
                f"CREATE TABLE IF NOT EXISTS {KEPT} (name TEXT, document TEXT, source TEXT, about TEXT)"
            )
            _drop(database, document_id)
            names = list[str]()
            for table in tables:
                name = _name(database, table.name, source, is_only=len(tables) == 1)
                _load(database, name, table, source)
                about = kept | {"sheet": "" if source.lower().endswith(_ONE_TABLE) else table.name}
                row = (name, document_id, source, json.dumps(about))
                database.execute(f"INSERT INTO {KEPT} VALUES (?, ?, ?, ?)", row)  # noqa: S608
                names.append(name)
        return names

    def forget(self, document_id: str, *, but: Path | None = None) -> None:
        """Drop the tables of a document, those in the file `but` excepted."""
        for file in self.files():
            if file.path == but or all(one.document_id != document_id for one in file.tables):
                continue
            with self._changing(file.path) as database:
                _drop(database, document_id)
                (left,) = database.execute(f"SELECT count(*) FROM {KEPT}").fetchone()  # noqa: S608
            if not left:
                with suppress(FileNotFoundError):
                    file.path.unlink()

    def files(self) -> list[SheetFile]:
        """The files that have tables, by name."""
        read = (_read(path) for path in self._paths())
        found = sorted((file for file in read if file and file.tables), key=_seen_by_most)
        named = dict[str, SheetFile]()
        for file in found:
            name = free_name(_wished(file), named)
            named[name] = replace(file, name=name)
        return sorted(named.values(), key=lambda file: file.name)

    def stamp(self) -> tuple[tuple[str, int, int], ...]:
        """Something that changes when the files do."""
        found = list[tuple[str, int, int]]()
        for path in self._paths():
            with suppress(OSError):
                stat = path.stat()
                found.append((path.name, stat.st_ino, stat.st_mtime_ns))
        return tuple(found)

    def _paths(self) -> Iterator[Path]:
        with suppress(FileNotFoundError):
            yield from sorted(
                Path(entry.path)
                for entry in os.scandir(self.folder)
                if entry.name.endswith(_ENDING)
            )

    def _place(self, collection: str, groups: Iterable[str]) -> Path:
        key = json.dumps([collection, sorted(groups)])
        return self.folder / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}{_ENDING}"

    @contextmanager
    def _changing(self, path: Path) -> Generator[sqlite3.Connection]:
        """A transaction, written whole or not at all."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)) as database:
                database.execute("BEGIN IMMEDIATE")
                try:
                    yield database
                except BaseException:
                    database.execute("ROLLBACK")
                    raise
                database.execute("COMMIT")
        except (OSError, sqlite3.OperationalError) as error:
            raise Unavailable(
                f"The tables of documents cannot be stored in {str(self.folder)!r} ({error}); free "
                "some space, and see that the folder can be written to."
            ) from error


def _read(path: Path) -> SheetFile | None:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
            rows = database.execute(f"SELECT name, document, source, about FROM {KEPT}").fetchall()  # noqa: S608
    except sqlite3.Error:  # half made, or gone since it was listed
        return None
    if not rows:
        return None
    about = json.loads(rows[0][3])
    tables = tuple(
        LoadedTable(name, document, source, json.loads(said).get("sheet", ""))
        for name, document, source, said in rows
    )
    return SheetFile(path, about["collection"], frozenset(about["groups"]), tables)


def _seen_by_most(file: SheetFile) -> tuple[bool, bool, str]:
    """The order in which files get their names: a name then tells nothing of files that fewer may see."""
    return EVERYONE not in file.groups, not file.groups, file.path.name


def _wished(file: SheetFile) -> str:
    """The file's name by its collection and groups; with a part of its hash where others may come to the same.

    A number behind the name would tell that there is another file, which not everybody may see.
    """
    words = [file.collection, *sorted(file.groups - {EVERYONE})]
    name = plain_name(" ".join([*words, "tables"])) or "tables"
    is_apart = all(map(_OWN_WORD.fullmatch, words)) and name.endswith("_tables")
    return name if EVERYONE in file.groups or is_apart else f"{name}_{file.path.stem[:_HASHED]}"


def free_name(name: str, taken: Container[str]) -> str:
    """The name, with a number behind it if it is taken."""
    number, free = 2, name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def _drop(database: sqlite3.Connection, document_id: str) -> None:
    found = database.execute(f"SELECT name FROM {KEPT} WHERE document = ?", [document_id])  # noqa: S608
    for (name,) in found.fetchall():
        database.execute(f"DROP TABLE IF EXISTS {_quoted(name)}")
    database.execute(f"DELETE FROM {KEPT} WHERE document = ?", [document_id])  # noqa: S608


def _name(database: sqlite3.Connection, sheet: str, source: str, *, is_only: bool) -> str:
    """A table's name: the sheet's, or the file's where that says nothing or is taken."""
    path = PurePosixPath(source)
    file, own = plain_name(path.stem), plain_name(sheet)
    says_nothing = is_only or not own or own.rstrip("0123456789_").startswith(_NAMELESS)
    wished = [file] if says_nothing else [own, f"{file}_{own}"]
    wished += [plain_name(f"{path.parent.name} {wished[-1]}")]
    taken = {name for (name,) in database.execute("SELECT lower(name) FROM sqlite_master")}
    for name in filter(None, wished):
        if name not in taken:
            return name
    number = 2
    while f"{wished[0] or 'table'}_{number}" in taken:
        number += 1
    return f"{wished[0] or 'table'}_{number}"


def _load(database: sqlite3.Connection, name: str, table: DataTable, source: str) -> None:
    key = _key(table)
    columns = ",\n".join(_declared(column, is_key=column is key) for column in table.columns)
    database.execute(f"CREATE TABLE {_quoted(name)} ( -- From {_comment(source)}\n{columns}\n)")
    places = ", ".join("?" * len(table.columns))
    database.executemany(f"INSERT INTO {_quoted(name)} VALUES ({places})", table.rows)  # noqa: S608


def _key(table: DataTable) -> DataColumn | None:
    """The first column, if it names every row; the rows are called after it."""
    first, values = table.columns[0], [row[0] for row in table.rows]
    names_rows = first.type in ("INTEGER", "TEXT") and None not in values
    is_typed = first.type != "INTEGER" or all(isinstance(value, int) for value in values)
    return first if names_rows and is_typed and len(set(values)) == len(values) else None


def _declared(column: DataColumn, *, is_key: bool) -> str:
    said = f" /* {_comment(column.said)} */" if column.said else ""
    key = " PRIMARY KEY" if is_key else ""
    return f"{_quoted(column.name)} {column.type}{key}{said}"


def _comment(text: str) -> str:
    return " ".join(text.replace("*/", "").replace("--", "").split())


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
