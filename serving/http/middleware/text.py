"""Rejects requests with text that a store cannot keep or an answer cannot repeat."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.http.problem import refusal
from serving.http.valid_text import NUL, fault_of, invalid_text

MCP = "/mcp"
"""Checks its own messages, and refuses them as JSON-RPC errors."""
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class RejectInvalidText:
    """Refuses a request whose JSON, path or query has a lone surrogate or a NUL."""

    def __init__(self, app: ASGIApp, uploads: str) -> None:
        self._app = app
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if b"%00" in scope["query_string"] or fault_of(scope["path"]):
            await refusal(400, f"The address {NUL}.")(scope, receive, send)
            return
        if not self._has_json(scope):
            await self._app(scope, receive, send)
            return
        await self._app(scope, _looked_at(receive), send)

    def _has_json(self, scope: Scope) -> bool:
        path: str = scope["path"]
        is_upload = path.startswith(self._uploads) and Headers(scope=scope).get(
            "content-type", ""
        ).startswith("multipart/")
        return scope["method"] in _WITH_BODY and path != MCP and not is_upload


def _looked_at(receive: Receive) -> Receive:
    """Receive the whole body at once and reject it if its text is invalid."""
    has_come = False

    async def given() -> Message:
        nonlocal has_come
        if has_come:
            return await receive()
        has_come = True
        pieces = list[bytes]()
        while True:
            message = await receive()
            if message["type"] != "http.request":  # the client left
                return message
            pieces.append(message.get("body", b""))
            if not message.get("more_body", False):
                break
        body = b"".join(pieces)
        if said := invalid_text(body):
            raise HTTPException(400, said)
        return {"type": "http.request", "body": body, "more_body": False}

    return given
