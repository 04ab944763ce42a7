"""The page's security headers, sent with every response.

An answer can be made to name a stranger's address, by a passage that talks a model into it. Text is
escaped where it becomes Markdown (`render.py`); these headers hold for what escapes that.
"""

import re
from base64 import b64encode
from hashlib import sha256

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def content_policy(index: str) -> str:
    """The Content-Security-Policy of a page whose HTML is `index`.

    The page loads from its own origin alone, and nothing else. The scripts
    in `index` are allowed by their hashes; no other inline script runs. By CSP level 3,
    `'self'` covers the page's WebSocket: https://www.w3.org/TR/CSP3/#match-url-to-source-expression
    """
    inline = [
        f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'"
        for script in _INLINE_SCRIPT.findall(index)
    ]
    return "; ".join(
        (
            "default-src 'none'",
            "base-uri 'none'",
            "connect-src 'self'",
            "font-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
            "img-src 'self' data:",  # an icon of Chainlit's is written into its code
            "object-src 'none'",
            # Chainlit runs the elements of public/elements, which it compiles, by `new Function`.
            " ".join(("script-src 'self' 'unsafe-eval'", *inline)),
            "style-src 'self' 'unsafe-inline'",  # its components write style elements
            "worker-src 'self'",
        )
    )


def keep_to_this_origin(app: Starlette, *, index: str) -> None:
    """Send the page's policy with every response of `app`, its failures included."""
    headers = {
        "Content-Security-Policy": content_policy(index),
        # Do not reveal the address of a conversation to other sites.
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        # No policy covers DNS prefetching: browsers look up the hosts of links before a click.
        "X-DNS-Prefetch-Control": "off",
    }

    async def failed(request: Request, error: Exception) -> Response:
        del request, error
        return PlainTextResponse("Internal Server Error", status_code=500, headers=headers)

    app.add_exception_handler(Exception, failed)  # it is answered outside of all middleware
    app.add_middleware(_WithHeaders, headers=headers)


class _WithHeaders:
    """Sets headers on every HTTP response."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
