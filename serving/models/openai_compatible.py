"""Chat models behind any server that speaks OpenAI's chat completions: vLLM, NIM, KServe's runtimes.

vLLM needs `--enable-auto-tool-choice --tool-call-parser=…` before it calls tools.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any, cast

import httpx
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai.chat_models.base import BaseChatOpenAI
from pydantic import SecretStr

from serving.models.completions import (
    CONNECT_TIMEOUT_S,
    StreamWatch,
    endpoint_of,
    http_clients,
    not_a_completion,
    shown,
    translated,
)


class CompatibleChatModel(BaseChatOpenAI):
    """`BaseChatOpenAI` that takes no broken stream for an answer and speaks our errors.

    `BaseChatOpenAI`, not `ChatOpenAI`: the latter renames max_tokens to OpenAI's newer name.
    """

    @property
    def endpoint(self) -> str:
        """The server's base URL, as messages show it."""
        return shown(self.openai_api_base or "")

    @property
    def _llm_type(self) -> str:
        return "openai-compatible"

    def _watch(self, _kwargs: dict[str, Any]) -> StreamWatch:
        return StreamWatch(self.endpoint)

    def _create_chat_result(
        self, response: Any, generation_info: dict[str, Any] | None = None
    ) -> ChatResult:
        try:
            return super()._create_chat_result(response, generation_info)
        except (ValueError, KeyError, TypeError) as error:
            raise not_a_completion(self.endpoint) from error

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with translated(self.endpoint):
            return super()._generate(messages, stop, run_manager, **kwargs)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with translated(self.endpoint):
            return await super()._agenerate(messages, stop, run_manager, **kwargs)

    # The parent's streams get no run manager: callbacks must see what the watch made of a chunk.

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        watch = self._watch(kwargs)
        with translated(self.endpoint):
            for chunk in super()._stream(messages, stop, **kwargs):
                kept = watch.see(chunk)
                if run_manager:
                    run_manager.on_llm_new_token(kept.text, chunk=kept)
                yield kept
            watch.require_whole()

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        watch = self._watch(kwargs)
        # A reader who leaves closes the connection now, not when the garbage collector comes by.
        with translated(self.endpoint):
            parent = super()._astream(messages, stop, **kwargs)
            async with aclosing(cast("AsyncGenerator[ChatGenerationChunk]", parent)) as chunks:
                async for chunk in chunks:
                    kept = watch.see(chunk)
                    if run_manager:
                        await run_manager.on_llm_new_token(kept.text, chunk=kept)
                    yield kept
            watch.require_whole()


def connection(
    url: str,
    *,
    model: str,
    api_key: str | None,
    timeout_s: float,
    max_retries: int,
    temperature: float | None,
    max_tokens: int | None,
) -> dict[str, Any]:
    """The constructor arguments of a model there, for either kind of server.

    Whatever LangChain would otherwise read from the environment (OPENAI_API_KEY, OPENAI_PROXY) is
    set here, so that no key meant for somebody else is sent to this server.
    """
    endpoint = endpoint_of(url)
    timeout = httpx.Timeout(timeout_s, connect=CONNECT_TIMEOUT_S)
    return {
        "model": model,
        "base_url": endpoint,
        "api_key": SecretStr(api_key or "none"),
        "timeout": timeout,
        "stream_chunk_timeout": timeout_s,
        "max_retries": max_retries,
        "temperature": temperature,
        "max_tokens": max_tokens,
        "stream_usage": True,
        "openai_proxy": None,
        "use_responses_api": False,
        **http_clients(shown(endpoint), timeout),
    }


def openai_chat(
    url: str,
    *,
    model: str,
    api_key: str | None = None,
    timeout_s: float = 60.0,
    max_retries: int = 2,
    temperature: float | None = None,
    max_tokens: int | None = None,
) -> BaseChatModel:
    """A chat model with native tools at `url` (with or without `/v1`).

    `timeout_s` bounds each silence: before the first byte and between two chunks. A request that
    failed before its first byte is repeated up to `max_retries` times, so a silent server is given
    up after `(max_retries + 1) * timeout_s`. Calls raise
    `tools.errors.Unavailable` (the server) and `BadInput` (the request). `temperature` and
    `max_tokens` hold where a call sets none.
    """
    return CompatibleChatModel(
        **connection(
            url,
            model=model,
            api_key=api_key,
            timeout_s=timeout_s,
            max_retries=max_retries,
            temperature=temperature,
            max_tokens=max_tokens,
        )
    )
