"""A model's thoughts on the page: folded, and apart from the answer."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from scripted_service import ScriptedService, answered, ask, unfold

from serving.wire.events import Event, Reasoning, StepFinished, StepStarted, Token
from serving.wire.question import Question

THOUGHT = ("First I weigh ", "the ![x](http://127.0.0.1:9/x.png) bees.")


async def think(_: Question) -> AsyncIterator[Event]:
    yield StepStarted(step="decide")
    yield Reasoning(step="decide", text="Where to look?")
    yield StepFinished(step="decide", detail="documents", seconds=0.001)
    for piece in THOUGHT:
        yield Reasoning(step="answer", text=piece)
    yield Token(text="They are light.")
    yield answered("They are light.")


@pytest.fixture(scope="module")
def service() -> Iterator[ScriptedService]:
    scripted = ScriptedService({"think": think})
    with scripted.running():
        yield scripted


def test_a_thought_is_folded_and_no_part_of_the_answer(
    page: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(page)
    ask(tab, "think")
    expect(tab.locator(".ai-message").last).to_contain_text("They are light.")
    unfold(tab)
    thoughts = tab.get_by_role("button", name="Thought", exact=True)
    expect(thoughts).to_have_count(2)
    expect(tab.get_by_text("First I weigh")).to_be_hidden()
    thoughts.last.click()
    expect(tab.get_by_text("First I weigh the")).to_be_visible()
    expect(tab.locator("img[src*='x.png']")).to_have_count(0)
