"""The page by keys alone: the focus is seen, and stays where somebody works."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from scripted_service import ScriptedService, answered, before_it_connects

from serving.wire.answer import Query
from serving.wire.events import Event
from serving.wire.question import Question

MANY = Query(
    number=1,
    database="stock",
    sql="SELECT name, weight FROM parts",
    columns=["name", "weight"],
    types=["text", "integer"],
    rows=[[f"Part {at}", at] for at in range(25)],
    truncated=False,
    elapsed_s=0.002,
)
MOST_STOPS = 60
FOCUS = """() => {
  const it = document.activeElement;
  if (it === document.body) return { name: "", seen: false };
  const { outlineStyle, boxShadow } = getComputedStyle(it);
  const box = it.getBoundingClientRect();
  const isInside = box.width && box.bottom > 0 && box.top < innerHeight;
  return {
    name: it.ariaLabel || it.textContent.trim() || it.placeholder || "",
    seen: Boolean(isInside && (outlineStyle !== "none" || boxShadow !== "none")),
  };
}"""


async def many(question: Question) -> AsyncIterator[Event]:
    yield answered("All parts [1].", queries=[MANY], route="sql", answer_id=question.question)


@pytest.fixture(scope="module")
def service() -> Iterator[ScriptedService]:
    scripted = ScriptedService({"many": many})
    with scripted.running():
        yield scripted


def begin(tab: Page) -> None:
    """Ask, from the field that has the focus at the start."""
    expect(tab.locator("#chat-settings-open-modal")).to_be_visible()
    expect(tab.locator("#chat-input")).to_be_focused()
    tab.keyboard.type("many")
    tab.keyboard.press("Enter")
    expect(tab.locator(".docsql-footer")).to_have_count(1)
    expect(tab.locator("#stop-button")).to_have_count(0)
    expect(tab.get_by_role("button", name="Ask again")).to_be_visible()
    expect(tab.locator("#chat-input")).to_be_focused()


def go(tab: Page, name: str, *, back: bool = False) -> None:
    """Press Tab until what has this name has the focus; each stop on the way has one, and is seen."""
    stops: list[str] = []
    for _ in range(MOST_STOPS):
        tab.keyboard.press("Shift+Tab" if back else "Tab")
        found = tab.evaluate(FOCUS)
        stops.append(found["name"])
        assert found["seen"] or not found["name"], stops
        if found["name"] == name:
            return
    pytest.fail(f"{name} is not among {stops}.")


def expect_focus(tab: Page, *names: str) -> None:
    """That it comes to one of these within a moment, and stays."""
    tab.wait_for_function(f"names => names.includes(({FOCUS})().name)", arg=names)
    tab.wait_for_timeout(300)
    assert tab.evaluate(FOCUS)["name"] in names


def test_a_table_is_sorted_and_paged_without_losing_the_focus(
    page: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(page)
    begin(tab)
    go(tab, "weight")
    tab.keyboard.press("Space")
    tab.keyboard.press("Enter")
    expect(tab.locator(".docsql-scroll td").first).to_have_text("Part 24")
    go(tab, "Last")
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("Rows 21 to 25 of 25")).to_be_visible()
    expect_focus(tab, "Last")
    tab.keyboard.press("Enter")  # there are no others
    expect(tab.get_by_text("Rows 21 to 25 of 25")).to_be_visible()
    go(tab, "First", back=True)
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("Rows 1 to 10 of 25")).to_be_visible()
    expect_focus(tab, "First")
    go(tab, "Find in these rows", back=True)
    tab.keyboard.type("part 2")
    go(tab, "CSV", back=True)
    with tab.expect_download() as saved:
        tab.keyboard.press("Enter")
    assert saved.value.path().read_text() == "many 1 with part 2 by 2 down"
    expect_focus(tab, "CSV")


def test_a_statement_is_copied_edited_and_given_back(
    page: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(page)
    begin(tab)
    go(tab, "SQL")
    tab.keyboard.press("Enter")
    tab.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    expect_focus(tab, "Copied")
    go(tab, "Edit and run")
    tab.keyboard.press("Enter")
    expect_focus(tab, "Your statement")
    tab.keyboard.press("Control+A")
    tab.keyboard.type("SELECT 5 AS own")
    go(tab, "Run")
    tab.keyboard.press("Enter")
    expect(tab.locator(".docsql-scroll th")).to_have_text(["own"])
    expect_focus(tab, "Run")
    go(tab, "Back to the answer's own")
    tab.keyboard.press("Enter")
    expect_focus(tab, "Edit and run")


def test_an_answer_is_rated_and_asked_for_again(page: str, visit: Callable[[str], Page]) -> None:
    tab = visit(page)
    begin(tab)
    go(tab, "Not helpful")
    tab.keyboard.press("Enter")
    go(tab, "Comment on this answer")
    tab.keyboard.type("Too many")
    go(tab, "Done")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("button", name="Too many")).to_be_visible()
    expect_focus(tab, "Not helpful")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    expect_focus(tab, "Comment on this answer")
    go(tab, "Ask again")
    tab.keyboard.press("Enter")
    expect(tab.locator(".docsql-footer")).to_have_count(1)
    expect(tab.get_by_label("Comment on this answer")).to_be_visible()  # as it was left
    expect(tab.locator("#chat-input")).to_be_focused()
    go(tab, "Edit this question", back=True)
    tab.keyboard.press("Enter")
    expect_focus(tab, "Edit this question")
    tab.keyboard.press("Escape")
    expect(tab.locator("#edit-chat-input")).to_have_count(0)
    expect_focus(tab, "Edit this question")


def test_dialogs_and_panels_give_the_focus_back(page: str, visit: Callable[[str], Page]) -> None:
    tab = visit(page)
    begin(tab)
    field = tab.get_by_placeholder("Ask about").get_attribute("placeholder") or ""
    for opener, first, key in (
        ("About", "Close", "Escape"),
        ("Settings", "Confirm", "Escape"),
        ("Settings", "Confirm", "Enter"),
    ):
        go(tab, opener)
        tab.keyboard.press("Enter")
        expect_focus(tab, first)
        tab.keyboard.press(key)
        expect(tab.get_by_role("dialog")).to_have_count(0)
        expect_focus(tab, opener, *[field] * (key == "Enter"))  # the button may be made anew then
    go(tab, "[1 Query of stock]")
    tab.keyboard.press("Enter")
    expect_focus(tab, "Close")
    tab.keyboard.press("Escape")
    expect_focus(tab, "[1 Query of stock]")


def test_files_are_attached_by_keys(page: str, visit: Callable[[str], Page]) -> None:
    tab = visit(page)
    begin(tab)
    tab.evaluate(
        "void (window.showOpenFilePicker = async () => { window.isOpen = true; return [] })"
    )
    go(tab, "Attach documents")
    tab.keyboard.press("Enter")
    tab.wait_for_function("window.isOpen")


def test_files_are_attached_by_keys_after_a_start_that_took_long(
    page: str, visit: Callable[[str], Page]
) -> None:
    tab = visit("about:blank")
    with before_it_connects(tab, page):
        expect(tab.locator("#upload-button-loading")).to_be_visible()
        tab.wait_for_timeout(300)  # the page is looked over whenever it has been drawn
    expect(tab.locator("#upload-button")).to_be_visible()
    go(tab, "Attach documents")


def test_a_pointer_moves_the_focus_to_no_field(page: str, visit: Callable[[str], Page]) -> None:
    tab = visit(page)  # on a phone that would open the keyboard
    begin(tab)
    tab.get_by_role("button", name="Ask again").click()
    expect(tab.locator(".docsql-footer")).to_have_count(1)
    tab.wait_for_timeout(500)
    expect(tab.locator("#chat-input")).not_to_be_focused()
