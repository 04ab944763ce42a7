"""Charts on the page: why one is not what was asked for, and what can be read of it."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from scripted_service import ScriptedService, answered, ask

from serving.wire.answer import Query
from serving.wire.charts import Chart
from serving.wire.events import Event
from serving.wire.question import Question

Row = list[str | int | float | bool | None]
MONTHS: list[Row] = [[f"{2020 + at // 12}-{at % 12 + 1:02}", at * at % 17 + 1] for at in range(57)]
CLIENTS: list[Row] = [[f"Client no. {at}", 90 + at] for at in range(8)]
STATES: list[Row] = [["paid", 1200], ["open", 90], ["cancelled", 25], ["pending", 8]]


def counted(name: str, rows: list[Row]) -> Query:
    return Query(
        number=1,
        database="shop",
        sql="SELECT 1",
        columns=[name, "count_orders"],
        types=["text", "integer"],
        rows=rows,
        truncated=False,
        elapsed_s=0.001,
    )


async def months(_: Question) -> AsyncIterator[Event]:
    chart = Chart(number=1, kind="bar", x="month", series=["count_orders"], instead_of="pie")
    yield answered("See [1].", queries=[counted("month", MONTHS)], charts=[chart], route="sql")


async def states(_: Question) -> AsyncIterator[Event]:
    chart = Chart(number=1, kind="pie", x="status", series=["count_orders"])
    yield answered("See [1].", queries=[counted("status", STATES)], charts=[chart], route="sql")


async def clients(_: Question) -> AsyncIterator[Event]:
    chart = Chart(number=1, kind="pie", x="client", series=["count_orders"])
    yield answered("See [1].", queries=[counted("client", CLIENTS)], charts=[chart], route="sql")


@pytest.fixture(scope="module")
def service() -> Iterator[ScriptedService]:
    scripted = ScriptedService({"months": months, "states": states, "clients": clients})
    with scripted.running():
        yield scripted


SAID = [
    ("en-US", "A pie of 57 slices could not be read, so this is another chart."),
    ("de-DE", "Ein Kreis aus 57 Stücken wäre nicht lesbar; das Diagramm hat eine andere Form."),
]


@pytest.mark.parametrize(("locale", "why"), SAID)
def test_a_pie_that_is_not_drawn_says_why(
    page: str, visit: Callable[..., Page], locale: str, why: str
) -> None:
    tab = visit(page, locale=locale)
    ask(tab, "months")
    expect(tab.locator(".docsql-result .docsql-note")).to_have_text(why)
    expect(tab.locator(".docsql-result").get_by_role("button", name="Pie")).to_have_count(0)


TOUCHING = """() => {
  const boxes = [...document.querySelectorAll(".pielayer text.slicetext")].map(
    (each) => each.getBoundingClientRect());
  return boxes.filter((one, at) => boxes.slice(at + 1).some((other) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom,
  )).length;
}"""


@pytest.mark.parametrize("width", [375, 1280])
def test_the_labels_of_small_slices_do_not_touch(
    page: str, visit: Callable[..., Page], width: int
) -> None:
    tab = visit(page, viewport={"width": width, "height": 800})
    ask(tab, "states")
    labels = tab.locator(".pielayer text.slicetext")
    expect(labels).to_have_count(len(STATES))
    expect(labels).to_have_text(["paid 90.7%", "open 6.8%", "cancelled 1.9%", "pending 0.6%"])
    expect(tab.locator(".g-gtitle")).to_have_text("number of orders by status")
    tab.wait_for_timeout(500)  # it is drawn twice where a panel or the window changes
    assert tab.evaluate(TOUCHING) == 0


def test_a_pie_on_a_phone_is_more_than_its_labels(page: str, visit: Callable[..., Page]) -> None:
    tab = visit(page, viewport={"width": 375, "height": 800})
    ask(tab, "clients")
    expect(tab.locator(".pielayer text.slicetext")).to_have_count(len(CLIENTS))
    tab.wait_for_timeout(500)  # it is drawn twice where a panel or the window changes
    slices = tab.locator(".pielayer path.surface")
    boxes = slices.evaluate_all("all => all.map((each) => each.getBoundingClientRect().toJSON())")
    assert max(box["right"] for box in boxes) - min(box["left"] for box in boxes) > 100
    assert tab.evaluate(TOUCHING) == 0
