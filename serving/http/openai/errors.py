"""Errors under /v1 in OpenAI's shape, whether from middleware or from a route."""

import json
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tools.errors import UnknownName

KINDS = {
    401: ("authentication_error", "invalid_api_key"),
    403: ("permission_error", None),
    404: ("invalid_request_error", "not_found"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
}


def error_of(status: int, message: str, *, param: str = "", code: str = "") -> dict[str, Any]:
    """The body of an error, as OpenAI's clients read it."""
    otherwise = ("server_error" if status >= 500 else "invalid_request_error", None)
    kind, usual = KINDS.get(status, otherwise)
    said = {"message": message, "type": kind, "param": param or None, "code": code or usual}
    return {"error": said}


class UnknownModel(UnknownName):
    """A model's name that is none of ours."""


def is_openai(scope: Scope) -> bool:
    """Whether a request is one of OpenAI's clients."""
    return scope["type"] == "http" and scope["path"].startswith("/v1/")


class OpenAiErrors:
    """Translates a `Problem` under /v1 into OpenAI's shape."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass messages on; hold back the head of an error until its body is rewritten."""
        if not is_openai(scope):
            await self._app(scope, receive, send)
            return
        head: Message | None = None
        body = b""

        async def translated(message: Message) -> None:
            nonlocal head, body
            if message["type"] == "http.response.start" and message["status"] >= 400:
                head = message
            elif head is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    await _send_again(head, body, send)

        await self._app(scope, receive, translated)


async def _send_again(head: Message, body: bytes, send: Send) -> None:
    status = 400 if head["status"] == 422 else head["status"]
    try:
        said = json.loads(body)["error"]
        if isinstance(said, str):  # a route may have more to say, and then says it itself
            body = json.dumps(error_of(status, said)).encode()
    except (ValueError, LookupError, TypeError):
        pass  # none of ours
    MutableHeaders(scope=head)["content-length"] = str(len(body))
    await send({**head, "status": status})
    await send({"type": "http.response.body", "body": body})
