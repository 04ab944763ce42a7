"""Every request with an id, a span, a count and a line in the log."""

import logging
from time import perf_counter

from langsmith import tracing_context  # pyright: ignore[reportUnknownVariableType]  # partly untyped
from opentelemetry import trace
from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.observability.logs import FIELDS
from serving.observability.metrics import Metrics
from serving.observability.request_id import HEADER, REQUEST, request_id

log = logging.getLogger(__name__)

QUIET = frozenset({"/health", "/ready", "/metrics"})
"""Paths of health checks: counted, but neither traced nor logged."""
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class ObserveRequests:
    """The outermost middleware; as plain ASGI it sees a stream to its end."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._tracer = trace.get_tracer("docsql")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and watch its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, began = Headers(scope=scope), perf_counter()
        id_ = request_id(headers.get(HEADER))
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = id_
            await send(message)

        token = REQUEST.set(id_)
        try:
            with (
                self._metrics.request() as labels,
                self._span(scope, headers, id_) as span,
                tracing_context(enabled=False),  # LangSmith's variables alone send nothing
            ):
                try:
                    await self._app(scope, receive, noted)
                finally:
                    route = _route(scope)
                    labels += [_method(scope), route, str(status)]
                    span.set_attribute("http.route", route)
                    span.set_attribute("http.response.status_code", status)
                    _log(scope, route, status, perf_counter() - began)
        finally:
            REQUEST.reset(token)

    def _span(self, scope: Scope, headers: Headers, id_: str):  # the library's own type
        is_quiet = scope["path"] in QUIET
        attributes = {"http.request.method": _method(scope), "docsql.request_id": id_}
        return self._tracer.start_as_current_span(
            f"{_method(scope)} {scope['path'].split('/')[1] or '/'}",
            context=extract(headers),
            kind=SpanKind.INTERNAL if is_quiet else SpanKind.SERVER,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        )


def _log(scope: Scope, route: str, status: int, seconds: float) -> None:
    if scope["path"] in QUIET:
        return
    caller = scope.get("state", {}).get("caller")
    fields = {
        "method": _method(scope),
        "route": route,
        "status": status,
        "seconds": round(seconds, 6),
        "caller": caller.id if caller else None,
    }
    log.info("request", extra={FIELDS: fields})


def _route(scope: Scope) -> str:
    """The route's pattern: a path may contain a thread's id, so paths are unbounded."""
    route = scope.get("route")
    return getattr(route, "path", None) or ("/mcp" if scope["path"] == "/mcp" else "none")


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in METHODS else "OTHER"
