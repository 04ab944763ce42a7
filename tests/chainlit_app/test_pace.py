"""Changes that are drawn together: none twice at a time, none lost."""

import asyncio

import pytest

from chainlit_app.pace import Pace


class Sheet:
    """Draws names of changes slowly, those together that it finds."""

    def __init__(self) -> None:
        self.changed: list[str] = []
        self.begun: asyncio.Queue[list[str]] = asyncio.Queue()
        self.drawn: asyncio.Queue[list[str]] = asyncio.Queue()
        self.pace = Pace(self._draw, seconds=0.01)
        self._is_drawing = False

    def change(self, name: str) -> None:
        self.changed.append(name)
        self.pace.soon()

    def all_drawn(self) -> list[list[str]]:
        return [self.drawn.get_nowait() for _ in range(self.drawn.qsize())]

    async def _draw(self) -> None:
        assert not self._is_drawing
        taken, self.changed = self.changed, []
        if not taken:
            return
        self._is_drawing = True
        self.begun.put_nowait(taken)
        await asyncio.sleep(0.01)
        self._is_drawing = False
        if "broken" in taken:
            raise ValueError(taken)
        self.drawn.put_nowait(taken)


@pytest.fixture
def sheet() -> Sheet:
    return Sheet()


async def soon(queue: asyncio.Queue[list[str]]) -> list[str]:
    return await asyncio.wait_for(queue.get(), 5)


async def test_what_changes_within_a_moment_is_drawn_together(sheet: Sheet) -> None:
    for name in "abc":
        sheet.change(name)
    assert sheet.begun.empty()
    assert await soon(sheet.drawn) == ["a", "b", "c"]


async def test_what_changes_during_a_drawing_is_drawn_after_it(sheet: Sheet) -> None:
    sheet.change("a")
    await soon(sheet.begun)
    sheet.change("b")
    assert await soon(sheet.drawn) == ["a"]
    assert await soon(sheet.drawn) == ["b"]


async def test_the_end_draws_what_has_not_been_drawn(sheet: Sheet) -> None:
    sheet.change("a")
    await sheet.pace.end()
    assert sheet.all_drawn() == [["a"]]


async def test_the_end_cuts_no_drawing_off(sheet: Sheet) -> None:
    sheet.change("a")
    await soon(sheet.begun)
    sheet.change("b")
    await sheet.pace.end()
    assert sheet.all_drawn() == [["a"], ["b"]]


async def test_what_must_be_there_first_is_drawn_at_once_and_once(sheet: Sheet) -> None:
    sheet.change("a")
    await sheet.pace.now()
    assert sheet.all_drawn() == [["a"]]
    await sheet.pace.end()
    assert sheet.all_drawn() == []


async def test_a_drawing_that_failed_is_told_at_the_end(sheet: Sheet) -> None:
    sheet.change("broken")
    await soon(sheet.begun)
    with pytest.raises(ValueError, match="broken"):
        await sheet.pace.end()
