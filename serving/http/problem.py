"""Errors over HTTP: a status, and a body that says what is wrong and who can fix it."""

import logging
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from serving.auth.verified import CallerUnverified
from serving.http.middleware.reader import to_reader
from serving.http.openai.errors import UnknownModel, error_of, is_openai
from serving.http.openai.refusals import refusal_of
from serving.wire.problem import Problem
from tools.errors import (
    BadInput,
    Busy,
    Closing,
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
    Busy: 429,
    Closing: 503,
}
"""The HTTP status of each branch of the error tree, the nearest ancestor counting."""


def refusal(status: int, said: str, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A `Problem` as a response; from 500 on it is the operator who must act."""
    act = "operator" if status >= 500 else "you"
    return JSONResponse(Problem(error=to_reader(said), act=act).model_dump(), status, headers)


def response_to(error: DocsqlError) -> JSONResponse:
    """The response to one of our errors."""
    status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
    wait = {"Retry-After": str(error.retry_after_s)} if isinstance(error, Busy) else None
    return refusal(status, str(error), headers=wait)


def add_errors(app: FastAPI) -> None:
    """Have every error of an application travel as a `Problem`."""

    @app.exception_handler(DocsqlError)
    async def ours(_: Request, error: DocsqlError) -> JSONResponse:
        return response_to(error)

    @app.exception_handler(UnknownModel)
    async def no_model(_: Request, error: UnknownModel) -> JSONResponse:
        said = error_of(404, str(error), param="model", code="model_not_found")
        return JSONResponse(said, 404)

    @app.exception_handler(CallerUnverified)
    async def strange(_: Request, error: CallerUnverified) -> JSONResponse:
        return refusal(401, str(error), headers={"WWW-Authenticate": "Bearer"})

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        if is_openai(request.scope):
            return JSONResponse(refusal_of(error.errors(), error.body), 400)
        said = "; ".join(_in_words(problem) for problem in error.errors())
        return refusal(422, f"{said}.")

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> JSONResponse:
        return refusal(error.status_code, str(error.detail), headers=error.headers)

    @app.exception_handler(ClientDisconnect)
    async def left(_: Request, __: ClientDisconnect) -> JSONResponse:
        return refusal(400, "The client disconnected.")  # for the log: nobody is there to read it

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> JSONResponse:
        reference = uuid4().hex[:8]
        log.error("A request failed (%s).", reference, exc_info=error)
        said = f"Internal error. The service's log has the details under {reference}."
        return refusal(500, said)


def _in_words(problem: Mapping[str, Any] | str) -> str:
    if isinstance(problem, str):  # how LangServe reports that a body is not JSON
        return problem
    where = ".".join(str(part) for part in problem["loc"])
    return f"{where}: {problem['msg']}" if where else problem["msg"]
