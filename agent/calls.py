"""The tools as a model sees them, and a model's calls as the graph sees them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, get_args
from uuid import uuid4

from langchain_core.messages import AIMessage
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from agent.asides import split_asides
from agent.drafts import SqlDeclined, SqlDraft
from agent.printed_calls import printed_calls
from agent.sources.asked import About
from tools.storable import storable

SEARCH_DOCUMENTS = "search_documents"
QUERY_DATABASE = "query_database"
DESCRIBE_SOURCES = "describe_sources"
LOOKUPS = (SEARCH_DOCUMENTS, QUERY_DATABASE)
"""The tools that find evidence."""
TOOLS = (*LOOKUPS, DESCRIBE_SOURCES)
ABOUT = (
    "sources: which data there are; documents: which documents there are; databases: which tables "
    "and columns; meaning: what a name in a database stands for; questions: what can be asked; "
    "freshness: from when to when the data go and when documents were read."
)
_DAY = "on this day (YYYY-MM-DD)"
MAX_CALLS = 4
"""Most calls per round; further ones are dropped, and the answer says so."""


@dataclass(frozen=True, slots=True)
class SearchCall:
    """Search the documents for `query`, or those of that name and of those days only.

    `found` are the ledger's ids of what was found before the call was made.
    """

    id: str
    query: str
    needs_followup: bool = False
    file: str | None = None
    since: date | None = None
    until: date | None = None
    found: tuple[str, ...] = ()

    def is_for(self, question: str) -> bool:
        """Whether it searches for a question as it stands, in all documents."""
        return self.query == question and not (self.file or self.since or self.until)


@dataclass(frozen=True, slots=True)
class QueryCall:
    """Ask `database` the standalone `question`.

    `written` is what a writer made of it before the call was chosen. `placed` is the share of the
    question's words that the database has a place for, where the documents are asked the same and
    what both find is compared.
    """

    id: str
    question: str
    database: str
    needs_followup: bool = False
    written: SqlDraft | SqlDeclined | None = None
    placed: float | None = None


@dataclass(frozen=True, slots=True)
class DescribeCall:
    """Say what the sources are; `subject` is what of them, and may be empty."""

    id: str
    about: About
    subject: str = ""
    needs_followup: bool = False


Call = SearchCall | QueryCall | DescribeCall


@dataclass(frozen=True, slots=True)
class ConnectedSources:
    """The sources of a turn: a description of each database, and of the documents or None."""

    databases: Mapping[str, str]
    documents: str | None


def _or_none(value: object) -> object:
    """Models fill in optional arguments: an empty text means unset."""
    return value or None


def _or_empty(value: object) -> object:
    return value or ""


class SearchCallArguments(BaseModel):
    """Arguments of `search_documents`."""

    query: str = Field(min_length=1)
    file: Annotated[str | None, BeforeValidator(_or_none)] = None
    since: Annotated[date | None, BeforeValidator(_or_none)] = None
    until: Annotated[date | None, BeforeValidator(_or_none)] = None
    needs_followup: bool = False


class QueryCallArguments(BaseModel):
    """Arguments of `query_database`."""

    question: str = Field(min_length=1)
    database: str
    needs_followup: bool = False


class DescribeCallArguments(BaseModel):
    """Arguments of `describe_sources`."""

    about: About
    subject: Annotated[str, BeforeValidator(_or_empty)] = ""


def tools_for(connected: ConnectedSources) -> list[dict[str, Any]]:
    """The tools to offer, in OpenAI's function format; none for what is not connected."""
    tools: list[dict[str, Any]] = []
    if connected.documents is not None:
        tools.append(_search_tool(connected.documents))
    if connected.databases:
        tools.append(_query_tool(connected.databases))
    if tools:
        tools.append(_describe_tool())
    return tools


def calls_of(message: AIMessage, connected: ConnectedSources) -> tuple[list[Call], list[str]]:
    """The calls in a model's reply, with fresh ids, and a sentence for each that cannot be made."""
    calls: list[Call] = []
    problems = [
        f"The chat model's call of {bad.get('name') or 'a tool'!r} could not be read."
        for bad in message.invalid_tool_calls
    ]
    for name, arguments in _wanted(message):
        try:
            calls.append(_read(name, arguments, connected))
        except (ValidationError, LookupError):
            problems.append(f"The chat model called {name!r} with arguments that do not fit.")
    if len(calls) > MAX_CALLS:
        problems.append(f"The chat model made {len(calls)} calls; the first {MAX_CALLS} were run.")
    return calls[:MAX_CALLS], problems


def _wanted(message: AIMessage) -> list[tuple[str, dict[str, Any]]]:
    """The calls of a reply; those that it prints count where its server read none in it."""
    if message.tool_calls or message.invalid_tool_calls:
        return [(call["name"], storable(call["args"])) for call in message.tool_calls]
    printed = printed_calls(split_asides(message.text, leaves_calls=True).said, TOOLS)
    return [(call.name, storable(call.arguments)) for call in printed]


def new_call_id() -> str:
    """An id for a call: models repeat theirs (TGI always says "0")."""
    return uuid4().hex[:12]


def _read(name: str, arguments: dict[str, Any], connected: ConnectedSources) -> Call:
    if name == SEARCH_DOCUMENTS and connected.documents is not None:
        search = SearchCallArguments.model_validate(arguments)
        return SearchCall(new_call_id(), **search.model_dump())
    if name == QUERY_DATABASE:
        query = QueryCallArguments.model_validate(arguments)
        if query.database in connected.databases:
            return QueryCall(new_call_id(), query.question, query.database, query.needs_followup)
    if name == DESCRIBE_SOURCES:
        described = DescribeCallArguments.model_validate(arguments)
        return DescribeCall(new_call_id(), described.about, described.subject)
    raise LookupError(name)


def _search_tool(documents: str) -> dict[str, Any]:
    return _tool(
        SEARCH_DOCUMENTS,
        f"Find passages in the documents. {documents}",
        query={"type": "string", "description": "What to look for, in full words."},
        optional={
            "file": {
                "type": "string",
                "description": "Only in the file of this name; * stands for any letters.",
            },
            "since": {"type": "string", "description": f"Only in files changed {_DAY} or later."},
            "until": {"type": "string", "description": f"Only in files changed {_DAY} or before."},
        },
    )


def _query_tool(databases: Mapping[str, str]) -> dict[str, Any]:
    described = "\n\n".join(f"Database {name}: {text}" for name, text in databases.items())
    return _tool(
        QUERY_DATABASE,
        f"Ask a database a question in plain words; SQL is written for you.\n\n{described}",
        question={"type": "string", "description": "One question that makes sense on its own."},
        database={"type": "string", "enum": list(databases)},
    )


def _describe_tool() -> dict[str, Any]:
    parameters = {
        "type": "object",
        "properties": {
            "about": {"type": "string", "enum": list(get_args(About)), "description": ABOUT},
            "subject": {
                "type": "string",
                "description": "The table, column, term or topic asked about, if there is one.",
            },
        },
        "required": ["about"],
        "additionalProperties": False,
    }
    described = "Say what the documents and databases are, for questions about them, not to them."
    function = {"name": DESCRIBE_SOURCES, "description": described, "parameters": parameters}
    return {"type": "function", "function": function}


def _tool(
    name: str,
    description: str,
    *,
    optional: Mapping[str, dict[str, Any]] | None = None,
    **properties: dict[str, Any],
) -> dict[str, Any]:
    followup = {
        "type": "boolean",
        "description": "True when another call can only be phrased with this one's result.",
    }
    parameters = {
        "type": "object",
        "properties": {**properties, **(optional or {}), "needs_followup": followup},
        "required": list(properties),
        "additionalProperties": False,
    }
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}
