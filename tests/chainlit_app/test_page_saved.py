"""Saved questions on the page: kept by one person, shared with another, asked as the reader."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from docsql_process import Folder, Service
from playwright.sync_api import Page, expect
from scripted_service import ask, grave_issues

from chainlit_app import launch
from serving.config.settings import load_settings

HELLO = "Hello there!"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("saved"), {"DOCSQL_SERVICE__PORT": "0"})


@pytest.fixture(scope="module")
def service(folder: Folder) -> Iterator[Service]:
    with folder.serving() as running:
        yield running


@pytest.fixture(scope="module")
def by_key(
    service: Service,
    start: Callable[[list[str], dict[str, str], list[str]], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    settings = load_settings()
    own = {"port": 0, "api_url": service.url, "history": True, "login": "key"}
    page = settings.page.model_copy(update=own)
    data = tmp_path_factory.mktemp("page")
    command = launch.command(settings.model_copy(update={"data": data, "page": page}))
    start(command.argv, command.environment, [f"{command.address}/favicon"])
    return command.address


def log_in(tab: Page, key: str) -> None:
    tab.locator("#password").fill(key)
    tab.locator("button[type=submit]").click()


def threads_of(service: Service, key: str) -> list[str]:
    sent = {"Authorization": f"Bearer {key}"}
    listed = httpx.get(f"{service.url}/threads", headers=sent, trust_env=False).json()
    return [thread["title"] for thread in listed["threads"]]


def test_a_question_is_saved_shared_asked_by_another_and_deleted(
    folder: Folder, service: Service, by_key: str, visit: Callable[..., Page], tmp_path: Path
) -> None:
    names = ("ann", "ben")
    keys = {n: folder.run("keys", "create", n, "--scopes", "ask").stdout.strip() for n in names}
    ann = visit(by_key)
    log_in(ann, keys["ann"])
    ask(ann, HELLO)
    ann.get_by_role("button", name="Save this question").click()
    expect(ann.get_by_text("Saved. “Saved” above")).to_be_visible()
    ann.evaluate("Promise.allSettled(document.getAnimations().map(each => each.finished))")
    assert grave_issues(ann) == []
    ann.get_by_role("link", name="Saved").click()
    listed = ann.locator("#side-view-content")
    expect(listed.locator("strong")).to_have_text([HELLO])
    ann.screenshot(path=tmp_path / "saved.png")
    assert grave_issues(ann) == []
    link = listed.get_by_role("link", name="Open").get_attribute("href") or ""

    # Ben has to log in first; the question waits, and is asked as he.
    ben = visit(f"{by_key}{link}", locale="de-DE", viewport={"width": 390, "height": 844})
    log_in(ben, keys["ben"])
    expect(ben.locator(".step").get_by_text(HELLO)).to_be_visible()
    expect(ben.locator(".ai-message").last).to_contain_text("eingebaut")
    expect(ben.locator(".docsql-footer")).to_have_count(1)  # its first words come before it is kept
    assert threads_of(service, keys["ben"]) == [HELLO]
    expect(ben.get_by_text(HELLO)).to_have_count(1)
    assert "saved=" not in ben.url
    ben.locator('#header a[href$="#saved"]').click()
    opened = ben.get_by_role("dialog")
    expect(opened).to_contain_text("Keine gespeicherten Fragen.")
    ben.screenshot(path=tmp_path / "nothing-saved.png")

    delete = listed.get_by_role("button", name=f"Delete “{HELLO}”")
    delete.click()
    listed.get_by_role("button", name="Keep").click()
    expect(delete).to_be_focused()
    delete.click()
    ann.screenshot(path=tmp_path / "deleting.png")
    assert grave_issues(ann) == []
    listed.get_by_role("button", name="Delete for good").click()
    expect(listed).to_contain_text("No saved questions.")
    ben.goto(f"{by_key}{link}")
    expect(
        ben.locator(".step").get_by_text(re.compile("Diese gespeicherte Frage gibt es nicht"))
    ).to_be_visible()


def test_a_question_is_asked_from_the_list(
    folder: Folder, by_key: str, visit: Callable[..., Page]
) -> None:
    key = folder.run("keys", "create", "cleo", "--scopes", "ask").stdout.strip()
    tab = visit(by_key, color_scheme="dark")
    log_in(tab, key)
    ask(tab, HELLO)
    tab.get_by_role("button", name="Save this question").click()
    expect(tab.get_by_text("Saved. “Saved” above")).to_be_visible()
    tab.locator("#header #new-chat-button").click()  # nobody is asked: the one before stays listed
    expect(tab.locator("#starters button").first).to_be_visible()
    tab.get_by_role("link", name="Saved").click()
    tab.get_by_role("button", name="Ask", exact=True).click()
    expect(tab.locator(".ai-message").last).to_contain_text("embedded")
    expect(tab.locator("[data-step-type=user_message]").last).to_contain_text(HELLO)
    expect(tab.locator(".docsql-footer")).to_have_count(1)  # its first words come before it is kept
    tab.wait_for_url("**/thread/*")
    tab.reload()
    expect(tab.locator(".ai-message").last).to_contain_text("embedded")
