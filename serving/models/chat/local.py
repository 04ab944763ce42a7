"""A chat model in this process, by transformers through langchain-huggingface (extra `local`).

Built on `ChatHuggingFace` over `HuggingFacePipeline`: they load a folder's model and lay out
messages by its own chat template. Generating is our own call of that pipeline, because theirs has
no asynchronous way, drops tools and sampling without a word, and cannot be stopped once begun.
"""

import asyncio
import re
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.chat_models import agenerate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_huggingface import ChatHuggingFace, HuggingFacePipeline
from pydantic import Field

from agent.asides import AsideSplitter
from agent.prompting import THOUGHT
from serving.compat.langchain_huggingface import prompt_of
from serving.models.chat.capabilities import ChatCapabilities, in_turns
from serving.models.chat.guided_calls import Choice, as_text, choice_of, with_calls
from serving.models.chat.thoughts import last_chunk, part_chunk
from serving.models.endpoint.endpoint import CallPolicy, Endpoint
from serving.models.local_folder import model_folder, optional
from tools.errors import BadInput

_THOUGHT = re.compile(r"<think(?:ing)?>\s*$")
"""How a prompt ends whose template begins the reply with a thought."""


class LocalChatModel(ChatHuggingFace):
    """Speaks the same messages as a served model, one reply at a time.

    Tools are described in the prompt and calls are parsed from the text, as `capabilities` says:
    transformers alone cannot constrain a model to a grammar.
    """

    server: Endpoint = Field(exclude=True)
    capabilities: ChatCapabilities = ChatCapabilities("plain")
    context_tokens: int | None = None

    @property
    def _llm_type(self) -> str:
        return "local-transformers"

    def bind_tools(
        self, tools: Any, *, tool_choice: Any = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Offer tools; unlike the parent's, any number may be asked for by a choice."""
        offered = [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=offered, tool_choice=tool_choice, **kwargs)

    def _choice(self, kwargs: dict[str, Any]) -> Choice | None:
        tools = kwargs.get("tools")
        if not tools or kwargs.get("tool_choice") == "none":
            return None
        return choice_of(tools, kwargs.get("tool_choice"))

    def _streaming_disabled(self, **kwargs: Any) -> bool:
        return self._choice(kwargs) is not None or super()._streaming_disabled(**kwargs)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        stream: bool | None = None,  # noqa: FBT001  # the parent's signature
        **kwargs: Any,
    ) -> ChatResult:
        del stream
        choice = self._choice(kwargs)
        asked = as_text(messages, choice) if choice else messages
        async with aclosing(self._reply(asked, stop, kwargs)) as chunks:
            return with_calls(await agenerate_from_stream(chunks), choice)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        *,
        stream_usage: bool | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        async with aclosing(self._reply(messages, stop, kwargs)) as chunks:
            async for chunk in chunks:
                if run_manager:
                    await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        stream: bool | None = None,  # noqa: FBT001  # the parent's signature
        **kwargs: Any,
    ) -> ChatResult:
        return asyncio.run(self._agenerate(messages, stop, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        stream_usage: bool | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        async def collect() -> list[ChatGenerationChunk]:
            return [chunk async for chunk in self._astream(messages, stop, **kwargs)]

        yield from asyncio.run(collect())

    def _reply(
        self, messages: list[BaseMessage], stop: list[str] | None, kwargs: dict[str, Any]
    ) -> AsyncGenerator[ChatGenerationChunk]:
        if stop:
            raise BadInput("The chat model in this process takes no stop sequences.")
        prompt = prompt_of(
            self, in_turns(messages, has_system_role=self.capabilities.has_system_role)
        )
        wanted: dict[str, Any] = {**_given(self), **kwargs}
        limit, temperature = int(wanted["max_tokens"]), float(wanted["temperature"])
        taken = len(self.tokenizer(prompt, add_special_tokens=False)["input_ids"])
        if self.context_tokens and taken + limit > self.context_tokens:
            raise BadInput(
                f"{self.server.name} reads {self.context_tokens} tokens at once; the question takes "
                f"{taken} with its evidence, and {limit} are kept for the answer (max_tokens)."
            )
        return self.server.stream(
            lambda: self._pieces(prompt, taken, limit, temperature),
            shows=lambda chunk: bool(chunk.text) or THOUGHT in chunk.message.additional_kwargs,
        )

    async def _pieces(
        self, prompt: str, taken: int, limit: int, temperature: float
    ) -> AsyncGenerator[ChatGenerationChunk]:
        transformers = optional("transformers")
        streamer = transformers.AsyncTextIteratorStreamer(
            self.tokenizer, skip_prompt=True, skip_special_tokens=True
        )
        told = _Progress()
        parting = AsideSplitter("thought" if _THOUGHT.search(prompt) else "said", leaves_calls=True)
        sampling = {"temperature": temperature} if temperature > 0 else {}
        work = asyncio.create_task(
            asyncio.to_thread(
                self.llm.pipeline,
                prompt,
                add_special_tokens=False,  # the template has put them in
                streamer=streamer,
                stopping_criteria=transformers.StoppingCriteriaList([told]),
                max_new_tokens=limit,
                do_sample=temperature > 0,
                **sampling,
            )
        )
        work.add_done_callback(lambda _: streamer.end())  # also where it failed
        try:
            async for text in streamer:
                yield part_chunk(
                    ChatGenerationChunk(message=AIMessageChunk(content=text)), "", parting
                )
            await work
        finally:
            told.stopped.set()
            await asyncio.wait([work])
        written = max(0, told.tokens - taken)
        yield last_chunk(parting.end(is_cut=written >= limit))
        usage = UsageMetadata(
            input_tokens=taken, output_tokens=written, total_tokens=taken + written
        )
        yield ChatGenerationChunk(
            message=AIMessageChunk(content="", usage_metadata=usage),
            generation_info={"finish_reason": "length" if written >= limit else "stop"},
        )


class _Progress:
    """A stopping criterion that counts tokens, and stops when its reader has left."""

    def __init__(self) -> None:
        self.tokens = 0
        self.stopped = threading.Event()

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> bool:
        del scores, kwargs
        self.tokens = int(input_ids.shape[-1])
        return self.stopped.is_set()


def _given(model: LocalChatModel) -> dict[str, Any]:
    return {"max_tokens": model.max_tokens or 512, "temperature": model.temperature or 0.0}


def local_chat(
    path: str,
    *,
    temperature: float | None = None,
    max_tokens: int | None = None,
    policy: CallPolicy | None = None,
) -> LocalChatModel:
    """The chat model in the folder `path`, with its tokenizer and chat template.

    Raises:
        Unavailable: The extra `local` is not installed, or the folder holds no model.
    """
    folder = model_folder(path, setting="DOCSQL_CHAT__MODEL")
    loaded = HuggingFacePipeline.from_model_id(
        str(folder), task="text-generation", model_kwargs={"local_files_only": True}
    )
    config = loaded.pipeline.model.config
    return LocalChatModel(
        llm=loaded,
        tokenizer=loaded.pipeline.tokenizer,
        server=Endpoint(f"The chat model in {path!r}", policy or CallPolicy(at_once=1, tries=1)),
        context_tokens=getattr(config, "max_position_embeddings", None),
        temperature=temperature,
        max_tokens=max_tokens,
    )
