"""A turn's events between the graph and a reader."""

import asyncio
from typing import Any

from agent import events
from serving.turns.stream import TOKENS_S, EventStream, event_on_the_wire
from serving.wire.events import ApprovalRequest, Event, Token

BEGUN = events.NodeStarted("decide")
ENDED = events.NodeFinished("decide", 0.5)
TOKEN = events.AnswerToken("Forty")


async def test_events_come_in_their_order_whatever_can_wait() -> None:
    stream = EventStream(event_on_the_wire)
    for event in (BEGUN, ENDED, TOKEN, BEGUN):
        stream.forward(event)
    stream.send_now(ApprovalRequest.model_construct())
    stream.forward(ENDED)
    stream.end()
    assert [event.event async for event in stream.read()] == [
        "step_started",
        "step_finished",
        "token",
        "step_started",
        "approval_request",
        "step_finished",
    ]


async def test_what_can_wait_comes_without_anything_after_it() -> None:
    stream = EventStream(event_on_the_wire)
    stream.forward(BEGUN)
    async with asyncio.timeout(10):
        assert (await anext(stream.read())).event == "step_started"


async def test_a_step_is_put_on_the_wire_after_what_it_holds_up() -> None:
    translated: list[events.ShownEvent] = []

    def shown(event: events.ShownEvent) -> Event:
        translated.append(event)
        return event_on_the_wire(event)

    stream = EventStream(shown)
    stream.forward(BEGUN)
    await asyncio.sleep(0)
    assert translated == []
    stream.forward(TOKEN)
    assert translated == [BEGUN, TOKEN]


async def test_the_first_token_comes_at_once_and_those_hard_behind_it_together() -> None:
    stream = EventStream(event_on_the_wire)
    pieces = stream.read()
    for text in ("Forty", "-", "two", " [1]"):
        stream.forward(events.AnswerToken(text))
    assert await anext(pieces) == Token(text="Forty")
    async with asyncio.timeout(10):
        assert await anext(pieces) == Token(text="-two [1]")
    await asyncio.sleep(2 * TOKENS_S)
    stream.forward(events.AnswerToken("."))
    stream.end()
    assert [event async for event in pieces] == [Token(text=".")]


class HastyLoop(asyncio.SelectorEventLoop):
    """Gives a plain handle for a time that is there, as uvloop does, whose clock counts milliseconds."""

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any:
        del when
        return self.call_soon(callback, *args, context=context)


def test_events_go_on_where_the_loop_runs_at_once_what_it_is_to_run_later() -> None:
    async def tell() -> list[str]:
        stream = EventStream(event_on_the_wire)
        for event in (BEGUN, ENDED):
            stream.forward(event)
        stream.end()
        return [event.event async for event in stream.read()]

    with asyncio.Runner(loop_factory=HastyLoop) as runner:
        assert runner.run(tell()) == ["step_started", "step_finished"]
