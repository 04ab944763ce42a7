"""The HTTP service: LangServe's routes around the agent, and what is needed beside them."""

import logging
import shutil
from collections.abc import Mapping
from threading import Lock
from typing import Annotated, Any, cast
from uuid import uuid4

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from langserve import add_routes  # pyright: ignore[reportUnknownVariableType]  # untyped dependencies
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from agent.caller import CALLER
from serving.agent_runnable import AgentRunnable
from serving.assembly import Parts, access_control, make_folder
from serving.auth import is_loopback
from serving.auth.door import Door, caller_of_request, known_caller
from serving.auth.identity import Identity
from serving.auth.verified import Unidentified
from serving.documents_api import Intake, documents_router
from serving.golden import golden_problems
from serving.library import Library
from serving.mcp_door import McpDoor
from serving.model_servers import model_problems
from serving.openai_api import openai_router
from serving.openai_errors import OpenAiErrors
from serving.problem import refusal
from serving.schema import (
    Answer,
    CallerInfo,
    DatabaseInfo,
    Event,
    Problem,
    Question,
    Readiness,
    UploadEvent,
)
from serving.threads_api import threads_router
from serving.uploads import UploadLimits
from tools.caller import Caller
from tools.documents.scope import Scope
from tools.errors import (
    BadInput,
    Correctable,
    DocsqlError,
    TooLarge,
    Unavailable,
    UnknownName,
    UnreadableFile,
    UnsupportedType,
)

log = logging.getLogger(__name__)

STATUS = {
    UnknownName: 404,
    TooLarge: 413,
    UnsupportedType: 415,
    UnreadableFile: 422,
    BadInput: 400,
    Correctable: 422,
    Unavailable: 503,
}
"""The HTTP status of each branch of the error tree, the nearest ancestor counting."""

ENDPOINTS = ("invoke", "batch", "stream", "input_schema", "output_schema", "config_schema")
MAX_BATCH = 100
"""Questions in one batch; all of them are worked on at once."""
STRANGER = Caller(id="stranger")
"""Whom a probe is taken for: in no group."""
MCP_METHODS = ("GET", "POST", "DELETE")
PLAYGROUND = ("playground", "stream_log")  # its page posts to /stream_log


def create_app(parts: Parts, identity: Identity, *, instance: str = "") -> FastAPI:
    """The service around opened parts: every route of it, and /openapi.json.

    `identity` says who sent a request, before anything else sees it.
    `instance` names this run of it, for those who look for it by its address.
    """
    app = FastAPI(
        title="DocSQL",
        summary="Answers questions from documents and databases",
        responses={400: {"model": Problem}, 503: {"model": Problem}},
        docs_url=None,  # both pages take their scripts from a stranger's server
        redoc_url=None,
    )
    service = parts.settings.service
    app.add_middleware(Door, identity=identity)
    if is_loopback(service.host):
        # A web page elsewhere must not reach this port under a name that it made resolve to us.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=["localhost", "127.0.0.1", "[::1]"])
    app.add_middleware(OpenAiErrors)
    _add_errors(app)
    _add_health(app, parts, instance)
    access = access_control(parts.settings)

    sharing = Lock()

    def library_for(request: Request) -> Library:
        groups = access.groups_of(caller_of_request(request))
        return Library(parts.store, groups, parts.originals, sharing)

    app.include_router(documents_router(library_for, _intake(parts)))
    app.include_router(threads_router(parts.conversations, caller_of_request))
    app.include_router(openai_router(parts.turns, parts.conversations))
    app.router.routes.append(Route("/mcp", McpDoor(parts.toolbox), methods=MCP_METHODS))
    enabled = (*ENDPOINTS, *PLAYGROUND) if service.playground else ENDPOINTS
    add_routes(
        app,
        AgentRunnable(parts.turns),
        path="/agent",
        input_type=Question,
        output_type=Answer,
        enabled_endpoints=cast("Any", enabled),
        per_req_config_modifier=_with_caller,
        dependencies=[Depends(_well_formed)],
    )
    app.openapi_schema = _described(app)
    return app


def _intake(parts: Parts) -> Intake:
    chosen = parts.settings.documents
    folder = parts.settings.data / "uploads"
    # What a killed service left behind was never taken in.
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder, setting="DOCSQL_DATA")
    limits = UploadLimits(chosen.upload_mb * 10**6, chosen.upload_files)
    return Intake(parts.readers, limits, folder, chosen.collection)


def _with_caller(config: dict[str, Any], request: Request) -> dict[str, Any]:
    """Replace whatever the body said about the caller by what was verified."""
    return {**config, "configurable": {CALLER: caller_of_request(request)}}


class _Batch(BaseModel):
    inputs: Annotated[list[Question], Field(max_length=MAX_BATCH)]


async def _well_formed(request: Request) -> None:
    """LangServe takes a malformed batch for a fault of the server."""
    if request.url.path.endswith("/batch"):
        try:
            _Batch.model_validate(await request.json())
        except ValidationError as error:
            raise RequestValidationError(error.errors()) from error
        except ValueError as error:
            raise RequestValidationError(["The body is no JSON"]) from error


def _add_health(app: FastAPI, parts: Parts, instance: str) -> None:
    @app.get("/health", summary="Whether the process lives")
    async def health() -> dict[str, str]:
        return {"status": "ok", "instance": instance}

    @app.get(
        "/ready",
        summary="What stands behind the service, part by part; 503 while a part does not answer",
        responses={503: {"model": Readiness}},
    )
    def ready(request: Request, response: Response) -> Readiness:
        caller = known_caller(request)
        found = readiness(parts, caller or STRANGER)
        response.status_code = 200 if found.ready else 503
        return found if caller else found.for_strangers()

    @app.get("/whoami", summary="Who the service takes the caller for")
    async def whoami(request: Request) -> CallerInfo:
        return CallerInfo.model_validate(caller_of_request(request))


def readiness(parts: Parts, caller: Caller) -> Readiness:
    """Ask every database for its schema and every model server for a sign of life.

    Collections are named that the caller may read.
    """
    databases: list[DatabaseInfo] = []
    for name, database in parts.databases.items():
        info = DatabaseInfo(name=name, description=database.description)
        try:
            database.schema()
            info.golden_problems = golden_problems(database)
        except DocsqlError as error:
            info.problem = str(error)
        databases.append(info)
    problems = model_problems(parts.settings)
    visible = Scope(access_control(parts.settings).groups_of(caller))
    return Readiness(
        ready=not problems and not any(info.problem for info in databases),
        models=dict(parts.models),
        problems=problems,
        databases=databases,
        collections=list(parts.store.collections(visible)),
    )


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(DocsqlError)
    async def ours(_: Request, error: DocsqlError) -> JSONResponse:
        status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
        return refusal(status, str(error))

    @app.exception_handler(Unidentified)
    async def strange(_: Request, error: Unidentified) -> JSONResponse:
        return refusal(401, str(error), headers={"WWW-Authenticate": "Bearer"})

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        said = "; ".join(_in_words(problem) for problem in error.errors())
        return refusal(422, f"{said}.")

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> JSONResponse:
        return refusal(error.status_code, str(error.detail), headers=error.headers)

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> JSONResponse:
        reference = uuid4().hex[:8]
        log.error("A request failed (%s).", reference, exc_info=error)
        said = f"DocSQL failed inside; the service's log says how under {reference}."
        return refusal(500, said)


def _in_words(problem: Mapping[str, Any] | str) -> str:
    if isinstance(problem, str):  # LangServe's way to say that a body is no JSON
        return problem
    where = ".".join(str(part) for part in problem["loc"])
    return f"{where}: {problem['msg']}" if where else problem["msg"]


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
