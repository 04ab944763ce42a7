"""The client of vLLM and its like: native tools, the same watch over broken replies."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import add_ai_message_chunks
from standin_server import serve
from standin_tgi import Fault, StartTgi, Text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from serving.models.chat.completions import LAST_CALL
from serving.models.chat.openai_compatible import openai_chat
from serving.models.endpoint.endpoint import CallPolicy
from tools.errors import DocsqlError, Unavailable

QUESTION = "How many racks?"
ONCE = CallPolicy(tries=1)
SEARCH = {
    "type": "function",
    "function": {
        "name": "search",
        "description": "Find passages.",
        "parameters": {"type": "object", "properties": {"query": {"type": "string"}}},
    },
}
CALLS = [
    {
        "index": number,
        "id": f"chatcmpl-tool-{number}",
        "type": "function",
        "function": {"name": "search", "arguments": json.dumps({"query": query})},
    }
    for number, query in enumerate(["rack", "price"])
]


def envelope(part: str, message: dict[str, Any], finish_reason: str | None) -> dict[str, Any]:
    choice = {"index": 0, part: message, "finish_reason": finish_reason}
    kind = "chat.completion" if part == "message" else "chat.completion.chunk"
    return {"id": "c-1", "object": kind, "created": 1, "model": "m", "choices": [choice]}


def vllm_events(finish_reason: str | None) -> Iterator[str]:
    for call in CALLS:
        yield f"data: {json.dumps(envelope('delta', {'tool_calls': [call]}, None))}\n\n"
    yield f"data: {json.dumps(envelope('delta', {'content': ''}, finish_reason))}\n\n"
    yield "data: [DONE]\n\n"


async def vllm_chat(request: Request) -> Response:
    body: dict[str, Any] = await request.json()
    if body.get("stream"):
        return StreamingResponse(vllm_events("tool_calls"), media_type="text/event-stream")
    message = {"role": "assistant", "content": None, "tool_calls": CALLS}
    return JSONResponse(envelope("message", message, "tool_calls"))


@pytest.mark.parametrize("prefix", ["", "/openai"])
async def test_parallel_native_calls_keep_the_servers_ids(running: ExitStack, prefix: str) -> None:
    app = Starlette(routes=[Route(f"{prefix}/v1/chat/completions", vllm_chat, methods=["POST"])])
    url = running.enter_context(serve(app)) + prefix
    bound: Any = openai_chat(url, model="m", policy=ONCE).bind_tools([SEARCH])
    chunks: list[AIMessageChunk] = [chunk async for chunk in bound.astream(QUESTION)]
    replies: list[AIMessage] = [await bound.ainvoke(QUESTION)]
    replies.append(add_ai_message_chunks(chunks[0], *chunks[1:]))
    for reply in replies:
        assert [(call["id"], call["args"]["query"]) for call in reply.tool_calls] == [
            ("chatcmpl-tool-0", "rack"),
            ("chatcmpl-tool-1", "price"),
        ]


async def test_tools_model_and_key_go_out_as_they_are(tgi_server: StartTgi) -> None:
    server = tgi_server(lambda _body: Text("Twelve."), api_key="right")
    model = openai_chat(server.url, model="our-model", api_key="right", policy=ONCE)
    assert (await model.bind_tools([SEARCH]).ainvoke(QUESTION)).text == "Twelve."
    assert server.requests[0]["model"] == "our-model"
    assert server.requests[0]["tools"] == [SEARCH]
    assert "response_format" not in server.requests[0]


FAULTS: list[tuple[Fault, type[DocsqlError], str]] = [
    (Fault("cut_off"), Unavailable, "broke off its reply"),
    (Fault("no_reason"), Unavailable, "no finish_reason came"),
    (Fault("in_stream_error", "CUDA out of memory"), Unavailable, "CUDA out of memory"),
    (Fault("http", "unhealthy", 503), Unavailable, "failed"),
    (Fault("http", "The model `m` does not exist.", 404), Unavailable, "no such path or model"),
]


@pytest.mark.parametrize(("fault", "error", "told"), FAULTS)
async def test_a_broken_reply_raises_and_names_the_server(
    tgi_server: StartTgi, fault: Fault, error: type[DocsqlError], told: str
) -> None:
    server = tgi_server(lambda _body: fault)
    model = openai_chat(server.url, model="m", policy=ONCE)
    with pytest.raises(error, match=told) as raised:
        [chunk async for chunk in model.astream(QUESTION)]
    assert server.url in str(raised.value)


def noting(ports: list[int]) -> Starlette:
    """A server that notes the client's port of each request: there is one to a connection."""

    async def chat(request: Request) -> Response:
        assert request.client is not None
        ports.append(request.client.port)
        return JSONResponse(envelope("message", {"role": "assistant", "content": "Two."}, "stop"))

    return Starlette(routes=[Route("/v1/chat/completions", chat, methods=["POST"])])


@pytest.fixture
def asked_from() -> Iterator[tuple[str, list[int]]]:
    ports: list[int] = []
    with serve(noting(ports)) as url:
        yield url, ports


async def test_calls_share_a_connection_where_it_is_kept_and_nowhere_else(
    asked_from: tuple[str, list[int]],
) -> None:
    url, ports = asked_from
    chat = openai_chat(url, model="m")
    async with chat.completions.kept():
        for _ in range(3):
            await chat.ainvoke(QUESTION)
        await asyncio.to_thread(chat.invoke, QUESTION)  # in an event loop of its own
    await chat.ainvoke(QUESTION)
    assert len({*ports[:3]}) == 1
    assert len({*ports}) == 3


async def test_a_kept_connection_ends_now_and_then_for_a_replica_that_was_added(
    asked_from: tuple[str, list[int]],
) -> None:
    url, ports = asked_from
    chat = openai_chat(url, model="m")
    async with chat.completions.kept():
        for _ in range(LAST_CALL + 1):
            await chat.ainvoke(QUESTION)
    assert len({*ports[:LAST_CALL]}) == 1
    assert ports[LAST_CALL] != ports[0]


async def test_a_server_that_was_started_anew_is_found_over_a_kept_connection() -> None:
    app = noting([])
    with ExitStack() as first:
        url = first.enter_context(serve(app))
        chat = openai_chat(url, model="m", policy=ONCE)
        async with chat.completions.kept():
            assert (await chat.ainvoke(QUESTION)).text == "Two."
            first.close()
            with serve(app, port=int(url.rpartition(":")[2])):
                await asyncio.sleep(0.1)  # until the loop has heard of the end of the connection
                assert (await chat.ainvoke(QUESTION)).text == "Two."
