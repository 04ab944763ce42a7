"""The record of each source: versions of files, and pages; a SQLite file in the data folder.

Each file is written down when it is done, so that a sync that is killed goes on where it was. What
is lost with the record is only knowledge: the next sync reads everything and finds it unchanged.
"""

import fcntl
import json
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from tools.errors import Unavailable
from tools.sources.web.website import SeenPage

_PAGE = TypeAdapter(SeenPage)
_TABLES = """
CREATE TABLE IF NOT EXISTS files (
  source TEXT, path TEXT, version TEXT, groups TEXT, document_id TEXT, content_hash TEXT, reason TEXT,
  PRIMARY KEY (source, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pages (
  source TEXT, url TEXT, page TEXT, PRIMARY KEY (source, url)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS access (
  source TEXT, path TEXT, version TEXT, content BLOB, PRIMARY KEY (source, path)) WITHOUT ROWID;
"""
_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Taken:
    """A file as it was taken. Without a version, it is to be tried again.

    `document_id` is empty where it has no document; `reason` says why: its type is not supported.
    """

    path: str
    version: str = ""
    groups: frozenset[str] | None = None
    document_id: str = ""
    content_hash: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """The record of one source, also the memory of its pages."""

    connection: sqlite3.Connection
    source: str

    def files(self) -> dict[str, Taken]:
        """All that was taken, by path."""
        rows = self.connection.execute(
            "SELECT path, version, groups, document_id, content_hash, reason FROM files "
            "WHERE source = ?",
            (self.source,),
        )
        return {
            path: Taken(path, version, _groups(groups), *rest)
            for path, version, groups, *rest in rows
        }

    def note(self, taken: Taken) -> None:
        """Write down a file, for good when this returns."""
        groups = None if taken.groups is None else json.dumps(sorted(taken.groups))
        values = (taken.path, taken.version, groups, taken.document_id, taken.content_hash)
        with self.connection:
            self.connection.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?)",
                (self.source, *values, taken.reason),
            )

    def forget(self, path: str) -> None:
        """A file that is gone."""
        with self.connection:
            self.connection.execute(
                "DELETE FROM files WHERE source = ? AND path = ?", (self.source, path)
            )

    def access_file(self, path: str, version: str) -> bytes | None:
        """The content of an access file at that version, if it was read."""
        found = self.connection.execute(
            "SELECT content FROM access WHERE source = ? AND path = ? AND version = ?",
            (self.source, path, version),
        ).fetchone()
        return found[0] if found and version else None

    def keep_access_file(self, path: str, version: str, content: bytes) -> None:
        """Remember an access file."""
        with self.connection:
            self.connection.execute(
                "INSERT OR REPLACE INTO access VALUES (?, ?, ?, ?)",
                (self.source, path, version, content),
            )

    def find(self, url: str) -> SeenPage | None:
        """What is known of a page."""
        found = self.connection.execute(
            "SELECT page FROM pages WHERE source = ? AND url = ?", (self.source, url)
        ).fetchone()
        try:
            return _PAGE.validate_json(found[0]) if found else None
        except ValidationError:  # of another version of this program
            return None

    def keep(self, url: str, page: SeenPage) -> None:
        """Remember a page."""
        with self.connection:
            self.connection.execute(
                "INSERT OR REPLACE INTO pages VALUES (?, ?, ?)",
                (self.source, url, json.dumps(asdict(page))),
            )


@contextmanager
def open_record(folder: Path) -> Generator[sqlite3.Connection]:
    """The record in a data folder, for one process at a time.

    Raises:
        Unavailable: another one has it, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "sources.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with closing(sqlite3.connect(folder / "sources.db", timeout=_WAIT_S)) as connection:
                connection.executescript(_TABLES)
                yield connection
    except BlockingIOError as error:
        raise Unavailable(
            "Another `docsql sync` or `docsql ingest URL` is running on this data folder; wait until it "
            "has ended."
        ) from error
    except sqlite3.DatabaseError as error:
        raise Unavailable(
            f"{str(folder / 'sources.db')!r} cannot be used ({error}). Delete it: the next sync "
            "reads everything once more."
        ) from error


def _groups(stored: str | None) -> frozenset[str] | None:
    return None if stored is None else frozenset(json.loads(stored))
