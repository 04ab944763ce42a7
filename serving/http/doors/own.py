"""The agent's routes without LangServe, on LangServe's wire as of its version 0.3.

A `RemoteRunnable` cannot tell them apart: bodies, events, schemas and refusals are LangServe's to
the byte; descriptions in /openapi.json are our own. Its playground is not here, and what a client configures is read and left, as there.
"""

import json
import logging
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any, cast
from uuid import uuid4

import orjson
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from langchain_core.runnables import RunnableConfig
from pydantic import ValidationError
from sse_starlette.sse import EventSourceResponse

from serving.http.doors.bodies import (
    CONFIG_SCHEMA,
    BatchRequestShallowValidator,
    InvokeRequestShallowValidator,
    describe_routes,
)
from serving.http.doors.door import PATH, AgentRoutes
from serving.wire.answer import Answer
from serving.wire.question import Question

Json = dict[str, Any]
log = logging.getLogger(__name__)
_FAILED = json.dumps({"status_code": 500, "message": "Internal Server Error"})
_END = b"event: end\r\n\r\n"


def add_own_routes(app: FastAPI, routes: AgentRoutes) -> None:
    """Serve the agent by routes of our own."""
    if routes.has_playground:
        log.warning("There is no playground: it is a part of LangServe.")
    door = _OwnDoor(routes)
    before = [Depends(required) for required in routes.before]
    router = APIRouter(prefix=PATH, tags=[PATH.strip("/")], dependencies=before)
    _add_schema(router, "input", Question.model_json_schema())
    _add_schema(router, "output", Answer.model_json_schema())
    _add_schema(router, "config", CONFIG_SCHEMA)
    for take in (door.invoke, door.batch, door.stream):
        path = f"/{take.__name__}"
        router.add_api_route(
            path, take, methods=["POST"], include_in_schema=False, response_model=None
        )
    describe_routes(router)
    app.include_router(router)


@dataclass(frozen=True, slots=True)
class _OwnDoor:
    routes: AgentRoutes

    async def invoke(self, request: Request) -> JSONResponse:
        """One question, answered whole."""
        question, config = await self._asked(request)
        answer = await self.routes.agent.ainvoke(question, config)
        return JSONResponse({"output": _plain(answer), "metadata": _metadata(config)})

    async def batch(self, request: Request) -> JSONResponse:
        """Several questions at once, answered in their order."""
        with _the_callers_fault():
            body = BatchRequestShallowValidator.model_validate(await request.json())
        if isinstance(body.config, list) and len(body.config) != len(body.inputs):
            said = "Number of configs ({}) must match number of inputs ({})"
            raise HTTPException(422, said.format(len(body.config), len(body.inputs)))
        configs = [self._config(request) for _ in body.inputs]
        answers = await self.routes.agent.abatch(body.inputs, configs)
        responses = [_metadata(config) for config in configs]
        run_ids = [response["run_id"] for response in responses]
        metadata = {"responses": responses, "run_ids": run_ids}
        return JSONResponse({"output": _plain(answers), "metadata": metadata})

    async def stream(self, request: Request) -> EventSourceResponse:
        """The events of a turn, as they happen."""
        question, config = await self._asked(request)
        return EventSourceResponse(self._events(question, config))

    async def _events(self, question: Json, config: RunnableConfig) -> AsyncGenerator[bytes]:
        streamed = cast("AsyncGenerator[Json]", self.routes.agent.astream(question, config))
        has_begun = False
        try:
            async with aclosing(streamed) as events:
                async for event in events:
                    if not has_begun:
                        has_begun = True
                        run_id = _metadata(config)["run_id"]
                        yield _frame("metadata", json.dumps({"run_id": run_id}).encode())
                    yield _frame("data", orjson.dumps(event))
            yield _END
        except Exception:
            yield _frame("error", _FAILED.encode())
            raise

    async def _asked(self, request: Request) -> tuple[Json, RunnableConfig]:
        """The question as it came, once it is known to be one."""
        with _the_callers_fault():
            body = InvokeRequestShallowValidator.model_validate(await request.json())
            Question.model_validate(body.input)
        return body.input, self._config(request)

    def _config(self, request: Request) -> RunnableConfig:
        run = {"run_name": PATH, "run_id": uuid4()}
        return cast("RunnableConfig", self.routes.with_caller(run, request))


@contextmanager
def _the_callers_fault() -> Generator[None]:
    try:
        yield
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


def _plain(given: Any) -> Any:
    """Plain JSON, with null for what JSON cannot say of a number."""
    return orjson.loads(orjson.dumps(given))


def _metadata(config: RunnableConfig) -> Json:
    return {"run_id": str(config.get("run_id")), "feedback_tokens": []}


def _frame(event: str, data: bytes) -> bytes:
    """One server-sent event; JSON has no line breaks of its own."""
    return b"event: %b\r\ndata: %b\r\n\r\n" % (event.encode(), data)


def _add_schema(router: APIRouter, name: str, schema: Json) -> None:
    @router.get(
        f"/{name}_schema",
        name=f"agent {name}_schema",
        description=f"Return the {name} schema.",
        response_model=None,
    )
    async def described() -> Json:
        return schema
