"""Chat models behind any server that speaks OpenAI's chat completions: vLLM, KServe, llama.cpp, Ollama.

vLLM needs `--enable-auto-tool-choice --tool-call-parser=…` before it calls tools.
"""

from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping
from contextlib import aclosing, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from anyio.from_thread import start_blocking_portal
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LangSmithParams, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field, PrivateAttr

from agent.asides import AsideSplitter
from agent.prompting import THOUGHT
from serving.models.chat.capabilities import ChatCapabilities, in_turns
from serving.models.chat.completions import Completions
from serving.models.chat.failures import SystemRoleRefused, chat_name_at, not_a_completion
from serving.models.chat.guided_calls import Choice, as_text, choice_of, schema_of, with_calls
from serving.models.chat.native_calls import mend_delta, mend_reply
from serving.models.chat.stream_watch import StreamWatch
from serving.models.chat.thoughts import (
    beginning,
    last_chunk,
    part_chunk,
    part_result,
    told_apart,
    was_cut,
)
from serving.models.chat.wire import (
    PROVIDER,
    as_sent,
    read_piece,
    read_reply,
    read_usage,
    tool_choice_sent,
)
from serving.models.endpoint.address import api_base, without_credentials
from serving.models.endpoint.endpoint import CallPolicy, Endpoint
from tools.errors import BadInput, DocsqlError, Momentary

SHOWN_ENOUGH = 2
"""Replies without a thought from which on a stream is shown as it comes; one that was held suffices."""
STREAMED: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}


class CompatibleChatModel(BaseChatModel):
    """A chat model that treats a broken stream as an error and raises our errors.

    Not `ChatOpenAI`, which renames max_tokens to OpenAI's newer name and takes a stream that breaks
    off for a finished one; not `ChatHuggingFace` either, which never retries.
    `capabilities` says how tools are offered; unless they are native, a call comes as text, is of use
    only as a whole, and is not streamed. Messages and replies are translated by `wire`, requests go
    through `completions`, and `server` decides on other tries.
    `opens_thought` says whether the chat template begins every reply with a thought, which only its
    end can show; it is None until a reply has told, and a stream is held back until then.
    """

    model: str
    temperature: float | None = None
    max_tokens: int | None = None
    server: Endpoint = Field(exclude=True)
    completions: Completions = Field(exclude=True)
    capabilities: ChatCapabilities = ChatCapabilities("native")
    opens_thought: bool | None = None
    _shown: int = PrivateAttr(0)

    @property
    def _llm_type(self) -> str:
        return "openai-compatible"

    @property
    def _defaults(self) -> dict[str, Any]:
        """What a request asks for where the call does not say."""
        given = {"temperature": self.temperature, "max_tokens": self.max_tokens}
        named = {name: value for name, value in given.items() if value is not None}
        return {"model": self.model, "stream": False, **named}

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return self._defaults

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        """How traces describe a call."""
        told = super()._get_ls_params(stop, **kwargs)
        told["ls_provider"] = PROVIDER
        return told

    def bind_tools(
        self, tools: Any, *, tool_choice: Any = None, strict: bool | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Offer tools; a choice is one's name, "any", or as OpenAI's protocol has it."""
        offered = [convert_to_openai_tool(tool, strict=strict) for tool in tools]
        chosen = {"tool_choice": tool_choice_sent(tool_choice, offered)} if tool_choice else {}
        return self.bind(tools=offered, **chosen, **kwargs)

    def _watch(self, kwargs: dict[str, Any]) -> StreamWatch:
        return StreamWatch(self.server.name, kwargs.get("tools") or ())

    def grammar(self, name: str, schema: Mapping[str, object]) -> dict[str, Any]:
        """Request fields that constrain the reply to a JSON schema."""
        wanted = {"name": name, "schema": dict(schema), "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": wanted}}

    def _is_choice_told(self, kwargs: dict[str, Any]) -> bool:
        """Whether tools are described as text and calls parsed from text."""
        offered = kwargs.get("tools") and kwargs.get("tool_choice") != "none"
        return bool(offered) and self.capabilities.tools != "native"

    def _choice(self, kwargs: dict[str, Any]) -> Choice | None:
        if not self._is_choice_told(kwargs):
            return None
        parallel = kwargs.get("parallel_tool_calls") is not False
        return choice_of(kwargs["tools"], kwargs.get("tool_choice"), parallel=parallel)

    def _streaming_disabled(self, **kwargs: Any) -> bool:
        return self._is_choice_told(kwargs) or super()._streaming_disabled(**kwargs)

    def request_payload(
        self,
        messages: list[BaseMessage],
        *,
        stop: list[str] | None = None,
        choice: Choice | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """What is sent; `choice` is that of the tools in `kwargs`, where it was read already."""
        if choice := choice or self._choice(kwargs):
            if kwargs.get("response_format"):
                raise BadInput("Tools and a response format cannot be combined in one request.")
            messages = as_text(messages, choice)
            dropped = {"tools", "tool_choice", "parallel_tool_calls"}
            kwargs = {name: kwargs[name] for name in kwargs.keys() - dropped}
            if self.capabilities.tools == "guided":
                kwargs |= self.grammar("calls", schema_of(choice))
        messages = in_turns(messages, has_system_role=self.capabilities.has_system_role)
        stops = {} if stop is None else {"stop": stop}
        return {**self._defaults, **kwargs, **stops, "messages": as_sent(messages)}

    def _reply(self, body: dict[str, Any], payload: Mapping[str, Any]) -> ChatResult:
        """A whole reply, its thoughts apart."""
        try:
            self._mend(body)
            result = read_reply(body, model=self.model)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise not_a_completion(self.server.name) from error
        if not result.generations:
            raise not_a_completion(self.server.name)
        result, parting = part_result(result, told_apart(body, "message"))
        self._learn(parting, shows=not was_cut(result) and _is_free(payload))
        return result

    def _learn(self, parting: AsideSplitter, *, shows: int) -> None:
        """Note how much a reply `shows` of the template: nothing where it could not think."""
        if parting.has_closed_alone:
            self.opens_thought = True
            return
        self._shown += shows
        if self._shown >= SHOWN_ENOUGH and self.opens_thought is None and not parting.has_thought:
            self.opens_thought = False

    def _mend(self, body: Any) -> None:
        mend_reply(body)

    def _chunk(self, piece: dict[str, Any], watch: StreamWatch) -> ChatGenerationChunk:
        """An event of a stream, read; the tokens that it counts are noted for the end."""
        try:
            mend_delta(piece)
            watch.usage = read_usage(piece) or watch.usage
            return watch.see(read_piece(piece))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise not_a_completion(self.server.name) from error

    @contextmanager
    def _explained(self) -> Generator[None]:
        """A template without a system role is met by another try."""
        try:
            yield
        except SystemRoleRefused as error:
            if not self.capabilities.has_system_role:
                raise
            self.capabilities = replace(self.capabilities, has_system_role=False)
            raise Momentary(str(error), after_s=0.0) from error

    # The synchronous ways are the asynchronous ones, in an event loop of their own.

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with start_blocking_portal() as portal:
            return portal.call(partial(self._agenerate, messages, stop, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        choice = self._choice(kwargs)

        async def attempt() -> ChatResult:
            with self._explained():
                payload = self.request_payload(messages, stop=stop, choice=choice, **kwargs)
                return self._reply(await self.completions.whole(payload), payload)

        return with_calls(await self.server.ask(attempt), choice)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with start_blocking_portal() as portal:
            chunks = self._astream(messages, stop, **kwargs)
            try:
                while chunk := portal.call(_next, chunks):
                    if run_manager:
                        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
            finally:
                portal.call(chunks.aclose)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncGenerator[ChatGenerationChunk]:
        async def attempt() -> AsyncGenerator[ChatGenerationChunk]:
            watch = self._watch(kwargs)
            parting = AsideSplitter(beginning(opens_thought=self.opens_thought), leaves_calls=True)
            with self._explained():
                payload = self.request_payload(messages, stop=stop, **kwargs, **STREAMED)
                try:
                    async with aclosing(self._seen(payload, watch, parting)) as chunks:
                        async for chunk in chunks:
                            yield chunk
                    watch.require_whole()
                except DocsqlError:
                    yield last_chunk(parting.end())  # what it wrote before it failed
                    raise
                yield last_chunk(parting.end(is_cut=watch.is_cut), watch.usage)
                is_free = not watch.is_cut and _is_free(payload)
                self._learn(parting, shows=SHOWN_ENOUGH * is_free)

        async with aclosing(self.server.stream(attempt, shows=_shows)) as chunks:
            async for chunk in chunks:
                if run_manager:
                    await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk

    async def _seen(
        self, payload: dict[str, Any], watch: StreamWatch, parting: AsideSplitter
    ) -> AsyncGenerator[ChatGenerationChunk]:
        """The pieces of a stream, its thoughts apart."""
        # A reader who leaves closes the connection now, not when the garbage collector comes.
        async with aclosing(self.completions.pieces(payload)) as pieces:
            async for piece in pieces:
                chunk = self._chunk(piece, watch)
                yield part_chunk(chunk, told_apart(piece, "delta"), parting)


def _is_free(payload: Mapping[str, Any]) -> bool:
    """Whether the model was free to think: a grammar or a call may keep it from that."""
    return not payload.get("tools") and not payload.get("response_format")


async def _next(chunks: AsyncGenerator[ChatGenerationChunk]) -> ChatGenerationChunk | None:
    return await anext(chunks, None)


def _shows(chunk: ChatGenerationChunk) -> bool:
    message = chunk.message
    has_call = isinstance(message, AIMessageChunk) and bool(message.tool_call_chunks)
    return has_call or bool(chunk.text) or THOUGHT in message.additional_kwargs


def connection(
    url: str,
    *,
    model: str,
    api_key: str | None,
    policy: CallPolicy | None,
    temperature: float | None,
    max_tokens: int | None,
    token: Callable[[], str | None] | None,
) -> dict[str, Any]:
    """The constructor arguments of a model there, for either kind of server."""
    endpoint = api_base(url)
    policy = policy or CallPolicy()
    server = Endpoint(chat_name_at(without_credentials(endpoint)), policy)
    completions = Completions(
        server.name,
        endpoint,
        api_key=api_key,
        silence_s=policy.silence_s,
        token=token,
    )
    return {
        "server": server,
        "completions": completions,
        "model": model,
        "temperature": temperature,
        "max_tokens": max_tokens,
    }


def openai_chat(
    url: str,
    *,
    model: str,
    api_key: str | None = None,
    policy: CallPolicy | None = None,
    capabilities: ChatCapabilities | None = None,
    opens_thought: bool | None = None,
    temperature: float | None = None,
    max_tokens: int | None = None,
    token: Callable[[], str | None] | None = None,
) -> CompatibleChatModel:
    """A chat model at `url` (with or without `/v1`), with native tools unless `capabilities` differs.

    Calls raise `tools.errors.Unavailable` (the server) and `BadInput` (the request).
    `temperature` and `max_tokens` hold where a call sets none; `token` may give another at each call.
    """
    return CompatibleChatModel(
        capabilities=capabilities or ChatCapabilities("native"),
        opens_thought=opens_thought,
        **connection(
            url,
            model=model,
            api_key=api_key,
            policy=policy,
            temperature=temperature,
            max_tokens=max_tokens,
            token=token,
        ),
    )
