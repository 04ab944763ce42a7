"""The protocol before 2026-07-28: a client introduces itself first, and can be asked while it waits.

What it said of itself travels in the session's id, which nothing is kept under. What a client is
asked, and what it calls off, comes in requests of their own: both find the call that they mean in
this process alone.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from serving.http.mcp.exchange import McpExchange, McpReply
from serving.http.mcp.messages import (
    CANCELLED,
    Incoming,
    Json,
    RpcError,
    error_message,
    result_message,
)
from serving.http.mcp.methods import (
    CAPABILITIES,
    INSTRUCTIONS,
    Methods,
    Served,
    server_info,
)
from serving.http.mcp.person import Form, Nobody, Person, Wait, can_ask
from tools.caller import Caller
from tools.errors import BadInput

VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
UNSAID = "2025-03-26"
"""The version of a request that names none."""
WITH_LINKS = "2025-06-18"
"""The first version that knows links to resources."""
SESSION = "mcp-session-id"
ASKS, ASKS_NOT = "asks", "silent"
NOT_FOUND = -32002
"""The code for a resource that does not exist."""
DECIDE_WITHIN_S = 300.0
"""Seconds that a statement waits for a person, who holds a place among the turns meanwhile."""
Key = tuple[str, str, str | int]


@dataclass(frozen=True, slots=True)
class Handshake:
    """Requests of this generation; `may_ask` is false where an answer may reach another process."""

    methods: Methods
    may_ask: bool
    _asked: dict[Key, asyncio.Future[Any]] = field(default_factory=dict[Key, asyncio.Future[Any]])
    _running: dict[Key, asyncio.Task[Any]] = field(default_factory=dict[Key, asyncio.Task[Any]])

    async def reply(self, served: Served, session: str) -> McpReply:
        """The reply to a request, which the client may call off; a refusal is one, too."""
        asked = served.asked
        match asked.method:
            case "initialize":
                return _introduced(served.id, asked.params)
            case "ping":
                return McpReply(result_message(served.id, {}))
            case _:
                work = self.methods.result(served, not_found=NOT_FOUND)
                return await self._while_wanted(work, (served.caller.id, session, served.id))

    async def _while_wanted(self, work: Coroutine[Any, Any, Json], key: Key) -> McpReply:
        task = asyncio.ensure_future(work)
        if key[1]:
            self._running[key] = task
        try:
            return McpReply(result_message(key[2], await task))
        except RpcError as refused:
            return McpReply(error_message(key[2], refused))
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if me is not None and me.cancelling():  # the client has left, or the service stops
                raise
            return McpReply(
                error_message(key[2], RpcError(CANCELLED, "The request was cancelled."))
            )
        finally:
            task.cancel()
            self._running.pop(key, None)

    def note(self, message: Incoming, caller: Caller, session: str) -> None:
        """Take in what a client says without asking: an answer, or that it no longer waits."""
        if message.answered is not None and message.id is not None:
            waits = self._asked.get((caller.id, "", message.id))
            if waits is not None and not waits.done():
                waits.set_result(message.answered.get("result"))
        elif message.method == "notifications/cancelled" and session:
            task = self._running.get((caller.id, session, message.params.get("requestId", "")))
            if task is not None:
                task.cancel()

    def person_at(self, exchange: McpExchange, caller: Caller, session: str) -> Person:
        """Whoever the client can ask while it waits."""
        if self.may_ask and exchange.streams and session.startswith(ASKS):
            return _Asked(exchange, caller, self._asked)
        return Nobody()


@dataclass(frozen=True, slots=True)
class _Asked:
    """Asked by a request of the server's, on the stream of the call."""

    exchange: McpExchange
    caller: Caller
    waiting: dict[Key, asyncio.Future[Any]]
    goes_on: str = ""

    async def decide(self, wait: Wait) -> dict[str, Any]:
        return {form.id: await self._ask(form) for form in wait.forms}

    async def _ask(self, form: Form) -> Any:
        id_ = uuid4().hex
        key: Key = (self.caller.id, "", id_)
        answer = self.waiting[key] = asyncio.get_running_loop().create_future()
        request = {"method": "elicitation/create", "params": form.params}
        self.exchange.tell({"jsonrpc": "2.0", "id": id_, **request})
        try:
            async with asyncio.timeout(DECIDE_WITHIN_S):
                return await answer
        except TimeoutError as error:
            said = f"Nobody decided on the statement within {DECIDE_WITHIN_S:g} seconds."
            raise BadInput(said) from error
        finally:
            del self.waiting[key]


def has_links(version: str) -> bool:
    """Whether a client of this version knows links to resources."""
    return version >= WITH_LINKS


def _introduced(id_: str | int, params: Json) -> McpReply:
    wanted = params.get("protocolVersion")
    result = {
        "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[-1],
        "capabilities": CAPABILITIES,
        "serverInfo": server_info(),
        "instructions": INSTRUCTIONS,
    }
    ability = ASKS if can_ask(params.get("capabilities")) else ASKS_NOT
    return McpReply(result_message(id_, result), headers={SESSION: f"{ability}-{uuid4().hex}"})
