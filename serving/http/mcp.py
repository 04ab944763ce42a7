"""The tools as an MCP server over streamable HTTP, for models that decide for themselves.

The protocol: https://modelcontextprotocol.io/specification (streamable HTTP, without sessions).
"""

import json
import logging
from dataclasses import dataclass, replace
from typing import Annotated, Any
from uuid import uuid4

from langchain_core.runnables import RunnableConfig
from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from agent.approval import UNASKED
from agent.caller import CALLER, THREAD
from agent.calls import (
    DESCRIBE_SOURCES,
    QUERY_DATABASE,
    SEARCH_DOCUMENTS,
    DescribeCall,
    QueryCall,
    new_call_id,
)
from agent.graph import database_call
from agent.ledger import MemoryLedger
from agent.sources.asked import About
from agent.sources.description import Description, nothing_called
from agent.sources.offers import Offers
from agent.state import DescribeState
from agent.toolbox import Toolbox
from serving.auth.scopes import RAW_SQL
from serving.config.settings import NO_DATABASE
from serving.http.middleware.authentication import caller_of_request
from serving.turns.admission import Admission
from serving.wire.answer import Citation, Query
from serving.wire.evidence import citation, queries, query
from tools.caller import Caller
from tools.errors import BadInput, DocsqlError, UnknownName

log = logging.getLogger(__name__)

MOST_PASSAGES = 50
NO_RAW_SQL = (
    f"Your key or token lacks the scope {RAW_SQL!r}, which raw SQL requires. Ask in plain words "
    "with `question`."
)
_NO_JSON = JSONResponse(
    types.JSONRPCError(
        jsonrpc="2.0",
        id="server-error",
        error=types.ErrorData(code=types.PARSE_ERROR, message="The body is not JSON."),
    ).model_dump(exclude_none=True),
    400,
)


class SearchArguments(BaseModel):
    """Find passages in the documents that the caller may read."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(
        min_length=1, max_length=8_000, description="What to look for, in full words."
    )
    collections: list[str] | None = Field(
        default=None, description="Search only these (unset: all)."
    )
    limit: int | None = Field(default=None, ge=1, le=MOST_PASSAGES, description="Most passages.")


class AskArguments(BaseModel):
    """Ask a database in plain words, for which SQL is written."""

    model_config = ConfigDict(extra="forbid")

    database: str
    question: str = Field(
        min_length=1, max_length=8_000, description="One question that makes sense on its own."
    )


class QueryArguments(BaseModel):
    """Ask a database: in plain words, for which SQL is written, or with one SELECT of your own."""

    model_config = ConfigDict(extra="forbid")

    database: str
    question: Annotated[str, Field(max_length=8_000)] | None = Field(
        default=None, description="One question that makes sense on its own."
    )
    sql: Annotated[str, Field(max_length=50_000)] | None = Field(
        default=None, description="One SELECT in the database's dialect, instead of a question."
    )


class DescribeArguments(BaseModel):
    """Say which documents and tables there are, what a name means, and how far the data go."""

    model_config = ConfigDict(extra="forbid")

    about: About
    subject: str = Field(
        default="",
        max_length=200,
        description="The table, column, term or topic asked about, if there is one.",
    )


class Passages(BaseModel):
    """The passages found, best first; `warnings` say what the search had to do without.

    Where there is none, `suggestions` are questions that the documents answer.
    """

    passages: list[Citation]
    warnings: list[str] = []
    suggestions: list[str] = []


class QueryOutcome(BaseModel):
    """The statement that ran with its rows; `notes` say why there is none.

    Then `suggestions` are the nearest questions that the database can answer.
    """

    queries: list[Query]
    notes: list[str] = []
    suggestions: list[str] = []


class SourcesDescribed(BaseModel):
    """What there is, as Markdown; `suggestions` are questions that can be answered."""

    text: str
    suggestions: list[str] = []


class McpEndpoint:
    """An ASGI application; every request is a session of its own, so that any worker can take it."""

    def __init__(self, toolbox: Toolbox, admission: Admission) -> None:
        self._server = _server(_Tools(toolbox, admission))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, whose sender is verified already."""
        if scope["method"] == "POST":
            body = await Request(scope, receive).body()
            if not _is_json(body):
                await _NO_JSON(scope, receive, send)
                return
            receive, scope = _again(body, receive), _accepting(scope)
        sessions = StreamableHTTPSessionManager(self._server, stateless=True, json_response=True)
        async with sessions.run():
            await sessions.handle_request(scope, receive, send)


def _accepting(scope: Scope) -> Scope:
    """The request as the SDK reads it, which wants `application/json` spelled out.

    It knows no wildcards and no q-values (RFC 9110, 12.5.1), and takes no header for no media type.
    What names neither JSON nor a wildcard for it is left as it is, and refused.
    """
    given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"]
    if given and not _takes_json(",".join(given)):
        return scope
    others = [(name, value) for name, value in scope["headers"] if name != b"accept"]
    return {**scope, "headers": [*others, (b"accept", b"application/json")]}


def _takes_json(accept: str) -> bool:
    """Whether an Accept header allows JSON; the most specific range that it names decides."""
    quality = {"": 0.0}
    for each in accept.lower().split(","):
        name, *parameters = (part.strip() for part in each.split(";"))
        values = [part.partition("=")[2] for part in parameters if part.startswith("q=")]
        quality[name] = _number(values[0]) if values else 1.0
    named = [name for name in ("application/json", "application/*", "*/*") if name in quality]
    return bool(named) and quality[named[0]] > 0 if accept.strip() else True


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0


def _is_json(body: bytes) -> bool:
    """Whether the SDK can read it, which takes what it cannot for a fault of the server."""
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _again(body: bytes, receive: Receive) -> Receive:
    """A body that was read already, and then whatever else comes."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> Message:
        return first.pop() if first else await receive()

    return received


def _server(tools: "_Tools") -> Server[Any, Request]:
    server = Server[Any, Request](
        "docsql", instructions="Search documents, query databases, and ask what there is of both."
    )

    @server.list_tools()
    async def listed() -> list[types.Tool]:
        return tools.listed(_caller_of(server))

    # The SDK would validate by the schema that was listed last, which may be another caller's.
    @server.call_tool(validate_input=False)
    async def called(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        return (await tools.call(name, arguments, _caller_of(server))).model_dump(mode="json")

    return server


def _caller_of(server: Server[Any, Request]) -> Caller:
    request = server.request_context.request
    if request is None:
        raise RuntimeError("An MCP call has no request.")
    return caller_of_request(request)


@dataclass(frozen=True, slots=True)
class _Tools:
    toolbox: Toolbox
    admission: Admission

    def listed(self, caller: Caller) -> list[types.Tool]:
        """The tools that there is something for, with the arguments that the caller may give."""
        names = self.toolbox.databases
        described = "; ".join(f"{name}: {db.description}" for name, db in names.items())
        tools = [_tool(SEARCH_DOCUMENTS, SearchArguments, Passages)]
        if names:
            takes = QueryArguments if RAW_SQL in caller.scopes else AskArguments
            tools.append(_tool(QUERY_DATABASE, takes, QueryOutcome, described))
        tools.append(_tool(DESCRIBE_SOURCES, DescribeArguments, SourcesDescribed))
        return tools

    async def call(self, name: str, arguments: dict[str, Any], caller: Caller) -> BaseModel:
        """Run one tool; an exception becomes the message that the model sees."""
        try:
            async with self.admission.turn(caller):
                return await self._run(name, arguments, caller)
        except ValidationError as error:
            raise BadInput("; ".join(map(_in_words, error.errors()))) from error
        except DocsqlError:
            raise
        except Exception as error:
            reference = uuid4().hex[:8]
            log.exception("A tool failed (%s).", reference)
            raise BadInput(
                f"Internal error. The service's log has the details under {reference}."
            ) from error

    async def _run(self, name: str, arguments: dict[str, Any], caller: Caller) -> BaseModel:
        match name:
            case "search_documents":
                return await self._search(SearchArguments.model_validate(arguments), caller)
            case "query_database":
                if arguments.get("sql") is not None and RAW_SQL not in caller.scopes:
                    raise BadInput(NO_RAW_SQL)
                return await self._query(QueryArguments.model_validate(arguments), caller)
            case "describe_sources":
                return await self._describe(DescribeArguments.model_validate(arguments), caller)
            case _:
                raise UnknownName(f"There is no tool {name!r}.")

    async def _describe(self, wanted: DescribeArguments, caller: Caller) -> SourcesDescribed:
        call = DescribeCall(new_call_id(), wanted.about, wanted.subject)
        within: DescribeState = {"call": call, "databases": None, "collections": None}
        description = Description(self.toolbox, within, caller)
        text, examples = await description.text(), await description.examples()
        return SourcesDescribed(text=text or nothing_called(wanted.subject), suggestions=examples)

    async def _search(self, wanted: SearchArguments, caller: Caller) -> Passages:
        documents = self.toolbox.documents
        if documents is None:
            return Passages(passages=[])
        found = await documents.search(
            wanted.query,
            caller=caller,
            collections=wanted.collections,
            limit=wanted.limit or self.toolbox.passages,
        )
        cited = [citation(n, each) for n, each in enumerate(found.passages, start=1)]
        offers = Offers(self.toolbox, caller, {}, wanted.collections)
        near = () if cited else (await offers.near(wanted.query, ())).questions
        return Passages(passages=cited, warnings=found.warnings, suggestions=list(near))

    async def _query(self, wanted: QueryArguments, caller: Caller) -> QueryOutcome:
        database = self._database(wanted.database)
        if wanted.sql and not wanted.question:
            rule = self.toolbox.rules.get(wanted.database, UNASKED)
            if rule.may_ask and rule.asks(await database.aestimate(wanted.sql, caller=caller)):
                raise BadInput(_waits(wanted.database))
            return QueryOutcome(queries=[query(1, await database.arun(wanted.sql, caller=caller))])
        if wanted.question and not wanted.sql:
            return await self._asked(wanted.question, wanted.database, caller)
        has_choice = RAW_SQL in caller.scopes
        raise BadInput(
            "Give either a question or one SELECT as sql." if has_choice else "Give a question."
        )

    async def _asked(self, question: str, database: str, caller: Caller) -> QueryOutcome:
        ledger = MemoryLedger()
        machine = database_call(replace(self.toolbox, ledger=ledger))
        config = RunnableConfig(configurable={CALLER: caller, THREAD: f"mcp/{uuid4().hex}"})
        ended = await machine.ainvoke(
            {"call": QueryCall(new_call_id(), question, database)}, config
        )
        if "__interrupt__" in ended:
            raise BadInput(_waits(database))
        evidence = await ledger.read(ended.get("evidence", []))
        found, notes = queries(evidence), ended.get("notes", [])
        if found:
            return QueryOutcome(queries=found, notes=notes)
        own = {database: self.toolbox.databases[database]}
        offers = Offers(self.toolbox, caller, own, uses_documents=False)
        near = (await offers.near(question, ())).questions
        return QueryOutcome(queries=[], notes=notes, suggestions=list(near))

    def _database(self, name: str) -> Any:
        databases = self.toolbox.databases
        if name not in databases:
            known = f"Connected: {', '.join(databases)}."
            raise UnknownName(
                f"There is no database {name!r}. {known}" if databases else NO_DATABASE
            )
        return databases[name]


def _in_words(problem: ErrorDetails) -> str:
    return f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"


def _waits(database: str) -> str:
    return (
        f"Statements on {database!r} need a person's approval, which cannot be asked for here. Use "
        "the chat page or /agent."
    )


def _tool(name: str, takes: type[BaseModel], gives: type[BaseModel], more: str = "") -> types.Tool:
    return types.Tool(
        name=name,
        description="\n\n".join(filter(None, (takes.__doc__, more))),
        inputSchema=takes.model_json_schema(),
        outputSchema=gives.model_json_schema(),
        annotations=types.ToolAnnotations(readOnlyHint=True, openWorldHint=False),
    )
