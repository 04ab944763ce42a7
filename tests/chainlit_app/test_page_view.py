"""What a person has in view: the question, open lists, where a conversation looks, a stop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from scripted_service import ScriptedService, answered, ask

from serving.wire.answer import Query
from serving.wire.events import Event, RowsRead, SqlWritten, StepFinished, StepStarted, Token
from serving.wire.question import Question

PHONE: dict[str, Any] = {
    "viewport": {"width": 375, "height": 700},
    "has_touch": True,
    "is_mobile": True,
}
ROWS = Query(
    number=1,
    database="stock",
    sql="SELECT name, 12 AS price FROM parts WHERE name = 'Fan'",
    columns=["name", "price"],
    types=["text", "integer"],
    rows=[[f"Fan {at}", at] for at in range(30)],
    truncated=False,
    elapsed_s=0.002,
)
WORDS = ["A paragraph with some words about parts of fans.\n\n"] * 20
ENGLISH = "How many orders were placed each year?"
GROUND = "each => getComputedStyle(each).backgroundColor"


async def parts(_: Question) -> AsyncIterator[Event]:
    yield StepStarted(step="write_sql", call="a")
    yield SqlWritten(call="a", database="stock", sql=ROWS.sql, attempt=1)
    yield StepStarted(step="run_sql", call="a")
    yield RowsRead(call="a", query=ROWS)
    yield StepFinished(step="run_sql", call="a", seconds=0.01)
    for piece in WORDS:
        yield Token(text=piece)
        await asyncio.sleep(0.05)
    text = f"Thirty parts [1]. {''.join(WORDS)}"
    yield answered(text, queries=[ROWS], answer_id="a", timings={"total": 1.0})


async def write_on(_: Question) -> AsyncIterator[Event]:
    for word in ("Once", " upon", " a"):
        yield Token(text=word)
    await asyncio.sleep(60)
    yield answered("Once upon a time.")


@pytest.fixture(scope="module")
def service() -> Iterator[ScriptedService]:
    scripted = ScriptedService({"parts": parts, "more parts": parts, "write": write_on})
    with scripted.running():
        yield scripted


def test_each_question_stands_at_the_top_of_a_phone(page: str, visit: Callable[..., Page]) -> None:
    tab = visit(page, **PHONE)
    for count, question in enumerate(("parts", "more parts"), start=1):
        ask(tab, question)
        expect(tab.locator(".docsql-footer")).to_have_count(count)
        tab.wait_for_timeout(1000)  # the view moves smoothly, and once more when a table comes
        asked = tab.locator("[data-step-type=user_message]").last
        expect(asked).to_be_in_viewport(ratio=1)
        expect(tab.get_by_role("button", name="To the end of the conversation")).to_be_visible()


def test_escape_closes_the_open_list_and_keeps_what_was_chosen(
    page: str, visit: Callable[..., Page]
) -> None:
    tab = visit(page)
    tab.locator("#chat-settings-open-modal").click()
    dialog = tab.get_by_role("dialog")
    dialog.locator("#temperature [role=slider]").press("ArrowRight")
    dialog.locator("[cmdk-input]").click()
    expect(dialog.get_by_role("option")).to_have_text(["demo", "stock"])
    tab.keyboard.press("Escape")
    expect(dialog.get_by_role("option")).to_have_count(0)
    expect(dialog.locator("[cmdk-root]")).to_be_focused()  # the next key goes on from there
    expect(dialog.get_by_role("slider", name="Temperature", exact=True)).to_have_attribute(
        "aria-valuenow", "0.1"
    )
    tab.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_temperature_and_length_are_offered_where_a_language_model_answers(
    page: str, visit: Callable[..., Page], service: ScriptedService
) -> None:
    embedded = "embedded: no language model"
    before = service.models
    rules, model = "No language model is connected", "the model answers from what it knows"
    for chat, coder, sliders, said in (
        (embedded, embedded, 0, rules),
        (embedded, "some model", 2, rules),
        ("some model", "some model", 2, model),
    ):
        service.models = {"chat": chat, "sql_coder": coder}
        tab = visit(page)
        tab.locator("#chat-settings-open-modal").click()
        expect(tab.get_by_role("dialog").locator("#use_knowledge")).to_be_visible()
        expect(tab.get_by_role("dialog").get_by_role("slider")).to_have_count(sliders)
        expect(tab.get_by_role("dialog")).to_contain_text(said)
    service.models = before


def test_a_conversation_that_looks_in_one_place_says_so(
    page: str, visit: Callable[..., Page], service: ScriptedService
) -> None:
    tab = visit(page)
    said = tab.locator("#docsql-looks-in")
    choose_mode(tab, tab.locator("#chat-settings-open-modal"), "Databases")
    expect(said).to_have_text("Looks in databases only")
    ask(tab, "parts")
    expect(tab.locator(".docsql-footer")).to_have_count(1)
    expect(said).to_have_text("Looks in databases only")
    assert service.asked[-1].mode == "sql"
    choose_mode(tab, said, "Decide for each question")
    expect(said).to_have_count(0)


def choose_mode(tab: Page, opener: Locator, name: str) -> None:
    opener.click()
    tab.locator("#mode").click()
    tab.get_by_role("option", name=name).click()
    tab.locator("#confirm").click()


def test_a_statement_stands_on_one_ground_wherever_it_is_shown(
    page: str, visit: Callable[..., Page]
) -> None:
    tab = visit(page)
    ask(tab, "parts")
    # The last thing that an answer shows: nothing moves under the pointer after it.
    expect(tab.get_by_role("button", name="Save this question")).to_be_visible()
    tab.locator(".docsql-sources a").click()
    beside = tab.locator("#side-view-content code.hljs")
    expect(beside).to_contain_text("SELECT name")
    tab.get_by_text("SQL", exact=True).click()
    below = tab.locator(".docsql-statement pre")
    assert beside.evaluate(GROUND) == below.evaluate(GROUND)


def test_the_title_of_a_panel_has_the_ground_of_the_panel_on_a_phone_at_night(
    page: str, visit: Callable[..., Page]
) -> None:
    tab = visit(page, **PHONE, color_scheme="dark")
    ask(tab, "parts")
    # The last thing that an answer shows: nothing moves under the finger after it.
    expect(tab.get_by_role("button", name="Save this question")).to_be_visible()
    tab.locator(".docsql-sources a").tap()
    panel = tab.get_by_role("dialog")
    title = panel.locator("#side-view-title")
    expect(title).to_be_visible()
    assert title.evaluate(GROUND) == panel.evaluate(GROUND)


def test_a_stop_is_no_error_and_stands_below_what_was_written(
    page: str, visit: Callable[..., Page]
) -> None:
    tab = visit(page)
    ask(tab, "write")
    expect(tab.locator(".ai-message")).to_contain_text("Once upon a")
    tab.wait_for_timeout(1500)  # after which a turn says what it is at
    tab.get_by_role("button", name="Stop").click()
    expect(tab.locator(".ai-message")).to_have_text(["Once upon a", "Stopped.Ask again"])
    expect(tab.locator(".ai-message .alert")).to_have_count(0)
    expect(tab.locator("[data-step-type=tool]")).to_have_count(0)
    expect(tab.get_by_role("button", name="Ask again")).to_have_count(1)


def test_starters_are_asked_in_a_language_that_is_read(
    page: str, visit: Callable[..., Page], service: ScriptedService
) -> None:
    service.databases = service.databases[:1]
    for model, label, question in (
        ("embedded: no language model", "Bestellungen pro Jahr (auf Englisch gefragt)", ENGLISH),
        ("some model", "Bestellungen pro Jahr", "Wie viele Bestellungen gab es in jedem Jahr?"),
    ):
        service.models = {"chat": model}
        tab = visit(page, locale="de-DE")
        tab.get_by_role("button", name=label, exact=True).click()
        expect(tab.locator("[data-step-type=user_message]")).to_have_text(question)
