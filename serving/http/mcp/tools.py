"""The three tools, whatever wire they are called on."""

import logging
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from agent.calls import (
    DESCRIBE_SOURCES,
    QUERY_DATABASE,
    SEARCH_DOCUMENTS,
    DescribeCall,
    new_call_id,
)
from agent.permitted import permitted
from agent.sources.description import Description, nothing_called
from agent.sources.offers import Offers
from agent.state import DescribeState
from agent.toolbox import Toolbox
from serving.auth.scopes import RAW_SQL
from serving.http.mcp.arguments import (
    AskArguments,
    DescribeArguments,
    Passages,
    QueryArguments,
    QueryOutcome,
    SearchArguments,
    SourcesDescribed,
)
from serving.http.mcp.messages import Json
from serving.http.mcp.person import InputRequired, Person
from serving.http.mcp.querying import Querying
from serving.observability.spending import charged_to
from serving.turns.admission import Admission
from serving.wire.evidence import citation
from tools.caller import Caller
from tools.errors import BadInput, DocsqlError, UnknownName

log = logging.getLogger(__name__)

Arguments = TypeVar("Arguments", bound=BaseModel)
NO_RAW_SQL = (
    f"Your key or token lacks the scope {RAW_SQL!r}, which raw SQL requires. Ask in plain words "
    "with `question`."
)


@dataclass(frozen=True, slots=True)
class Tools:
    """Lists and calls the tools; `querying` asks databases."""

    toolbox: Toolbox
    admission: Admission
    querying: Querying

    def listed(self, caller: Caller) -> list[Json]:
        """The tools that there is something for, with the arguments that the caller may give."""
        names = permitted(self.toolbox.databases, caller)
        described = "; ".join(f"{name}: {db.description}" for name, db in names.items())
        tools = [_tool(SEARCH_DOCUMENTS, SearchArguments, Passages)]
        if names:
            takes = QueryArguments if RAW_SQL in caller.scopes else AskArguments
            tools.append(_tool(QUERY_DATABASE, takes, QueryOutcome, described))
        tools.append(_tool(DESCRIBE_SOURCES, DescribeArguments, SourcesDescribed))
        return tools

    async def call(self, name: str, arguments: Json, caller: Caller, person: Person) -> BaseModel:
        """Run one tool.

        What nobody foresaw goes to the log, and the model sees where it is found there.

        Raises:
            DocsqlError: the tool cannot do it.
            InputRequired: a person has to be asked first.
        """
        try:
            asks_chat = name == QUERY_DATABASE and not arguments.get("sql")
            async with self.admission.turn(caller, asks_chat=asks_chat) as bill:
                with charged_to(bill):
                    return await self._run(name, arguments, caller, person)
        except (DocsqlError, InputRequired):
            raise
        except Exception as error:
            reference = uuid4().hex[:8]
            log.exception("A tool failed (%s).", reference)
            raise BadInput(
                f"Internal error. The service's log has the details under {reference}."
            ) from error

    async def _run(self, name: str, arguments: Json, caller: Caller, person: Person) -> BaseModel:
        match name:
            case "search_documents":
                return await self._search(_given(SearchArguments, arguments), caller)
            case "query_database":
                if arguments.get("sql") is not None and RAW_SQL not in caller.scopes:
                    raise BadInput(NO_RAW_SQL)
                wanted = _given(QueryArguments, arguments)
                return await self.querying.outcome(wanted, caller, person)
            case "describe_sources":
                return await self._describe(_given(DescribeArguments, arguments), caller)
            case _:
                raise UnknownName(f"There is no tool {name!r}.")

    async def _describe(self, wanted: DescribeArguments, caller: Caller) -> SourcesDescribed:
        call = DescribeCall(new_call_id(), wanted.about, wanted.subject)
        within: DescribeState = {
            "call": call,
            "databases": None,
            "collections": None,
            "language": wanted.told_in,
        }
        description = Description(self.toolbox, within, caller)
        text, examples = await description.text(), await description.examples()
        text = text or nothing_called(wanted.subject, description.to)
        return SourcesDescribed(text=text, suggestions=examples)

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


def _given(kind: type[Arguments], arguments: Json) -> Arguments:
    """The arguments as the tool takes them; what is wrong with them is for the model to mend."""
    try:
        return kind.model_validate(arguments)
    except ValidationError as error:
        raise BadInput("; ".join(map(_in_words, error.errors()))) from error


def _in_words(problem: ErrorDetails) -> str:
    return f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"


def _tool(name: str, takes: type[BaseModel], gives: type[BaseModel], more: str = "") -> Json:
    described: dict[str, Any] = {
        "name": name,
        "description": "\n\n".join(filter(None, (takes.__doc__, more))),
        "inputSchema": takes.model_json_schema(),
        "outputSchema": gives.model_json_schema(),
        "annotations": {"readOnlyHint": True, "openWorldHint": False},
    }
    return described
