"""Results in a browser: what waits for approval, charts in both themes, and cells as people read them."""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

import pytest
from playwright.sync_api import Page, expect
from scripted_service import ScriptedService, answered, ask, grave_issues, unfold

from chainlit_app.statement import on_lines
from serving.wire.answer import Approval, Chart, Query
from serving.wire.events import (
    ApprovalRequest,
    Event,
    Failed,
    RowsRead,
    SqlWritten,
    StepFinished,
    StepStarted,
)
from serving.wire.question import Decision, Question
from serving.wire.threads import Feedback

WAITING = Approval(
    id="a1",
    call="c1",
    database="stock",
    explanation="Reads parts, and gives the number of rows.",
    sql="SELECT COUNT(*) FROM parts",
    tables=["parts"],
    estimated_rows=1_200,
)
CELLS = Query(
    number=1,
    database="stock",
    sql="SELECT * FROM parts",
    columns=["name", "weight", "price", "photo", "checked"],
    rows=[["Fan", 38.4, "12.50", "1,234 bytes", None], ["Pump", 7, "8.00", None, "2025-01-31"]],
    truncated=True,
    elapsed_s=0.002,
)


async def wait(_: Question) -> AsyncIterator[Event]:
    yield StepStarted(step="write_sql", call="c1")
    yield SqlWritten(call="c1", database="stock", sql=WAITING.sql, attempt=1)
    yield StepStarted(step="approve", call="c1")
    yield StepFinished(step="approve", call="c1", detail="waits", seconds=0.001)
    yield ApprovalRequest(approval=WAITING)
    yield answered("It waits.", status="needs_approval", approvals=[WAITING], approval=WAITING)


async def fail(_: Question) -> AsyncIterator[Event]:
    yield Failed(message="The database is away.", act="operator")


async def resume(question: Question) -> AsyncIterator[Event]:
    (said,) = (question.resume or {}).values()
    if said.action == "reject":
        yield answered("I could not find an answer.", status="declined")
        return
    if "DELETE" in (said.sql or ""):
        problem = "Only queries are allowed: start with SELECT or WITH."
        told = {"sql": said.sql, "problem": problem, "explanation": "Deletes parts."}
        again = WAITING.model_copy(update={"id": "a2", **told})
        yield ApprovalRequest(approval=again)
        yield answered("It waits.", status="needs_approval", approvals=[again], approval=again)
        return
    if "broken" in (said.sql or ""):
        async for event in fail(question):
            yield event
        return
    if said.action == "edit":
        read = "Edited by a person. Reads nothing, and gives the number 5."
        yield StepFinished(step="approve", call="c1", detail=read, seconds=0.001)
    yield StepStarted(step="run_sql", call="c1")
    yield RowsRead(call="c1", query=CELLS)
    yield StepFinished(step="run_sql", call="c1", seconds=0.001)
    yield answered("Two parts [1].", queries=[CELLS], route="sql", answer_id="an1")


def drawn(number: int, columns: list[str], rows: Sequence[Sequence[str | float | None]]) -> Query:
    return CELLS.model_copy(
        update={"number": number, "columns": columns, "rows": rows, "truncated": False}
    )


async def chart(_: Question) -> AsyncIterator[Event]:
    cities = [["Oslo", 3, 1], ["Rome", None, -2], ["A city with a very long name indeed", 7, 4]]
    years = [[year, region, n] for year, n in ((2024, 5), (2023, 2), (2025, 4)) for region in "NS"]
    tiers = [["gold", 20.5], ["silver", 30.0], ["bronze", 49.5]]
    queries = [
        drawn(1, ["city", "opened", "closed"], cities),
        drawn(2, ["year", "region", "orders"], years),
        drawn(3, ["tier", "percent"], tiers),
        drawn(4, ["city", "land"], [["Oslo", "NO"], ["Rome", "IT"]]),
    ]
    charts = [
        Chart(number=1, kind="bar", x="city", series=["opened", "closed"]),
        Chart(number=2, kind="line", x="year", series=["orders"], split_by="region"),
        Chart(number=3, kind="pie", x="tier", series=["percent"]),
        Chart(number=4, kind="table"),
    ]
    yield answered("See [1] [2] [3] [4].", queries=queries, charts=charts, route="sql")


MANY = CELLS.model_copy(
    update={
        "columns": ["name", "weight"],
        "types": ["text", "decimal"],
        "rows": [[f"Part {at}", f"{(at * 7) % 25}.5"] for at in range(25)],
        "total_rows": 2_336,
    }
)


async def many(_: Question) -> AsyncIterator[Event]:
    yield answered("All parts [1].", queries=[MANY], route="sql", answer_id="an2")


async def begun(_: Question) -> AsyncIterator[Event]:
    text = "25 rows [1], the first of them:\n\n| name |\n| --- |\n| Part 0 |"
    yield answered(text, queries=[MANY], route="sql", answer_id="an3")


async def sales(_: Question) -> AsyncIterator[Event]:
    query = drawn(1, ["year", "sales"], [[2024, 5_000_000], [2025, 8_000_000]])
    chart = Chart(number=1, kind="bar", x="year", series=["sales"])
    yield answered("See [1].", queries=[query], charts=[chart], route="sql")


AMOUNTS = [["Fan\n(old)", 24294.6], ["Pump", 18367.41], ["Belt", 25], ["Nut", None]]


async def amounts(_: Question) -> AsyncIterator[Event]:
    query = drawn(1, ["part", "cost"], AMOUNTS).model_copy(update={"types": ["text", "float"]})
    yield answered("See [1].", queries=[query], answer_id="an5")


SCRIPTS = {
    "amounts": amounts,
    "wait": wait,
    "": resume,
    "chart": chart,
    "fail": fail,
    "many": many,
    "begun": begun,
    "sales": sales,
}


@pytest.fixture(scope="module")
def service() -> Iterator[ScriptedService]:
    scripted = ScriptedService(SCRIPTS)
    with scripted.running():
        yield scripted


def decisions(service: ScriptedService) -> list[dict[str, Decision]]:
    return [question.resume for question in service.asked if question.resume]


def test_a_statement_that_waits_is_shown_and_runs_when_it_is_approved(
    page: str, visit: Callable[[str], Page], service: ScriptedService
) -> None:
    tab = visit(page)
    ask(tab, "wait")
    card = tab.locator(".docsql-approval")
    for words in (WAITING.explanation, WAITING.sql, "stock · tables: parts · rows to read: about"):
        expect(card).to_contain_text(words)
    expect(tab.get_by_text("Asked for approval: database stock")).to_be_visible()
    card.get_by_role("button", name="Approve").click()
    expect(tab.locator("body")).to_contain_text("Two parts")
    expect(card.get_by_role("status")).to_have_text("Approved.")
    expect(card.get_by_role("button")).to_have_count(0)
    ask(tab, "hello")  # which drops nothing: it was decided on
    expect(tab.locator("body")).to_contain_text("Heard hello.")
    expect(card.get_by_role("status")).to_have_text("Approved.")
    assert decisions(service)[-1] == {"a1": Decision(action="approve")}
    assert service.asked[-1].thread_id == "thread-1"


def test_a_later_question_takes_the_buttons_of_what_it_dropped(
    page: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(page)
    ask(tab, "wait")
    card = tab.locator(".docsql-approval")
    expect(card.get_by_role("button", name="Approve")).to_be_visible()
    ask(tab, "hello")
    expect(card.get_by_role("status")).to_contain_text("A later question dropped this statement.")
    expect(card.get_by_role("button")).to_have_count(0)


def test_cells_are_shown_as_people_read_them(page: str, visit: Callable[[str], Page]) -> None:
    tab = visit(page)
    ask(tab, "wait")
    tab.get_by_role("button", name="Approve").click()
    unfold(tab)
    tab.get_by_text("Queried the database stock: the first 2 rows").click()
    rows = tab.locator("[data-step-type=tool] table tbody tr")
    expect(rows.nth(0)).to_have_text("Fan38.412.501,234 bytesnull")
    expect(rows.nth(1)).to_have_text("Pump78.00null2025-01-31")
    expect(tab.locator("body")).to_contain_text("cut off at the database's row limit")


def test_a_thumb_below_an_answer_is_kept(
    page: str, visit: Callable[[str], Page], service: ScriptedService
) -> None:
    tab = visit(page)
    ask(tab, "wait")
    tab.get_by_role("button", name="Approve").click()
    thumb = tab.get_by_role("button", name="Not helpful")
    thumb.click()
    expect(tab.get_by_text("Noted. Thank you.")).to_be_visible()
    expect(thumb).to_have_attribute("aria-pressed", "true")
    assert service.noted == [Feedback(answer_id="an1", rating="down")]
    tab.get_by_label("Comment on this answer").fill("Too few.")
    tab.get_by_role("button", name="Done").click()
    expect(tab.get_by_role("button", name="Too few.")).to_be_visible()
    assert service.noted[1:] == [Feedback(answer_id="an1", rating="down", comment="Too few.")]


def test_an_edited_statement_is_sent_and_a_refused_one_can_be_corrected(
    page: str, visit: Callable[[str], Page], service: ScriptedService
) -> None:
    tab = visit(page)
    ask(tab, "wait")
    tab.get_by_role("button", name="Edit", exact=True).click()
    tab.get_by_label("The statement to run instead").fill("DELETE FROM parts")
    tab.get_by_role("button", name="Back").click()
    expect(tab.get_by_text("Nothing has run yet")).to_be_visible()
    tab.get_by_role("button", name="Edit", exact=True).click()
    expect(tab.get_by_label("The statement to run instead")).to_have_value(WAITING.sql)
    expect(tab.get_by_label("The statement to run instead")).to_be_focused()
    tab.get_by_label("The statement to run instead").fill("DELETE FROM parts")
    tab.get_by_role("button", name="Run this").click()
    expect(tab.get_by_role("alert")).to_contain_text("start with SELECT")
    refused, again = (tab.locator(".docsql-approval").nth(at) for at in range(2))
    expect(refused.get_by_role("status")).to_contain_text("was refused and did not run")
    expect(refused).not_to_contain_text(WAITING.explanation)  # it is not what was sent
    expect(again).to_contain_text("Deletes parts.")
    tab.get_by_label("The statement to run instead").fill("SELECT 5")
    tab.get_by_role("button", name="Run this").click()
    expect(tab.locator("body")).to_contain_text("Two parts")
    expect(again.locator("p").first).to_have_text("Reads nothing, and gives the number 5.")
    assert decisions(service)[-1] == {"a2": Decision(action="edit", sql="SELECT 5")}


def test_the_field_of_a_statement_stays_while_the_page_changes(
    page: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(page)
    ask(tab, "wait")
    tab.get_by_role("button", name="Edit", exact=True).click()
    field = tab.get_by_label("The statement to run instead")
    field.fill("SELECT 5")
    shown = field.element_handle()
    ask(tab, "fail")
    expect(tab.locator("body")).to_contain_text("The database is away.")
    assert shown.evaluate("field => field.isConnected"), "it lost the focus of whoever typed in it"
    expect(field).to_have_value("SELECT 5")


def test_a_rejected_statement_ends_in_no_answer(
    page: str, visit: Callable[[str], Page], service: ScriptedService
) -> None:
    tab = visit(page)
    ask(tab, "wait")
    tab.get_by_role("button", name="Reject").click()
    expect(tab.locator(".docsql-declined")).to_contain_text("No answer.")
    expect(tab.get_by_text("Nothing has run yet")).to_have_count(0)
    assert decisions(service)[-1] == {"a1": Decision(action="reject")}


def test_a_decision_that_came_to_nothing_can_be_made_again(
    page: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(page)
    ask(tab, "wait")
    tab.get_by_role("button", name="Edit", exact=True).click()
    tab.get_by_label("The statement to run instead").fill("SELECT broken")
    tab.get_by_role("button", name="Run this").click()
    expect(tab.locator("body")).to_contain_text("The database is away.")
    tab.get_by_label("The statement to run instead").fill("SELECT 5")
    tab.get_by_role("button", name="Run this").click()
    expect(tab.locator("body")).to_contain_text("Two parts")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_charts_are_drawn_in_both_themes(
    page: str, visit: Callable[[str], Page], theme: str
) -> None:
    tab = visit(page)
    tab.evaluate("theme => localStorage.setItem('vite-ui-theme', theme)", theme)
    tab.reload()
    ask(tab, "chart")
    charts = tab.locator(".js-plotly-plot")
    expect(charts).to_have_count(3)  # a table is no drawing
    bars, lines, pie = (charts.nth(at) for at in range(3))
    expect(bars.locator(".bars .point")).to_have_count(6)
    expect(bars).to_contain_text("opened and closed by city")
    expect(bars).to_contain_text("A city with a very long name indeed")
    expect(lines.locator(".scatterlayer .trace")).to_have_count(2)
    expect(lines.locator(".xtick text").first).to_have_text("2023")  # in order of time
    expect(pie.locator(".slice")).to_have_count(3)
    above, below = bars.bounding_box(), tab.locator(".docsql-sources").bounding_box()
    assert above
    assert below
    assert above["y"] + above["height"] < below["y"]


def test_a_chart_is_switched_and_its_axis_can_be_read(
    page: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(page)
    ask(tab, "sales")
    chart = tab.locator(".js-plotly-plot")
    expect(chart.locator(".ytick").last).to_have_text("8,000,000")
    tab.get_by_role("button", name="Lines").click()
    expect(chart.locator(".scatterlayer .trace")).to_have_count(1)
    tab.get_by_role("button", name="Pie").click()
    expect(chart.locator(".slice")).to_have_count(2)
    expect(chart.locator(".pielayer text")).to_have_text(
        [re.compile(r"2024\s*38\.5%"), re.compile(r"2025\s*61\.5%")]
    )
    tab.get_by_role("button", name="Table").click()
    expect(chart).to_have_count(0)
    expect(tab.locator(".docsql-scroll tbody tr")).to_have_count(2)


def test_a_chart_is_as_wide_as_there_is_room_beside_an_open_panel(
    page: str, visit: Callable[..., Page]
) -> None:
    tab = visit(page, viewport={"width": 768, "height": 1024})
    ask(tab, "sales")
    expect(tab.locator(".js-plotly-plot .ytick").last).to_be_visible()
    before = tab.locator(".js-plotly-plot .main-svg").first.bounding_box()
    tab.locator(".docsql-sources a").click()
    expect(tab.locator("#side-view-content")).to_be_visible()
    assert before
    tab.wait_for_function(
        """whole => {
          const [drawn, around] = [".js-plotly-plot .main-svg", ".docsql-evidence"].map(
            (each) => document.querySelector(each).getBoundingClientRect(),
          );
          return around.width < whole - 100 && drawn.right <= around.right;
        }""",
        arg=before["width"],
    )
    tab.keyboard.press("Escape")
    tab.wait_for_function(
        """whole => document.querySelector(".js-plotly-plot .main-svg").clientWidth === whole""",
        arg=before["width"],
    )


def test_a_table_is_sorted_paged_and_saved(page: str, visit: Callable[[str], Page]) -> None:
    tab = visit(page)
    ask(tab, "many")
    rows = tab.locator(".docsql-scroll tbody tr")
    expect(rows).to_have_count(10)
    tab.get_by_role("button", name="weight").click()
    expect(rows.first.locator("td").nth(1)).to_have_text("0.5")  # by size, and not as text
    head = tab.get_by_role("columnheader", name="weight")
    box = head.bounding_box()
    assert box
    head.click(position={"x": 4, "y": box["height"] / 2})  # all of it sorts, not the word alone
    expect(rows.first.locator("td").nth(1)).to_have_text("24.5")
    tab.get_by_role("button", name="Last").click()
    expect(rows).to_have_count(5)
    expect(tab.get_by_text("Rows 21 to 25 of 25")).to_be_visible()
    expect(tab.get_by_text("the first 25 of 2,336 rows").first).to_be_visible()
    tab.get_by_label("Find in these rows").fill("part 1")
    expect(tab.get_by_text("Rows 1 to 10 of 11")).to_be_visible()
    tab.get_by_role("button", name="Next").click()
    expect(rows).to_have_count(1)
    with tab.expect_download() as saved:
        tab.get_by_role("link", name="Excel").click()
    assert saved.value.suggested_filename == "result-1.xlsx"
    assert saved.value.path().read_text() == "an2 1 with part 1 by 2 down"  # as it stands there
    expect(tab.locator("summary", has_text="11 found")).to_be_visible()
    tab.get_by_label("Find in these rows").fill("")
    with tab.expect_download() as saved:
        tab.get_by_role("link", name="CSV").click()
    assert saved.value.path().read_text() == "an2 1 by 2 down"


def test_amounts_stand_below_each_other_and_are_copied_as_they_stand(
    page: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(page)
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(tab, "amounts")
    cells = tab.locator(".docsql-scroll td:nth-child(2)")
    expect(cells).to_have_text(["24,294.60", "18,367.41", "25.00", "null"])
    tab.get_by_role("button", name="cost").click()
    tab.get_by_role("button", name="Copy these rows").click()
    expect(tab.get_by_role("button", name="Copy these rows")).to_have_text("Copied")
    copied = "part\tcost\nBelt\t25.00\nPump\t18,367.41\nFan (old)\t24,294.60\nNut\t"
    assert tab.evaluate("navigator.clipboard.readText()") == copied


def test_rows_that_are_folded_can_be_saved_and_say_that_there_is_more(
    page: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(page)
    ask(tab, "begun")
    expect(tab.get_by_text("open to sort and page")).to_be_visible()
    with tab.expect_download() as saved:
        tab.get_by_role("link", name="CSV").click()
    assert saved.value.path().read_text() == "an3 1"
    tab.get_by_text("open to sort and page").click()
    expect(tab.locator(".docsql-scroll tbody tr")).to_have_count(10)
    expect(tab.get_by_text("open to sort and page")).to_have_count(0)


def test_a_statement_is_copied_edited_and_run(page: str, visit: Callable[[str], Page]) -> None:
    tab = visit(page)
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(tab, "many")
    tab.get_by_text("SQL", exact=True).click()
    statement = tab.locator(".docsql-statement")
    statement.get_by_role("button", name="Copy").click()
    expect(statement.get_by_role("button", name="Copied")).to_be_visible()
    assert tab.evaluate("navigator.clipboard.readText()") == on_lines(MANY.sql)
    tab.get_by_role("button", name="Edit and run").click()
    field = tab.get_by_label("Your statement")
    expect(field).to_have_value(MANY.sql)
    expect(field).to_be_focused()
    field.fill("DELETE FROM parts")
    tab.get_by_role("button", name="Run", exact=True).click()
    expect(tab.get_by_role("alert")).to_have_text("Only queries are allowed (refused).")
    field.fill("SELECT 5 AS own")
    tab.get_by_role("button", name="Run", exact=True).click()
    expect(tab.locator(".docsql-scroll th")).to_have_text(["own"])
    expect(tab.get_by_text("Your own statement", exact=True)).to_be_visible()
    expect(tab.get_by_text("Done, see above: Query of stock · 1 row")).to_be_visible()
    with tab.expect_download() as saved:
        tab.get_by_role("link", name="CSV").click()
    assert saved.value.path().read_text() == "SELECT 5 AS own"
    tab.get_by_role("button", name="Back to the answer's own").click()
    expect(tab.locator(".docsql-scroll tbody tr")).to_have_count(10)


def test_a_statement_is_copied_from_a_page_that_has_no_clipboard(
    page: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(page)  # browsers give none to a page that came unencrypted from another machine
    tab.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    ask(tab, "many")
    tab.get_by_text("SQL", exact=True).click()
    statement = tab.locator(".docsql-statement")
    statement.get_by_role("button", name="Copy").click()
    expect(statement.get_by_role("button", name="Copied")).to_be_visible()
    tab.locator("#chat-input").focus()
    tab.keyboard.press("Control+V")
    expect(tab.locator("#chat-input")).to_contain_text(MANY.sql)


def test_a_page_is_for_everybody(page: str, visit: Callable[[str], Page]) -> None:
    tab = visit(page)
    said: list[str] = []
    tab.on("console", lambda told: said.append(told.text) if told.type == "error" else None)
    ask(tab, "many")
    tab.get_by_text("SQL", exact=True).click()
    tab.locator(".docsql-sources a").click()
    expect(tab.locator("#side-view-content")).to_be_visible()
    expect(tab.locator("#side-view-title button")).to_be_focused()
    tab.locator("#new-chat-button").hover()
    expect(tab.get_by_role("tooltip")).to_be_attached()  # it takes the key for itself
    tab.keyboard.press("Escape")
    expect(tab.locator("#side-view-content")).to_have_count(0)
    expect(tab.locator(".docsql-sources a")).to_be_focused()
    expect(tab.get_by_role("main")).to_be_visible()
    expect(tab.locator("[aria-live=polite] .step").first).to_be_visible()
    tab.get_by_role("button", name="weight").focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("th[aria-sort=ascending]")).to_have_text("weight ▴")
    assert grave_issues(tab, "moderate") == []
    tab.set_viewport_size({"width": 390, "height": 844})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert said == []
