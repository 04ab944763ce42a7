"""Earlier conversations on the page, before a real service that keeps them."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from docsql_process import Folder, make_database
from pdf_pages import write_pdf
from playwright.sync_api import Locator, Page, Route, expect
from scripted_service import ask, before_it_connects, grave_issues, unfold

SHOP = Path(__file__).parents[1] / "fixtures" / "service" / "shop.sql"
COUNT = "How many repairs are there?"
PICTURE = "A greeting ![x](http://stranger.example/x.png)"  # which `visit` would tell of


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    home = tmp_path_factory.mktemp("history")
    shop = make_database(SHOP, home / "shop.sqlite")
    return Folder(
        home,
        {
            "DOCSQL_SERVICE__PORT": "0",
            "DOCSQL_DATABASES__SHOP__URL": f"sqlite:///{shop}",
            "DOCSQL_DATABASES__SHOP__APPROVAL": "always",
        },
    )


def test_a_conversation_is_there_again_with_what_waits_and_what_it_rests_on(
    remembering: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(remembering)
    ask(tab, COUNT)
    expect(tab.locator(".docsql-approval")).to_be_visible()
    tab.reload()
    tab.get_by_role("button", name="Approve").click()  # it waited
    expect(tab.locator(".ai-message").last).to_contain_text("Sources")
    tab.reload()
    tab.locator(".message-content a.element-link", has_text="[1 ").first.click()
    expect(tab.locator("#side-view-content")).to_contain_text("SELECT COUNT(*)")
    unfold(tab)
    expect(tab.get_by_text("Queried the database shop: 1 row")).to_be_visible()
    expect(tab.get_by_role("button", name="Helpful", exact=True)).to_have_count(1)
    ask(tab, COUNT)
    expect(tab.get_by_role("button", name="Approve")).to_be_visible()
    ask(tab, "Hello!")
    expect(tab.locator(".docsql-footer")).to_have_count(2)
    tab.reload()
    expect(tab.locator("body")).to_contain_text("A later question dropped what was waiting")
    expect(tab.locator(".docsql-footer")).to_have_count(3)
    expect(tab.locator(".docsql-approval")).to_have_count(0)


def test_a_reload_keeps_steps_settings_and_what_was_said_of_an_answer(
    remembering: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(remembering)
    chosen = choose_other(tab)
    tab.reload()  # before anything was asked
    expect(tab.locator("#chat-settings-open-modal")).to_be_visible()
    expect_chosen(tab, chosen)
    ask(tab, "Hello!")
    tab.get_by_role("button", name="Not helpful").click()
    tab.get_by_label("Comment on this answer").fill("Which city?")
    tab.get_by_role("button", name="Done").click()
    expect(tab.get_by_role("button", name="Which city?")).to_be_visible()
    tab.reload()
    thumb = tab.get_by_role("button", name="Not helpful")
    expect(thumb).to_have_attribute("aria-pressed", "true")
    expect(tab.get_by_role("button", name="Which city?")).to_be_visible()
    expect(tab.get_by_role("button", name="Copy")).to_have_count(1)
    expect_chosen(tab, chosen)


def test_an_edited_question_takes_the_place_of_what_came_after_it(
    remembering: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(remembering)
    for count, question in enumerate(("Hello!", "Thanks!"), start=1):
        ask(tab, question)
        await_answers(tab, count)
    edit(tab, to="Hi there!")  # the browser asks first, and is told no
    await_answers(tab, 2)
    field = tab.get_by_role("textbox", name="Edit this question")
    field.press("Escape")
    expect(field).to_have_count(0)
    tab.once("dialog", lambda asked: asked.accept())
    edit(tab, to="Hi there!")
    await_answers(tab, 1)
    tab.get_by_role("button", name="Ask again").click()
    await_answers(tab, 1)
    tab.reload()
    await_answers(tab, 1)
    expect(tab.locator("[data-step-type=user_message]")).to_have_text(["Hi there!"])
    edit(tab, to="Good morning!")  # a question that came back
    expect(tab.locator("[data-step-type=user_message]")).to_have_text(["Good morning!"])
    await_answers(tab, 1)
    tab.reload()
    expect(tab.locator("[data-step-type=user_message]")).to_have_text(["Good morning!"])


def test_a_listed_conversation_is_opened_renamed_and_forgotten(
    remembering: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(remembering)
    said: list[str] = []
    tab.goto("about:blank")
    tab.context.clear_cookies()
    tab.on("console", lambda told: said.append(told.text) if told.type == "error" else None)
    tab.goto(remembering)
    ask(tab, "Hello!")
    expect(tab.locator(".ai-message").last).to_contain_text("embedded")
    expect(tab.locator(".docsql-footer")).to_have_count(1)  # its first words come before it is kept
    tab.wait_for_url("**/thread/*")
    assert said == []
    thread = tab.url.rpartition("/")[2]
    server = tab.context.request
    renamed = server.put(
        f"{remembering}/project/thread", data={"threadId": thread, "name": PICTURE}
    )
    assert renamed.ok
    tab.goto(remembering)
    tab.locator("#header #sidebar-trigger-button").click()
    tab.get_by_role("link", name=PICTURE).click()
    expect(tab.locator(".step").first).to_contain_text("Hello!")
    ask(tab, f"Thanks! {PICTURE}")
    expect(tab.locator("[data-step-type=assistant_message]")).to_have_count(2)
    assert tab.url.endswith(thread)
    tab.locator('[data-sidebar="sidebar"] #sidebar-trigger-button').click()
    tab.goto(remembering)
    open_list = tab.locator("#header #sidebar-trigger-button")
    expect(open_list).to_be_visible()
    expect(tab.get_by_role("link", name=PICTURE)).to_have_count(0)  # keys pass over it
    open_list.click()
    expect(tab.get_by_role("link", name=PICTURE)).to_have_count(1)


def test_a_listed_conversation_is_found_by_its_words_renamed_and_forgotten_by_keys(
    remembering: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(remembering)
    for count, question in enumerate(("Good evening!", "Farewell!"), start=1):
        ask(tab, question)
        expect(tab.locator(".docsql-footer")).to_have_count(count)
    tab.locator("#header #sidebar-trigger-button").click()
    tab.locator("#search-chats-button").click()
    tab.get_by_role("dialog").get_by_role("combobox").fill("Farewell")  # which is in no title
    expect(tab.get_by_role("option")).to_have_text(["Good evening!Farewell!"])
    tab.keyboard.press("Escape")
    from_menu(tab, "Good evening!", "Rename")
    title = tab.get_by_role("dialog").get_by_role("textbox")
    expect(title).to_be_focused()
    title.fill("An evening")
    title.press("Enter")
    from_menu(tab, "An evening", "Delete")
    dialog = tab.get_by_role("alertdialog", name="Delete “An evening”?")
    dialog.get_by_role("button", name="Delete", exact=True).press("Enter")
    listed = tab.get_by_role("link", name="An evening", include_hidden=True)
    expect(listed).to_have_count(0)  # hidden by the dialog alone it would be there again
    tab.reload()
    expect(tab.locator("#starters button").first).to_be_visible()
    expect(listed).to_have_count(0)


def test_a_conversation_that_is_opened_from_the_list_stands_at_its_end(
    remembering: str, visit: Callable[..., Page]
) -> None:
    tab = visit(remembering, viewport={"width": 1000, "height": 500})
    for count, question in enumerate(("Hello you!", "Thank you!", "How are you?", "Bye you!"), 1):
        ask(tab, question)
        await_answers(tab, count)
    tab.locator("#header #sidebar-trigger-button").click()
    tab.locator("#new-chat-button").first.click()
    expect(tab.locator("#starters button").first).to_be_visible()
    tab.get_by_role("link", name="Hello you!").click()
    await_answers(tab, 4)
    expect(tab.get_by_role("button", name="Not helpful").last).to_be_in_viewport()


def test_conversations_are_found_by_the_beginnings_of_words_and_titles_first(
    remembering: str, visit: Callable[[str], Page]
) -> None:
    for questions in (["Hello shed!"], ["Hello there!", "Bye, sheds!"], ["Hello, washed!"]):
        tab = visit(remembering)
        for count, question in enumerate(questions, start=1):
            ask(tab, question)
            expect(tab.locator(".docsql-footer")).to_have_count(count)
    tab.locator("#header #sidebar-trigger-button").click()
    tab.locator("#search-chats-button").click()
    tab.get_by_role("dialog").get_by_role("combobox").fill("shed")
    expect(tab.get_by_role("option")).to_have_text(["Hello shed!", "Hello there!Bye, sheds!"])
    assert grave_issues(tab) == []


FIRST_DOTS = r"""list => [...list.querySelectorAll("small")].filter(line => {
  const texts = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const dot of texts.currentNode.data.matchAll("·")) {
      const range = document.createRange();
      range.setStart(texts.currentNode, dot.index);
      range.setEnd(texts.currentNode, dot.index + 1);
      if (range.getBoundingClientRect().left <= line.getBoundingClientRect().left + 9) return true;
    }
  }
  return false;
}).length"""
BROKEN_DAYS = r"""list => {
  const broken = [];
  const texts = document.createTreeWalker(list, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    for (const day of texts.currentNode.data.matchAll(/\d{4}-\d\d-\d\d/g)) {
      const range = document.createRange();
      range.setStart(texts.currentNode, day.index);
      range.setEnd(texts.currentNode, day.index + day[0].length);
      if (range.getClientRects().length > 1) broken.push(day[0]);
    }
  }
  return broken;
}"""


def expect_whole_days(listed: Locator) -> None:
    for width in range(220, 400, 10):  # no panel is narrower
        listed.evaluate("(each, width) => (each.style.width = `${width}px`)", width)
        assert listed.evaluate(BROKEN_DAYS) == []
        assert listed.evaluate(FIRST_DOTS) == 0, width
    listed.evaluate("each => (each.style.width = '')")


def test_documents_are_added_listed_opened_and_deleted(
    remembering: str, visit: Callable[[str], Page], tmp_path: Path
) -> None:
    note, odd = tmp_path / "cranes.md", tmp_path / "odd.bin"
    note.write_text("# Cranes\n\nA crane lifts 40 tonnes.", encoding="utf-8")
    odd.write_bytes(bytes(range(256)))
    (tmp_path / "empty.md").touch()
    (tmp_path / "herons.md").write_text("# Herons\n\nA heron waits.", encoding="utf-8")
    tab = visit(remembering)
    expect(tab.locator("#chat-settings-open-modal")).to_be_visible()
    expect(tab.get_by_role("button", name="Attach documents")).to_be_visible()
    tab.locator("#upload-button-input").set_input_files([note, odd])
    tab.locator("#chat-submit").click()
    body = tab.locator("body")
    expect_uploads(tab, again=True)
    tab.locator("#chat-settings-open-modal").click()
    tab.locator("#add_to").fill("birds")
    tab.locator("#confirm").click()
    expect(tab.get_by_role("dialog")).to_have_count(0)  # nothing can be dropped behind it
    drop(tab, tmp_path / "empty.md")
    expect(body).to_contain_text("The file is empty.")
    drop(tab, tmp_path / "herons.md")
    tab.locator("#chat-submit").click()
    expect(body).to_contain_text("Documents of the collection birds")
    expect(body).to_contain_text("herons.md added (1 passage)")
    tab.get_by_role("link", name="Documents").click()
    listed = tab.get_by_role("region", name="Documents")
    expect(listed).to_contain_text(
        re.compile(
            r"Added by you\s· cranes\.md\s· default"
        )  # the spaces before the dots do not break
    )
    expect(listed).to_contain_text(re.compile(r"herons\.md\s· birds"))
    expect_whole_days(listed)
    listed.get_by_label("Find a document").fill("crane")
    expect(listed.get_by_role("listitem")).to_have_count(1)
    address = listed.get_by_role("link", name="Cranes").get_attribute("href")
    assert b"40 tonnes" in tab.context.request.get(f"{remembering}{address}").body()
    listed.get_by_role("button", name="Delete Cranes").click()
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        tab.wait_for_timeout(500)  # colors fade over
        assert grave_issues(tab) == []
    listed.get_by_role("button", name="Delete for good").click()
    expect(listed).to_contain_text("No document has these words in its title.")
    expect(listed.get_by_role("status")).to_have_text("Cranes was deleted.")
    expect(listed.get_by_label("Find a document")).to_be_focused()
    assert tab.context.request.get(f"{remembering}{address}").status == 404


def test_uploads_come_back_where_they_were_with_their_files(
    remembering: str, visit: Callable[[str], Page], tmp_path: Path
) -> None:
    parking, gates = tmp_path / "parking.md", tmp_path / "gates.md"
    parking.write_text("# Parking\n\nCars park behind the hall.\n", encoding="utf-8")
    gates.write_text("# Gates\n\nThe gates close at nine.\n", encoding="utf-8")
    (tmp_path / "odd.exe").write_bytes(b"MZ\0\1")
    tab = visit(remembering)
    ask(tab, "Hello!")
    await_answers(tab, 1)
    tab.wait_for_url("**/thread/*")
    tab.locator("#upload-button-input").set_input_files([parking, tmp_path / "odd.exe"])
    expect(tab.locator("#attachments")).to_contain_text("parking.md")
    ask(tab, "Where do cars park?")
    await_answers(tab, 2)
    tab.locator("#upload-button-input").set_input_files(gates)
    expect(tab.locator("#attachments")).to_contain_text("gates.md")
    tab.locator("#chat-submit").click()
    expect(tab.locator("body")).to_contain_text("gates.md added")
    expect(tab.locator("#stop-button")).to_have_count(0)
    ask(tab, "Thanks!")
    await_answers(tab, 3)
    told = ["Hello!", "Where do cars park?", "parking.md added", "Parking", "gates.md added"]
    expect_in_order(tab, *told, "Thanks!")
    tab.reload()
    await_answers(tab, 3)
    expect_in_order(tab, *told, "Thanks!")
    asked = tab.locator("[data-step-type=user_message]")
    expect(asked.nth(1).locator(".docsql-sent li")).to_have_text(["odd.exe", "parking.md"])
    expect(asked.nth(2)).to_have_text("gates.md")
    address = asked.nth(2).get_by_role("link", name="gates.md").get_attribute("href")
    assert b"close at nine" in tab.context.request.get(f"{remembering}{address}").body()
    assert grave_issues(tab) == []
    tab.screenshot(path=tmp_path / "uploads.png", full_page=True)


def test_an_empty_file_on_its_own_is_told_once(
    remembering: str, visit: Callable[..., Page], tmp_path: Path
) -> None:
    (tmp_path / "empty.md").touch()
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 and no more")
    tab = visit(remembering, locale="de-DE")
    expect(tab.locator("#upload-button")).to_be_enabled()
    tab.locator("#upload-button-input").set_input_files(tmp_path / "empty.md")
    expect(tab.locator("body")).to_contain_text("Die Datei ist leer.")
    tab.locator("#upload-button-input").set_input_files(tmp_path / "broken.pdf")
    expect(tab.locator("#attachments")).to_contain_text("broken.pdf")
    expect(tab.locator("#chat-submit")).to_be_enabled()
    tab.locator("#chat-submit").click()
    expect(tab.locator("body")).to_contain_text("1 Dokument: 0 gelesen")
    expect(tab.locator("body")).to_contain_text("Die PDF-Datei lässt sich nicht anzeigen.")
    expect(tab.locator(".ai-message").last).not_to_contain_text("empty.md")
    tab.screenshot(path=tmp_path / "broken.png")


def expect_in_order(tab: Page, *words: str) -> None:
    """That each of these stands on the page below the one before."""
    said = tab.locator("#root").inner_text()
    for each in words:
        assert each in said, (each, words)
        said = said.split(each, 1)[1]


def test_a_citation_of_a_pdf_opens_at_its_page(
    remembering: str, visit: Callable[[str], Page], tmp_path: Path
) -> None:
    said = ["Lunch is served at noon.", "A guest meal costs 9.40 euros.", "Nuts carry a label."]
    pdf = write_pdf(
        tmp_path / "canteen.pdf",
        [[(72, 760, 20, f"Part {at}"), (72, 720, 11, line)] for at, line in enumerate(said, 1)],
    )
    tab = visit(remembering)
    expect(tab.locator("#chat-settings-open-modal")).to_be_visible()
    tab.locator("#upload-button-input").set_input_files(pdf)
    tab.locator("#chat-submit").click()
    expect(tab.locator("body")).to_contain_text("canteen.pdf added")
    expect(tab).to_have_url(re.compile("/thread/"))  # with which the field is made anew
    ask(tab, "What does a guest meal cost?")
    tab.locator(".message-content a.element-link", has_text="p. 2").first.press("Enter")
    opened = tab.locator("#side-view-content")
    page = opened.locator(".react-pdf__Page")
    expect(page).to_contain_text("A guest meal costs 9.40 euros.")
    link = opened.get_by_role("link", name="Open the document")
    assert str(link.get_attribute("href")).endswith("/file#page=2")
    later = opened.get_by_role("button", name="Next page")  # seen by those without a pointer, too
    assert later.evaluate("each => getComputedStyle(each.closest('.sticky')).opacity") == "1"
    assert grave_issues(tab) == []
    later.press("Enter")
    expect(page).to_contain_text("Nuts carry a label.")
    expect(opened.get_by_role("button", name="Smaller")).to_be_focused()  # there is no other page


def test_a_conversation_comes_back_whichever_of_its_connections_is_prepared_first(
    remembering: str, visit: Callable[[str], Page]
) -> None:
    """Chainlit connects once without the conversation, and 200 ms later with it."""
    tab = visit(remembering)
    ask(tab, "Hello!")
    expect(tab.locator(".docsql-footer")).to_have_count(1)
    first: list[Route] = []

    def hold_first(route: Route) -> None:
        if first:
            route.fallback()
        else:
            first.append(route)

    tab.route("**/set-session-cookie", hold_first)
    tab.reload()
    tab.wait_for_timeout(2_000)  # the second has its answer
    first[0].fallback()
    expect(tab.locator("[data-step-type=user_message]")).to_have_text(["Hello!"])
    ask(tab, "Thanks!")
    expect(tab.locator(".docsql-footer")).to_have_count(2)
    tab.reload()
    expect(tab.locator("[data-step-type=user_message]")).to_have_text(["Hello!", "Thanks!"])


def test_a_list_that_is_wanted_before_the_page_is_connected_comes_later(
    remembering: str, visit: Callable[[str], Page]
) -> None:
    tab = visit("about:blank")
    with before_it_connects(tab, remembering) as held:
        tab.get_by_role("link", name="Documents").click()
        tab.wait_for_timeout(500)
    expect(tab.get_by_role("region", name="Documents")).to_be_visible()
    assert held


def test_a_page_that_takes_no_files_yet_does_not_offer_to(
    remembering: str, visit: Callable[[str], Page]
) -> None:
    """Chainlit drops nothing before it is connected, nor while an answer is written."""
    dragged = """() => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(["# Note"], "note.md"));
        document.body.dispatchEvent(new DragEvent("dragover", { bubbles: true, dataTransfer }));
        return document.body.dataset.drop ?? null;
    }"""
    tab = visit("about:blank")
    with before_it_connects(tab, remembering):
        expect(tab.locator("#chat-input")).to_be_visible()
        assert tab.evaluate(dragged) is None
    expect(tab.locator("#upload-button")).to_be_enabled()
    assert tab.evaluate(dragged) == "Drop files here to add them"


def test_nobody_lists_conversations_without_coming_in(remembering: str) -> None:
    asked = {"pagination": {"first": 5}, "filter": {}}
    reply = httpx.post(f"{remembering}/project/threads", json=asked, trust_env=False)
    assert reply.status_code == 401


def choose_other(tab: Page) -> list[str]:
    """Choose other settings than there were; what they are."""
    tab.locator("#chat-settings-open-modal").click()
    before = settings_of(tab)
    tab.locator("#mode").click()
    assert grave_issues(tab) == []
    tab.get_by_role("option", name="Databases").click()
    tab.locator("#use_knowledge").click()
    chosen = settings_of(tab)
    assert not set(chosen) & set(before)
    tab.locator("#confirm").click()
    tab.wait_for_function("sessionStorage.getItem('docsql-chosen')")
    return chosen


def settings_of(tab: Page) -> list[str]:
    mode = tab.locator("#mode").inner_text()
    return [mode, tab.locator("#use_knowledge").get_attribute("aria-checked") or ""]


def expect_chosen(tab: Page, chosen: list[str]) -> None:
    """That the settings are those of `choose_other`, which a reload gives back in a moment."""
    for _ in range(20):
        tab.locator("#chat-settings-open-modal").click()
        shown = settings_of(tab)
        tab.keyboard.press("Escape")
        if shown == chosen:
            return
        tab.wait_for_timeout(250)
    pytest.fail("Other settings are chosen.")


def from_menu(tab: Page, conversation: str, wanted: str) -> None:
    """Choose from the menu of a listed conversation, by keys."""
    tab.get_by_role("link", name=conversation).focus()
    tab.keyboard.press("Shift+F10")
    expect(tab.get_by_role("menu")).to_be_visible()
    assert grave_issues(tab) == []
    tab.get_by_role("menuitem", name=wanted).press("Enter")


def expect_uploads(tab: Page, *, again: bool) -> None:
    """What became of them is told, `again` after a reload; nothing was asked yet."""
    for told in ("cranes.md added (1 passage)", "odd.bin could not be read"):
        expect(tab.locator("body")).to_contain_text(told)
    if again:
        tab.wait_for_url("**/thread/*")
        tab.reload()
        expect_uploads(tab, again=False)


def drop(tab: Page, file: Path) -> None:
    """Drop a file onto the page, as from the desktop, when it takes one."""
    expect(tab.locator("#upload-button")).to_be_enabled()
    drag(tab, file, "dragEnter", "dragOver")
    expect(tab.locator("body")).to_have_attribute("data-drop", "Drop files here to add them")
    drag(tab, file, "drop")


def drag(tab: Page, file: Path, *kinds: str) -> None:
    """Drag a file over the page."""
    browser = tab.context.new_cdp_session(tab)
    data: dict[str, Any] = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
    for kind in kinds:
        browser.send("Input.dispatchDragEvent", {"type": kind, "x": 600, "y": 300, "data": data})


def await_answers(tab: Page, count: int) -> None:
    """Wait until there are so many, and no turn is going on: a question is not edited during one."""
    expect(tab.locator("#stop-button")).to_have_count(0)
    expect(tab.get_by_role("button", name="Ask again")).to_have_count(count)
    expect(tab.locator(".docsql-footer")).to_have_count(count)


def edit(tab: Page, *, to: str) -> None:
    asked = tab.locator("[data-step-type=user_message]").first  # its button may come back last
    asked.get_by_role("button", name="Edit this question").click()
    tab.get_by_role("textbox", name="Edit this question").fill(to)
    tab.locator("button.confirm-edit").click()
