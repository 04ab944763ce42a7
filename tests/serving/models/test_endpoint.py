"""Many callers at one server: bounded, fair, and spared a server that keeps failing."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langchain_core.runnables import RunnableConfig, RunnableLambda
from standin_tgi import Fault, Reply, StartTgi, Text

from agent.caller import CALLER
from serving.models.chat.tgi import tgi_chat
from serving.models.endpoint.breaker import Breaker
from serving.models.endpoint.endpoint import CallPolicy, Endpoint
from tools.caller import Caller
from tools.errors import BadInput, Unavailable

ASKED = [HumanMessage("How many racks?")]


def _well(_body: dict[str, Any]) -> Reply:
    return Text("Twelve.")


@asynccontextmanager
async def endpoint_taken(endpoint: Endpoint) -> AsyncGenerator[None]:
    """The endpoint with a place taken by a stream that somebody reads slowly."""

    async def letters() -> AsyncGenerator[str]:
        for letter in "abc":
            yield letter

    stream = endpoint.stream(letters, shows=bool)
    await anext(stream)
    yield
    assert [letter async for letter in stream] == ["b", "c"]


async def test_two_hundred_streams_at_once_are_all_whole(tgi_server: StartTgi) -> None:
    text = "one two three four five six"
    server = tgi_server(lambda _body: Text(text), token_delay_s=0.002)
    chat = tgi_chat(server.url, policy=CallPolicy(at_once=50, first_token_s=60))

    async def read() -> str:
        return "".join([piece.text async for piece in chat.astream(ASKED)])

    replies = await asyncio.gather(*(read() for _ in range(200)))
    assert set(replies) == {text}
    assert len(server.requests) == 200
    assert 1 < server.most_at_once <= 50


async def test_callers_are_served_in_turns_however_much_one_of_them_asks() -> None:
    endpoint = Endpoint("The server", CallPolicy(at_once=1))
    served: list[str] = []

    async def ask(caller: str) -> None:
        async def attempt() -> None:
            served.append(caller)
            await asyncio.sleep(0)

        async def node(_: None) -> None:
            await endpoint.ask(attempt)

        config = RunnableConfig(configurable={CALLER: Caller(id=caller)})
        await RunnableLambda(node).ainvoke(None, config)

    await asyncio.gather(*(ask(caller) for caller in ["greedy"] * 6 + ["modest", "shy"]))
    assert served[:4] == ["greedy", "greedy", "modest", "shy"]
    assert sorted(served) == ["greedy"] * 6 + ["modest", "shy"]


async def test_calls_from_threads_and_from_the_loop_share_the_places() -> None:
    endpoint = Endpoint("The server", CallPolicy(at_once=3))
    inside, most, lock = 0, 0, threading.Lock()

    def count(change: int) -> None:
        nonlocal inside, most
        with lock:
            inside += change
            most = max(most, inside)

    def from_a_thread() -> None:
        count(1)
        time.sleep(0.01)
        count(-1)

    async def attempt() -> None:
        count(1)
        await asyncio.sleep(0.01)
        count(-1)

    async with asyncio.timeout(20):
        await asyncio.gather(
            *(asyncio.to_thread(endpoint.ask_from_a_thread, from_a_thread) for _ in range(20)),
            *(endpoint.ask(attempt) for _ in range(20)),
        )
    assert (inside, most) == (0, 3)


async def test_a_thread_waits_no_longer_for_its_place_than_for_a_reply() -> None:
    endpoint = Endpoint("The server", CallPolicy(at_once=1, silence_s=0.1))
    went: list[str] = []
    async with endpoint_taken(endpoint):
        with pytest.raises(Unavailable, match="did not answer in time"):
            await asyncio.to_thread(endpoint.ask_from_a_thread, lambda: went.append("too soon"))
    await asyncio.to_thread(endpoint.ask_from_a_thread, lambda: went.append("in turn"))
    assert went == ["in turn"]


async def test_a_caller_who_leaves_the_queue_gives_up_no_place_but_its_own() -> None:
    endpoint = Endpoint("The server", CallPolicy(at_once=1))
    go = asyncio.Event()
    first = asyncio.create_task(endpoint.ask(go.wait))
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(endpoint.ask(go.wait)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    go.set()
    await asyncio.gather(first, *waiting[1:])
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]
    async with asyncio.timeout(5):
        await endpoint.ask(go.wait)


async def test_a_stream_that_is_left_frees_its_place() -> None:
    endpoint = Endpoint("The server", CallPolicy(at_once=1))

    async def pieces() -> AsyncGenerator[str]:
        while True:
            yield "word"
            await asyncio.sleep(0)

    for _ in range(3):
        async with asyncio.timeout(5), aclosing(endpoint.stream(pieces, shows=bool)) as stream:
            assert await anext(stream) == "word"


async def test_a_server_that_keeps_failing_is_left_alone_and_tried_again(
    tgi_server: StartTgi,
) -> None:
    server = tgi_server(lambda _body: Fault("http", "broken", 500, "incomplete_generation"))
    chat = tgi_chat(server.url, policy=CallPolicy(failures=3, rest_s=0.3))
    for _ in range(3):
        with pytest.raises(Unavailable, match="HTTP 500"):
            await chat.ainvoke(ASKED)
    with pytest.raises(Unavailable, match="failed 3 times in a row and will be tried again in"):
        await chat.ainvoke(ASKED)
    assert len(server.requests) == 3
    server.brain = _well
    async with asyncio.timeout(10):
        while True:
            try:
                reply = await chat.ainvoke(ASKED)
                break
            except Unavailable:
                await asyncio.sleep(0.05)
    assert reply.text == "Twelve."
    assert (await chat.ainvoke(ASKED)).text == "Twelve."


async def test_what_the_request_is_at_fault_for_does_not_count_against_the_server(
    tgi_server: StartTgi,
) -> None:
    server = tgi_server(lambda _body: Fault("http", "too long", 422, "validation"))
    chat = tgi_chat(server.url, policy=CallPolicy(failures=1))
    for _ in range(3):
        with pytest.raises(BadInput):
            await chat.ainvoke(ASKED)


def test_a_breaker_lets_one_call_through_after_each_rest() -> None:
    now = 0.0
    breaker = Breaker(limit=2, rest_s=10, clock=lambda: now)
    breaker.failed()
    assert breaker.rest() == 0
    breaker.failed()
    assert breaker.rest() == 10
    now = 11
    assert breaker.rest() == 0
    assert breaker.rest() == 10
    breaker.succeeded()
    assert breaker.rest() == 0
