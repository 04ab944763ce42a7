"""A served model's thinking is not part of its replies, in whatever form it arrives."""

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import add_ai_message_chunks
from standin_tgi import MODEL, Calls, Raw, Reply, StartTgi, Text

from serving.models.chat.openai_compatible import openai_chat
from serving.models.chat.tgi import tgi_chat
from serving.models.endpoint.endpoint import CallPolicy

ONCE = CallPolicy(tries=1)
ASKED = "Where do dogs wait?"
DRAFT = "Perhaps at the door? No."
SAID = "At the gate."
TOOL = {
    "type": "function",
    "function": {
        "name": "look",
        "description": "Look.",
        "parameters": {"type": "object", "properties": {"where": {"type": "string"}}},
    },
}


def delta(**fields: Any) -> bytes:
    choice = {"index": 0, "delta": fields, "finish_reason": None}
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


END = [
    b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n',
    b"data: [DONE]\n\n",
]


def whole(**message: Any) -> Raw:
    said = {"role": "assistant", **message}
    choice = {"index": 0, "message": said, "finish_reason": "stop"}
    return Raw([json.dumps({"choices": [choice]}).encode()], media_type="application/json")


WHOLE: list[tuple[str, Reply]] = [
    ("tags", Text(f"<think>{DRAFT}</think>\n\n{SAID}")),
    ("the closing tag alone", Text(f"{DRAFT}</think>{SAID}")),
    ("vLLM's field", whole(content=SAID, reasoning_content=DRAFT)),
    ("vLLM's newer field", whole(content=SAID, reasoning=DRAFT)),
    ("both fields", whole(content=SAID, reasoning=DRAFT, reasoning_content=DRAFT)),
]


@pytest.mark.parametrize("reply", [reply for _, reply in WHOLE], ids=[name for name, _ in WHOLE])
async def test_a_whole_reply_has_its_thoughts_apart(tgi_server: StartTgi, reply: Reply) -> None:
    model = openai_chat(tgi_server(lambda _: reply).url, model="m", policy=ONCE)
    said = await model.ainvoke(ASKED)
    assert (said.text, said.additional_kwargs["reasoning_content"]) == (SAID, DRAFT)


def in_fives(text: str) -> list[bytes]:
    return [delta(content=text[at : at + 5]) for at in range(0, len(text), 5)]


STREAMED: list[tuple[str, list[bytes]]] = [
    ("tags", in_fives(f"<think>{DRAFT}</think>\n{SAID}")),
    ("the closing tag alone", in_fives(f"{DRAFT}</think>\n{SAID}")),
    ("a field", [delta(reasoning_content=DRAFT[:9]), delta(reasoning_content=DRAFT[9:]),
                 delta(content=SAID)]),
    ("a field and an empty text", [delta(reasoning=DRAFT, content=""), delta(content=SAID)]),
]  # fmt: skip


@pytest.mark.parametrize(
    "pieces", [pieces for _, pieces in STREAMED], ids=[name for name, _ in STREAMED]
)
async def test_a_stream_has_its_thoughts_apart(tgi_server: StartTgi, pieces: list[bytes]) -> None:
    model = tgi_chat(tgi_server(lambda _: Raw([*pieces, *END])).url, policy=ONCE)
    chunks = [chunk async for chunk in model.astream(ASKED)]
    assert "".join(chunk.text for chunk in chunks) == SAID
    assert joined(chunks).additional_kwargs["reasoning_content"] == DRAFT


async def test_a_template_that_opens_the_thought_is_known_after_one_reply(
    tgi_server: StartTgi,
) -> None:
    stream = Raw([*in_fives(f"{DRAFT}</think>{SAID}"), *END])
    model = tgi_chat(tgi_server(lambda _: stream).url, policy=ONCE)
    assert [chunk.text async for chunk in model.astream(ASKED)][-1:] == [""]
    again = [chunk async for chunk in model.astream(ASKED)]
    thoughts = [chunk for chunk in again if chunk.additional_kwargs.get("reasoning_content")]
    assert len(thoughts) > 3
    assert "".join(chunk.text for chunk in again) == SAID


async def test_a_model_that_does_not_think_streams_from_its_second_reply_on(
    tgi_server: StartTgi,
) -> None:
    model = tgi_chat(tgi_server(lambda _: Text(SAID)).url, policy=ONCE)
    assert [chunk.text async for chunk in model.astream(ASKED) if chunk.text] == [SAID]
    assert len([chunk async for chunk in model.astream(ASKED) if chunk.text]) == 3


async def test_calls_behind_a_thought_are_read(tgi_server: StartTgi) -> None:
    calls = json.dumps({"calls": [{"name": "look", "arguments": {"where": "gate"}}]})
    draft = json.dumps({"calls": []})
    for text in (f"<think>{draft}?</think>{calls}", f"{draft}, hm.\n</think>\n{calls}"):
        model = tgi_chat(tgi_server(lambda _, text=text: Text(text)).url, policy=ONCE)
        reply = await model.bind_tools([TOOL]).ainvoke(ASKED)
        assert [call["args"] for call in reply.tool_calls] == [{"where": "gate"}]
        assert draft in reply.additional_kwargs["reasoning_content"]


async def test_native_calls_stand_beside_a_thought(tgi_server: StartTgi) -> None:
    server = tgi_server(lambda _: Calls([("look", {"where": "gate"})]), kind="vllm")
    model = openai_chat(server.url, model=MODEL, policy=ONCE)
    reply = await model.bind_tools([TOOL]).ainvoke(ASKED)
    assert [call["name"] for call in reply.tool_calls] == ["look"]


def joined(chunks: list[AIMessageChunk]) -> AIMessageChunk:
    first, *rest = chunks
    return add_ai_message_chunks(first, *rest)
