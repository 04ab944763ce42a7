"""What goes to a chat server and what comes back, translated without OpenAI's own client."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    InvalidToolCall,
    SystemMessage,
    ToolCall,
    ToolMessage,
)
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from openai import DefaultAsyncHttpxClient
from pydantic import BaseModel, SecretStr
from standin_tgi import Raw, StartTgi, Text

from agent.prompting import THOUGHT
from serving.models.chat.openai_compatible import CompatibleChatModel, openai_chat
from serving.models.endpoint.endpoint import CallPolicy
from tools.errors import Unavailable

Json = dict[str, Any]
QUESTION = "How many racks?"
ONCE = CallPolicy(tries=1)


def ours(url: str) -> CompatibleChatModel:
    return openai_chat(url, model="m", policy=ONCE)


# Requests


def a_call(name: str, arguments: Json, id_: str) -> ToolCall:
    return ToolCall(name=name, args=arguments, id=id_, type="tool_call")


BROKEN = InvalidToolCall(
    name="g", args='{"a": ', id="call-2", error="no JSON", type="invalid_tool_call"
)
CONVERSATIONS: dict[str, list[BaseMessage]] = {
    "a question": [SystemMessage("Be brief."), HumanMessage("Größe?")],
    "a name": [HumanMessage("Hi", name="bob")],
    "calls and results": [
        HumanMessage("Hi"),
        AIMessage("", tool_calls=[a_call("f", {"q": "ü"}, "c-1"), a_call("g", {}, "c-2")]),
        ToolMessage("twelve", tool_call_id="c-1", name="f"),
        ToolMessage("", tool_call_id="c-2", name="g"),
    ],
    "a text beside a call": [
        HumanMessage("Hi"),
        AIMessage("Well.", tool_calls=[a_call("f", {}, "c-1")]),
        ToolMessage("twelve", tool_call_id="c-1"),
    ],
    "a broken call": [
        HumanMessage("Hi"),
        AIMessage("", tool_calls=[a_call("f", {}, "c-1")], invalid_tool_calls=[BROKEN]),
        ToolMessage("no JSON", tool_call_id="call-2"),
    ],
    "a broken call alone": [
        HumanMessage("Hi"),
        AIMessage("", invalid_tool_calls=[BROKEN]),
        ToolMessage("no JSON", tool_call_id="call-2"),
    ],
    "a thought": [
        HumanMessage("Hi"),
        AIMessage("Yes.", additional_kwargs={THOUGHT: "Hm."}),
        HumanMessage("Why?"),
    ],
    "an empty text": [HumanMessage("Hi"), AIMessage(""), HumanMessage("")],
    "a picture": [
        HumanMessage([{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}])
    ],
}


@pytest.mark.parametrize("name", CONVERSATIONS)
async def test_messages_are_sent_as_langchains_own_client_sends_them(
    tgi_server: StartTgi, name: str
) -> None:
    server = tgi_server(lambda _body: Text("Yes."))
    async with DefaultAsyncHttpxClient(trust_env=False) as http:
        theirs = ChatOpenAI(
            base_url=f"{server.url}/v1",
            api_key=SecretStr("none"),
            model="m",
            http_async_client=http,
        )
        await theirs.ainvoke(CONVERSATIONS[name])
    await ours(server.url).ainvoke(CONVERSATIONS[name])
    by_them, by_us = server.requests
    assert by_us["messages"] == by_them["messages"]
    assert (by_us["model"], by_us["stream"]) == ("m", False)


@tool
def search(query: str) -> str:
    """Find passages."""
    return query


CHOICES: list[tuple[object, object]] = [
    (None, None),
    ("auto", "auto"),
    ("none", "none"),
    ("required", "required"),
    ("any", "required"),
    (True, "required"),
    (False, None),
    ("search", {"type": "function", "function": {"name": "search"}}),
    (
        {"type": "function", "function": {"name": "search"}},
        {"type": "function", "function": {"name": "search"}},
    ),
]


@pytest.mark.parametrize(("chosen", "sent"), CHOICES)
async def test_a_choice_among_tools_is_sent_as_the_protocol_has_it(
    tgi_server: StartTgi, chosen: object, sent: object
) -> None:
    server = tgi_server(lambda _body: Text("Yes."))
    await ours(server.url).bind_tools([search], tool_choice=chosen).ainvoke(QUESTION)
    (body,) = server.requests
    assert body.get("tool_choice") == sent
    assert [one["function"]["name"] for one in body["tools"]] == ["search"]


async def test_what_a_call_asks_for_goes_before_what_the_settings_do(tgi_server: StartTgi) -> None:
    server = tgi_server(lambda _body: Text("Yes."))
    chat = openai_chat(server.url, model="m", policy=ONCE, temperature=0.5, max_tokens=64)
    await chat.ainvoke(QUESTION, stop=["END"])
    await chat.ainvoke(QUESTION, max_tokens=8, temperature=0.0, extra_body={"top_k": 3})
    first, second = server.requests
    assert (first["temperature"], first["max_tokens"], first["stop"]) == (0.5, 64, ["END"])
    assert (second["temperature"], second["max_tokens"], second["top_k"]) == (0.0, 8, 3)
    assert "extra_body" not in second


class Racks(BaseModel):
    """The racks that there are."""

    racks: int


async def test_structured_output_comes_by_a_call(tgi_server: StartTgi) -> None:
    call: Json = {"id": "c-1", "type": "function"}
    call |= {"function": {"name": "Racks", "arguments": '{"racks": 12}'}}
    body = reply({"role": "assistant", "content": None, "tool_calls": [call]})
    server = tgi_server(lambda _body: Raw([body], media_type="application/json"))
    structured: Any = ours(server.url).with_structured_output(Racks)
    assert await structured.ainvoke(QUESTION) == Racks(racks=12)
    assert server.requests[0]["tool_choice"] == "required"


# Streams


def event(choice: Json | None, **more: Any) -> bytes:
    choices = [] if choice is None else [{"index": 0, "finish_reason": None, **choice}]
    body = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "M"}
    return b"data: " + json.dumps({**body, "choices": choices, **more}).encode() + b"\n\n"


def said(text: object, **more: Any) -> bytes:
    return event({"delta": {"content": text}}, **more)


def asked(*calls: Json) -> bytes:
    return event({"delta": {"tool_calls": list(calls)}})


def part(index: object, arguments: object, name: str | None = None, id_: str | None = None) -> Json:
    return {"index": index, "id": id_, "function": {"name": name, "arguments": arguments}}


def end(reason: str = "stop", **more: Any) -> bytes:
    return event({"delta": {}, "finish_reason": reason}, **more)


def tokens(read: object, written: object, total: object) -> Json:
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": total}


DONE = b"data: [DONE]\n\n"
Calls = list[tuple[str, Json]]
F, G = ("f", {"a": 1}), ("g", {"b": 2})

CALLED: dict[str, tuple[Sequence[bytes], Calls]] = {
    "two calls whose pieces come in turns": (
        [
            asked(part(0, "", "f", "c-1")),
            asked(part(1, "", "g", "c-2")),
            asked(part(0, '{"a"')),
            asked(part(1, '{"b"')),
            asked(part(0, ": 1}")),
            asked(part(1, ": 2}")),
            end("tool_calls"),
        ],
        [F, G],
    ),
    "two calls in one piece": (
        [asked(part(0, '{"a": 1}', "f", "c-1"), part(1, '{"b": 2}', "g", "c-2")), end()],
        [F, G],
    ),
    "two calls without ids": (
        [asked(part(0, '{"a": 1}', "f")), asked(part(1, '{"b": 2}', "g")), end()],
        [F, G],
    ),
    "two calls without an index": (
        [asked(part(None, '{"a": 1}', "f", "c-1"), part(None, '{"b": 2}', "g", "c-2")), end()],
        [F, G],
    ),
    "the second before the first": (
        [asked(part(1, '{"b": 2}', "g", "c-2")), asked(part(0, '{"a": 1}', "f", "c-1")), end()],
        [G, F],
    ),
    "an index that begins at one": ([asked(part(1, '{"a": 1}', "f", "c-1")), end()], [F]),
    "the id in each piece": (
        [asked(part(0, '{"a"', "f", "c-1")), asked(part(0, ": 1}", None, "c-1")), end()],
        [F],
    ),
}


async def whole(chat: Any) -> AIMessageChunk:
    first, *rest = [one async for one in chat.astream(QUESTION)]
    return add_ai_message_chunks(first, *rest)


def told(start: StartTgi, events: Sequence[bytes]) -> CompatibleChatModel:
    return ours(start(lambda _body: Raw([*events, DONE])).url)


@pytest.mark.parametrize("name", CALLED)
async def test_streamed_calls_are_told_apart(tgi_server: StartTgi, name: str) -> None:
    events, calls = CALLED[name]
    read = await whole(told(tgi_server, events))
    assert [(call["name"], call["args"]) for call in read.tool_calls] == calls
    ids = [call["id"] or "" for call in read.tool_calls]
    assert len({*ids}) == len(calls)
    assert all(ids)


COUNTED: dict[str, tuple[Sequence[bytes], tuple[int, int, int] | None]] = {
    "behind the end": ([said("Hi"), end(), event(None, usage=tokens(5, 2, 7))], (5, 2, 7)),
    "with the end": ([said("Hi"), end(usage=tokens(5, 2, 7))], (5, 2, 7)),
    "anew in each piece": (
        [
            said("H", usage=tokens(5, 1, 6)),
            said("i", usage=tokens(5, 2, 7)),
            end(usage=tokens(5, 2, 7)),
            event(None, usage=tokens(5, 2, 7)),
        ],
        (5, 2, 7),
    ),
    "with a null at the end": (
        [said("Hi", usage=tokens(5, 2, 7)), end(usage=None)],
        (5, 2, 7),
    ),
    "without a total": ([said("Hi"), end(usage=tokens(5, 2, None))], (5, 2, 7)),
    "as a text": ([said("Hi"), end(usage=tokens("5", 2, 7))], (0, 2, 7)),
    "as nothing": ([said("Hi"), end(usage={})], None),
    "not at all": ([said("Hi"), end()], None),
}


@pytest.mark.parametrize("name", COUNTED)
async def test_the_tokens_of_a_stream_are_counted_once(tgi_server: StartTgi, name: str) -> None:
    events, counted = COUNTED[name]
    read = await whole(told(tgi_server, events))
    assert read.text == "Hi"
    usage = read.usage_metadata
    assert counted == (
        usage and (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"])
    )


async def test_a_stream_says_of_what_model_and_how_likely_it_is(tgi_server: StartTgi) -> None:
    likely = [{"content": [{"token": one, "logprob": -0.5}]} for one in ("H", "i")]
    events = [
        event({"delta": {"role": "assistant", "content": None}}),
        event({"delta": {"content": "H"}, "logprobs": likely[0]}),
        event({"delta": {"content": "i"}, "logprobs": likely[1]}),
        end("length", system_fingerprint="b1"),
    ]
    read = await whole(told(tgi_server, events))
    metadata = read.response_metadata
    assert metadata["model_name"] == "M"
    assert metadata["system_fingerprint"] == "b1"
    assert metadata["finish_reason"] == "length"
    assert [one["token"] for one in metadata["logprobs"]["content"]] == ["H", "i"]


MALFORMED: dict[str, bytes] = {
    "a choice of null": b'data: {"choices": [null]}\n\n',
    "choices as an object": b'data: {"choices": {"index": 0}}\n\n',
    "a delta that is a text": event({"delta": "Hi"}),
    "a text that is a number": said(7),
    "a text that is an object": said({"text": "Hi"}),
    "calls that are a text": event({"delta": {"tool_calls": "f"}}),
    "a call of null": event({"delta": {"tool_calls": [None]}}),
    "a call without a function": event({"delta": {"tool_calls": [{"index": 0, "id": "c-1"}]}}),
    "a function of null": event({"delta": {"tool_calls": [{"index": 0, "function": None}]}}),
    "a name that is a number": asked(part(0, "{}", 7)),  # pyright: ignore[reportArgumentType]
    "an index that is a list": asked(part([0], "{}", "f")),
    "usage that is a list": said("Hi", usage=[5, 2]),
    "an event that is a list": b"data: [1]\n\n",
    "an event that is no JSON": b"data: {\n\n",
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_a_malformed_piece_is_one_clear_error(tgi_server: StartTgi, name: str) -> None:
    with pytest.raises(Unavailable, match="does not speak /v1/chat/completions"):
        await whole(told(tgi_server, [said("Hi"), MALFORMED[name], end()]))


# Whole replies


def reply(message: object, **more: Any) -> bytes:
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json.dumps({"id": "c-1", "model": "M", "choices": [choice], **more}).encode()


def answering(start: StartTgi, body: bytes) -> CompatibleChatModel:
    return ours(start(lambda _body: Raw([body], media_type="application/json")).url)


UNREADABLE = ['{"a": ', "[1]", "7", '"a"', "{'a': 1}"]


@pytest.mark.parametrize("arguments", UNREADABLE)
async def test_a_call_that_cannot_be_made_is_kept_beside_one_that_can(
    tgi_server: StartTgi, arguments: str
) -> None:
    calls = [part(0, '{"a": 1}', "f", "c-1"), part(1, arguments, "g", "c-2")]
    read = await answering(tgi_server, reply({"content": None, "tool_calls": calls})).ainvoke("?")
    assert [(call["name"], call["args"]) for call in read.tool_calls] == [F]
    (broken,) = read.invalid_tool_calls
    assert (broken["name"], broken["args"], broken["id"]) == ("g", arguments, "c-2")
    assert broken["error"]


async def test_a_whole_reply_says_what_it_took(tgi_server: StartTgi) -> None:
    usage: Json = tokens(9, 4, 13) | {
        "prompt_tokens_details": {"cached_tokens": 8},
        "completion_tokens_details": {"reasoning_tokens": 3},
    }
    likely = {"content": [{"token": "Hi", "logprob": -0.5}]}
    choice = {"message": {"content": "Hi"}, "finish_reason": "stop", "logprobs": likely}
    body = json.dumps({"id": "c-1", "model": "M", "choices": [choice], "usage": usage}).encode()
    read = await answering(tgi_server, body).ainvoke("?")
    assert read.usage_metadata == {
        "input_tokens": 9,
        "output_tokens": 4,
        "total_tokens": 13,
        "input_token_details": {"cache_read": 8},
        "output_token_details": {"reasoning": 3},
    }
    metadata = read.response_metadata
    assert (metadata["model_name"], metadata["id"]) == ("M", "c-1")
    assert (metadata["finish_reason"], metadata["logprobs"]) == ("stop", likely)


async def test_a_text_in_blocks_is_read(tgi_server: StartTgi) -> None:
    blocks = [{"type": "text", "text": "Twelve "}, {"type": "text", "text": "racks."}]
    read = await answering(tgi_server, reply({"role": "assistant", "content": blocks})).ainvoke("?")
    assert read.text == "Twelve racks."


NO_REPLIES: dict[str, bytes] = {
    "no choices": b'{"object": "chat.completion"}',
    "choices of null": b'{"choices": null}',
    "an empty list": b'{"choices": []}',
    "a choice of null": b'{"choices": [null]}',
    "a message of null": reply(None),
    "a message that is a text": reply("Hi"),
    "a text that is a number": reply({"content": 7}),
    "a call without a function": reply({"tool_calls": [{"id": "c-1"}]}),
    "a call without a name": reply({"tool_calls": [{"function": {"arguments": "{}"}}]}),
    "usage that is a list": reply({"content": "Hi"}, usage=[5, 2]),
}


@pytest.mark.parametrize("name", NO_REPLIES)
async def test_a_malformed_reply_is_one_clear_error(tgi_server: StartTgi, name: str) -> None:
    with pytest.raises(Unavailable, match="does not speak /v1/chat/completions"):
        await answering(tgi_server, NO_REPLIES[name]).ainvoke("?")
