"""The chat model behind Hugging Face text-generation-inference, 3.2 or later.

Built on `BaseChatOpenAI` and not on `ChatHuggingFace`, which always sends the model's name as
"dummy", never retries, refuses `tool_choice` with two tools, drops top_p and seed without a word and
takes a cut-off stream for an answer. TGI's differences from OpenAI's protocol are met here:
https://huggingface.co/docs/text-generation-inference/reference/api_reference
"""

import json
import re
from itertools import chain
from typing import Any, cast

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolCallChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import BaseModel

from serving.models.completions import StreamWatch
from serving.models.guided_calls import Choice, as_text, choice_of, new_id, read_calls, schema_of
from serving.models.openai_compatible import CompatibleChatModel, connection
from serving.models.tgi_request import NO_PARAMETERS, admissible, json_schema_format
from tools.errors import BadInput

_STRAY_COMMA = re.compile(r"^\s*\{\s*,")


class TgiChatModel(CompatibleChatModel):
    """A chat model that calls several tools at once, although TGI makes one native call at most.

    `bind_tools` is answered by guided JSON (see `guided_calls`) and not streamed, since a call is
    of use only as a whole. `native_tools=True` sends the tools themselves, for servers that do
    better. Answers stream either way.
    """

    native_tools: bool = False

    @property
    def _llm_type(self) -> str:
        return "text-generation-inference"

    def _choice(self, kwargs: dict[str, Any]) -> Choice | None:
        tools = kwargs.get("tools")
        if self.native_tools or not tools or kwargs.get("tool_choice") == "none":
            return None
        parallel = kwargs.get("parallel_tool_calls") is not False
        return choice_of(tools, kwargs.get("tool_choice"), parallel=parallel)

    def _streaming_disabled(self, **kwargs: Any) -> bool:
        return self._choice(kwargs) is not None or super()._streaming_disabled(**kwargs)

    def _get_request_payload(
        self, input_: LanguageModelInput, *, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        messages = self._convert_input(input_).to_messages()
        if choice := self._choice(kwargs):
            if kwargs.get("response_format"):
                raise BadInput("Tools and a response format cannot be asked of one TGI reply.")
            messages = as_text(messages, choice)
            kwargs = {name: kwargs[name] for name in kwargs.keys() - {"tools", "tool_choice"}}
            kwargs["response_format"] = json_schema_format("calls", schema_of(choice))
        return admissible(
            cast("dict[str, Any]", super()._get_request_payload(messages, stop=stop, **kwargs))
        )

    def _watch(self, _kwargs: dict[str, Any]) -> StreamWatch:
        return _TgiStreamWatch(self.endpoint, _kwargs.get("tools") or [])

    def _create_chat_result(
        self, response: Any, generation_info: dict[str, Any] | None = None
    ) -> ChatResult:
        body = response.model_dump(warnings=False) if isinstance(response, BaseModel) else response
        if isinstance(body, dict):
            _own_calls(cast("dict[str, Any]", body))
        return super()._create_chat_result(body, generation_info)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        result = super()._generate(messages, stop, run_manager, **kwargs)
        return _with_calls(result, self._choice(kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        result = await super()._agenerate(messages, stop, run_manager, **kwargs)
        return _with_calls(result, self._choice(kwargs))


def _with_calls(result: ChatResult, choice: Choice | None) -> ChatResult:
    if choice is None:
        return result
    for generation in result.generations:
        said = generation.message
        calls, invalid = read_calls(said.text, choice)
        generation.message = AIMessage(
            "",
            tool_calls=calls,
            invalid_tool_calls=invalid,
            response_metadata=said.response_metadata,
            usage_metadata=said.usage_metadata if isinstance(said, AIMessage) else None,
        )
    # ChatGeneration takes its text from the message when it is built.
    generations = [
        ChatGeneration(message=one.message, generation_info=one.generation_info)
        for one in result.generations
    ]
    return ChatResult(generations=generations, llm_output=result.llm_output)


def _own_calls(body: dict[str, Any]) -> None:
    choices: list[dict[str, Any]] = body.get("choices") or []
    calls: list[list[dict[str, Any]]] = [one["message"].get("tool_calls") or [] for one in choices]
    for call in chain.from_iterable(calls):
        call["id"] = new_id()
        call["function"]["arguments"] = _mended(call["function"]["arguments"])


def _mended(arguments: object) -> str:
    """Arguments as JSON text, rid of two known faults of TGI's grammar: `{` alone, and `{, `."""
    if not isinstance(arguments, str):
        return json.dumps(arguments)
    text = _STRAY_COMMA.sub("{", arguments)
    return "{}" if text.strip() == "{" else text


class _TgiStreamWatch(StreamWatch):
    """Gives each streamed call an id of its own and takes out the comma of `{, `."""

    def __init__(self, endpoint: str, tools: list[dict[str, Any]]) -> None:
        super().__init__(endpoint)
        self._takes_none = {
            tool["function"]["name"]
            for tool in tools
            if not tool["function"].get("parameters", NO_PARAMETERS).get("properties")
        }
        self._names: dict[int, str] = {}

    def see(self, chunk: ChatGenerationChunk) -> ChatGenerationChunk:
        message = chunk.message
        if isinstance(message, AIMessageChunk) and message.tool_call_chunks:
            own = AIMessageChunk(
                content=message.content,
                tool_call_chunks=[self._own(piece) for piece in message.tool_call_chunks],
                response_metadata=message.response_metadata,
                usage_metadata=message.usage_metadata,
            )
            chunk = ChatGenerationChunk(message=own, generation_info=chunk.generation_info)
        return super().see(chunk)

    def _own(self, piece: ToolCallChunk) -> ToolCallChunk:
        index = piece["index"] or 0
        is_first = index not in self._names
        if is_first:
            self._names[index] = piece["name"] or ""
        return ToolCallChunk(
            name=self._names[index] if is_first else None,
            args=_mended_piece(self._arguments.get(index, ""), piece["args"] or ""),
            id=new_id() if is_first else None,
            index=index,
            type="tool_call_chunk",
        )

    def is_complete(self, arguments: str) -> bool:
        alone = arguments.strip() == "{" and bool(self._takes_none & set(self._names.values()))
        return alone or super().is_complete(arguments)


def _mended_piece(so_far: str, piece: str) -> str:
    match so_far.strip():
        case "":
            return _STRAY_COMMA.sub("{", piece)
        case "{":
            return re.sub(r"^\s*,", "", piece)
        case _:
            return piece


def tgi_chat(
    url: str,
    *,
    model: str = "tgi",
    api_key: str | None = None,
    timeout_s: float = 60.0,
    native_tools: bool = False,
    max_retries: int = 2,
    temperature: float | None = None,
    max_tokens: int | None = None,
) -> TgiChatModel:
    """The chat model of a TGI server at `url` (with or without `/v1`).

    `timeout_s` bounds each silence: before the first byte and between two chunks; connecting has
    5 s. A request that failed before its first byte is repeated up to `max_retries` times, so a
    silent server is given up after `(max_retries + 1) * timeout_s`. Calls raise
    `tools.errors.Unavailable` (the server) and `BadInput` (the request). `temperature` and
    `max_tokens` hold where a call sets none.
    """
    return TgiChatModel(
        native_tools=native_tools,
        **connection(
            url,
            model=model,
            api_key=api_key,
            timeout_s=timeout_s,
            max_retries=max_retries,
            temperature=temperature,
            max_tokens=max_tokens,
        ),
    )
