"""How often and with how much a caller may come: looked at before anything is done for it."""

from starlette.datastructures import Headers
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.auth.scopes import is_public
from serving.http.problem import refusal, response_to
from serving.turns.minutes import PerMinute
from tools.caller import Caller
from tools.errors import Busy, Unavailable

UPLOADS = "/documents"
"""Uploads have their own limits."""


class RateLimit:
    """Refuses a request beyond the rate limit or the size limit; runs after authentication.

    A body without a Content-Length is counted while it arrives.
    """

    def __init__(self, app: ASGIApp, requests: PerMinute, most_mb: int) -> None:
        self._most = most_mb * 1_000_000
        self._app = app
        self._counting = RequestBodyLimitMiddleware(app, max_body_size=self._most)
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller: Caller | None = scope.get("state", {}).get("caller")
        if caller is not None and not is_public(scope["path"]):
            try:
                await self._requests.take(caller)
            except (Busy, Unavailable) as error:
                await response_to(error)(scope, receive, send)
                return
        if scope["type"] != "http" or scope["path"].startswith(UPLOADS):
            await self._app(scope, receive, send)
        elif _length(scope) > self._most:
            said = (
                f"The request body is larger than {self._most:,} bytes. Upload documents with "
                "POST /documents."
            )
            await refusal(413, said)(scope, receive, send)
        else:
            await self._counting(scope, receive, send)


def _length(scope: Scope) -> int:
    said = Headers(scope=scope).get("content-length", "")
    return int(said) if said.isdecimal() else 0
