"""What the page offers, and to whom."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from scripted_service import ScriptedService, answered, ask

from serving.wire.answer import Query
from serving.wire.events import Event
from serving.wire.question import Question

MANY = Query(
    number=1,
    database="stock",
    sql="SELECT name, weight FROM parts",
    columns=["name", "weight"],
    types=["text", "integer"],
    rows=[[f"Part {at}", at] for at in range(2500)],
    truncated=False,
    elapsed_s=0.002,
)


async def many(_: Question) -> AsyncIterator[Event]:
    yield answered("All parts [1].", queries=[MANY], route="sql", answer_id="a1")


@pytest.fixture(scope="module")
def service() -> Iterator[ScriptedService]:
    scripted = ScriptedService({"many": many})
    with scripted.running():
        yield scripted


@pytest.mark.parametrize(("scopes", "offered"), [(["ask"], 0), (["ask", "sql"], 1)])
def test_statements_are_edited_by_those_who_may_run_them(
    page: str,
    visit: Callable[[str], Page],
    service: ScriptedService,
    scopes: list[str],
    offered: int,
) -> None:
    service.scopes = scopes
    tab = visit(page)
    expect(tab.locator("html[data-may]")).to_have_count(1)
    ask(tab, "many")
    statement = tab.locator(".docsql-statement")
    statement.locator("summary").click()
    expect(statement.get_by_role("button", name="Copy")).to_be_visible()
    expect(statement.get_by_role("button", name="Edit and run")).to_have_count(offered)


def test_the_pages_of_a_table_have_one_line_of_buttons_on_a_phone(
    page: str, visit: Callable[..., Page]
) -> None:
    tab = visit(page, viewport={"width": 375, "height": 700})
    ask(tab, "many")
    pager = tab.locator(".docsql-pages")
    for name in ("Last", "First", "Next"):
        pager.get_by_role("button", name=name).click()
        tops = pager.get_by_role("button").evaluate_all(
            "buttons => buttons.map(each => each.getBoundingClientRect().top)"
        )
        assert len(tops) == 4
        assert len(set(tops)) == 1
    expect(pager).to_contain_text("Rows 11 to 20 of 2,500")


def test_a_long_starter_is_read_whole_on_a_phone(
    service: ScriptedService, page: str, visit: Callable[..., Page]
) -> None:
    service.suggested[:] = ["What does the handbook say about interlibrary loans and their fees?"]
    tab = visit(page, viewport={"width": 360, "height": 700})
    starter = tab.locator("#starters button", has_text="interlibrary")
    expect(starter).to_be_visible()
    box = starter.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert starter.evaluate("each => each.scrollWidth <= each.clientWidth")
