"""llama.cpp's server as it really speaks: recordings of it, played back to our client."""

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import add_ai_message_chunks
from recorded import played, recording

from serving.models.chat.capabilities import ChatCapabilities
from serving.models.chat.openai_compatible import CompatibleChatModel, openai_chat
from serving.models.endpoint.endpoint import CallPolicy
from serving.models.endpoint.identity import ask_identity, counting
from tools.errors import BadInput, Momentary, Unavailable

SERVER = "llamacpp"
CALLED = [("search_documents", {"query": "warranty"})]
GREETING = "Good morning! How can I assist you today?"
PRINTED = """```json
{
  "name": "search_documents",
  "arguments": {
    "query": "warranty"
  }
}
```"""
PLACE = '{\n  "city": "Leipzig",\n  "rooms": 120\n}'

# A recording, and its text, calls, reason and tokens read and written.
REPLIES: list[tuple[str, str, list[tuple[str, dict[str, Any]]], str, tuple[int, int]]] = [
    ("text", GREETING, [], "stop", (33, 11)),
    ("cut", "1, 2, ", [], "length", (35, 6)),
    ("tools-auto", PRINTED, [], "stop", (265, 30)),
    ("native", "", CALLED, "tool_calls", (389, 25)),
    ("native-two", "", CALLED, "tool_calls", (389, 25)),
    ("schema", PLACE, [], "stop", (40, 24)),
]
STREAMED = [case for case in REPLIES if case[0] not in {"tools-parallel"}]


def _chat(url: str, *, tries: int = 1) -> CompatibleChatModel:
    return openai_chat(
        url,
        model="qwen",
        policy=CallPolicy(tries=tries),
        capabilities=ChatCapabilities("native"),
        opens_thought=False,
    )


def _calls(message: AIMessage) -> list[tuple[str, dict[str, Any]]]:
    return [(call["name"], call["args"]) for call in message.tool_calls]


def _tokens(message: AIMessage) -> tuple[int, int]:
    assert message.usage_metadata is not None
    return message.usage_metadata["input_tokens"], message.usage_metadata["output_tokens"]


@pytest.mark.parametrize(("name", "text", "calls", "reason", "tokens"), REPLIES)
async def test_a_whole_reply_is_read(
    name: str,
    text: str,
    calls: list[tuple[str, dict[str, Any]]],
    reason: str,
    tokens: tuple[int, int],
) -> None:
    with played(SERVER, name) as url:
        reply = await _chat(url).ainvoke("Hi")
    assert (reply.text, _calls(reply)) == (text, calls)
    assert reply.response_metadata["finish_reason"] == reason
    assert _tokens(reply) == tokens
    assert all(call["id"] for call in reply.tool_calls)


@pytest.mark.parametrize(("name", "text", "calls", "reason", "tokens"), STREAMED)
async def test_a_stream_says_the_same(
    name: str,
    text: str,
    calls: list[tuple[str, dict[str, Any]]],
    reason: str,
    tokens: tuple[int, int],
) -> None:
    with played(SERVER, f"{name}-stream") as url:
        chunks = [chunk async for chunk in _chat(url).astream("Hi")]
    assert all(isinstance(chunk, AIMessageChunk) for chunk in chunks)
    reply = add_ai_message_chunks(*chunks)
    assert (reply.text, _calls(reply)) == (text, calls)
    assert reply.response_metadata["finish_reason"] == reason
    assert _tokens(reply) == tokens


async def test_it_is_known_by_what_it_says_of_itself() -> None:
    with played(SERVER, "info", "models", "tokenize") as url:
        found = await ask_identity(url, api_key=None)
        count = counting(url, found, api_key=None)
        assert str(found) == "llamacpp, qwen, reads 4096 tokens"
        assert count is not None
        assert await count("How many orders are there?") == 6


@pytest.mark.parametrize("name", ["too-long", "too-long-stream"])
async def test_what_is_too_long_says_by_how_much_and_what_to_do(name: str) -> None:
    with played(SERVER, name) as url, pytest.raises(BadInput) as caught:
        await _chat(url).ainvoke("Hi")
    assert "8222 tokens" in str(caught.value)
    assert "4096" in str(caught.value)
    assert "DOCSQL_CHAT__CONTEXT_TOKENS" in str(caught.value)
    assert "{" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("loading-chat", Momentary, "Loading model"),
        ("wrong-key", Unavailable, "refused the API key"),
        ("schema-bad", BadInput, "unrecognized type no"),
        ("no-messages", BadInput, "'messages' is required"),
        ("no-json", Unavailable, "parse error at line 1"),
    ],
)
async def test_an_error_is_told_in_its_own_words(
    name: str, kind: type[Exception], words: str
) -> None:
    with played(SERVER, name) as url, pytest.raises(kind) as caught:
        await _chat(url).ainvoke("Hi")
    assert words in str(caught.value)
    assert '{"error"' not in str(caught.value)


def test_the_recordings_are_of_requests_that_our_client_makes() -> None:
    sent = recording(SERVER, "schema").request.body
    assert isinstance(sent, dict)
    asked = _chat("http://127.0.0.1:1").grammar(
        "place", sent["response_format"]["json_schema"]["schema"]
    )
    assert asked == {"response_format": sent["response_format"]}
