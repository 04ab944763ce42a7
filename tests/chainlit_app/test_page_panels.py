"""What stands beside the conversation: lists and passages, before a real service."""

from collections.abc import Callable
from pathlib import Path

import pytest
from docsql_process import Folder
from playwright.sync_api import Page, expect
from scripted_service import ask


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("panels"), {"DOCSQL_SERVICE__PORT": "0"})


def add(tab: Page, *files: Path) -> None:
    expect(tab.locator("#chat-settings-open-modal")).to_be_visible()
    tab.locator("#upload-button-input").set_input_files(files)
    tab.locator("#chat-submit").click()
    expect(tab.locator(".ai-message").last).to_be_visible()


def test_a_document_that_is_deleted_on_the_start_page_leaves_the_list_there(
    remembering: str, visit: Callable[[str], Page], tmp_path: Path
) -> None:
    names = ("Cranes", "Herons")
    files = [tmp_path / f"{name.lower()}.md" for name in names]
    for name, file in zip(names, files, strict=True):
        file.write_text(f"# {name}\n\n{name} stand on one leg.\n")
    tab = visit(remembering)
    add(tab, *files)
    expect(tab.locator("body")).to_contain_text("herons.md added")
    tab.goto(remembering)
    expect(tab.locator("#welcome-screen")).to_be_visible()
    tab.get_by_role("link", name="Documents").click()
    listed = tab.get_by_role("region", name="Documents")
    for name in names:
        listed.get_by_role("button", name=f"Delete {name}").click()
        listed.get_by_role("button", name="Delete for good").click()
        expect(listed.get_by_role("status")).to_have_text(f"{name} was deleted.")
        expect(listed.get_by_role("link", name=name)).to_have_count(0)
        tab.wait_for_timeout(500)
        expect(listed).to_be_visible()
        assert tab.url == f"{remembering}/"
    ask(tab, "Hello!")  # which begins the conversation
    expect(tab.locator(".docsql-footer")).to_have_count(1)
    tab.wait_for_url("**/thread/*")
    tab.locator("#header #sidebar-trigger-button").click()
    expect(tab.get_by_role("link", name="Hello!")).to_have_count(1)
    expect(tab.get_by_role("link", name="delete_document")).to_have_count(0)
