"""A page whose own server process is killed in the middle of an answer."""

import os
import subprocess
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress

import httpx
import pytest
from docsql_process import Folder, page_forked
from playwright.sync_api import Page, expect
from scripted_service import ask
from standin_server import serve
from standin_tgi import Text, TgiStandIn

from chainlit_app import launch
from serving.auth.local import local_credential
from serving.config.settings import load_settings

QUESTION = "Are bees heavy?"


@pytest.fixture(scope="module")
def model() -> TgiStandIn:
    return TgiStandIn(lambda _: Text("Bees are light."))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, model: TgiStandIn) -> Iterator[Folder]:
    home = tmp_path_factory.mktemp("killed")
    with serve(model.app) as address:
        yield Folder(home, {"DOCSQL_SERVICE__PORT": "0", "DOCSQL_CHAT__URL": address})


@contextmanager
def killed_at_the_end(page: launch.PageCommand) -> Generator[None]:
    """A page's process, which SIGKILL ends; it is gone when its address is."""
    environment = {**os.environ, **page.environment}  # noqa: TID251  # a child needs PATH
    process = subprocess.Popen(page_forked(page.argv), env=environment)  # noqa: S603
    try:
        await_address(page.address, is_there=True)
        yield
    finally:
        process.kill()
        process.wait()
        await_address(page.address, is_there=False)


def await_address(address: str, *, is_there: bool) -> None:
    for _ in range(900):
        found = False
        with suppress(httpx.TransportError):
            found = httpx.get(f"{address}/favicon", trust_env=False).is_success
        if found == is_there:
            return
        threading.Event().wait(0.1)
    pytest.fail(f"{address} {'did not answer' if is_there else 'still answers'}")


def await_request(model: TgiStandIn, question: str) -> None:
    """Wait until the model has been sent the question; other requests, such as probes, don't count."""
    for _ in range(600):
        if any(question in str(each.get("messages")) for each in [*model.requests]):
            return
        threading.Event().wait(0.1)
    pytest.fail(f"the model was not asked {question!r}: {model.requests}")


def expect_questions(tab: Page, *questions: str) -> None:
    expect(tab.locator("[data-step-type=user_message]")).to_have_text([*questions])


def test_a_later_question_is_asked_again_after_the_page_was_killed(
    folder: Folder, visit: Callable[[str], Page], model: TgiStandIn
) -> None:
    with folder.serving() as service:
        settings = load_settings()
        own = settings.page.model_copy(update={"port": 0, "api_url": service.url, "history": True})
        page = launch.command(settings.model_copy(update={"data": folder.data, "page": own}))
        page.environment["DOCSQL_PAGE__API_KEY"] = local_credential(folder.data) or ""
        with killed_at_the_end(page):
            tab = visit(page.address)
            ask(tab, "And flies?")
            expect(tab.locator(".docsql-footer")).to_have_count(1)
            model.may_end.clear()
            ask(tab, QUESTION)
            expect(tab.locator("#stop-button")).to_be_visible()
            # The browser shows the button before the page has the question.
            await_request(model, QUESTION)
        with killed_at_the_end(page):
            tab.reload()
            expect(tab.get_by_text("This question has no answer")).to_be_visible()
            expect_questions(tab, "And flies?", QUESTION)
            model.may_end.set()
            tab.get_by_role("button", name="Ask again").last.click()
            expect(tab.locator(".docsql-footer")).to_have_count(2)
            expect_questions(tab, "And flies?", QUESTION)
            tab.reload()
            expect(tab.locator(".docsql-footer")).to_have_count(2)
            expect(tab.get_by_text("This question has no answer")).to_have_count(0)
