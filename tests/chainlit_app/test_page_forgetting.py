"""Deleting everything on the page, before a real service."""

from collections.abc import Callable
from pathlib import Path

import pytest
from docsql_process import Folder
from playwright.sync_api import Page, expect
from scripted_service import ask, grave_issues


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    made = Folder(tmp_path_factory.mktemp("forgetting"), {"DOCSQL_SERVICE__PORT": "0"})
    (made.path / "swifts.md").write_text("# Swifts\n\nSwifts sleep in the air.\n")
    assert made.run("ingest", "swifts.md").returncode == 0
    return made


def test_all_of_somebodys_documents_are_deleted_once_they_are_sure(
    remembering: str, visit: Callable[[str], Page], tmp_path: Path
) -> None:
    files = [tmp_path / f"{name}.md" for name in ("Cranes", "Herons", "Larks")]
    for file in files:
        file.write_text(f"# {file.stem}\n\n{file.stem} stand on one leg.\n")
    tab = visit(remembering)
    expect(tab.locator("#chat-settings-open-modal")).to_be_visible()
    tab.locator("#upload-button-input").set_input_files(files)
    tab.locator("#chat-submit").click()
    expect(tab.locator("body")).to_contain_text("Larks.md added")
    tab.get_by_role("link", name="Documents").click()
    listed = tab.get_by_role("region", name="Documents")
    every = listed.get_by_role("button", name="Delete all 3 that you added")
    every.click()
    assert grave_issues(tab) == []
    listed.get_by_role("button", name="Keep").press("Enter")
    expect(every).to_be_focused()
    expect(listed.get_by_role("listitem")).to_have_count(4)
    every.press("Enter")
    listed.get_by_role("button", name="Delete all 3 for good").click()
    expect(listed.get_by_role("status")).to_have_text("3 documents were deleted.")
    expect(listed.get_by_role("listitem")).to_contain_text(["Swifts"])  # which others added
    expect(every).to_have_count(0)
    tab.reload()
    tab.get_by_role("link", name="Documents").click()
    expect(listed.get_by_role("listitem")).to_contain_text(["Swifts"])


def test_all_conversations_are_deleted_once_somebody_is_sure(
    remembering: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(remembering)
    for question in ("Hello!", "Good morning!"):
        tab.goto(remembering)
        ask(tab, question)
        expect(tab.locator(".docsql-footer")).to_have_count(1)
    tab.wait_for_url("**/thread/*")
    tab.locator("#header #sidebar-trigger-button").click()
    every = tab.get_by_role("button", name="Delete all conversations")
    every.click()  # the browser asks first, and is told no
    expect(tab.get_by_role("link", name="Hello!")).to_have_count(1)
    assert grave_issues(tab, "moderate") == []
    tab.once("dialog", lambda asked: asked.accept())
    every.click()
    tab.wait_for_url(f"{remembering}/")
    expect(tab.locator("#thread-history")).to_be_visible()
    expect(tab.get_by_role("link", name="Hello!")).to_have_count(0)
    expect(every).to_have_count(0)
