"""Going back and forth with the browser's own buttons, before a real service."""

from collections.abc import Callable

import pytest
from docsql_process import Folder
from playwright.sync_api import Page, Route, expect
from scripted_service import ask


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("back"), {"DOCSQL_SERVICE__PORT": "0"})


def await_answers(tab: Page, count: int) -> None:
    expect(tab.locator(".docsql-footer")).to_have_count(count)


def expect_start(tab: Page, address: str) -> None:
    """That the start page is shown, and stays."""
    expect(tab.locator("#welcome-screen")).to_be_visible()
    expect(tab.locator("#chat-settings-open-modal")).to_be_visible()
    tab.wait_for_timeout(500)
    expect(tab.locator("#welcome-screen")).to_be_visible()
    expect(tab.locator("[data-step-type=user_message]")).to_have_count(0)
    assert tab.url == f"{address}/"


def test_back_leaves_a_conversation_for_the_start_page_and_the_page_before_it(
    remembering: str, visit: Callable[[str], Page]
) -> None:
    tab = visit("about:blank")
    tab.goto(remembering)
    ask(tab, "Hello!")
    await_answers(tab, 1)
    tab.wait_for_url("**/thread/*")
    tab.go_back()
    expect_start(tab, remembering)
    tab.go_forward()
    await_answers(tab, 1)
    expect(tab.locator("[data-step-type=user_message]")).to_have_text(["Hello!"])
    tab.go_back()
    expect_start(tab, remembering)
    ask(tab, "Goodbye!")  # in a conversation of its own
    await_answers(tab, 1)
    expect(tab.locator("[data-step-type=user_message]")).to_have_text(["Goodbye!"])
    tab.go_back()
    expect_start(tab, remembering)
    tab.go_back()
    assert tab.url == "about:blank"


def test_back_goes_through_the_conversations_in_which_somebody_was(
    remembering: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(remembering)
    ask(tab, "Good morning!")
    await_answers(tab, 1)
    tab.locator("#header #new-chat-button").click()
    expect_start(tab, remembering)
    ask(tab, "Good evening!")
    await_answers(tab, 1)
    tab.go_back()
    expect_start(tab, remembering)
    tab.go_back()
    await_answers(tab, 1)
    expect(tab.locator("[data-step-type=user_message]")).to_have_text(["Good morning!"])


def test_back_leaves_a_conversation_while_the_list_is_being_fetched(
    remembering: str, visit: Callable[[str], Page]
) -> None:
    tab = visit("about:blank")
    held: list[Route] = []
    tab.goto(remembering)
    expect(tab.locator("#chat-settings-open-modal")).to_be_visible()
    tab.route("**/project/threads", lambda route: held.append(route))
    ask(tab, "Hello!")
    tab.wait_for_url("**/thread/*")
    await_answers(tab, 1)
    tab.go_back()
    tab.unroute_all()
    for each in held:
        each.fallback()
    expect_start(tab, remembering)


# What gives a conversation its address waits until the test lets it: the page's own word, and Chainlit's
# list, which the test holds.
HOLDS = """
window.held = [];
window.addEventListener("message", (event) => {
  if (event.data?.docsql !== "conversation" || window.isLetGo) return;
  event.stopImmediatePropagation();
  window.held.push(event.data);
}, true);
"""
LET_GO = "() => { window.isLetGo = true; window.postMessage(window.held[0], location.origin); }"


def test_what_is_typed_while_a_conversation_gets_its_address_stays_in_the_field(
    remembering: str, visit: Callable[[str], Page]
) -> None:
    tab = visit("about:blank")
    tab.add_init_script(HOLDS)
    tab.route("**/project/threads", lambda _: None)
    tab.goto(remembering)
    ask(tab, "Hello!")
    await_answers(tab, 1)
    tab.wait_for_function("window.held.length > 0")
    field = tab.locator("#chat-input")
    expect(field).to_have_value("")  # what was asked is not there again
    field.click()
    tab.keyboard.type("How heavy re")
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.press("ArrowLeft")
    field.evaluate("field => { window.before = field; }")
    tab.evaluate(LET_GO)
    tab.wait_for_url("**/thread/*")
    tab.wait_for_function("document.querySelector('#chat-input') !== window.before")
    tab.keyboard.type("a")  # where they were
    expect(field).to_have_value("How heavy are")
    tab.keyboard.press("End")
    tab.keyboard.type(" bees?")
    tab.keyboard.press("Enter")
    await_answers(tab, 2)
    asked = tab.locator("[data-step-type=user_message]")
    expect(asked).to_have_text(["Hello!", "How heavy are bees?"])
    expect(field).to_have_value("")


def test_what_is_typed_in_one_conversation_is_not_in_another(
    remembering: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(remembering)
    ask(tab, "Hello!")
    await_answers(tab, 1)
    tab.wait_for_url("**/thread/*")
    tab.locator("#chat-input").fill("Half of")
    tab.locator("#header #new-chat-button").click()
    expect_start(tab, remembering)
    expect(tab.locator("#chat-input")).to_have_value("")
