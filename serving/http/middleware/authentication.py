"""The door of the service: nobody passes it unverified, whatever is behind."""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope as Connection, Send

from serving.auth.forwarding import forwarding_token
from serving.auth.identity import Authenticator
from serving.auth.scopes import READING, is_public, required_scope
from serving.auth.verified import CallerUnverified, VerifiedCaller
from serving.http.problem import refusal, response_to
from tools.caller import Caller
from tools.errors import Unavailable

CROSS_SITE = (
    "Cross-site request refused: a page of another site sent this through your browser. Programs "
    "should not send an Origin header."
)


class AuthenticateCaller:
    """Authenticates every request and stores the verified caller with it.

    As plain ASGI it runs before routing, mounted applications and error handlers.
    """

    def __init__(self, app: ASGIApp, identity: Authenticator) -> None:
        self._app = app
        self._identity = identity

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        method, path = scope.get("method", "GET"), scope["path"]
        try:
            identified = await self._identity.identify(connection)
        except CallerUnverified as error:
            if not is_public(path):
                answer = refusal(401, str(error), headers={"WWW-Authenticate": "Bearer"})
                await answer(scope, receive, send)
                return
            identified = None
        except Unavailable as error:
            if not is_public(path):
                await response_to(error)(scope, receive, send)
                return
            identified = None
        if identified and (why := _forbidden(identified, connection, method, path)):
            await refusal(403, why)(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = identified.caller if identified else None
        with forwarding_token(identified.token if identified else None):
            await self._app(scope, receive, send)


def caller_of_request(request: Request) -> Caller:
    """The verified caller of a request that came through the door.

    Raises:
        Unidentified: it is at a public address, and its sender is a stranger.
    """
    caller = known_caller(request)
    if caller is None:
        raise CallerUnverified("This route is public and has no verified caller.")
    return caller


def known_caller(request: Request) -> Caller | None:
    """The verified caller, or None for a stranger at a public address."""
    return request.state.caller


def _forbidden(
    identified: VerifiedCaller, connection: HTTPConnection, method: str, path: str
) -> str | None:
    if identified.by_browser and method not in READING and _is_cross_site(connection):
        return CROSS_SITE
    scope = required_scope(method, path)
    if scope is not None and scope not in identified.caller.scopes:
        return f"Your key or token lacks the scope {scope!r}, which this request requires."
    return None


def _is_cross_site(connection: HTTPConnection) -> bool:
    """Whether a browser says that the request comes from another site's page; no page can lie."""
    origin = connection.headers.get("origin")
    if origin is None:
        return connection.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}
    forwarded = connection.headers.get("x-forwarded-host", "").split(",")[0].strip()
    hosts = {connection.headers.get("host", ""), forwarded} - {""}
    return urlsplit(origin).netloc not in hosts
