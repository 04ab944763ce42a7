"""A turn's events between the graph and a reader."""

import asyncio

from agent import events
from serving.turns.stream import TOKENS_S, Telling, event_on_the_wire
from serving.wire.events import ApprovalRequest, Event, Token

BEGUN = events.StepStarted("decide")
ENDED = events.StepFinished("decide", 0.5)
TOKEN = events.Token("Forty")


async def test_events_come_in_their_order_whatever_can_wait() -> None:
    telling = Telling(event_on_the_wire)
    for event in (BEGUN, ENDED, TOKEN, BEGUN):
        telling.graph(event)
    telling.now(ApprovalRequest.model_construct())
    telling.graph(ENDED)
    telling.end()
    assert [event.event async for event in telling.read()] == [
        "step_started",
        "step_finished",
        "token",
        "step_started",
        "approval_request",
        "step_finished",
    ]


async def test_what_can_wait_comes_without_anything_after_it() -> None:
    telling = Telling(event_on_the_wire)
    telling.graph(BEGUN)
    async with asyncio.timeout(10):
        assert (await anext(telling.read())).event == "step_started"


async def test_a_step_is_put_on_the_wire_after_what_it_holds_up() -> None:
    translated: list[events.Shown] = []

    def shown(event: events.Shown) -> Event:
        translated.append(event)
        return event_on_the_wire(event)

    telling = Telling(shown)
    telling.graph(BEGUN)
    await asyncio.sleep(0)
    assert translated == []
    telling.graph(TOKEN)
    assert translated == [BEGUN, TOKEN]


async def test_the_first_token_comes_at_once_and_those_hard_behind_it_together() -> None:
    telling = Telling(event_on_the_wire)
    pieces = telling.read()
    for text in ("Forty", "-", "two", " [1]"):
        telling.graph(events.Token(text))
    assert await anext(pieces) == Token(text="Forty")
    async with asyncio.timeout(10):
        assert await anext(pieces) == Token(text="-two [1]")
    await asyncio.sleep(2 * TOKENS_S)
    telling.graph(events.Token("."))
    telling.end()
    assert [event async for event in pieces] == [Token(text=".")]
