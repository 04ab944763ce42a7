"""The page in another name, with pictures, colors and words of its own, in both languages."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from scripted_service import ScriptedService, answered, ask, grave_issues, unfold

from chainlit_app import launch
from chainlit_app.look import readable
from serving.config.settings import load_settings
from serving.wire.answer import Query
from serving.wire.events import Event, RowsRead, SqlWritten, StepFinished, StepStarted
from serving.wire.question import Question

NAME = "Müller & Söhne Auskunft".replace("& ", "und ")
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40"><rect width="120" height="40" '
    'rx="8" fill="#7a1f5c"/><circle cx="20" cy="20" r="10" fill="#fff"/></svg>'
)
ROWS = Query(
    number=1,
    database="stock",
    sql="SELECT name, price FROM parts",
    columns=["name", "price"],
    types=["text", "decimal"],
    rows=[[f"Teil {at}", f"{at}.50"] for at in range(12)],
    truncated=True,
    total_rows=12_345,
    elapsed_s=0.002,
)


async def parts(_: Question) -> AsyncIterator[Event]:
    yield StepStarted(step="write_sql", call="b")
    yield SqlWritten(call="b", database="stock", sql=ROWS.sql, attempt=1)
    yield StepStarted(step="run_sql", call="b")
    yield RowsRead(call="b", query=ROWS)
    yield StepFinished(step="run_sql", call="b", seconds=1.25)
    timings = {"total": 1.25}
    yield answered("Zwölf Teile [1].", queries=[ROWS], answer_id="a", timings=timings)


@pytest.fixture(scope="module")
def service() -> Iterator[ScriptedService]:
    scripted = ScriptedService({"parts": parts})
    with scripted.running():
        yield scripted


@pytest.fixture(scope="module")
def dressed(
    service: ScriptedService,
    start: Callable[[list[str], dict[str, str], list[str]], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    folder = tmp_path_factory.mktemp("dressed")
    (folder / "logo.svg").write_text(LOGO, encoding="utf-8")
    settings = load_settings()
    look: dict[str, Any] = {
        "name": NAME,
        "logo": folder / "logo.svg",
        "icon": folder / "logo.svg",
        "color": "#ff77cc",
        "welcome": {"en": "**Welcome** to our parts.", "de": "**Willkommen** bei unseren Teilen."},
        "footer": "Fragen? Anruf bei Frau Keller.",
        "starters": ("Which parts are there?",),
        "port": 0,
        "api_url": f"http://127.0.0.1:{service.port}",
    }
    page = settings.page.model_copy(update=look)
    command = launch.command(settings.model_copy(update={"data": folder, "page": page}))
    start(command.argv, command.environment, [f"{command.address}/favicon"])
    return command.address


@pytest.fixture
def opened(dressed: str, visit: Callable[..., Page]) -> Iterator[Callable[..., Page]]:
    """Opens the page; its console may hold no error by the end."""
    errors: list[str] = []

    def open_tab(**browser: Any) -> Page:
        tab = visit("about:blank", **browser)
        tab.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        tab.goto(dressed)
        return tab

    yield open_tab
    assert errors == []


PHONE = {"width": 390, "height": 844}
GERMAN_AT_NIGHT = {"locale": "de-AT", "color_scheme": "dark"}


def test_the_page_has_the_operators_name_pictures_and_words(
    opened: Callable[..., Page], tmp_path: Path
) -> None:
    tab = opened(locale="en-GB")
    expect(tab).to_have_title(NAME)
    expect(tab.locator("#welcome-screen")).to_contain_text("Welcome to our parts.")
    expect(tab.locator("#starters button")).to_have_text(["Which parts are there?"])
    for picture in ("logo?theme=light", "logo?theme=dark", "favicon", f"avatars/{NAME}"):
        assert tab.request.get(f"{tab.url}{picture}").text() == LOGO
    expect(tab.get_by_role("button", name="Settings")).to_be_visible()
    expect(tab.locator("html")).not_to_have_class(re.compile("dark"))
    assert grave_issues(tab) == []
    tab.screenshot(path=tmp_path / "desktop.png")
    tab.locator("#starters button").click()
    expect(tab.locator("body")).to_contain_text("Heard Which parts are there?.")
    expect(tab.locator("body")).to_contain_text("Fragen? Anruf bei Frau Keller.")


def test_everything_is_german_in_a_german_browser_and_dark_in_a_dark_one(
    opened: Callable[..., Page], tmp_path: Path
) -> None:
    tab = opened(**GERMAN_AT_NIGHT, viewport=PHONE)
    expect(tab.locator("html")).to_have_class(re.compile("dark"))
    expect(tab.locator("html")).to_have_attribute("lang", "de")
    expect(tab.locator("#welcome-screen")).to_contain_text("Willkommen bei unseren Teilen.")
    expect(tab.locator("#header")).to_contain_text("Dokumente")
    expect(tab.locator("#header")).not_to_contain_text("Toggle")
    assert tab.evaluate("document.querySelector('#header').scrollWidth") <= PHONE["width"]
    tab.locator("#starters button").hover()
    tab.screenshot(path=tmp_path / "phone-dark.png")
    ask(tab, "parts")
    unfold(tab)
    step = tab.get_by_text("Datenbank stock abgefragt: die ersten 12 von 12.345 Zeilen (1,2 s)")
    expect(step).to_be_visible()
    below = tab.locator(".docsql-evidence")
    expect(below).to_contain_text("Das sind die ersten 12 von 12.345 Zeilen")
    expect(below).to_contain_text("Zeilen 1 bis 10 von 12")
    expect(below).to_contain_text("scripted (Gespräch) · 1,2 s")
    for name in ("Zurück", "Weiter", "Ändern und ausführen"):
        expect(tab.get_by_role("button", name=name, include_hidden=True).first).to_be_attached()
    tab.locator("#chat-settings-open-modal").click()
    dialog = tab.get_by_role("dialog")
    for words in ("Einstellungen", "Wo gesucht wird", "Für jede Frage entscheiden", "Temperatur"):
        expect(dialog).to_contain_text(words)
    english = re.compile(r"\b(the|Settings|Confirm|Reset|Cancel|Select|Where)\b")
    expect(dialog).not_to_have_text(english)
    expect(dialog.get_by_role("slider", name="Temperatur")).to_be_visible()
    assert grave_issues(tab) == []
    tab.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert grave_issues(tab) == []
    tab.screenshot(path=tmp_path / "phone-dark-answer.png")
    tab.locator(".docsql-sources a").click()
    panel = tab.get_by_role("dialog", name="1 Abfrage an stock")
    expect(panel).to_contain_text("SELECT name, price")
    assert grave_issues(tab) == []


def test_a_conversation_of_before_is_in_the_language_of_today(opened: Callable[..., Page]) -> None:
    tab = opened(locale="fr-FR")
    expect(tab.locator("html")).to_have_attribute("lang", "en")
    expect(tab.locator("#chat-input")).to_have_attribute(
        "placeholder", "Ask about your documents and databases"
    )


COLORS = [("ff77cc", (1, 1, 1)), ("101040", (0.18, 0.18, 0.18)), ("ffffff", (1, 1, 1))]


@pytest.mark.parametrize(("color", "ground"), COLORS)
def test_a_color_is_changed_until_it_can_be_read(
    color: str, ground: tuple[float, float, float]
) -> None:
    given = tuple(part / 255 for part in bytes.fromhex(color))
    shown = readable((given[0], given[1], given[2]), ground)
    assert shown != given
    assert all(0 <= part <= 1 for part in shown)
    assert readable(shown, ground) == shown
