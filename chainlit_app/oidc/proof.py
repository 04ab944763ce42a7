"""Proof that a code comes back to the browser that asked for it (PKCE, RFC 7636).

Chainlit keeps a `state` in a cookie and compares it. The verifier stands in another, sealed, and is
known to what answers the request alone.
"""

from base64 import urlsafe_b64encode
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from secrets import token_urlsafe

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chainlit_app.oidc.provider import Provider, ProviderError
from chainlit_app.seal import Seal

START = "/auth/oauth/oidc"
BACK = f"{START}/callback"
COOKIE = "docsql_proof"
LIFETIME_S = 600
"""Seconds that somebody may take to sign in."""
_AWAY = "/login?error=provideraway"

_VERIFIER: ContextVar[str] = ContextVar("verifier", default="")


def challenge() -> dict[str, str]:
    """What the provider is told of the verifier, and the nonce that its ID token repeats."""
    digest = sha256(_VERIFIER.get().encode()).digest()
    told = urlsafe_b64encode(digest).rstrip(b"=").decode()
    return {"code_challenge": told, "code_challenge_method": "S256", "nonce": nonce()}


def verifier() -> str:
    """The verifier of the request that is answered; empty without one."""
    return _VERIFIER.get()


def nonce() -> str:
    """A number that belongs to the verifier, and does not give it away."""
    return sha256(b"nonce" + _VERIFIER.get().encode()).hexdigest()


@contextmanager
def proving(verifier: str) -> Generator[None]:
    """Have what is called within answer for this verifier."""
    token = _VERIFIER.set(verifier)
    try:
        yield
    finally:
        _VERIFIER.reset(token)


class ProveSignIn:
    """Makes a verifier as somebody goes to the provider, and finds it again as they come back."""

    def __init__(self, app: ASGIApp, provider: Provider, seal: Seal, *, is_secure: bool) -> None:
        self._app = app
        self._provider = provider
        self._seal = seal
        self._is_secure = is_secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == START:
            await self._begin(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == BACK:
            sealed = HTTPConnection(scope).cookies.get(COOKIE, "")
            with proving(self._seal.open(COOKIE, sealed) or ""):
                await self._app(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _begin(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._provider.discovered()
        except ProviderError:
            await RedirectResponse(_AWAY, 302)(scope, receive, send)
            return
        made = token_urlsafe(48)
        cookie = self._cookie(self._seal.close(COOKIE, made), is_secure=scope["scheme"] == "https")

        async def send_with_proof(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        with proving(made):
            await self._app(scope, receive, send_with_proof)

    def _cookie(self, sealed: str, *, is_secure: bool) -> str:
        response = Response()
        response.set_cookie(
            COOKIE,
            sealed,
            max_age=LIFETIME_S,
            path=START,
            httponly=True,
            samesite="lax",
            secure=is_secure or self._is_secure,
        )
        return response.headers["set-cookie"]
