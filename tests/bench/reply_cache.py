"""A model server's replies, kept: `python reply_cache.py PORT URL FOLDER` answers in its place.

A POST is answered from the folder if its path and body were answered before, and passed on to the
server at URL otherwise. After a change to a prompt, only the calls that see it cost time. A reply
that was not read to its end is not kept, nor is an error of the server (5xx, 429). `x-reply-cache`
says `kept` or `asked`.
"""

import hashlib
import json
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import anyio
import httpx
import uvicorn
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

PATIENCE_S = 900.0
SERVER_ERROR, TOO_MANY = 500, 429


class KeptReply(BaseModel):
    """A reply as the server gave it, the request that it answers, and how long that took."""

    request: str
    status: int
    content_type: str
    body: str
    seconds: float


def caching(url: str, folder: Path) -> ASGIApp:
    """The server at `url`, with replies kept in `folder`, a file each."""
    folder.mkdir(parents=True, exist_ok=True)
    cache = ReplyCache(url, folder)
    return Starlette(routes=[Route("/{path:path}", cache.answer, methods=["GET", "POST"])])


class ReplyCache:
    """Answers requests from a folder, or else from a server."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder

    async def answer(self, request: Request) -> Response:
        asked = await request.body()
        place = self._folder / f"{_digest(request.url.path, asked)}.json"
        if request.method == "POST" and place.exists():
            kept = KeptReply.model_validate_json(place.read_bytes())
            return Response(kept.body, kept.status, {"x-reply-cache": "kept"}, kept.content_type)
        return await self._ask(request, asked, place if request.method == "POST" else None)

    async def _ask(self, request: Request, asked: bytes, place: Path | None) -> Response:
        began = time.perf_counter()
        client = httpx.AsyncClient(base_url=self._url, timeout=PATIENCE_S, trust_env=False)
        headers = {"content-type": "application/json"}
        passed = client.build_request(
            request.method, request.url.path, content=asked, headers=headers
        )
        answer = await client.send(passed, stream=True)

        async def pieces() -> AsyncGenerator[bytes]:
            said = b""
            try:
                async for piece in answer.aiter_bytes():
                    said += piece
                    yield piece
            finally:
                with anyio.CancelScope(shield=True):  # a client that leaves stops the model
                    await answer.aclose()
                    await client.aclose()
            if place and answer.status_code < SERVER_ERROR and answer.status_code != TOO_MANY:
                _keep(place, asked, answer, said, time.perf_counter() - began)

        told = {"x-reply-cache": "asked"}
        return StreamingResponse(pieces(), answer.status_code, told, _type_of(answer))


def _keep(place: Path, asked: bytes, answer: httpx.Response, said: bytes, seconds: float) -> None:
    kept = KeptReply(
        request=asked.decode(),
        status=answer.status_code,
        content_type=_type_of(answer),
        body=said.decode(),
        seconds=seconds,
    )
    part = place.with_suffix(".part")
    part.write_text(kept.model_dump_json(), encoding="utf-8")
    part.replace(place)


def _type_of(answer: httpx.Response) -> str:
    return answer.headers.get("content-type", "application/json")


def _digest(path: str, body: bytes) -> str:
    """Of the path and the body as JSON: the order of its names and its spaces do not matter."""
    told = json.dumps(json.loads(body or b"null"), sort_keys=True)
    return hashlib.sha256(f"{path}\n{told}".encode()).hexdigest()


def main(port: int, url: str, folder: Path) -> None:
    """Serve until a signal comes."""
    uvicorn.run(caching(url, folder), port=port, log_level="critical", lifespan="off", ws="none")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
