"""A database server behind the gate: its pool, its transactions, and what its errors mean."""

import threading
import time
from collections.abc import Callable, Generator, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from typing import Any, Protocol, cast

from sqlalchemy import URL, Connection, CursorResult, create_engine, event
from sqlalchemy.exc import DBAPIError, TimeoutError as PoolTimeoutError

from tools.errors import DocsqlError, QueryFailed, Unavailable
from tools.sql.access import Access, VisibleSchema
from tools.sql.catalogue import Catalogue, visible_schema
from tools.sql.source import FetchedRows, Job, Value, size_of, statement_too_slow
from tools.sql.values import ConnectionReader, StoredValues
from tools.sql.watch import AnswerTooLarge, Watch, Watched

_STAMP_AGE_S = 30.0
_POOL_WAIT_S = 30


class Product(Protocol):
    """The differences between servers: SQL and driver errors."""

    @property
    def dialect(self) -> str:
        """Sqlglot's name of its SQL."""
        ...

    @property
    def driver(self) -> str:
        """SQLAlchemy's name of the dialect and its driver."""
        ...

    @property
    def connect_args(self) -> dict[str, object]:
        """Connection arguments of the driver."""
        ...

    @property
    def options(self) -> dict[str, object]:
        """SQLAlchemy's options that make rows come as they are fetched, `max_row_buffer` at once."""
        ...

    @property
    def raw_errors(self) -> tuple[type[Exception], ...]:
        """Driver exceptions that SQLAlchemy does not wrap when a connection fails."""
        ...

    def connect(self, *args: Any, **settings: Any) -> object:
        """A driver connection that can be watched; None: a plain one is enough."""
        ...

    def digest(self, connection: Connection, namespaces: Sequence[str]) -> Hashable:
        """A fingerprint of the schema and the login's privileges."""
        ...

    def set_up(self, driver: object) -> None:
        """Bring a new connection into the state that the guard's reading assumes."""
        ...

    def begin(self, connection: Connection, job: Job) -> None:
        """Make the transaction read-only, and tell it its caller and its limit."""
        ...

    def begin_look(self, connection: Connection) -> None:
        """The same for introspection."""
        ...

    def canceller(self, connection: Connection) -> Callable[[], None]:
        """A function that cancels the connection's statement from another thread."""
        ...

    def finish(self, connection: Connection) -> None:
        """Leave the connection ready for the next statement, all rows of this one read or not."""
        ...

    def catalogue(self, connection: Connection, namespaces: Sequence[str]) -> Catalogue:
        """The objects that the login may read, in the database's own namespace and in these others.

        With others, tables with a dot in their own name are left out.
        """
        ...

    def one_look(self, connection: Connection) -> AbstractContextManager[None]:
        """A bound of time for one look at values, whose failure harms no later one."""
        ...

    def refuse_costly(self, connection: Connection, job: Job) -> None:
        """Refuse the job if the plan of its text costs more than it may."""
        ...

    def plan(
        self, connection: Connection, job: Job, rows_of: Mapping[str, int]
    ) -> tuple[int | None, float | None]:
        """The rows of the largest step and the cost of the plan of the job's text."""
        ...

    def translated(self, error: BaseException | None, seconds: float) -> DocsqlError | None:
        """The error in our words; None if the connection is what failed."""
        ...

    def names_unknown(self, error: BaseException | None) -> bool:
        """Whether the schema that was judged by may be out of date."""
        ...


class Server:
    """A server's database: a bounded pool that connects when it is first needed."""

    def __init__(
        self,
        url: URL,
        product: Product,
        *,
        name: str,
        access: Access,
        connections: int,
        stamp_age_s: float = _STAMP_AGE_S,
    ) -> None:
        self.dialect = product.dialect
        self._product = product
        self._name = name
        self._where = f"{url.host or 'localhost'}:{url.port or 'its default port'}"
        self._database = url.database
        self._access = access
        self._stamp: Hashable = None
        self._stamp_age_s = stamp_age_s
        self._stamp_until = 0.0
        self._looking = threading.Lock()
        self._engine = create_engine(
            url.set(drivername=product.driver),
            pool_size=connections,
            max_overflow=1,  # the look at the schema does not wait for statements
            pool_timeout=_POOL_WAIT_S,
            pool_pre_ping=True,
            connect_args=dict(product.connect_args),
        )
        event.listen(self._engine, "do_connect", self._connect)
        event.listen(self._engine, "connect", self._set_up)

    def stamp(self) -> Hashable:
        """A digest of the catalogue, asked for again when it is half a minute old.

        Raises:
            Unavailable: the server does not answer.
        """
        with self._looking:
            if time.monotonic() >= self._stamp_until:
                with self._errors(0.0), self._engine.connect() as connection:
                    self._product.begin_look(connection)
                    self._stamp = self._product.digest(connection, self._access.namespaces)
                self._stamp_until = time.monotonic() + self._stamp_age_s
            return self._stamp

    def look(self) -> VisibleSchema:
        """Introspect what the login may read of what is open.

        Raises:
            Unavailable: the server does not answer.
        """
        with self._errors(0.0), self._engine.connect() as connection:
            self._product.begin_look(connection)
            others = self._access.namespaces
            found = self._product.catalogue(connection, others)
            reader = ConnectionReader(connection, lambda: self._product.one_look(connection))
            values = StoredValues(reader, namespaces=bool(others))
            return visible_schema(found, self._access, values, self.dialect)

    def fetch(self, job: Job) -> FetchedRows:
        """Run the job's text and read of its answer what the job may have.

        Raises:
            QueryFailed: the engine cannot run it, or one row alone is more than the job may have.
            TooSlow, Refused, Unavailable: as `statement` does.
        """
        deadline = time.perf_counter() + 2 * job.seconds
        try:
            with (
                self.statement(job) as connection,
                closing(connection.exec_driver_sql(job.text)) as result,
            ):
                at_once = cast("int", self._product.options.get("max_row_buffer", 1))
                return _fetched(result, job, deadline, at_once)
        except AnswerTooLarge as error:
            raise _too_wide(job) from error

    @contextmanager
    def statement(self, job: Job) -> Generator[Connection]:
        """Lend a connection in a read-only transaction of the job's caller, rolled back after it.

        The client gives the connection up where the server does not end the statement in time.

        Raises:
            TooSlow: the limit passed, or somebody wished the end.
            Refused: the plan costs more than the job may.
            QueryFailed: the engine cannot run it.
            Unavailable: the server or the pool cannot serve.
        """
        with (
            self._errors(job.seconds),
            self._engine.connect() as connection,
            _watched(connection, job),
        ):
            self._product.begin(connection, job)
            with job.stop.ends_by(self._product.canceller(connection)):
                if job.cost is not None:
                    self._product.refuse_costly(connection, job)
                try:
                    yield connection.execution_options(no_parameters=True, **self._product.options)
                finally:
                    self._product.finish(connection)

    def plan(self, job: Job, sight: VisibleSchema) -> tuple[int | None, float | None]:
        """Have the server explain the job's text, on the caller's behalf, without running it.

        Raises:
            TooSlow, QueryFailed, Unavailable: as `statement` does.
        """
        rows_of = {table.name: table.rows for table in sight.schema.tables if table.rows}
        with self.statement(replace(job, cost=None)) as connection:
            return self._product.plan(connection, job, rows_of)

    def close(self) -> None:
        """Close every connection that no statement is using."""
        self._engine.dispose()

    def _connect(
        self, _dialect: object, _record: object, args: Sequence[Any], settings: Mapping[str, Any]
    ) -> object:
        return self._product.connect(*args, **settings)

    def _set_up(self, driver: object, _record: object) -> None:
        self._product.set_up(driver)

    @contextmanager
    def _errors(self, seconds: float) -> Generator[None]:
        try:
            yield
        except DBAPIError as error:
            if self._product.names_unknown(error.orig):
                self._stamp_until = 0.0
            ours = self._product.translated(error.orig, seconds)
            raise self._as_asked(ours) or self._down(error.orig) from error
        except self._product.raw_errors as error:
            raise self._down(error) from error
        except PoolTimeoutError as error:
            raise Unavailable("Too many statements are running. Try again in a moment.") from error

    def _as_asked(self, error: DocsqlError | None) -> DocsqlError | None:
        """Without the database's own name, which the gate has put in front of tables."""
        if not isinstance(error, QueryFailed) or not self._database:
            return error
        return QueryFailed(str(error).replace(f"`{self._database}`.", ""))

    def _down(self, error: BaseException | None) -> Unavailable:
        said = " ".join(str(error).split())
        return Unavailable(
            f"The database {self._name!r} at {self._where} cannot be reached: {said}. Check that "
            "its server runs and that the login in its URL is right."
        )


@contextmanager
def _watched(connection: Connection, job: Job) -> Generator[None]:
    """Read under a watch; a connection that may be in the midst of something is not used again."""
    driver = connection.connection.driver_connection
    watched = driver if isinstance(driver, Watched) else None
    if watched is not None:
        watched.watch = Watch.of(job)
    try:
        yield
    finally:
        if watched is not None:
            watched.watch = None
        if job.stop.is_set() or (watched is not None and watched.is_given_up):
            connection.invalidate()


def _fetched(result: CursorResult[Any], job: Job, deadline: float, at_once: int) -> FetchedRows:
    """Portions of rows until a cap is met, each as large as the rows before it let hope.

    A row past a cap is looked at and dropped. A server's own limit is for each portion; the
    deadline is for all of them.
    """
    rows: list[tuple[Value, ...]] = []
    columns, left, largest, portion = _columns_of(result), job.bytes, 1, 1
    if not result.returns_rows:
        return FetchedRows(columns, (), truncated=False)
    try:
        while found := result.fetchmany(portion):
            for row in found:
                values = cast(tuple[Value, ...], tuple(row))
                size = sum(map(size_of, values))
                left, largest = left - size, max(largest, size)
                if left < 0 and not rows:
                    raise _too_wide(job)
                if len(rows) == job.rows or left < 0:
                    return FetchedRows(columns, tuple(rows), truncated=True)
                rows.append(values)
            if time.perf_counter() > deadline:
                raise statement_too_slow(job.seconds)
            portion = max(1, min(at_once, 4 * portion, left // largest))
    except AnswerTooLarge:
        if not rows:
            raise
        return FetchedRows(columns, tuple(rows), truncated=True)
    return FetchedRows(columns, tuple(rows), truncated=False)


def _columns_of(result: CursorResult[Any]) -> tuple[str, ...]:
    """The names as the driver gives them; SQLAlchemy's own would lose what precedes a dot."""
    described = result.cursor.description if result.cursor is not None else None
    return tuple(column[0] for column in described or ())


def _too_wide(job: Job) -> QueryFailed:
    return QueryFailed(
        f"One row of this is more than the {job.bytes:,} bytes that a result may have. "
        "Select fewer columns, or a part or the length of a long one."
    )
