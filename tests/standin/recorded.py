"""Recordings of real servers, played back on a socket.

A recording is a file {request: {method, path, body}, status, type, body}, written by
`tests/bench/record_llama.py`.
"""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from standin_server import serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER = Path(__file__).parents[1] / "fixtures" / "models"


class RecordedRequest(BaseModel):
    """What was sent."""

    method: str
    path: str
    body: dict[str, Any] | str | None


class Recording(BaseModel):
    """A request and its reply, as a real server gave it."""

    request: RecordedRequest
    status: int
    type: str
    body: str

    def json_body(self) -> Any:
        return json.loads(self.body)

    def events(self) -> list[Any]:
        """The events of a stream, without its end."""
        lines = [line.removeprefix("data: ") for line in self.body.split("\n\n")]
        return [json.loads(line) for line in lines if line.startswith("{")]


def recording(server: str, name: str) -> Recording:
    """What that server said to the request of that name."""
    return Recording.model_validate_json((FOLDER / server / f"{name}.json").read_bytes())


@contextmanager
def played(server: str, *names: str) -> Generator[str]:
    """A server at whose paths these recordings are said, each to any request."""
    routes: list[Route] = []
    for name in names:
        told = recording(server, name)
        routes.append(Route(told.request.path, _saying(told), methods=[told.request.method]))
    with serve(Starlette(routes=routes)) as url:
        yield url


def _saying(told: Recording) -> Any:
    async def say(_: Request) -> Response:
        return Response(told.body, told.status, media_type=told.type)

    return say
