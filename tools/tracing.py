"""Tracing spans: durations without content."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

Attributes = Mapping[str, str | int | float | bool]

_tracer = trace.get_tracer("docsql")


@contextmanager
def span(
    name: str, attributes: Attributes | None = None, *, kind: SpanKind = SpanKind.INTERNAL
) -> Generator[Span]:
    """Time a piece of work as a part of the work around it.

    Errors are recorded by type only, because messages contain statements and values. Without a
    collector, nothing is recorded.
    """
    begun = _tracer.start_span(name, kind=kind, attributes=dict(attributes or {}))
    if begun is trace.get_current_span():  # nobody records: nothing has begun
        yield begun
        return
    with trace.use_span(
        begun, end_on_exit=True, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except BaseException as error:
            current.set_attribute("error.type", type(error).__qualname__)
            current.set_status(Status(StatusCode.ERROR))
            raise
