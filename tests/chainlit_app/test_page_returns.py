"""What people come back to: on a phone, after an outage, by a link, in a list, in their language."""

import re
import socket
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from docsql_process import Folder, make_database
from outage import Outage
from playwright.sync_api import Page, expect
from scripted_service import ask, before_it_connects

from chainlit_app import launch
from serving.auth.local import local_credential
from serving.config.settings import load_settings

SHOP = Path(__file__).parents[1] / "fixtures" / "service" / "shop.sql"
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
SHARED = "Good morning!"
Start = Callable[[list[str], dict[str, str], list[str]], Path]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    home = tmp_path_factory.mktemp("returns")
    shop = make_database(SHOP, home / "shop.sqlite")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        "DOCSQL_SERVICE__PORT": str(port),
        "DOCSQL_DATABASES__SHOP__URL": f"sqlite:///{shop}",
        "DOCSQL_DATABASES__SHOP__APPROVAL": "always",
    }
    made = Folder(home, settings)
    (home / "birds.md").write_text(_long_document(), encoding="utf-8")
    assert made.run("ingest", "birds.md").returncode == 0
    return made


def _long_document() -> str:
    others = ("herons", "geese", "owls", "swifts", "wrens", "larks", "terns", "gulls")
    parts = [f"## About {bird}\n\n" + f"The {bird} rest by the lake. " * 20 for bird in others]
    cranes = "## About cranes\n\nThe cranes of the harbour lift 40 tonnes.\n"
    return "\n\n".join(["# Birds", *parts[:4], cranes, *parts[4:]])


@pytest.fixture(scope="module")
def service(folder: Folder) -> Iterator[Outage]:
    outage = Outage(folder)
    outage.start()
    yield outage
    outage.stop()


@pytest.fixture(scope="module")
def page(folder: Folder, service: Outage, start: Start) -> Iterator[str]:  # instead of conftest's
    settings = load_settings()
    own = settings.page.model_copy(update={"port": 0, "api_url": service.url, "history": True})
    command = launch.command(settings.model_copy(update={"data": folder.data, "page": own}))
    key = {"DOCSQL_PAGE__API_KEY": local_credential(folder.data) or ""}
    log = start(command.argv, {**command.environment, **key}, [f"{command.address}/favicon"])
    yield command.address
    assert "Traceback" not in log.read_text(encoding="utf-8")


def await_answers(tab: Page, count: int) -> None:
    expect(tab.locator(".docsql-footer")).to_have_count(count)


def test_a_conversation_on_a_phone_has_an_address_and_a_list_that_stays_open(
    page: str, visit: Callable[..., Page]
) -> None:
    tab = visit(page, **PHONE)
    field = tab.locator("#chat-input")
    assert field.evaluate("field => field.scrollHeight <= field.clientHeight")  # words are whole
    ask(tab, "Hello from a phone!")
    await_answers(tab, 1)
    tab.wait_for_url("**/thread/*")
    tab.locator("#header #sidebar-trigger-button").click()
    listed = tab.get_by_role("dialog").get_by_role("link", name="Hello from a phone!")
    expect(listed).to_be_visible()
    tab.evaluate("Promise.allSettled(document.getAnimations().map(each => each.finished))")
    expect(listed).to_be_visible()
    tab.keyboard.press("Escape")  # the name of the button that opened it is shown as well
    expect(tab.get_by_role("dialog")).to_have_count(0)
    tab.reload()
    await_answers(tab, 1)
    ask(tab, "Thanks!")
    await_answers(tab, 2)
    expect(tab.get_by_text("Hello from a phone!")).to_have_count(1)


def test_what_was_opened_while_the_service_was_away_comes_when_it_is_back(
    folder: Folder, service: Outage, page: str, visit: Callable[..., Page]
) -> None:
    earlier = visit(page)
    ask(earlier, "Good evening!")
    await_answers(earlier, 1)
    earlier.wait_for_url("**/thread/*")
    address = earlier.url
    link = _saved(service.url, folder)
    with service.away():
        earlier.reload()
        new, shared = visit(page), visit(f"{page}{link}", **PHONE)
        for tab in (earlier, new, shared):
            expect(tab.get_by_text("DocSQL does not answer at the moment.")).to_have_count(1)
        expect(earlier.get_by_text("Thread not found")).to_have_count(0)
        new.locator("#chat-input").click()
        new.keyboard.insert_text("How many par")
    await_answers(earlier, 1)
    assert earlier.url == address
    expect(earlier.get_by_text("does not answer")).to_have_count(0)
    expect(new.locator("#starters button")).not_to_have_count(1)  # not "What can I ask?" alone
    expect(new.locator("#chat-input")).to_have_value("How many par")
    new.locator("#header #sidebar-trigger-button").click()
    expect(new.get_by_role("link", name="Good evening!")).to_be_visible()
    await_answers(shared, 1)
    shared.wait_for_url("**/thread/*")
    expect(shared.get_by_text(SHARED)).to_have_count(1)


def _saved(url: str, folder: Folder) -> str:
    """The link of a question that the page's reader keeps."""
    key = {"Authorization": f"Bearer {local_credential(folder.data)}"}
    asked = {"question": SHARED}
    told = httpx.post(f"{url}/saved-questions", json=asked, headers=key, trust_env=False)
    return f"/?saved={told.raise_for_status().json()['id']}"


def test_enter_opens_the_conversation_that_was_found(page: str, visit: Callable[..., Page]) -> None:
    tab = visit(page)
    ask(tab, "Good afternoon!")
    await_answers(tab, 1)
    tab.wait_for_url("**/thread/*")
    address = tab.url
    tab.goto(page)
    ask(tab, "Good day!")  # the first of the list, which is chosen until it is not listed any more
    await_answers(tab, 1)
    tab.wait_for_url("**/thread/*")
    tab.locator("#header #sidebar-trigger-button").click()
    tab.locator("#search-chats-button").click()
    expect(tab.get_by_role("option").first).to_be_visible()  # before anything is searched for
    tab.keyboard.type("afternoon")  # as people do: each letter changes what is listed
    expect(tab.get_by_role("option")).to_have_text(["Good afternoon!"])
    tab.keyboard.press("Enter")
    tab.wait_for_url(address)
    expect(tab.get_by_role("dialog")).to_have_count(0)
    expect(tab.locator("#chat-input")).to_be_focused()  # and nothing of the conversation before


def test_a_passage_opens_with_its_name_and_the_way_back_in_sight(
    page: str, visit: Callable[..., Page]
) -> None:
    tab = visit(page)
    ask(tab, "How much do the cranes of the harbour lift?")
    tab.locator(".message-content a.element-link").first.click()
    expect(tab.locator("#side-view-content [aria-current]")).to_be_in_viewport()
    expect(tab.locator("#side-view-title")).to_be_in_viewport(ratio=1)
    tab.locator("#side-view-title button").click()
    expect(tab.locator("#side-view-title")).to_have_count(0)


def test_a_passage_on_a_phone_is_closed_by_its_cross(page: str, visit: Callable[..., Page]) -> None:
    tab = visit(page, **PHONE)
    ask(tab, "How much do the cranes of the harbour lift?")
    tab.locator(".message-content a.element-link").first.tap()
    tab.get_by_role("dialog").get_by_role("button", name="Close").tap()
    expect(tab.get_by_role("dialog")).to_have_count(0)


def test_the_button_to_the_end_covers_nothing(page: str, visit: Callable[..., Page]) -> None:
    tab = visit(page, viewport={"width": 390, "height": 400})
    ask(tab, "How much do the cranes of the harbour lift?")
    await_answers(tab, 1)
    to_the_end = tab.locator("button:has(> .lucide-arrow-down)")
    tab.locator("[data-step-type=user_message]").scroll_into_view_if_needed()
    expect(to_the_end).to_be_visible()
    assert to_the_end.evaluate(
        "button => button.getBoundingClientRect().top >= "
        "button.parentElement.previousElementSibling.getBoundingClientRect().bottom"
    )
    tab.locator("#chat-input").hover()
    tab.mouse.wheel(0, 5000)  # over the field for questions
    expect(tab.locator(".docsql-footer")).to_be_in_viewport()
    expect(to_the_end).to_be_hidden()
    tab.mouse.wheel(0, -5000)
    to_the_end.click()
    expect(to_the_end).to_have_count(0)


def test_what_can_be_asked_is_asked_in_the_language_of_the_page(
    page: str, visit: Callable[..., Page]
) -> None:
    tab = visit(page, locale="de-DE")
    tab.get_by_role("button", name="Was kann ich fragen?").click()
    expect(tab.locator(".ai-message").last).to_contain_text("Ich beantworte Fragen aus dem")


def test_a_german_page_speaks_german_over_its_socket_too(
    page: str, visit: Callable[..., Page]
) -> None:
    tab = visit("about:blank", locale="de-DE")  # of which Chromium says nothing to a socket
    with tab.expect_websocket() as opened:
        tab.goto(page)
    with opened.value.expect_event("framesent", lambda sent: sent == "5"):  # from now on it is used
        pass
    ask(tab, "How many repairs are there?")
    card = tab.locator(".docsql-approval")
    expect(card).to_contain_text("shop · Tabellen: repairs · zu lesende Zeilen: etwa")
    expect(tab.locator("button[id^=step-]")).to_contain_text("Um Freigabe gebeten")
    tab.reload()
    expect(tab.locator("button[id^=step-]")).to_contain_text(re.compile("Um Freigabe gebeten"))


def test_a_german_page_says_in_german_why_something_is_refused(
    page: str, visit: Callable[..., Page], tmp_path: Path
) -> None:
    tab = visit(page, locale="de-DE")
    with zipfile.ZipFile(tmp_path / "birds.zip", "w") as archive:
        archive.writestr("birds.md", "# Birds")
    expect(tab.locator("#chat-settings-open-modal")).to_be_visible()
    tab.locator("#upload-button-input").set_input_files([tmp_path / "birds.zip"])
    tab.locator("#chat-submit").click()
    unpack = ".zip-Dateien sind nicht lesbar; bitte entpacken und die Dateien darin hinzufügen."
    expect(tab.get_by_text(unpack)).to_be_visible()
    ask(tab, "How many repairs are there?")
    card = tab.locator(".docsql-approval")
    expect(card.locator("p").nth(1)).to_contain_text("Liest repairs")
    card.get_by_role("button", name="Bearbeiten").click()
    card.locator("textarea").fill("DELETE FROM repairs")
    card.get_by_role("button", name="Ausführen").click()
    only = "Nur lesende Abfragen sind erlaubt: Bitte mit SELECT oder WITH beginnen."
    expect(tab.locator(".docsql-approval").last).to_contain_text(only)
    expect(tab.locator(".docsql-approval")).to_have_count(2)
    expect(card.first).not_to_contain_text("Die Abfrage wurde geändert")
    field = tab.locator(".docsql-approval textarea")
    expect(field).to_have_value("DELETE FROM repairs")
    tab.screenshot(path=tmp_path / "refused.png")
    tab.get_by_role("button", name="Zurück zur Abfrage, wie sie war").click()
    expect(field).to_have_value(re.compile("SELECT COUNT"))
    tab.reload()
    expect(tab.locator(".docsql-approval").last).to_contain_text(only)


def test_a_file_that_is_refused_is_no_error_of_the_page(
    page: str, visit: Callable[..., Page], tmp_path: Path
) -> None:
    (tmp_path / "empty.md").touch()
    tab = visit(page)
    said: list[str] = []
    tab.on("console", lambda told: said.append(told.text) if told.type == "error" else None)
    expect(tab.locator("#chat-settings-open-modal")).to_be_visible()
    tab.locator("#upload-button-input").set_input_files([tmp_path / "empty.md"])
    expect(tab.locator("body")).to_contain_text("The file is empty.")
    assert said == []


def test_enter_that_comes_before_the_page_is_connected_asks(
    page: str, visit: Callable[..., Page]
) -> None:
    tab = visit("about:blank")
    with before_it_connects(tab, page):
        tab.locator("#chat-input").fill("Good night!")
        expect(tab.locator("#chat-submit")).to_be_disabled()
        tab.keyboard.press("Enter")
    await_answers(tab, 1)
    expect(tab.locator("[data-step-type=user_message]")).to_have_text(["Good night!"])


def test_a_statement_that_was_decided_on_in_another_tab_is_not_offered_any_more(
    page: str, visit: Callable[..., Page]
) -> None:
    tab = visit(page)
    ask(tab, "How many repairs are there?")
    expect(tab.locator(".docsql-approval")).to_be_visible()
    tab.wait_for_url("**/thread/*")
    other = tab.context.new_page()
    other.goto(tab.url)
    reject = other.get_by_role("button", name="Reject")
    expect(reject).to_be_visible()
    tab.get_by_role("button", name="Approve").click()
    await_answers(tab, 1)
    reject.click()
    await_answers(other, 1)
    expect(other.get_by_text("decided on before, perhaps in another tab")).to_be_visible()
    expect(other.locator(".docsql-approval")).to_have_count(0)
    expect(other.get_by_text("No statement waits")).to_have_count(0)
    expect(other.locator("[data-step-type=user_message]")).to_have_count(1)
    ask(other, "Thanks!")
    await_answers(other, 2)
