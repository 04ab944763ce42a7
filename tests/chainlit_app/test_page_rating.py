"""What a reader says of an answer, and clicks that come to nothing."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from scripted_service import ScriptedService, answered, ask

from serving.wire.events import Event
from serving.wire.question import Question
from serving.wire.threads import Feedback


async def rated(question: Question) -> AsyncIterator[Event]:
    yield answered("Two parts.", answer_id=question.question)


@pytest.fixture(scope="module")
def service() -> Iterator[ScriptedService]:
    service = ScriptedService({name: rated for name in ("one", "two", "three")})
    with service.running():
        yield service


def test_a_comment_is_kept_in_order_and_whichever_thumb_is_clicked(
    page: str, visit: Callable[[str], Page], service: ScriptedService
) -> None:
    tab = visit(page)
    ask(tab, "one")
    held = threading.Event()
    service.note_after.append(held)
    tab.get_by_role("button", name="Not helpful").click()
    field = tab.get_by_label("Comment on this answer")
    field.fill("Too few.")  # while the thumb is still on its way
    tab.get_by_role("button", name="Helpful", exact=True).click()
    expect(field).to_have_value("Too few.")
    tab.get_by_role("button", name="Done").click()
    tab.wait_for_timeout(300)
    assert service.noted == []
    held.set()
    expect(tab.get_by_role("button", name="Too few.")).to_be_visible()
    said = [("down", ""), ("up", ""), ("up", "Too few.")]
    assert service.noted == [
        Feedback(answer_id="one", rating=rating, comment=comment)  # pyright: ignore[reportArgumentType]
        for rating, comment in said
    ]


def test_a_comment_that_was_not_kept_is_still_there(
    page: str, visit: Callable[[str], Page], service: ScriptedService
) -> None:
    tab = visit(page)
    ask(tab, "two")
    tab.get_by_role("button", name="Not helpful").click()
    field = tab.get_by_label("Comment on this answer")
    field.fill("refused")
    tab.get_by_role("button", name="Done").click()
    expect(tab.get_by_role("status").get_by_text("(refused)")).to_be_visible()
    expect(field).to_have_value("refused")
    ask(tab, "three")
    expect(tab.get_by_role("button", name="Not helpful")).to_have_count(2)
    expect(field).to_have_value("refused")
    field.fill("Too few.")
    tab.get_by_role("button", name="Done").click()
    expect(tab.get_by_role("button", name="Too few.")).to_be_visible()
    assert service.noted[-1] == Feedback(answer_id="two", rating="down", comment="Too few.")


def test_a_click_that_does_not_reach_the_server_says_so(
    page: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(page)
    ask(tab, "one")
    thumb = tab.get_by_role("button", name="Not helpful")
    expect(thumb).to_be_visible()
    broken: list[str] = []
    tab.on("pageerror", lambda error: broken.append(str(error)))
    tab.route("**/project/action", lambda route: route.abort())
    thumb.click()
    expect(tab.get_by_text("This click did not reach the page's server")).to_be_visible()
    expect(thumb).to_have_attribute("aria-pressed", "false")
    tab.unroute("**/project/action")
    tab.get_by_label("Comment on this answer").fill("Now.")
    tab.get_by_role("button", name="Done").click()
    expect(thumb).to_have_attribute("aria-pressed", "true")
    assert broken == []
