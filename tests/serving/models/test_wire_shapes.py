"""Shapes that TGI's builds, its relatives and the proxies before them give one and the same reply."""

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import add_ai_message_chunks
from standin_tgi import Brain, Raw, StartTgi

from serving.models.chat.capabilities import ChatCapabilities
from serving.models.chat.openai_compatible import openai_chat
from serving.models.chat.tgi import tgi_chat
from serving.models.endpoint.endpoint import CallPolicy
from serving.models.sql_coder import TgiCompletion
from tools.errors import BadInput, DocsqlError, Unavailable

Json = dict[str, Any]
ONCE = CallPolicy(tries=1)
DONE = b"data: [DONE]\n\n"
MARK = b"\xef\xbb\xbf"  # a byte-order mark
TOOLS: list[Json] = [
    {
        "type": "function",
        "function": {
            "name": "f",
            "parameters": {
                "type": "object",
                "properties": {"a": {"type": "integer"}},
                "required": ["a"],
            },
        },
    },
    {
        "type": "function",
        "function": {"name": "g", "parameters": {"type": "object", "properties": {}}},
    },
]

pytestmark = [
    pytest.mark.filterwarnings("ignore:The `dict` method is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning"),
]


def event(data: object, *, begins: bytes = b"data: ", ends: bytes = b"\n\n") -> bytes:
    return begins + json.dumps(data, ensure_ascii=False).encode() + ends


def chunk(choice: Json) -> Json:
    return {
        "object": "chat.completion.chunk",
        "id": "",
        "created": 1,
        "model": "M",
        "system_fingerprint": "3.1.2-dev0-native",
        "choices": [{"index": 0, "logprobs": None, "finish_reason": None, **choice}],
        "usage": None,
    }


def said(delta: object, reason: str | None = None, **framing: bytes) -> bytes:
    return event(chunk({"delta": delta, "finish_reason": reason}), **framing)


def piece(arguments: object, name: str | None = None, **more: Any) -> bytes:
    call = {
        "index": 0,
        "id": "0",
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    } | more
    return said({"role": "assistant", "content": None, "tool_calls": [call]})


USAGE = event(
    {
        **chunk({}),
        "choices": [],
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
    }
)
END = said({"role": "assistant", "content": ""}, "stop")
Reading = tuple[str, list[tuple[str, Json]]]
HI: Reading = ("Hi", [])
A: Reading = ("", [("f", {"a": 1})])

# The events of a stream, and its text and calls.
STREAMS: dict[str, tuple[list[bytes], Reading]] = {
    "arguments in one piece": ([piece('{"a": 1}', "f")], A),
    "arguments behind an empty piece": ([piece("", "f"), piece('{"a": 1}')], A),
    "arguments behind a null": ([piece(None, "f"), piece('{"a": 1}')], A),
    "arguments as an object": ([piece({"a": 1}, "f")], A),
    "a stray comma in one piece": ([piece('{, "a": 1}', "f")], A),
    "a stray comma behind blanks": (
        [piece("{ ", "f"), piece(" "), piece(', "a": 1'), piece("}")],
        A,
    ),
    "a brace alone where nothing is wanted": ([piece("{", "g")], ("", [("g", {})])),
    "the name in each piece": ([piece("{", "f"), piece('"a": 1}', "f")], A),
    "an id of null": ([piece('{"a": 1}', "f", id=None, type=None)], A),
    "no index": ([piece('{"a": 1}', "f", index=None)], A),
    "two calls of one index": (
        [piece('{"a": 1}', "f", id="one"), piece("{}", "g", id="two"), END],
        ("", [("f", {"a": 1}), ("g", {})]),
    ),
    "a special token behind the call": ([piece('{"a": 1}', "f"), piece("<|eot_id|>")], A),
    "one call in place of a list": (
        [
            said(
                {
                    "role": "assistant",
                    "tool_calls": {
                        "index": 0,
                        "id": "",
                        "type": "function",
                        "function": {"name": "f", "arguments": '{"a": 1}'},
                    },
                }
            )
        ],
        A,
    ),
    "a whole call with length": (
        [piece("{", "f"), piece('"a": 1}'), said({"content": ""}, "length")],
        A,
    ),
    "a text before the call": (
        [said({"content": "Well "}), piece('{"a": 1}', "f")],
        ("Well ", A[1]),
    ),
    "a call with usage": ([piece('{"a": 1}', "f"), USAGE], A),
    "usage behind the end": ([said({"content": "Hi"}), END, USAGE], HI),
    "no calls as an object": ([said({"content": "Hi", "tool_calls": {}}), END], HI),
    "no calls as a list": ([said({"content": "Hi", "tool_calls": []}), END], HI),
    "no calls as a null": ([said({"content": "Hi", "tool_calls": None}), END], HI),
    "no role": ([said({"content": "Hi"}), END], HI),
    "a text of null": (
        [said({"role": "assistant", "content": None}), said({"content": "Hi"}), END],
        HI,
    ),
    "the end without a delta": (
        [said({"content": "Hi"}), event(chunk({"finish_reason": "stop"}))],
        HI,
    ),
    "the end with a delta of null": ([said({"content": "Hi"}), said(None, "stop")], HI),
    "the reason with the last word": ([said({"content": "Hi"}, "length")], HI),
    "the reason eos_token": ([said({"content": "Hi"}), said({"content": ""}, "eos_token")], HI),
    "the reason stop_sequence": ([said({"content": "Hi"}, "stop_sequence")], HI),
    "an error of null": ([event({**chunk({"delta": {"content": "Hi"}}), "error": None}), END], HI),
    "comments around": ([b":\n\n", said({"content": "Hi"}), b": on\n\n", END, b":\n\n"], HI),
    "lines that end in CR": (
        [said({"content": "Hi"}, ends=b"\r\r"), said({}, "stop", ends=b"\r\r")],
        HI,
    ),
    "a byte-order mark": ([MARK, said({"content": "Hi"}), END], HI),
    "a byte-order mark in pieces": ([*(bytes([one]) for one in MARK), piece('{"a": 1}', "f")], A),
    "a second choice between": (
        [
            said({"content": "H"}),
            event({**chunk({}), "choices": [{"index": 1, "delta": {"content": "Yo"}}]}),
            said({"content": "i"}),
            END,
        ],
        HI,
    ),
    "no arguments as an empty text": (
        [piece("", "g"), said({"content": ""}, "tool_calls")],
        ("", [("g", {})]),
    ),
    "a megabyte in a line": ([said({"content": "x" * 1_000_000}), END], ("x" * 1_000_000, [])),
    "a character in pieces": (
        [bytes([byte]) for byte in said({"content": "Größe 退货"}, ends=b"\r\n\r\n") + END],
        ("Größe 退货", []),
    ),
}


def fixed(reply: Raw) -> Brain:
    return lambda _body: reply


def chats(url: str) -> list[Any]:
    """A client of either kind with the tools offered."""
    tgi = tgi_chat(url, policy=ONCE, capabilities=ChatCapabilities("native"))
    return [tgi.bind_tools(TOOLS), openai_chat(url, model="m", policy=ONCE).bind_tools(TOOLS)]


async def streamed(chat: Any) -> AIMessageChunk:
    first, *rest = [one async for one in chat.astream("How many racks?")]
    return add_ai_message_chunks(first, *rest)


@pytest.mark.parametrize("name", STREAMS)
async def test_a_streamed_shape_is_read_as_it_is_meant(tgi_server: StartTgi, name: str) -> None:
    events, (text, calls) = STREAMS[name]
    server = tgi_server(fixed(Raw([*events, DONE])))
    tgi, compatible = chats(server.url)
    # Only TGI's grammar leaves a brace alone: elsewhere it is half a call.
    asked = [tgi] if "a brace alone" in name else [tgi, compatible]
    for chat in asked:
        reply = await streamed(chat)
        assert reply.text == text
        assert [(call["name"], call["args"]) for call in reply.tool_calls] == calls
        assert reply.invalid_tool_calls == []
        assert all(len(call["id"] or "") > 2 for call in reply.tool_calls)
        assert (reply.usage_metadata is not None) == (USAGE in events)


async def test_a_stream_is_utf_8_whatever_it_says(tgi_server: StartTgi) -> None:
    events = [said({"content": "Größe"}), END, DONE]
    server = tgi_server(fixed(Raw(events, media_type="text/event-stream; charset=iso-8859-1")))
    for chat in chats(server.url):
        assert (await streamed(chat)).text == "Größe"


# Streams that are no reply, who has to act, and a word of what is said.
NO_STREAMS: dict[str, tuple[list[bytes], type[DocsqlError], str]] = {
    "half a call": ([piece("{", "f"), piece('"a":')], Unavailable, "was not complete"),
    "half a call with stop": ([piece('{"a":', "f"), END], Unavailable, "was not complete"),
    "half a call with length": (
        [piece('{"a":', "f"), said({"content": ""}, "length")],
        BadInput,
        "larger max_tokens",
    ),
    "a brace alone where something is wanted": ([piece("{", "f")], Unavailable, "not complete"),
    "an error in a text": (
        [said({"content": "Hi"}), event({"error": {"message": "boom", "http_status_code": 422}})],
        Unavailable,
        "boom",
    ),
    "an error in native words": (
        [event({"error": "boom", "error_type": "generation"})],
        Unavailable,
        "boom",
    ),
    "nothing": ([], Unavailable, "does not speak"),
}


@pytest.mark.parametrize("name", NO_STREAMS)
async def test_a_stream_that_is_no_reply_is_an_error(tgi_server: StartTgi, name: str) -> None:
    events, error, told = NO_STREAMS[name]
    server = tgi_server(fixed(Raw([*events, DONE])))
    for chat in chats(server.url):
        with pytest.raises(error, match=told):
            await streamed(chat)


def message(given: Json, reason: str = "stop", **more: Any) -> Json:
    choice = {"index": 0, "message": given, "logprobs": None, "finish_reason": reason}
    usage = {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}
    body = {"object": "chat.completion", "id": "", "created": 1, "model": "M", "usage": usage}
    return {**body, "choices": [choice], **more}


def call(arguments: object, **more: Any) -> Json:
    function = {"description": None, "name": "f", "arguments": arguments}
    return {"id": "0", "type": "function", "function": function, **more}


WHOLE: dict[str, tuple[Json, Reading]] = {
    "a call": (message({"role": "assistant", "tool_calls": [call('{"a": 1}')]}), A),
    "a call beside null": (
        message({"role": "assistant", "content": None, "tool_calls": [call('{"a": 1}')]}),
        A,
    ),
    "arguments as an object": (message({"role": "assistant", "tool_calls": [call({"a": 1})]}), A),
    "an id that is a number": (
        message({"role": "assistant", "tool_calls": [call({"a": 1}, id=0)]}),
        A,
    ),
    "one call in place of a list": (
        message({"role": "assistant", "tool_calls": call('{"a": 1}')}),
        A,
    ),
    "a stray comma": (message({"role": "assistant", "tool_calls": [call('{, "a": 1}')]}), A),
    "no calls as an object": (
        message({"role": "assistant", "content": "Hi", "tool_calls": {}}),
        HI,
    ),
    "no role": (message({"content": "Hi"}), HI),
    "the reason eos_token": (message({"role": "assistant", "content": "Hi"}, "eos_token"), HI),
    "usage of null": (message({"role": "assistant", "content": "Hi"}, usage=None), HI),
    "no text": (message({"role": "assistant"}), ("", [])),
}


@pytest.mark.parametrize("name", WHOLE)
async def test_a_whole_shape_is_read_as_it_is_meant(tgi_server: StartTgi, name: str) -> None:
    body, (text, calls) = WHOLE[name]
    server = tgi_server(fixed(Raw([json.dumps(body).encode()], media_type="application/json")))
    for chat in chats(server.url):
        reply: AIMessage = await chat.ainvoke("How many racks?")
        assert reply.text == text
        assert [(one["name"], one["args"]) for one in reply.tool_calls] == calls
        assert all(len(one["id"] or "") > 2 for one in reply.tool_calls)


ERRORS: list[tuple[object, type[DocsqlError], str]] = [
    ({"error": "CUDA error", "error_type": "generation"}, Unavailable, "CUDA error"),
    ({"error": {"message": "CUDA error", "code": 500}}, Unavailable, "CUDA error"),
    ({"error": "Model is overloaded", "error_type": "overloaded"}, Unavailable, "is overloaded"),
    ({"error": "Input validation error: too long"}, BadInput, "too long"),
    ([1], Unavailable, "does not speak"),
    (None, Unavailable, "does not speak"),
]


@pytest.mark.parametrize(("body", "error", "told"), ERRORS)
async def test_an_error_with_the_status_of_success_is_an_error(
    tgi_server: StartTgi, body: object, error: type[DocsqlError], told: str
) -> None:
    server = tgi_server(fixed(Raw([json.dumps(body).encode()], media_type="application/json")))
    for chat in chats(server.url):
        with pytest.raises(error, match=told):
            await chat.ainvoke("How many racks?")


def token(text: str, whole: str | None = None, *, special: bool = False, **more: Any) -> Json:
    one = {"id": 1, "text": text, "logprob": -0.5, "special": special}
    return {"index": 1, "token": one, "generated_text": whole, "details": None, **more}


LAST = {"finish_reason": "eos_token", "generated_tokens": 2, "seed": None, "input_length": 5}

# The events of a native stream and the text.
NATIVE: dict[str, tuple[list[bytes], str]] = {
    "a space behind data": ([event(token("SELECT 1", "SELECT 1"))], "SELECT 1"),
    "CR LF and comments": (
        [
            b":\n\n",
            event(token("SELECT"), begins=b"data:", ends=b"\r\n\r\n"),
            event(token(" 1", "SELECT 1"), begins=b"data:", ends=b"\r\n\r\n"),
        ],
        "SELECT 1",
    ),
    "a [DONE] at the end": ([event(token("SELECT 1", "SELECT 1", details=LAST)), DONE], "SELECT 1"),
    "a byte-order mark": (
        [MARK, event(token("SELECT")), event(token(" 1", "SELECT 1"))],
        "SELECT 1",
    ),
    "a special token at the end": (
        [event(token("SELECT 1")), event(token("</s>", "SELECT 1", special=True))],
        "SELECT 1",
    ),
    "a special token in the whole": (
        [event(token("SELECT 1")), event(token("<|im_end|>", "SELECT 1<|im_end|>", special=True))],
        "SELECT 1",
    ),
    "details and candidates": (
        [event(token("SELECT 1", "SELECT 1", details=LAST, top_tokens=[]))],
        "SELECT 1",
    ),
    "characters in pieces": (
        [bytes([one]) for one in event(token("'ü€'", "'ü€'"), begins=b"data:")],
        "'ü€'",
    ),
}


@pytest.mark.parametrize("name", NATIVE)
async def test_a_native_shape_is_read_as_it_is_meant(tgi_server: StartTgi, name: str) -> None:
    events, text = NATIVE[name]
    coder = TgiCompletion(tgi_server(fixed(Raw(events))).url, policy=ONCE)
    assert await coder.complete("--", stop=[";"], max_new_tokens=8) == text


NO_NATIVE: dict[str, tuple[Raw, type[DocsqlError], str]] = {
    "an error late": (
        Raw([event(token("SELECT")), event({"error": "boom", "error_type": "generation"})]),
        Unavailable,
        "boom",
    ),
    "an error of a kind of its own": (Raw([event({"error": "boom"})]), Unavailable, "boom"),
    "too long": (
        Raw([event({"error": "Input validation error", "error_type": "validation"})]),
        BadInput,
        "validation",
    ),
    "a [DONE] too early": (Raw([event(token("SELECT")), DONE]), Unavailable, "unlike TGI"),
    "cut by the most tokens": (
        Raw([event(token("SELECT", "SELECT", details={**LAST, "finish_reason": "length"}))]),
        BadInput,
        "8 tokens",
    ),
    "a megabyte in a line": (
        Raw([event(token("x" * 1_000_000, "x"))]),
        Unavailable,
        "unlike TGI",
    ),
    "nothing": (Raw([b""]), Unavailable, "unlike TGI"),
    "somebody else's JSON": (
        Raw([b'{"error": "boom"}'], media_type="application/json"),
        Unavailable,
        "unlike TGI",
    ),
    "a redirect": (Raw([b""], 307, "text/plain"), Unavailable, "redirects elsewhere"),
}


@pytest.mark.parametrize("name", NO_NATIVE)
async def test_a_native_stream_that_is_no_reply_is_an_error(
    tgi_server: StartTgi, name: str
) -> None:
    reply, error, told = NO_NATIVE[name]
    coder = TgiCompletion(tgi_server(fixed(reply)).url, policy=ONCE)
    with pytest.raises(error, match=told):
        await coder.complete("--", stop=[";"], max_new_tokens=8)
