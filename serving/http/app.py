"""The HTTP service: the agent's routes, and what is needed beside them."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from agent.caller import CALLER
from serving.auth.identity import Authenticator
from serving.auth.local import is_loopback_address
from serving.conversations.responses import Responses
from serving.conversations.saved import SavedBook
from serving.conversations.uploaded import UploadedBook
from serving.http.agent import PATIENT, AgentRunnable
from serving.http.documents import Intake, SentIn, documents_router
from serving.http.doors.choose import agent_door
from serving.http.doors.door import AgentRoutes
from serving.http.doors.well_formed import is_batch, require_well_formed
from serving.http.mcp.endpoint import LibraryFor, McpEndpoint
from serving.http.mcp.querying import Querying
from serving.http.mcp.tools import Tools
from serving.http.middleware.authentication import (
    AuthenticateCaller,
    caller_of_request,
    known_caller,
)
from serving.http.middleware.disconnect import CancelOnDisconnect
from serving.http.middleware.joined import JoinPieces
from serving.http.middleware.observed import ObserveRequests
from serving.http.middleware.rate_limit import UPLOADS, RateLimit
from serving.http.middleware.reader import HearReader
from serving.http.middleware.text import RejectInvalidText
from serving.http.openai.errors import OpenAiErrors
from serving.http.openai.responses.routes import responses_router
from serving.http.openai.routes import openai_router
from serving.http.problem import add_errors
from serving.http.results import results_router
from serving.http.saved import saved_router
from serving.http.suggestions import suggestions_router
from serving.http.threads import threads_router
from serving.http.uploads import UploadLimits, uploads_folder
from serving.parts.assembly import Parts
from serving.parts.certificates import certify
from serving.parts.documents import access_control, make_folder, sheets
from serving.parts.library import DocumentLibrary
from serving.parts.readiness import readiness
from serving.turns.admission import Admission
from serving.turns.minutes import PerMinute, requests_per_minute
from serving.wire.documents import UploadEvent, UploadReport
from serving.wire.events import Event
from serving.wire.problem import Problem
from serving.wire.service import CallerInfo, Readiness
from tools.caller import Caller
from tools.errors import Unavailable

log = logging.getLogger(__name__)

STRANGER = Caller(id="stranger")
"""The caller of an unauthenticated probe: in no group."""
UNTRACED: TelemetryConfig = {
    "tracing": False,
    "operation_spans": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}
"""FastAPI's own telemetry, off: it reads variables of its own, and records values."""
MCP_METHODS = ("GET", "POST", "DELETE")


def create_app(parts: Parts, identity: Authenticator, *, instance: str = "") -> FastAPI:
    """The service around opened parts: every route of it, and /openapi.json.

    `identity` says who sent a request, before anything else sees it.
    `instance` names this run of it, for those who look for it by its address.
    """
    app = FastAPI(
        title="DocSQL",
        summary="Answers questions from documents and databases",
        responses={400: {"model": Problem}, 503: {"model": Problem}},
        telemetry=UNTRACED,
        docs_url=None,  # both pages take their scripts from a stranger's server
        redoc_url=None,
    )
    service = parts.settings.service
    requests = requests_per_minute(parts.settings.limits.requests_per_minute, parts.shared)
    _add_middleware(app, parts, identity, requests)
    add_errors(app)
    _add_health(app, parts, instance)
    routes = AgentRoutes(
        AgentRunnable(parts.turns, is_traced=service.playground),
        with_caller=_with_caller,
        before=[require_well_formed, _room_in(parts.turns.admission, requests)],
        has_playground=service.playground,
    )
    agent_door(service.agent_door)(app, routes)  # first: the others are not compared with a turn's
    library_for = _libraries(parts)
    _add_routers(app, parts, library_for)
    app.router.routes.append(Route("/mcp", _mcp(parts, library_for), methods=MCP_METHODS))
    app.openapi_schema = _described(app)
    return app


def _add_middleware(
    app: FastAPI, parts: Parts, identity: Authenticator, requests: PerMinute
) -> None:
    """From the inside out: what is added later sees a request earlier."""
    service = parts.settings.service
    app.add_middleware(JoinPieces)
    app.add_middleware(RejectInvalidText, uploads=UPLOADS)
    app.add_middleware(
        CancelOnDisconnect, prefixes=["/agent/", "/mcp", "/v1/"], admission=parts.turns.admission
    )
    app.add_middleware(RateLimit, requests=requests, most_mb=service.body_mb)
    app.add_middleware(AuthenticateCaller, identity=identity)
    if is_loopback_address(service.host):
        # A web page elsewhere must not reach this port under a name that it made resolve to us.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1", "[::1]"])
    app.add_middleware(OpenAiErrors)
    app.add_middleware(HearReader)
    app.add_middleware(ObserveRequests, metrics=parts.metrics)  # outermost: it sees refusals too


def _add_routers(app: FastAPI, parts: Parts, library_for: LibraryFor) -> None:
    conversations, issue = parts.conversations, partial(certify, parts=parts)
    app.include_router(documents_router(library_for, _intake(parts)))
    app.include_router(threads_router(conversations, caller_of_request, issue))
    app.include_router(
        results_router(
            conversations, parts.databases, parts.toolbox.rules, parts.metrics, caller_of_request
        )
    )
    app.include_router(saved_router(SavedBook(conversations.threads), caller_of_request))
    app.include_router(suggestions_router(parts.toolbox, caller_of_request))
    app.include_router(openai_router(parts.turns, conversations))
    app.include_router(responses_router(parts.turns, Responses(conversations)))


def _libraries(parts: Parts) -> LibraryFor:
    """The documents as the sender of a request may see them."""
    access, sharing = access_control(parts.settings), Lock()

    def library_for(request: Request) -> DocumentLibrary:
        caller = caller_of_request(request)
        return DocumentLibrary(
            parts.store,
            access.groups_of(caller),
            parts.originals,
            sharing,
            caller,
            parts.metrics,
            sheets(parts.settings),
        )

    return library_for


def _mcp(parts: Parts, library_for: LibraryFor) -> McpEndpoint:
    querying = Querying(parts.toolbox, parts.conversations.threads, parts.turns.callbacks)
    tools = Tools(parts.toolbox, parts.turns.admission, querying)
    return McpEndpoint(tools, library_for, is_alone=parts.settings.service.workers == 1)


def _intake(parts: Parts) -> Intake:
    chosen = parts.settings.documents
    folder = uploads_folder(parts.settings)
    make_folder(folder, setting="DOCSQL_DATA")
    limits = UploadLimits(chosen.upload_mb * 10**6, chosen.upload_files)

    uploaded = UploadedBook(parts.conversations.threads)

    async def keep(request: Request, sent_in: SentIn, report: UploadReport) -> None:
        caller = caller_of_request(request)
        own = [each.document_id for each in report.files if each.outcome in {"added", "replaced"}]
        with suppress(Unavailable):  # the documents are there, and turns say what is not
            await run_in_threadpool(uploaded.note, own, caller=caller)
            if sent_in.thread_id:
                await parts.conversations.keep_upload(
                    sent_in.thread_id, report, caller=caller, has_question=sent_in.has_question
                )

    def own(request: Request) -> frozenset[str]:
        with suppress(Unavailable):
            return uploaded.of(caller_of_request(request))
        return frozenset()

    return Intake(parts.readers, limits, folder, chosen.collection, keep, own)


def _with_caller(config: dict[str, Any], request: Request) -> dict[str, Any]:
    """Replace whatever the body said about the caller by what was verified."""
    verified = {CALLER: caller_of_request(request), PATIENT: is_batch(request)}
    return {**config, "configurable": verified}


def _room_in(admission: Admission, requests: PerMinute) -> Callable[[Request], Awaitable[None]]:
    """Refuse a turn before its response begins, a stream's too; a batch counts each question."""

    async def admitted(request: Request) -> None:
        caller = caller_of_request(request)
        if request.method == "POST":
            await admission.require_room(caller)
        if is_batch(request):
            await requests.take(caller, len((await request.json())["inputs"]) - 1)

    return admitted


def _add_health(app: FastAPI, parts: Parts, instance: str) -> None:
    @app.get("/health", summary="Liveness: the process answers")
    async def health() -> dict[str, str]:
        return {"status": "ok", "instance": instance}

    @app.get(
        "/ready",
        summary="Readiness: the state of every part; 503 while no question can be answered",
        responses={503: {"model": Readiness}},
    )
    async def ready(request: Request, response: Response) -> Readiness:
        caller = known_caller(request)
        found = await readiness(parts, caller or STRANGER)
        response.status_code = 200 if found.ready else 503
        return found if caller else found.for_strangers()

    @app.get("/metrics", summary="Metrics for Prometheus", response_class=Response)
    async def metrics() -> Response:
        return Response(parts.metrics.exposed(), media_type=CONTENT_TYPE_LATEST)

    @app.get("/whoami", summary="The verified caller")
    async def whoami(request: Request) -> CallerInfo:
        return CallerInfo.model_validate(caller_of_request(request))


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document with the streams' events, which nothing else describes."""
    document = app.openapi()
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    streamed: dict[str, TypeAdapter[Any]] = {
        "Event": TypeAdapter(Event),
        "UploadEvent": TypeAdapter(UploadEvent),
    }
    for name, adapter in streamed.items():
        events = adapter.json_schema(ref_template="#/components/schemas/{model}")
        definitions = events.pop("$defs")
        schemas.update({key: body for key, body in definitions.items() if key not in schemas})
        schemas[name] = events
    return document
