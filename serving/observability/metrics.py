"""Prometheus metrics of the service; `docs/operating.md` lists the names."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from serving.config.settings import counts_folder
from serving.observability.token_counts import TokenCount
from serving.wire.events import Answered, Event, SqlWritten, StepFinished, StepStarted
from tools.audit import Audit, DocumentRead, StatementRead

_STEPS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120)
"""Upper bounds in seconds: from our own milliseconds to a slow model's minutes."""

MOST_CALLERS = 1000
"""Callers with series of their own; each one costs Prometheus memory."""
OTHERS = "others"


class Metrics:
    """Counts statements and reads, and passes them on to the audit log."""

    def __init__(self, audit: Audit) -> None:
        self._audit = audit
        self._registry = of = CollectorRegistry()
        ProcessCollector(registry=of)
        self._turns = Counter(
            "docsql_turns", "Turns by how they ended", ["route", "status"], registry=of
        )
        self._turn_s = Histogram(
            "docsql_turn_seconds", "A turn, whole", ["route"], buckets=_STEPS, registry=of
        )
        self._running = Gauge(
            "docsql_turns_running", "Turns under way", registry=of, multiprocess_mode="livesum"
        )
        self._waiting = Gauge(
            "docsql_turns_waiting",
            "Turns that wait for an earlier one of their thread",
            registry=of,
            multiprocess_mode="livesum",
        )
        self._steps = Histogram(
            "docsql_step_seconds", "One step of a turn", ["step"], buckets=_STEPS, registry=of
        )
        self._calls = Counter("docsql_tool_calls", "Calls of a tool", ["tool"], registry=of)
        self._repairs = Counter(
            "docsql_sql_repairs", "Statements written again after an error", registry=of
        )
        self._statements = Counter(
            "docsql_statements", "Statements by outcome", ["database", "outcome"], registry=of
        )
        self._statement_s = Histogram(
            "docsql_statement_seconds", "One statement", ["database"], buckets=_STEPS, registry=of
        )
        self._documents = Counter(
            "docsql_documents_read", "Documents of which passages were read", registry=of
        )
        self._models = Histogram(
            "docsql_model_call_seconds", "One call of a chat model", ["model", "outcome"],
            buckets=_STEPS, registry=of,
        )  # fmt: skip
        self._tokens = Counter(
            "docsql_model_tokens", "Tokens, as the model servers count them, else estimated", ["model", "direction"],
            registry=of,
        )  # fmt: skip
        self._callers = set[str]()
        self._spent = Counter(
            "docsql_caller_tokens", "Tokens of a caller's turns", ["caller", "model", "direction"],
            registry=of,
        )  # fmt: skip
        self._spent_s = Counter(
            "docsql_caller_model_seconds", "Model time of a caller's turns", ["caller", "model"],
            registry=of,
        )  # fmt: skip
        self._requests = Histogram(
            "docsql_http_request_seconds", "One request, to the end of its answer",
            ["method", "route", "status"], buckets=_STEPS, registry=of,
        )  # fmt: skip

    def exposed(self) -> bytes:
        """All metrics in Prometheus' text format, summed over workers."""
        if folder := counts_folder():
            whole = CollectorRegistry()
            MultiProcessCollector(whole, folder)
            return generate_latest(whole)
        return generate_latest(self._registry)

    def statement(self, read: StatementRead) -> None:
        """Count and keep a statement."""
        self._statements.labels(read.database, read.outcome).inc()
        self._statement_s.labels(read.database).observe(read.seconds)
        self._audit.statement(read)

    def downloaded(self, read: StatementRead) -> None:
        """Count and keep the rows of an earlier statement that somebody saves."""
        self._statements.labels(read.database, read.outcome).inc()
        self._audit.statement(read)

    def documents(self, read: Sequence[DocumentRead]) -> None:
        """Count and keep the documents read."""
        self._documents.inc(len(read))
        self._audit.documents(read)

    @contextmanager
    def waiting(self) -> Generator[None]:
        """A turn waits."""
        with self._waiting.track_inprogress():
            yield

    @contextmanager
    def turn(self) -> Generator[None]:
        """A running turn; one that ends in an error has no answer to count."""
        with self._running.track_inprogress():
            try:
                yield
            except Exception:
                self._turns.labels("none", "failed").inc()
                raise
            except BaseException:
                self._turns.labels("none", "left").inc()
                raise

    def event(self, event: Event) -> None:
        """Count what happens in a turn."""
        match event:
            case StepFinished():
                self._steps.labels(event.step).observe(event.seconds)
            case SqlWritten():
                if event.attempt == 1:
                    self._calls.labels("query_database").inc()
                else:
                    self._repairs.inc()
            case StepStarted(step="search_documents" | "describe_sources" as tool):
                self._calls.labels(tool).inc()
            case Answered():
                answer = event.answer
                self._turns.labels(answer.route, answer.status).inc()
                self._turn_s.labels(answer.route).observe(answer.timings.get("total", 0.0))
            case _:
                pass

    def model_call(self, model: str, outcome: str, seconds: float, count: TokenCount) -> None:
        """Count one call of a chat model."""
        self._models.labels(model, outcome).observe(seconds)
        self._tokens.labels(model, "input").inc(count.read)
        self._tokens.labels(model, "output").inc(count.written)

    def note(self, caller: str, model: str, count: TokenCount, *, seconds: float) -> None:
        """Count one call of a model for the caller whose turn it was."""
        if caller not in self._callers and len(self._callers) >= MOST_CALLERS:
            caller = OTHERS
        self._callers.add(caller)
        self._spent.labels(caller, model, "input").inc(count.read)
        self._spent.labels(caller, model, "output").inc(count.written)
        self._spent_s.labels(caller, model).inc(seconds)

    @contextmanager
    def request(self) -> Generator[list[str]]:
        """Time a request; the block fills in its method, route and status."""
        labels, began = list[str](), perf_counter()
        try:
            yield labels
        finally:
            self._requests.labels(*labels).observe(perf_counter() - began)
