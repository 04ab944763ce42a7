"""The chat model behind Hugging Face text-generation-inference, 3.2 or later.

Not `ChatHuggingFace`, which always sends the model's name as "dummy", never retries, refuses
`tool_choice` with two tools, drops top_p and seed without a word and takes a cut-off stream for an
answer. TGI's differences from OpenAI's protocol are met here:
https://huggingface.co/docs/text-generation-inference/reference/api_reference
"""

from collections.abc import Callable, Mapping
from typing import Any

from langchain_core.messages import BaseMessage

from serving.models.chat.capabilities import ChatCapabilities
from serving.models.chat.native_calls import mend_reply
from serving.models.chat.openai_compatible import CompatibleChatModel, connection
from serving.models.chat.stream_watch import StreamWatch
from serving.models.chat.tgi_request import admissible, json_schema_format
from serving.models.endpoint.endpoint import CallPolicy


class TgiChatModel(CompatibleChatModel):
    """A chat model that calls several tools at once, although TGI makes one native call at most.

    By default it is asked for guided JSON (see `guided_calls`).
    """

    capabilities: ChatCapabilities = ChatCapabilities("guided")

    @property
    def _llm_type(self) -> str:
        return "text-generation-inference"

    def grammar(self, name: str, schema: Mapping[str, object]) -> dict[str, Any]:
        """Request fields that constrain the reply to a JSON schema, in TGI's form."""
        return {"response_format": json_schema_format(name, schema)}

    def request_payload(
        self, messages: list[BaseMessage], *, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        return admissible(super().request_payload(messages, stop=stop, **kwargs))

    def _watch(self, kwargs: dict[str, Any]) -> StreamWatch:
        return _TgiStreamWatch(self.server.name, kwargs.get("tools") or (), renames=True)

    def _mend(self, body: Any) -> None:
        mend_reply(body, renames=True)


class _TgiStreamWatch(StreamWatch):
    """Takes `{` alone for no arguments."""

    nothing = frozenset({"", "{"})


def tgi_chat(
    url: str,
    *,
    model: str = "tgi",
    api_key: str | None = None,
    policy: CallPolicy | None = None,
    capabilities: ChatCapabilities | None = None,
    opens_thought: bool | None = None,
    temperature: float | None = None,
    max_tokens: int | None = None,
    token: Callable[[], str | None] | None = None,
) -> TgiChatModel:
    """The chat model of a TGI server at `url` (with or without `/v1`).

    Calls raise `tools.errors.Unavailable` (the server) and `BadInput` (the request).
    `temperature` and `max_tokens` hold where a call sets none; `token` may give another at each call.
    """
    return TgiChatModel(
        capabilities=capabilities or ChatCapabilities("guided"),
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
