"""What both generations of the protocol ask for, and what it is answered with."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any, cast

from agent import events
from serving.http.mcp.exchange import McpExchange
from serving.http.mcp.messages import INVALID_PARAMS, METHOD_NOT_FOUND, Id, Incoming, Json, RpcError
from serving.http.mcp.passages import TEMPLATE, contents_of, links_in
from serving.http.mcp.person import Person
from serving.http.mcp.tools import Tools
from serving.parts.library import DocumentLibrary
from tools.caller import Caller
from tools.errors import DocsqlError

CAPABILITIES: Json = {"tools": {}, "resources": {}}
INSTRUCTIONS = "Search documents, query databases, and ask what there is of both."
STEPS = {
    "write_sql": "Writing the statement",
    "approve": "Checking whether the statement needs approval",
    "run_sql": "Running the statement",
}
"""What a person reads of a call under way."""


@cache
def server_info() -> Json:
    """Who answers."""
    return {"name": "docsql", "title": "DocSQL", "version": version("docsql")}


@dataclass(frozen=True, slots=True)
class Served:
    """A request as one of the generations hands it on; `has_links` says that it knows of them.

    `id` is what its reply goes back under: a notification has none, and is not served.
    """

    id: Id
    asked: Incoming
    caller: Caller
    library: Callable[[], DocumentLibrary]
    person: Person
    exchange: McpExchange
    has_links: bool


@dataclass(frozen=True, slots=True)
class Methods:
    """Tools and resources; a generation's own methods are its own affair."""

    tools: Tools

    async def result(self, served: Served, *, not_found: int) -> Json:
        """The result of a method; `not_found` is the code for a resource that does not exist.

        Raises:
            RpcError: there is no such method, or its parameters are wrong.
            InputRequired: a person has to be asked first.
        """
        match served.asked.method:
            case "tools/list":
                return {"tools": self.tools.listed(served.caller)}
            case "tools/call":
                return await self._called(served)
            case "resources/list":
                return {"resources": []}
            case "resources/templates/list":
                return {"resourceTemplates": [TEMPLATE]}
            case "resources/read":
                return await _read(served, not_found)
            case unknown:
                raise RpcError(METHOD_NOT_FOUND, f"There is no method {unknown!r}.", status=404)

    async def _called(self, served: Served) -> Json:
        params = served.asked.params
        name: object = params.get("name")
        given: object = params.get("arguments") or {}
        if not isinstance(name, str) or not isinstance(given, dict):
            raise RpcError(INVALID_PARAMS, "A call needs the `name` of a tool, and `arguments`.")
        arguments = cast("Json", given)
        try:
            with events.sending_to(_progress(served)):
                found = await self.tools.call(name, arguments, served.caller, served.person)
        except DocsqlError as error:
            return {"content": [_text(str(error))], "isError": True}
        shown = found.model_dump(mode="json")
        links = links_in(found) if served.has_links else []
        return {
            "content": [_text(json.dumps(shown, indent=2)), *links],
            "structuredContent": shown,
            "isError": False,
        }


async def _read(served: Served, not_found: int) -> Json:
    uri = served.asked.params.get("uri")
    if not isinstance(uri, str):
        raise RpcError(INVALID_PARAMS, "Name the resource by its `uri`.")
    try:
        contents = await asyncio.to_thread(lambda: contents_of(uri, served.library()))
    except DocsqlError as error:
        raise RpcError(not_found, str(error), data={"uri": uri}) from error
    if contents is None:
        said = f"There is no resource {uri!r}. Follow the links of search_documents."
        raise RpcError(not_found, said, data={"uri": uri})
    return {"contents": contents}


def _progress(served: Served) -> Callable[[events.GraphEvent], None]:
    """Tell of each step that begins, to who asked for it."""
    token, done = served.asked.meta.get("progressToken"), 0

    def hear(event: events.GraphEvent) -> None:
        nonlocal done
        if token is None or not isinstance(event, events.NodeStarted):
            return
        done += 1
        said = STEPS.get(event.step, event.step)
        params: dict[str, Any] = {"progressToken": token, "progress": done, "message": said}
        served.exchange.tell(
            {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}
        )

    return hear


def _text(text: str) -> Json:
    return {"type": "text", "text": text}
