"""The demo in a browser, without stand-ins."""

import json
import re
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sample_store import SampleData
from scripted_service import unfold

FROM_DATABASE = "Which region has the most customers?"
FROM_DOCUMENTS = "How many days in advance are customers told about a higher list price?"
FROM_BOTH = "Is the best-selling instance of 2025 still under standard warranty after 30 months?"


def free_ports(count: int) -> list[int]:
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [listener.getsockname()[1] for listener in listeners]
    finally:
        for listener in listeners:
            listener.close()


@pytest.fixture(scope="module")
def demo(
    start: Callable[[list[str], dict[str, str], list[str]], Path],
    sample_data: SampleData,
) -> Iterator[str]:
    """The chat page's address; fails if the demo has printed a traceback."""
    api, page = free_ports(2)
    environment = {
        "DOCSQL_DATA": str(sample_data("data")),
        "DOCSQL_SERVICE__PORT": str(api),
        "DOCSQL_PAGE__PORT": str(page),
        "DOCSQL_PAGE__API_URL": f"http://127.0.0.1:{api}",
    }
    docsql = [sys.executable, "-c", "from serving.cli import main; main()", "demo"]
    address = f"http://127.0.0.1:{page}"
    log = start(docsql, environment, [f"http://127.0.0.1:{api}/ready", f"{address}/favicon"])
    yield address
    assert "Traceback" not in log.read_text(encoding="utf-8")


PDF_FITS = """() => {
  const panel = document.querySelector(".side-pdf .overflow-auto");
  const [inner, outer] = [panel.querySelector("canvas"), panel].map(it => it.getBoundingClientRect());
  return panel.scrollWidth <= panel.clientWidth && inner.width > .8 * outer.width;
}"""


def ask(tab: Page, question: str) -> None:
    tab.locator("#chat-input").click()
    tab.keyboard.insert_text(question)
    tab.locator("#chat-submit").click()


def answer(tab: Page, *, after: int = 0) -> str:
    """The text of the answer that follows `after` others, once its last line is there."""
    written = tab.locator("[data-step-type=assistant_message]").nth(after)
    expect(written).to_contain_text("embedded: no language model")
    return written.inner_text()


def test_a_database_question_is_answered_with_its_rows(
    demo: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(demo)
    ask(tab, FROM_DATABASE)
    assert "Leipzig" in answer(tab)
    unfold(tab)
    tab.get_by_text("Queried the database demo").click()
    expect(tab.locator("td", has_text="Leipzig")).to_be_visible()
    expect(tab.locator("pre", has_text="SELECT")).to_be_visible()


def test_a_document_question_is_answered_and_its_citation_opens_the_passage(
    demo: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(demo)
    ask(tab, FROM_DOCUMENTS)
    assert "60 days" in answer(tab)
    tab.locator(".message-content a.element-link").first.click()
    opened = tab.locator("#side-view-content")
    file = opened.get_by_role("link", name="Open the document").get_attribute("href")
    original = tab.context.request.get(f"{demo}{file}")
    assert "price-policy.docx" in original.headers["content-disposition"]
    expect(opened).to_contain_text("Source: price-policy.docx")
    expect(opened).to_contain_text("60 days")


def test_a_passage_of_a_pdf_stands_in_its_context_and_on_its_page(
    demo: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(demo)
    ask(tab, "How long is the standard warranty of the Compute series?")
    answer(tab)
    source = tab.locator(".docsql-sources li", has_text="Standard warranty policy")
    source.locator("a.element-link").click()
    opened = tab.locator(".docsql-passage")
    expect(opened.locator("section[aria-current]")).to_contain_text("warranty of 24 months")
    expect(opened.locator("section").last).to_contain_text("The standard warranty starts")
    page = tab.locator("#side-view-content .react-pdf__Page")
    expect(page).to_have_attribute("data-page-number", "1")
    expect(page).to_contain_text("Standard warranty policy")
    for width in (1280, 900):  # of the window, and with it of the panel
        tab.set_viewport_size({"width": width, "height": 900})
        tab.wait_for_function(PDF_FITS)
    expect(opened.locator("section[aria-current]")).to_be_in_viewport()


def test_a_question_that_needs_both_shows_both_searches(
    demo: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(demo)
    ask(tab, FROM_BOTH)
    said = answer(tab)
    assert "C5 Compute 16" in said
    assert "24" in said
    unfold(tab)
    expect(tab.get_by_text("Queried the database demo")).to_be_visible()
    expect(tab.get_by_text(re.compile(r"Searched the documents: \d+ passages"))).to_be_visible()


def test_a_follow_up_is_understood_on_its_thread(demo: str, visit: Callable[[str], Page]) -> None:
    tab = visit(demo)
    ask(tab, FROM_DATABASE)
    answer(tab)
    ask(tab, "And which has the fewest?")
    answer(tab, after=1)
    unfold(tab)
    expect(tab.get_by_text(re.compile("Understood as “.+”"))).to_be_visible()


def test_a_mode_that_is_set_is_kept_to(demo: str, visit: Callable[[str], Page]) -> None:
    tab = visit(demo)
    tab.locator("#chat-settings-open-modal").click()
    tab.locator("#mode").click()
    tab.get_by_role("option", name="Documents").click()
    tab.locator("#confirm").click()
    ask(tab, FROM_DATABASE)
    answer(tab)
    unfold(tab)
    expect(tab.get_by_text("Queried the database")).to_have_count(0)
    expect(tab.get_by_role("button", name="Searched the documents")).to_be_visible()


def test_each_starter_is_answered(demo: str, visit: Callable[[str], Page]) -> None:
    tab = visit(demo)
    starters = tab.locator("#starters button")
    expect(starters.first).to_be_enabled()
    labels = starters.all_inner_texts()
    assert len(labels) == 5
    for label in labels:
        tab.goto(demo)
        tab.locator("#starters button", has_text=label).click()
        said = answer(tab)
        assert "No answer." not in said, json.dumps([label, said])
        assert "Not verified." not in said, json.dumps([label, said])
