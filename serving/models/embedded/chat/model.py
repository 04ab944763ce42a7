"""A chat model without a language model: it chooses tools by rules and answers by quoting."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.tool import tool_call
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.runnables.config import ensure_config
from langchain_core.tools import BaseTool
from pydantic import ConfigDict, Field, SkipValidation

from agent.caller import CallerMissing, caller_of
from agent.calls import DESCRIBE_SOURCES, QUERY_DATABASE, SEARCH_DOCUMENTS, new_call_id
from agent.prompting import CONFIDENCE
from agent.sources.asked import Asked, asked_about
from serving.models.embedded.chat import small_talk
from serving.models.embedded.chat.choosing import (
    Plan,
    columns_with,
    counted_of,
    names_table,
    plan,
    source_names,
    targets_named,
)
from serving.models.embedded.chat.heard import Heard, hear
from serving.models.embedded.chat.phrasing import Sought, key_values, phrase
from serving.models.embedded.chat.pointing import THINGS
from serving.models.embedded.chat.preview import (
    DocumentPreview,
    preview_documents,
    preview_of,
    unseen,
)
from serving.models.embedded.chat.rewriting import rewrite
from serving.models.embedded.chat.titles import titles_in
from serving.models.embedded.choose.cache import Readers
from serving.models.embedded.choose.reader import Reader
from tools.errors import Unavailable
from tools.sql.run import Database
from tools.text_match import TextMatcher

Known = Mapping[str, Reader]
"""What reads questions to each database."""
Tools = Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool]


class EmbeddedChat(BaseChatModel):
    """Speaks the same messages as a served model; needs no server and no download.

    `readers` tell which questions a database can answer: with its values where a turn says on whose
    behalf they may be read, else with what the schema shows. `matcher` tells which sentences mean
    what is asked in other words; None where no model for that is at hand.
    """

    databases: SkipValidation[Mapping[str, Database]] = Field(default={}, exclude=True)
    readers: Readers = Field(default_factory=Readers, exclude=True)
    matcher: SkipValidation[TextMatcher | None] = Field(default=None, exclude=True)

    model_config = ConfigDict(arbitrary_types_allowed=True)

    @property
    def _llm_type(self) -> str:
        return "embedded"

    def bind_tools(
        self, tools: Tools, *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Offer tools, in OpenAI's function format; the choice among them is always free."""
        return self.bind(tools=list(tools), **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        known = self._readers()
        reply = self._reply(messages, kwargs.get("tools", []), known)
        return ChatResult(generations=[ChatGeneration(message=reply)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        heard, tools = hear(messages), kwargs.get("tools", [])
        preview = unseen
        if _offered(tools, SEARCH_DOCUMENTS):
            preview = await preview_documents(heard, self.matcher)
        readers = await self._on_behalf(heard.question)
        reply = await self._replied(messages, tools, readers, preview)
        return ChatResult(generations=[ChatGeneration(message=reply)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in _pieces(self._reply(messages, [], self._readers())):
            yield ChatGenerationChunk(message=chunk)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        readers = await self._on_behalf(hear(messages).question)
        for chunk in _pieces(await self._replied(messages, [], readers)):
            yield ChatGenerationChunk(message=chunk)

    async def _replied(
        self,
        messages: list[BaseMessage],
        tools: list[dict[str, Any]],
        readers: Known,
        preview: DocumentPreview = unseen,
    ) -> AIMessage:
        """The reply; comparing sentences takes long enough to let others go on meanwhile."""
        if self.matcher is None:
            return self._reply(messages, tools, readers, preview)
        return await asyncio.to_thread(self._reply, messages, tools, readers, preview)

    def _reply(
        self,
        messages: list[BaseMessage],
        tools: list[dict[str, Any]],
        readers: Known,
        preview: DocumentPreview = unseen,
    ) -> AIMessage:
        heard = hear(messages)
        match heard.role:
            case "decide":
                return AIMessage("", tool_calls=_calls(heard, tools, readers, preview))
            case "rewrite":
                return AIMessage(
                    rewrite(
                        heard.question,
                        heard.earlier,
                        lambda text: _kinds(text, readers),
                        lambda text: _named(text, readers),
                    )
                )
            case "answer":
                schemas = (reader.lexicon.schema for reader in readers.values())
                titled = titles_in(heard.question, schemas)
                told = phrase(heard, _sought(heard, readers, self.matcher), titled)
                known = {} if told.confidence is None else {CONFIDENCE: told.confidence}
                return AIMessage(told.text, response_metadata=known)
            case "talk":
                return AIMessage(small_talk.reply(heard.question))

    def _readers(self) -> Known:
        """Those of the databases that everybody may ask."""
        found: dict[str, Reader] = {}
        for name, database in self.databases.items():
            if not database.is_open:
                continue
            try:
                found[name] = self.readers.unasked(database)
            except Unavailable:
                continue  # it cannot be chosen; the turn goes on with the others
        return found

    async def _on_behalf(self, question: str) -> Known:
        """The readers with what the caller of this turn may read."""
        try:
            caller = caller_of(ensure_config())
        except CallerMissing:
            return await asyncio.to_thread(self._readers)
        own = {name: db for name, db in self.databases.items() if db.may_ask(caller)}
        return await self.readers.of_each(own, caller, question)


def _pieces(reply: AIMessage) -> Iterator[AIMessageChunk]:
    """A reply line by line; the first piece carries its metadata."""
    known = reply.response_metadata
    for piece in reply.text.splitlines(keepends=True) or [""]:
        yield AIMessageChunk(content=piece, response_metadata=known)
        known = {}


def _offered(tools: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    """What the tool of that name takes, None where it is not offered."""
    functions = (tool["function"] for tool in tools)
    return next((one["parameters"] for one in functions if one["name"] == name), None)


def _calls(
    heard: Heard, tools: list[dict[str, Any]], readers: Known, preview: DocumentPreview
) -> list[Any]:
    has_documents = _offered(tools, SEARCH_DOCUMENTS) is not None
    query = _offered(tools, QUERY_DATABASE)
    names: list[str] = query["properties"]["database"]["enum"] if query else []
    usable = {name: reader for name, reader in readers.items() if name in names}
    if _offered(tools, DESCRIBE_SOURCES) is not None and not heard.has_results:
        asked = asked_about(heard.question, lambda: source_names(usable))
        if asked is not None:
            return [_describe(asked)]
    planned = plan(heard.question, usable, preview if has_documents else None)
    if heard.has_results:
        return _second_round(heard, planned) if has_documents else []
    silent = [name for name in names if name not in readers]
    return _first_round(planned) or _find_out(heard.question, silent)


def _sought(heard: Heard, readers: Known, matcher: TextMatcher | None) -> Sought:
    """What passages are wanted for beside the rows that were found."""
    question, counted = heard.question, counted_of(heard.question, readers)
    if not heard.rows:
        return Sought(question, question, counted, matcher=matcher)
    planned = plan(question, readers, preview_of(heard.passages))
    rest = planned.look_up or question
    # "such a discount" has no name; what it is stands before it
    is_unnamed = planned.waits and not key_values(heard.rows)
    return Sought(question if is_unnamed else rest, rest, counted, planned.rules)


def _kinds(text: str, readers: Known) -> frozenset[str]:
    """The columns whose stored values include the text, and whether it is a table's name."""
    columns = {
        f"{name}.{column}"
        for name, reader in readers.items()
        for column in columns_with(text, reader)
    }
    is_table = any(names_table(text, reader) for reader in readers.values())
    return frozenset(columns | {THINGS} if is_table else columns)


def _named(text: str, readers: Known) -> frozenset[str]:
    """The tables and columns that a word is the name of, with the name of their database."""
    return frozenset(
        f"{name}.{target}"
        for name, reader in readers.items()
        for target in targets_named(text, reader)
    )


def _first_round(planned: Plan) -> list[Any]:
    calls: list[Any] = []
    if planned.ask:
        again = planned.waits or planned.otherwise
        calls.append(_query(planned, needs_followup=again))
    if planned.look_up and not planned.waits:
        calls.append(_search(planned.look_up))
    return calls


def _find_out(question: str, silent: Sequence[str]) -> list[Any]:
    """Ask a database that could not be looked at, where nothing else answers: it says why not."""
    if not silent or small_talk.is_small_talk(question):
        return []
    asked = {"question": question, "database": silent[0], "needs_followup": False}
    return [tool_call(name=QUERY_DATABASE, args=asked, id=new_call_id())]


def _second_round(heard: Heard, planned: Plan) -> list[Any]:
    if heard.passages or (heard.rows and not planned.waits):
        return []
    found = key_values(heard.rows)
    if planned.waits and found:
        if "…" in planned.look_up:
            return [_search(planned.look_up.replace("…", " ".join(found)))]
        return [_search(f"{planned.look_up} {' '.join(found)}")]
    return [_search(heard.question)]


def _query(planned: Plan, *, needs_followup: bool) -> Any:
    arguments = {
        "question": planned.ask,
        "database": planned.database,
        "needs_followup": needs_followup,
    }
    return tool_call(name=QUERY_DATABASE, args=arguments, id=new_call_id())


def _describe(asked: Asked) -> Any:
    arguments = {"about": asked.about, "subject": asked.subject}
    return tool_call(name=DESCRIBE_SOURCES, args=arguments, id=new_call_id())


def _search(query: str) -> Any:
    return tool_call(name=SEARCH_DOCUMENTS, args={"query": query}, id=new_call_id())
