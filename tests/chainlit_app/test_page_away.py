"""What is on the page while the service is away, and what a page's process leaves when it ends."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from docsql_process import Folder, page_forked
from outage import Outage
from playwright.sync_api import Page, expect
from scripted_service import ask

from chainlit_app import launch
from serving.auth.local import local_credential
from serving.config.settings import load_settings

AWAY = "While DocSQL does not answer, your earlier conversations are not listed."
POLL = "/ws/socket.io/?EIO=4&transport=polling"
POLL_S = 25.0
"""How long a request waits at Chainlit's server where there is nothing to tell."""
Start = Callable[[list[str], dict[str, str], list[str]], Path]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return Folder(tmp_path_factory.mktemp("away"), {"DOCSQL_SERVICE__PORT": str(port)})


@pytest.fixture(scope="module")
def service(folder: Folder) -> Iterator[Outage]:
    outage = Outage(folder)
    outage.start()
    yield outage
    outage.stop()


@pytest.fixture(scope="module")
def command(folder: Folder, service: Outage) -> launch.PageCommand:
    settings = load_settings()
    own = settings.page.model_copy(update={"port": 0, "api_url": service.url, "history": True})
    made = launch.command(settings.model_copy(update={"data": folder.data, "page": own}))
    made.environment["DOCSQL_PAGE__API_KEY"] = local_credential(folder.data) or ""
    return made


@pytest.fixture(scope="module")
def page(command: launch.PageCommand, start: Start) -> Iterator[str]:  # instead of conftest's
    log = start(command.argv, command.environment, [f"{command.address}/favicon"])
    yield command.address
    assert "Traceback" not in log.read_text(encoding="utf-8")


def await_answers(tab: Page, count: int) -> None:
    expect(tab.locator(".docsql-footer")).to_have_count(count)


def unfold_list(tab: Page) -> None:
    tab.locator("#header #sidebar-trigger-button").click()


def test_whoever_only_looks_is_told_of_an_outage_once_and_of_its_end(
    service: Outage, page: str, visit: Callable[..., Page]
) -> None:
    tab = visit(page)
    expect(tab.locator("#chat-settings-open-modal")).to_be_visible()
    told = tab.get_by_text("DocSQL does not answer at the moment.")
    with service.away():
        expect(told).to_have_count(1)
        tab.wait_for_timeout(12_000)  # it asks every ten seconds
        expect(told).to_have_count(1)
    expect(told).to_have_count(0)


def test_the_list_of_conversations_says_that_the_service_is_away_and_not_that_there_are_none(
    service: Outage, page: str, visit: Callable[..., Page]
) -> None:
    said: list[str] = []
    earlier = visit(page)
    ask(earlier, "Good evening!")
    await_answers(earlier, 1)
    unfold_list(earlier)
    expect(earlier.get_by_role("link", name="Good evening!")).to_be_visible()
    with service.away():
        new = visit(page)
        new.on("console", lambda told: said.append(told.text) if told.type == "error" else None)
        unfold_list(new)
        expect(new.locator("#thread-history")).to_contain_text(AWAY)
        new.locator("#search-chats-button").click()
        expect(new.locator("[cmdk-list]")).to_contain_text(AWAY)
        new.keyboard.type("evening")
        expect(new.locator("[cmdk-list]")).to_contain_text(AWAY)
        new.keyboard.press("Escape")
        ask(new, "Good night!")
        expect(new.locator("[data-step-type=user_message]")).to_have_count(1)
        expect(earlier.get_by_role("link", name="Good evening!")).to_be_visible()
    await_answers(new, 1)
    for name in ("Good evening!", "Good night!"):  # without a reload
        expect(new.get_by_role("link", name=name)).to_be_visible()
    assert said == []


def test_who_asks_in_an_outage_gets_what_was_said_before(
    service: Outage, page: str, visit: Callable[..., Page], tmp_path: Path
) -> None:
    note = tmp_path / "cranes.md"
    note.write_text("# Cranes\n\nA crane lifts 40 tonnes.", encoding="utf-8")
    tab = visit(page)
    ask(tab, "Good morning!")
    await_answers(tab, 1)
    tab.wait_for_url("**/thread/*")
    with service.away():
        tab.reload()
        expect(tab.get_by_text("DocSQL does not answer at the moment.")).to_have_count(1)
        expect(tab.locator("[data-step-type=user_message]")).to_have_count(0)
        unfold_list(tab)
        expect(
            tab.locator(".error, .step", has_text="docsql serve starts it.").last
        ).to_be_visible()
        tab.locator("#upload-button-input").set_input_files(note)
        ask(tab, "Good afternoon!")
        expect(tab.locator("[data-step-type=user_message]")).to_have_count(1)
        notice = tab.get_by_text("DocSQL does not answer at the moment.")  # below the question
        expect(notice).to_be_in_viewport()
        expect(notice).to_have_count(1)
    await_answers(tab, 2)
    asked = ["Good morning!", "Good afternoon!"]
    expect(tab.locator("[data-step-type=user_message]")).to_contain_text(asked)
    expect(tab.locator("[data-step-type=user_message]").last).to_contain_text("cranes.md")
    expect(tab.locator("body")).to_contain_text("cranes.md added (1 passage)")
    expect(tab.get_by_role("button", name="Helpful", exact=True)).to_have_count(2)
    expect(tab.get_by_role("link", name="Good morning!")).to_be_visible()
    expect(tab.get_by_text("does not answer")).to_have_count(0)
    tab.reload()
    await_answers(tab, 2)
    expect(tab.locator("[data-step-type=user_message]")).to_contain_text(asked)
    expect(tab.locator("[data-step-type=user_message]").last).to_contain_text("cranes.md")


def test_the_list_of_conversations_stays_open_over_a_reload(
    page: str, visit: Callable[..., Page]
) -> None:
    tab = visit(page)
    history = tab.locator("#thread-history")
    expect(tab.locator("#header #sidebar-trigger-button")).to_be_visible()  # folded at first
    unfold_list(tab)
    expect(history).to_be_in_viewport()
    tab.reload()
    expect(history).to_be_in_viewport()
    tab.locator('[data-sidebar="sidebar"] #sidebar-trigger-button').click()
    tab.reload()
    expect(tab.locator("#header #sidebar-trigger-button")).to_be_visible()


def test_a_page_ends_at_once_although_a_browser_waits_for_news(
    folder: Folder, service: Outage
) -> None:
    own = load_settings().page.model_copy(update={"port": 0, "api_url": service.url})
    made = launch.command(load_settings().model_copy(update={"data": folder.data, "page": own}))
    environment = {**os.environ, **made.environment}  # noqa: TID251  # a child needs PATH
    process = subprocess.Popen(page_forked(made.argv), env=environment)  # noqa: S603
    try:
        with httpx.Client(base_url=made.address, timeout=60, trust_env=False) as client:
            waiting = _poll(client)
            threading.Event().wait(0.5)  # it waits at the server by now; if not, the test is easier
            process.send_signal(signal.SIGTERM)
            process.wait(POLL_S / 2)
            waiting.join()
    finally:
        process.kill()


def _poll(client: httpx.Client) -> threading.Thread:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        try:
            opened = client.get(POLL).text
            break
        except httpx.ConnectError:
            threading.Event().wait(0.1)
    else:
        pytest.fail("the page did not start")
    sid = json.loads(opened[1:])["sid"]
    address = f"{POLL}&sid={sid}"
    waiting = threading.Thread(target=client.get, args=[address])
    waiting.start()
    return waiting
