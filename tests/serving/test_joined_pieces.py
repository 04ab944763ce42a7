"""Pieces of a response on their way out."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.types import Message, Receive, Scope, Send

from serving.http.middleware.joined import JoinPieces

START: Message = {"type": "http.response.start", "status": 200, "headers": []}
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def piece(text: str, *, is_last: bool = False) -> Message:
    return {"type": "http.response.body", "body": text.encode(), "more_body": not is_last}


async def never() -> Message:
    return await asyncio.get_running_loop().create_future()


async def sent_by(app: App) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await JoinPieces(app)({"type": "http"}, never, send)
    return sent


async def test_pieces_without_a_pause_go_out_as_one_with_the_last() -> None:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        for message in (START, piece("a"), piece("b"), piece("c", is_last=True)):
            await send(message)

    assert await sent_by(app) == [START, piece("abc", is_last=True)]


async def test_a_piece_goes_out_without_anything_after_it() -> None:
    sent: list[Message] = []
    is_out = asyncio.Event()

    async def send(message: Message) -> None:
        sent.append(message)
        if message["type"] == "http.response.body":
            is_out.set()

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send(START)
        await send(piece("a"))
        await send(piece("b"))
        async with asyncio.timeout(10):
            await is_out.wait()
        await send(piece("", is_last=True))

    await JoinPieces(app)({"type": "http"}, never, send)
    assert sent == [START, piece("ab"), piece("", is_last=True)]


async def test_much_is_sent_before_more_is_taken() -> None:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        for message in (START, piece("a" * 70_000), piece("b"), piece("", is_last=True)):
            await send(message)

    assert await sent_by(app) == [START, piece("a" * 70_000), piece("b", is_last=True)]


async def test_a_slow_reader_holds_the_application_up() -> None:
    may_go_on, taken = asyncio.Event(), list[str]()

    async def send(message: Message) -> None:
        if message.get("body"):
            await may_go_on.wait()

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send(piece("a"))
        await asyncio.sleep(0)
        await send(piece("b"))
        taken.append("b")
        await send(piece("", is_last=True))

    work = asyncio.create_task(JoinPieces(app)({"type": "http"}, never, send))
    for _ in range(5):
        await asyncio.sleep(0)
    assert taken == []
    may_go_on.set()
    await work
    assert taken == ["b"]


async def test_who_sends_next_hears_that_a_piece_could_not_be_sent() -> None:
    async def send(message: Message) -> None:
        raise OSError(message["body"].decode())

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send(piece("a"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await send(piece("b"))

    with pytest.raises(OSError, match="a"):
        await JoinPieces(app)({"type": "http"}, never, send)
