"""One gated database: the only way a statement reaches an engine."""

import asyncio
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import URL

from tools.audit import Audit, NoAudit, statement_read
from tools.caller import Caller
from tools.embeddings import Embeddings
from tools.errors import QueryFailed, Refused, TooSlow
from tools.language.pack import LanguagePack
from tools.sql.access import Access, VisibleSchema
from tools.sql.caps import SCHEMA_TOKENS, StatementCaps
from tools.sql.dialects import statement_span
from tools.sql.estimate import Estimate, of_tables
from tools.sql.gate import Gate, by_current_gate
from tools.sql.golden import GoldenQuery, beside_model, read_golden
from tools.sql.guard import Admitted
from tools.sql.origins import TableOrigins, origins_in
from tools.sql.result import QueryResult
from tools.sql.roles import Roles
from tools.sql.schema import Schema
from tools.sql.semantic.layer import NO_LAYER, SemanticLayer
from tools.sql.semantic.titles import explain
from tools.sql.source import DatabaseSource, Job, StopSignal
from tools.sql.sources import open_database_source
from tools.sql.translate import candidate_translations, is_misread
from tools.sql.turn_look import note_look, seen_in_turn
from tools.sql.verified.names import Names
from tools.sql.verified.template import Template
from tools.sql.workers import AT_ONCE, Workers

Outcome = TypeVar("Outcome")


class Database:
    """A database behind its gate; safe to share between threads and tasks.

    It opens nothing before it is first used: a database that is down fails the call that needs
    it, and is found again by the first call after it has come back.
    """

    def __init__(
        self,
        source: DatabaseSource,
        *,
        name: str,
        caps: StatementCaps,
        description: str = "",
        golden: Sequence[GoldenQuery] = (),
        embeddings: Embeddings | None = None,
        audit: Audit | None = None,
        timezone: str = "",
        model: SemanticLayer = NO_LAYER,
        admits: Callable[[Caller], bool] | None = None,
    ) -> None:
        self.name = name
        self.description = description
        self.origins: TableOrigins = {}
        self.dialect = source.dialect
        self._source = source
        self._caps = caps
        self._golden = golden
        self._embeddings = embeddings
        self._audit = audit or NoAudit()
        self._timezone = timezone
        self._model = model
        self._admits = admits
        self._gate: Gate | None = None
        self._refreshing = threading.Lock()
        self._workers = Workers(name)

    @classmethod
    def open(
        cls,
        url: str | URL,
        *,
        name: str = "database",
        description: str = "",
        allowed_tables: Collection[str] | None = None,
        denied_columns: Collection[str] = (),
        allowed_functions: Collection[str] = (),
        row_cap: int = 1_000,
        time_limit_s: float = 10.0,
        byte_cap: int = 8_000_000,
        cost_cap: float | None = None,
        role: str | None = None,
        group_roles: Mapping[str, str] | None = None,
        schema_tokens: int = SCHEMA_TOKENS,
        golden_queries: Path | None = None,
        embeddings: Embeddings | None = None,
        audit: Audit | None = None,
        timezone: str = "",
        model: Path | None = None,
        admits: Callable[[Caller], bool] | None = None,
    ) -> Self:
        """Put a gate in front of the database of a SQLAlchemy URL (`sqlite:////path/to/file`).

        `allowed_tables` None opens every table and view; a denied column is `table.column`, or
        `column` for every table; `allowed_functions` are user-defined ones, `schema.name`. A path with `?`, `#` or `%` is safe as
        `URL.create("sqlite", database=path)`. On a server, `role` is what every statement runs as,
        or the role of `group_roles` whose group the caller is in, the first of them; `cost_cap`, PostgreSQL's alone, is the most that its planner may think a statement costs.
        Of a schema of more than `schema_tokens`, a writer is shown what its question needs;
        `golden_queries` is a YAML file of reviewed pairs; unset, it is looked for beside the model. `audit` is told of every statement.
        `timezone` says where "today" begins, by its name; empty is the server's own, for a file
        this machine's. `model` is a semantic model in Apache Ossie's format: what it hides is denied.
        `admits` says who may ask it, None everybody.

        Raises:
            BadInput: the URL or the file cannot be read, or the engine is not supported.
        """
        pairs = golden_queries or beside_model(model)
        golden = read_golden(pairs) if pairs is not None else ()
        layer = SemanticLayer.read(model)
        timezone = timezone or layer.time_zone
        source = open_database_source(
            url,
            name=name,
            access=Access.of(allowed_tables, denied_columns, allowed_functions, layer.hidden),
            connections=AT_ONCE,
            roles=Roles(role, group_roles or {}),
            has_cost_cap=cost_cap is not None,
            timezone=timezone,
        )
        return cls(
            source,
            name=name,
            description=description,
            caps=StatementCaps(row_cap, byte_cap, time_limit_s, cost_cap, schema_tokens),
            golden=golden,
            embeddings=embeddings,
            audit=audit,
            timezone=timezone,
            model=layer,
            admits=admits,
        )

    @property
    def is_open(self) -> bool:
        """Whether every caller may ask it."""
        return self._admits is None

    def may_ask(self, caller: Caller) -> bool:
        """Whether it exists for the caller; what others may not read, they are not told of."""
        return self._admits is None or self._admits(caller)

    def schema(self) -> Schema:
        """The visible schema, introspected once and again after it changes.

        Raises:
            Unavailable: the database cannot be reached or read.
        """
        return self._current_gate().sight.schema

    def unknown_tables(self) -> Sequence[str]:
        """A sentence for each allowed table that does not exist; raises what `schema` raises."""
        return self._current_gate().sight.unknown

    def schema_for(self, question: str, *, tokens: int | None = None) -> Schema:
        """The schema for an SQL writer: all of it if it fits, else what the question needs.

        With `tokens` no more than about so many of what it needs, and perhaps nothing.

        Raises:
            Unavailable: the database cannot be reached or read.
        """
        gate, most = self._current_gate(), self._caps.schema_tokens
        if tokens is not None:
            return gate.linker.narrow(question, tokens=min(tokens, most))
        return (
            gate.sight.schema
            if self._shows_all(gate)
            else gate.linker.narrow(question, tokens=most)
        )

    async def aschema_for(self, question: str) -> Schema:
        """`schema_for` beside the event loop; at once where the turn has seen the whole schema.

        Raises:
            Unavailable: the database cannot be reached or read.
        """
        gate = seen_in_turn(self)
        if gate is not None and self._shows_all(gate):
            return gate.sight.schema
        return await asyncio.to_thread(self.schema_for, question)

    def shows_all(self) -> bool:
        """Whether a writer is shown the whole schema, whatever the question.

        Raises:
            Unavailable: the database cannot be reached or read.
        """
        return self._shows_all(self._current_gate())

    @property
    def has_golden(self) -> bool:
        """Whether it was given golden queries, usable or not."""
        return bool(self._golden)

    def golden(self) -> Sequence[GoldenQuery]:
        """The golden queries; those with a problem are not used. Raises `Unavailable`."""
        return self._current_gate().golden

    def templates(self) -> Sequence[Template]:
        """The golden queries that can be used, as templates; raises what `golden` raises."""
        return self._current_gate().templates

    def names(self, pack: LanguagePack) -> Names:
        """What the schema's things are called in a language; raises what `golden` raises."""
        return self._current_gate().names(pack)

    def check(self, sql: str) -> Admitted:
        """Pass a statement through the guard without running it.

        Raises:
            Refused: the guard does not let it through; the message says what to change.
            Unavailable: the database cannot be reached or read.
        """
        return self._current_gate().admit(sql)

    def run(self, sql: str, *, caller: Caller, seconds: float | None = None) -> QueryResult:
        """Run one statement that the gate admits, on the caller's behalf.

        `seconds` may be less time than this database gives, and never more.

        Raises:
            Refused: the gate does not let it through; the message says what to change.
            QueryFailed: the engine could not run it.
            TooSlow: it was stopped at the time limit.
            Unavailable: the database cannot be reached or read.
        """
        self._admit(caller)
        with self._workers.work() as stop:
            return self._run(sql, caller, stop, seconds)

    def _admit(self, caller: Caller) -> None:
        if not self.may_ask(caller):
            raise Refused(f"There is no database {self.name!r}.")

    async def arun(self, sql: str, *, caller: Caller) -> QueryResult:
        """`run` in a thread of the database's; to cancel the awaiting task stops the statement.

        Raises:
            Refused, QueryFailed, TooSlow, Unavailable: as `run` does.
        """
        return await self.in_a_thread(partial(self.run, sql, caller=caller), caller=caller)

    async def arun_as_meant(self, sql: str, *, caller: Caller) -> QueryResult:
        """`arun`; a statement that fails is run as it was meant, if that can be told.

        Raises:
            Refused, QueryFailed, TooSlow, Unavailable: as `run` does.
        """
        meant = partial(self._run_as_meant, sql, caller)
        return await self.in_a_thread(meant, caller=caller)

    def estimate(self, sql: str, *, caller: Caller) -> Estimate:
        """The engine's estimate of a statement that passes the guard; SQLite's is its largest table.

        Raises:
            Refused, QueryFailed, TooSlow, Unavailable: as `run` does.
        """
        self._admit(caller)
        with self._workers.work() as stop:
            return self._by_a_gate(lambda gate: self._estimated(gate, sql, caller, stop))

    async def aestimate(self, sql: str, *, caller: Caller) -> Estimate:
        """`estimate` in a thread of the database's; to cancel the awaiting task ends it.

        Raises:
            Refused, QueryFailed, TooSlow, Unavailable: as `run` does.
        """
        return await self.in_a_thread(partial(self.estimate, sql, caller=caller), caller=caller)

    async def in_a_thread(self, work: Callable[[], Outcome], *, caller: Caller) -> Outcome:
        """Blocking work that asks this database, in one of its threads and fairly shared.

        To cancel the awaiting task stops the statement that the work runs, and every later one.

        Raises:
            Unavailable: the database was closed.
        """
        return await self._workers.do(work, caller)

    def close(self) -> None:
        """Stop what runs and give up the connections; nothing can be run afterwards."""
        self._workers.close()
        self._source.close()

    def in_its_dialect(self, sql: str, *, caller: Caller, has_failed: bool = False) -> str:
        """The statement in this database's SQL, its columns read from the tables that have them.

        What the engine takes is left as it is, unless it `has_failed`; so is what no reading helps.

        Raises:
            Unavailable: the database cannot be reached or read.
        """
        misread = is_misread(sql, self.schema())
        if not (misread or has_failed) and self._takes(sql, caller):
            return sql
        others = candidate_translations(sql, self.schema(), is_misread=misread)
        return next((other for other in others if self._takes(other, caller)), sql)

    def _takes(self, sql: str, caller: Caller) -> bool:
        try:
            self.estimate(sql, caller=caller)
        except (Refused, QueryFailed):
            return False
        except TooSlow:
            pass
        return True

    def _estimated(self, gate: Gate, sql: str, caller: Caller, stop: StopSignal) -> Estimate:
        admitted = gate.admit(sql)
        stamp, tables = gate.sight.stamp, admitted.tables
        job = Job(admitted.text, caller, self._caps.seconds, stop=stop, stamp=stamp, tables=tables)
        with self._workers.place(caller, stop):
            rows, cost = self._source.plan(job, gate.sight)
        if rows is None:
            rows = of_tables(admitted.tables, gate.sight.schema)
        return Estimate(rows, cost, admitted.tables)

    def _run(
        self, sql: str, caller: Caller, stop: StopSignal, seconds: float | None = None
    ) -> QueryResult:
        caps = self._caps
        if seconds is not None:
            caps = replace(caps, seconds=min(seconds, caps.seconds))
        with (
            statement_span(self.name, self.dialect) as traced,
            statement_read(self._audit, caller, self.name, sql) as read,
        ):
            result = self._by_a_gate(lambda gate: self._fetched(gate, sql, caller, stop, caps))
            read.rows = len(result.rows)
            traced.set_attribute("db.response.returned_rows", read.rows)
        return result

    def _run_as_meant(self, sql: str, caller: Caller) -> QueryResult:
        if is_misread(sql, self.schema()):
            return self.run(self.in_its_dialect(sql, caller=caller), caller=caller)
        try:
            return self.run(sql, caller=caller)
        except (Refused, QueryFailed):
            meant = self.in_its_dialect(sql, caller=caller, has_failed=True)
            if meant == sql:
                raise
            return self.run(meant, caller=caller)

    def _by_a_gate(self, work: Callable[[Gate], Outcome]) -> Outcome:
        """Run the work by the gate of the schema as it is, again where that changes meanwhile."""
        return by_current_gate(self._current_gate, work)

    def _fetched(
        self, gate: Gate, sql: str, caller: Caller, stop: StopSignal, caps: StatementCaps
    ) -> QueryResult:
        admitted = gate.admit(sql)
        limits = caps.seconds, caps.cost, stop, caps.rows, caps.bytes
        job = Job(admitted.text, caller, *limits, gate.sight.stamp, admitted.tables)
        with self._workers.place(caller, stop):
            started = time.perf_counter()
            found = self._source.fetch(job)
            elapsed = time.perf_counter() - started
        names = admitted.headed(found.columns)
        told = explain(names, admitted.tree, gate.sight.schema, admitted.names.table_of)
        result = QueryResult(self.name, sql, told.columns, found.rows, found.truncated, elapsed)
        result = replace(result, origins=origins_in(admitted.tree, self.origins))
        return replace(result, metrics=told.metrics, codes=told.codes, model_version=told.version)

    def _current_gate(self) -> Gate:
        """The gate of the schema as it is now; looking whether it changed costs microseconds."""
        self._workers.see_that_they_are_open()
        stamp = self._source.stamp()
        gate = self._gate
        if gate is None or gate.stamp != stamp:
            with self._refreshing:
                gate, stamp = self._gate, self._source.stamp()
                if gate is None or gate.stamp != stamp:
                    gate = self._gate = Gate(stamp, self._look(), self._golden, self._embeddings)
        note_look(self, gate)
        return gate

    def _look(self) -> VisibleSchema:
        seen = self._source.look()
        zoned = replace(seen.schema, timezone=self._timezone or seen.schema.timezone)
        return replace(seen, schema=self._model.over(zoned))

    def _shows_all(self, gate: Gate) -> bool:
        return gate.fits(self._caps.schema_tokens)
