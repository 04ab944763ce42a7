"""A stand-in for an OpenTelemetry collector: OTLP over HTTP, its spans kept."""

import gzip
import threading
from collections.abc import Callable
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    """A span as it came; ids in hexadecimal, the parent's empty at a root."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    program: str
    attributes: dict[str, str]


class Collector:
    """The ASGI application and what it was sent."""

    def __init__(self) -> None:
        self.spans: list[ReceivedSpan] = []
        self._came = threading.Condition()
        self.app = Starlette(routes=[Route("/v1/traces", self._take, methods=["POST"])])

    def wait_for(self, is_there: Callable[[list[ReceivedSpan]], bool], limit_s: float) -> bool:
        """Wait until what came satisfies the condition."""
        with self._came:
            return self._came.wait_for(lambda: is_there(self.spans), limit_s)

    async def _take(self, request: Request) -> Response:
        body = await request.body()
        if request.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        sent = ExportTraceServiceRequest.FromString(body)
        with self._came:
            for resource in sent.resource_spans:
                named = {each.key: each.value.string_value for each in resource.resource.attributes}
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        self.spans.append(
                            ReceivedSpan(
                                span.name,
                                span.trace_id.hex(),
                                span.span_id.hex(),
                                span.parent_span_id.hex(),
                                named["service.name"],
                                {a.key: str(a.value).strip() for a in span.attributes},
                            )
                        )
            self._came.notify_all()
        return Response(media_type="application/x-protobuf")
