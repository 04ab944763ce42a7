"""What stands beside the conversation: lists and passages, before a real service."""

from collections.abc import Callable
from pathlib import Path

import pytest
from docsql_process import Folder
from playwright.sync_api import Page, expect
from scripted_service import ask, before_it_connects, grave_issues


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


def test_a_file_that_is_attached_before_the_page_connects_is_taken_once_it_does(
    remembering: str, visit: Callable[[str], Page], tmp_path: Path
) -> None:
    file = tmp_path / "geese.md"
    file.write_text("# Geese\n\nGeese fly north.\n")
    tab = visit("about:blank")
    sent = list[str]()
    tab.on("request", lambda told: sent.append(told.url) if "/project/file" in told.url else None)
    with before_it_connects(tab, remembering):
        tab.locator("#upload-button-input").set_input_files(file)
        expect(tab.locator("#attachments")).to_contain_text("geese.md")
        expect(tab.get_by_role("button", name="Send")).to_be_disabled()
        assert sent == []
    expect(tab.get_by_role("button", name="Send")).to_be_enabled()
    tab.get_by_role("button", name="Send").click()
    expect(tab.locator("body")).to_contain_text("geese.md added")


LONG = [
    f"Crane number {at} stands at berth {at * 3} and is painted on weekdays." for at in range(40)
]
CITED = "The floating harbour crane lifts 320 tonnes."


def test_a_citation_of_a_long_document_shows_the_sentence_and_the_way_to_the_document(
    remembering: str, visit: Callable[..., Page], tmp_path: Path
) -> None:
    file = tmp_path / "harbour.md"
    lines = [*LONG[:30], CITED, *LONG[30:]]
    file.write_text("# Harbour cranes\n\n" + "\n\n".join(lines) + "\n")
    tab = visit(remembering, viewport={"width": 1280, "height": 600})
    add(tab, file)
    expect(tab.locator("body")).to_contain_text("harbour.md added")
    ask(tab, "How many tonnes does the floating harbour crane lift?")
    tab.locator(".message-content a.element-link").first.click()
    opened = tab.locator("#side-view-content")
    sentence = opened.locator("[aria-current] .font-bold")
    link = opened.get_by_role("link", name="Open the document")
    for size in (None, {"width": 375, "height": 667}):
        if size:  # as on a phone, where it is a dialog
            tab.set_viewport_size({"width": 375, "height": 667})
        expect(sentence).to_have_text(CITED)
        expect(sentence).to_be_in_viewport(ratio=1)
        expect(link).to_be_in_viewport(ratio=1)
        title, top = tab.locator("#side-view-title").bounding_box(), link.bounding_box()
        assert title is not None
        assert top is not None
        assert top["y"] >= title["y"] + title["height"] - 1
        assert link.evaluate(HIT)
        assert sentence.evaluate(HIT)
    assert grave_issues(tab) == []


# Nothing lies over the middle of it, or of the paragraph that it is in.
HIT = """it => {
  const {left, top, width, height} = it.getBoundingClientRect();
  const seen = document.elementFromPoint(left + width / 2, top + height / 2);
  return it.parentElement.contains(seen);
}"""


def test_every_file_of_an_upload_is_told_by_its_own_name(
    remembering: str, visit: Callable[[str], Page], tmp_path: Path
) -> None:
    (tmp_path / "empty.md").touch()
    (tmp_path / "program.exe").write_bytes(b"MZ\0\1")
    quoted = tmp_path / 'The "old" rules.md'
    quoted.write_text("# Gate\n\nThe gate opens at six.\n")
    tab = visit(remembering)
    expect(tab.locator("#chat-settings-open-modal")).to_be_visible()
    files = [tmp_path / "empty.md", tmp_path / "program.exe", quoted]
    tab.locator("#upload-button-input").set_input_files(files)
    expect(tab.locator("body")).to_contain_text("The file is empty.")
    tab.locator("#chat-submit").click()
    for _ in range(2):
        told = tab.locator(".ai-message").last
        expect(told).to_contain_text('The "old" rules.md added (1 passage)')
        expect(told).to_contain_text("empty.md could not be read: the file is empty")
        expect(told).to_contain_text("if it is a document, save it as .docx")
        expect(tab.locator("body")).to_contain_text("Read 1 of 3 documents")
        tab.wait_for_url("**/thread/*")
        tab.reload()
    tab.get_by_role("link", name="Documents").click()
    listed = tab.get_by_role("region", name="Documents")
    expect(listed).to_contain_text('The "old" rules.md')
    expect(tab.get_by_text("%22")).to_have_count(0)


def test_nobody_signs_out_where_nobody_signs_in(
    remembering: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(remembering)
    expect(tab.locator("#chat-settings-open-modal")).to_be_visible()
    expect(tab.locator("#user-nav-button")).to_be_hidden()


def test_the_page_warns_of_nothing_in_the_console(
    remembering: str, visit: Callable[..., Page]
) -> None:
    tab = visit("about:blank", viewport={"width": 375, "height": 700})
    said: list[str] = []
    tab.on("console", lambda told: said.append(told.text) if told.type != "log" else None)
    tab.goto(remembering)
    ask(tab, "Hello!")
    expect(tab.locator(".docsql-footer")).to_have_count(1)
    tab.wait_for_url("**/thread/*")
    tab.get_by_role("link", name="Documents").click()
    expect(tab.get_by_role("dialog")).to_be_visible()
    tab.wait_for_timeout(500)  # dialogs are looked over after they are drawn
    tab.get_by_role("button", name="Close").click()
    expect(tab.get_by_role("dialog")).to_have_count(0)
    tab.get_by_role("button", name="About").click()
    expect(tab.get_by_role("dialog")).to_be_visible()
    tab.wait_for_timeout(500)
    assert said == []
