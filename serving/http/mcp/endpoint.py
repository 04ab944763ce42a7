"""The door at /mcp: which generation a request is of, and its way in and out."""

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from serving.http.mcp import handshake, stateless
from serving.http.mcp.accept import takes_json
from serving.http.mcp.exchange import McpExchange
from serving.http.mcp.handshake import SESSION, UNSAID, Handshake
from serving.http.mcp.messages import INVALID_REQUEST, Incoming, RpcError, error_message, parsed
from serving.http.mcp.methods import Methods, Served
from serving.http.mcp.stateless import VERSION, Stateless
from serving.http.mcp.tools import Tools
from serving.http.middleware.authentication import caller_of_request
from serving.parts.library import DocumentLibrary

LibraryFor = Callable[[Request], DocumentLibrary]


class McpEndpoint:
    """An ASGI application; `library_for` is the documents as the sender of a request may see them.

    `is_alone` says that no other process of the service takes requests.
    """

    def __init__(self, tools: Tools, library_for: LibraryFor, *, is_alone: bool) -> None:
        methods = Methods(tools)
        self._library_for = library_for
        self._stateless = Stateless(methods)
        self._handshake = Handshake(methods, may_ask=is_alone)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whose sender is verified already."""
        if scope["method"] != "POST":
            await _without_a_message(scope["method"])(scope, receive, send)
            return
        request, message = Request(scope, receive), Incoming()
        try:
            message = parsed(await request.body())
            _require_json(request.headers)
            await self._take(message, request, McpExchange(scope, receive, send))
        except RpcError as refused:
            body = error_message(message.id, refused)
            await JSONResponse(body, refused.status)(scope, receive, send)

    async def _take(self, message: Incoming, request: Request, exchange: McpExchange) -> None:
        version = request.headers.get("mcp-protocol-version", UNSAID)
        if version not in handshake.VERSIONS or VERSION in message.meta:
            await self._take_stateless(message, request, exchange, version)
        else:
            await self._take_after_handshake(message, request, exchange, version)

    async def _take_stateless(
        self, message: Incoming, request: Request, exchange: McpExchange, version: str
    ) -> None:
        if message.id is None or message.answered is not None:
            stateless.require_version(version)
            await exchange.accept()  # who leaves a request closes its connection
            return
        stateless.require_envelope(message, request.headers)
        person = stateless.person_behind(message)
        served = Served(
            message.id,
            message,
            caller_of_request(request),
            lambda: self._library_for(request),
            person,
            exchange,
            has_links=True,
        )
        await exchange.run(self._stateless.reply(served))

    async def _take_after_handshake(
        self, message: Incoming, request: Request, exchange: McpExchange, version: str
    ) -> None:
        caller, session = caller_of_request(request), request.headers.get(SESSION, "")
        if message.id is None or message.answered is not None:
            self._handshake.note(message, caller, session)
            await exchange.accept()
            return
        served = Served(
            message.id,
            message,
            caller,
            lambda: self._library_for(request),
            self._handshake.person_at(exchange, caller, session),
            exchange,
            has_links=handshake.has_links(version),
        )
        await exchange.run(self._handshake.reply(served, session))


def _without_a_message(method: str) -> Response:
    """No stream of the server's own is served; a session ends without anything to forget."""
    if method == "DELETE":
        return Response(status_code=204)
    return Response(status_code=405, headers={"Allow": "POST, DELETE"})


def _require_json(headers: Headers) -> None:
    given = headers.get("content-type", "application/json")
    if given.partition(";")[0].strip().lower() != "application/json":
        raise RpcError(INVALID_REQUEST, "Send the message as application/json.", status=415)
    if not takes_json(headers.getlist("accept")):
        raise RpcError(INVALID_REQUEST, "Replies are application/json.", status=406)
