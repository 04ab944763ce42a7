"""A page that is loaded anew, or open twice, while something is under way."""

from collections.abc import Callable, Iterator

import pytest
from docsql_process import Folder
from playwright.sync_api import Page, expect
from scripted_service import ask
from standin_server import serve
from standin_tgi import Text, TgiStandIn

QUESTION = "Are bees heavy?"


@pytest.fixture(scope="module")
def model() -> TgiStandIn:
    return TgiStandIn(lambda _: Text("Bees are light."))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, model: TgiStandIn) -> Iterator[Folder]:
    home = tmp_path_factory.mktemp("underway")
    with serve(model.app) as address:
        yield Folder(home, {"DOCSQL_SERVICE__PORT": "0", "DOCSQL_CHAT__URL": address})


@pytest.fixture
def held(model: TgiStandIn) -> Iterator[Callable[[], None]]:
    """Answers that do not end until this is called."""
    model.may_end.clear()
    yield model.may_end.set
    model.may_end.set()


def expect_questions(tab: Page, *questions: str) -> None:
    expect(tab.locator("[data-step-type=user_message]")).to_have_text([*questions])


def begin(tab: Page) -> None:
    ask(tab, QUESTION)
    tab.wait_for_url("**/thread/*")
    expect(tab.locator("#stop-button")).to_be_visible()


def test_an_answer_that_is_being_written_comes_after_a_reload(
    remembering: str, visit: Callable[[str], Page], held: Callable[[], None]
) -> None:
    tab = visit(remembering)
    begin(tab)
    tab.reload()
    expect(tab.get_by_text("Still working on the answer")).to_be_visible()
    expect(tab.locator("#stop-button")).to_be_visible()
    expect_questions(tab, QUESTION)
    held()
    expect(tab.locator(".docsql-footer")).to_have_count(1)
    expect(tab.get_by_text("Bees are light.")).to_have_count(1)
    expect(tab.get_by_text("Still working")).to_have_count(0)
    expect(tab.locator("#stop-button")).to_have_count(0)
    expect_questions(tab, QUESTION)
    ask(tab, "And wasps?")
    expect(tab.locator(".docsql-footer")).to_have_count(2)
    expect_questions(tab, QUESTION, "And wasps?")


def test_a_later_answer_that_is_being_written_comes_after_a_reload(
    remembering: str, visit: Callable[[str], Page], model: TgiStandIn
) -> None:
    tab = visit(remembering)
    ask(tab, "And flies?")
    expect(tab.locator(".docsql-footer")).to_have_count(1)
    model.may_end.clear()
    ask(tab, QUESTION)
    expect(tab.locator("#stop-button")).to_be_visible()
    tab.reload()
    expect(tab.get_by_text("Still working on the answer")).to_be_visible()
    expect_questions(tab, "And flies?", QUESTION)
    model.may_end.set()
    expect(tab.locator(".docsql-footer")).to_have_count(2)
    expect_questions(tab, "And flies?", QUESTION)


def test_an_answer_is_stopped_after_a_reload_and_its_question_asked_again(
    remembering: str, visit: Callable[[str], Page], held: Callable[[], None]
) -> None:
    tab = visit(remembering)
    begin(tab)
    tab.reload()
    expect(tab.get_by_text("Still working on the answer")).to_be_visible()
    tab.locator("#stop-button").click()
    expect(tab.get_by_text("Stopped.")).to_be_visible()
    expect(tab.locator("#stop-button")).to_have_count(0)
    tab.reload()
    expect(tab.get_by_text("This question has no answer")).to_be_visible()
    expect_questions(tab, QUESTION)
    held()
    tab.get_by_role("button", name="Ask again").click()
    expect(tab.locator(".docsql-footer")).to_have_count(1)
    expect(tab.get_by_text("This question has no answer")).to_have_count(0)
    expect_questions(tab, QUESTION)
