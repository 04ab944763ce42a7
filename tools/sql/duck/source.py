"""DuckDB's own layers of the gate: a read-only engine, its judge, its limits."""

import json
import threading
from collections.abc import Callable, Generator, Hashable, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import duckdb

from tools.errors import DocsqlError, FilesChanging, QueryFailed, Refused, Unavailable
from tools.sql.access import Access, VisibleSchema
from tools.sql.catalogue import visible_schema
from tools.sql.duck.catalogue import macros, read_catalogue
from tools.sql.duck.judge import TreeJudge
from tools.sql.duck.opening import (
    cursor_of,
    files_of,
    is_of_files,
    open_read_only,
    stamp_of,
)
from tools.sql.duck.standing import FoundFiles
from tools.sql.source import FetchedRows, Job, Value, size_of, statement_too_slow
from tools.sql.values import StoredValues

_ONE_LOOK_S = 0.5
_AGAIN_S = 0.1
_PORTION = 256
_ENGINES_KEPT = 3
"""One of each of the last schemas, for the statements that were admitted by it."""
_SERIALIZE = "SELECT json_serialize_sql($1)"
_CANNOT_READ = "This answer holds a value that cannot be read: {}. Cast it to text."
_Steps = Sequence[Mapping[str, Any]]
_Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class _Opened:
    """An engine with what was found in it; `judge` is None before the schema was looked at."""

    engine: _Connection
    files: FoundFiles
    stamp: tuple[object, ...]
    judge: TreeJudge | None = None


class DuckDb:
    """One DuckDB file, or one folder of CSV and Parquet files; a cursor for each statement."""

    dialect = "duckdb"

    def __init__(self, path: Path, *, access: Access, timezone: str = "") -> None:
        self._path = path
        self._access = access
        self._timezone = timezone
        self._opening = threading.Lock()
        self._opened: _Opened | None = None
        self._judged: dict[Hashable, _Opened] = {}

    def stamp(self) -> Hashable:
        """What the file system says of the files; they are looked at again where it changed.

        Raises:
            Unavailable: nothing is there.
        """
        with self._errors(0.0):
            return stamp_of(self._path)

    def look(self) -> VisibleSchema:
        """Read what is open of the schema, and let the judge decide by it from now on.

        Raises:
            Unavailable: nothing is there, or it cannot be opened.
        """
        opened = self._current()
        with self._errors(0.0), closing(cursor_of(opened.engine, self._path)) as cursor:
            others = self._access.namespaces
            found = read_catalogue(cursor, others, of_files=is_of_files(self._path))
            values = StoredValues(_Looks(cursor), namespaces=bool(others))
            seen = visible_schema(found, self._access, values, self.dialect)
            sight = replace(seen, stamp=opened.stamp)
            judge = TreeJudge.of(sight, [name for _, name in macros(cursor)])
        with self._opening:
            self._judged[opened.stamp] = replace(opened, judge=judge)
            while len(self._judged) > _ENGINES_KEPT:
                del self._judged[next(iter(self._judged))]
        return sight

    def fetch(self, job: Job) -> FetchedRows:
        """Run the job's text in a read-only transaction, interrupted at its limit.

        Raises:
            TooSlow: the limit passed, or somebody set `stop`.
            Refused: the engine's tree of the text has what is not open.
            QueryFailed: the engine cannot run it, or one row alone is more than the job may have.
            Unavailable: the files cannot be read.
        """
        with self._statement(job) as cursor:
            cursor.execute(job.text)
            columns = tuple(str(column[0]) for column in cursor.description or ())
            rows, truncated = _taken(cursor, job)
        return FetchedRows(columns, rows, truncated)

    def plan(self, job: Job, sight: VisibleSchema) -> tuple[int | None, float | None]:
        """The rows of the largest step of the plan; DuckDB has no cost.

        Raises:
            TooSlow, Refused, QueryFailed, Unavailable: as `fetch` does.
        """
        del sight
        with self._statement(job) as cursor:
            told = cursor.execute(f"EXPLAIN (FORMAT json) {job.text}").fetchone()
        steps = cast("_Steps", json.loads(str(told[1]))) if told else ()
        return max(_estimates(steps), default=None), None

    def close(self) -> None:
        """Give the engines up; a statement that runs keeps its own until it ends."""
        with self._opening:
            opened = [*self._judged.values(), *filter(None, [self._opened])]
            self._opened, self._judged = None, {}
        for each in opened:
            each.engine.close()

    @contextmanager
    def _statement(self, job: Job) -> Generator[_Connection]:
        """A cursor in the engine whose schema the job was admitted by.

        Rows that were read while a file changed are thrown away, and so is an error.
        """
        opened, judge = self._judged_for(job)
        before = opened.files.states(job.tables)
        if before is None:
            raise self._changing()
        try:
            with (
                self._errors(job.seconds),
                closing(cursor_of(opened.engine, self._path)) as cursor,
                job.stop.ends_by(cursor.interrupt),
                _interrupted_after(job.seconds, cursor.interrupt),
            ):
                told = cursor.execute(_SERIALIZE, [job.text]).fetchone()
                judge.judge(str(told[0]) if told else "")
                cursor.execute("BEGIN TRANSACTION READ ONLY")
                yield cursor
        except (QueryFailed, Unavailable) as error:
            if opened.files.states(job.tables) != before or opened.files.replaced(before):
                raise self._changing() from error
            raise
        if opened.files.states(job.tables) != before:
            raise self._changing()

    def _judged_for(self, job: Job) -> tuple[_Opened, TreeJudge]:
        with self._opening:
            latest = next(reversed(self._judged.values()), None)
            opened = latest if job.stamp is None else self._judged.get(job.stamp)
        if latest is None:
            raise Refused("Nothing runs before the schema of the database was looked at.")
        if opened is None or opened.judge is None:
            raise self._changing()
        return opened, opened.judge

    def _changing(self) -> FilesChanging:
        return FilesChanging(
            f"Files in {str(self._path)!r} were written or replaced while they were read."
        )

    def _current(self) -> _Opened:
        """The engine, opened anew where a file was replaced since."""
        with self._opening, self._errors(0.0):
            stamp = stamp_of(self._path)
            opened = self._opened
            if opened is None or opened.stamp != stamp:
                files = FoundFiles.of(_files_at(self._path))
                engine = open_read_only(self._path, self._timezone)
                opened = self._opened = _Opened(engine, files, stamp)
            return opened

    @contextmanager
    def _errors(self, seconds: float) -> Generator[None]:
        try:
            yield
        except duckdb.Error as error:
            raise self._translated(error, seconds) from error
        except OSError as error:
            raise self._missing(str(error.strerror or error)) from error
        except (ArithmeticError, ValueError) as error:  # Python's, of a value it has no room for
            raise QueryFailed(_CANNOT_READ.format(error)) from error

    def _translated(self, error: duckdb.Error, seconds: float) -> DocsqlError:
        said = str(error).strip().partition("\n")[0]
        match error:
            case duckdb.InterruptException():
                return statement_too_slow(seconds)
            case duckdb.OutOfMemoryException():
                return QueryFailed(
                    "The statement needs more memory than it may have. Aggregate or filter earlier."
                )
            case duckdb.PermissionException():
                return Refused("The database forbids what this reads. Use what its schema shows.")
            case duckdb.FatalException():
                self.close()  # the engine runs nothing more; it is opened anew
                return QueryFailed("DuckDB failed on this statement. Simplify it.")
            case duckdb.IOException() | duckdb.ConnectionException():
                return self._missing(said)
            case _:
                return QueryFailed(f"DuckDB could not run this: {said}")

    def _missing(self, said: str) -> Unavailable:
        return Unavailable(
            f"The DuckDB database at {str(self._path)!r} cannot be read: {said}. Check that its URL "
            "names a DuckDB file, or a folder of CSV and Parquet files, that no program is writing."
        )


def _files_at(path: Path) -> Sequence[tuple[str, Path]]:
    """The files that an engine reads anew each time; an attached file it holds on to."""
    return [(file.table, file.path) for file in files_of(path)] if is_of_files(path) else ()


class _Looks:
    """Our own looks at stored values, each with a bound of time."""

    quotes = ('"', '"')

    def __init__(self, cursor: _Connection) -> None:
        self._cursor = cursor

    def rows(self, query: str) -> Sequence[Sequence[Any]]:
        """All rows, or none when the engine cannot give them in time."""
        try:
            with _interrupted_after(_ONE_LOOK_S, self._cursor.interrupt):
                return self._cursor.execute(query).fetchall()
        except duckdb.Error:
            return ()


@contextmanager
def _interrupted_after(seconds: float, interrupt: Callable[[], None]) -> Generator[None]:
    """Interrupt what runs inside once the time is up, and again until it has ended.

    An interrupt between two of a statement's calls is forgotten by the second.
    """
    over = threading.Event()

    def watch() -> None:
        late = over.wait(seconds)
        while not late:
            interrupt()
            late = over.wait(_AGAIN_S)

    watcher = threading.Thread(target=watch, name="duckdb-limit", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _taken(cursor: _Connection, job: Job) -> tuple[tuple[tuple[Value, ...], ...], bool]:
    """Rows until a cap is met; one past it is looked at and dropped."""
    rows: list[tuple[Value, ...]] = []
    left = job.bytes
    while found := cursor.fetchmany(min(_PORTION, job.rows + 1)):
        for row in cast("list[tuple[Value, ...]]", found):
            left -= sum(map(size_of, row))
            if left < 0 and not rows:
                raise QueryFailed(
                    f"One row of this is more than the {job.bytes:,} bytes that a result may "
                    "have. Select fewer columns, or a part or the length of a long one."
                )
            if len(rows) == job.rows or left < 0:
                return tuple(rows), True
            rows.append(row)
    return tuple(rows), False


def _estimates(steps: _Steps) -> Generator[int]:
    for step in steps:
        said = str(
            cast("Mapping[str, Any]", step.get("extra_info") or {}).get("Estimated Cardinality", "")
        )
        if said.isdigit():
            yield int(said)
        yield from _estimates(cast("_Steps", step.get("children", ())))
