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
