"""The page in a browser, before a service whose turns are scripted: what a real one rarely does."""

import asyncio
import re
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest
import smuggling
from playwright.sync_api import Page, WebSocketRoute, expect
from scripted_service import STOP_LIMIT_S, ScriptedService, answered, ask, unfold

from chainlit_app import launch
from serving.config.settings import load_settings
from serving.wire.answer import Citation, Query
from serving.wire.events import (
    Event,
    Failed,
    PassagesFound,
    RowsRead,
    SqlWritten,
    StepFinished,
    StepStarted,
    Token,
)
from serving.wire.question import MAX_QUESTION, Question

EXTERNAL_IMAGE = "![x](http://stranger.example/x.png?stolen=rows)"
PASSAGE = Citation(
    number=1,
    passage_id="p",
    document_id="d",
    collection="default",
    source="guide.pdf",
    title="Guide",
    content_hash="00",
    page=None,
    section="Limits",
    text=f"Twelve at most. {EXTERNAL_IMAGE}",
    score=1.0,
)
ROWS = Query(
    number=2,
    database="stock",
    sql="SELECT name, price FROM parts",
    columns=["name", "price"],
    rows=[["Fan | small", "12.50"]],
    truncated=False,
    elapsed_s=0.002,
)


async def cite(_: Question) -> AsyncIterator[Event]:
    yield StepStarted(step="search_documents", call="a")
    yield PassagesFound(call="a", query="limits", passages=[PASSAGE])
    yield StepFinished(step="search_documents", call="a", seconds=0.01)
    text = f"Twelve [1], at 12.50 [2]. {EXTERNAL_IMAGE}"
    for piece in re.findall(r"!|[^!]+", text):
        yield Token(text=piece)
    yield answered(text, citations=[PASSAGE], queries=[ROWS])


async def repair(_: Question) -> AsyncIterator[Event]:
    yield StepStarted(step="write_sql", call="b")
    yield SqlWritten(call="b", database="stock", sql="SELECT nme FROM parts", attempt=1)
    yield StepStarted(step="run_sql", call="b")
    yield StepFinished(step="run_sql", call="b", detail="There is no column 'nme'.", seconds=0.001)
    yield SqlWritten(call="b", database="stock", sql=ROWS.sql, attempt=2)
    yield StepStarted(step="run_sql", call="b")
    yield RowsRead(call="b", query=ROWS)
    yield StepFinished(step="run_sql", call="b", seconds=0.001)
    warning = "Not found in the evidence: '13'."
    yield answered("About 13 [2].", status="unverified", warnings=[warning], queries=[ROWS])


async def fail(_: Question) -> AsyncIterator[Event]:
    yield StepStarted(step="decide")
    yield Failed(message="The chat model's server is away.", act="operator")


async def crawl(_: Question) -> AsyncIterator[Event]:
    yield StepStarted(step="write_sql", call="c")
    yield Token(text="Slowly")
    await asyncio.sleep(60)  # far beyond what the test waits: nothing but a stop ends it


async def decline(_: Question) -> AsyncIterator[Event]:
    offered = ["How many parts are there?", "Which part has the highest price?"]
    yield answered("I could not find it.", status="declined", suggestions=offered)


SCRIPTS = {"decline": decline, "cite": cite, "repair": repair, "fail": fail, "crawl": crawl}


@pytest.fixture(scope="module")
def service() -> Iterator[ScriptedService]:
    scripted = ScriptedService(SCRIPTS)
    with scripted.running():
        yield scripted


@pytest.mark.parametrize("line", ["GET /", "POST /login"])
def test_a_request_that_can_be_ended_in_two_places_is_answered_once(page: str, line: str) -> None:
    faults: list[object] = []
    for case in smuggling.CASES:
        answers = smuggling.answers(page, case, line=line)
        is_told_by_its_head = case["lines"] != ["Transfer-Encoding: chunked"]
        if len(answers) != 1 or (is_told_by_its_head and answers != ["HTTP/1.1 400"]):
            faults.append((case, answers))
    assert faults == []


def test_a_citation_opens_its_passage_beside_the_answer(
    page: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(page)
    ask(tab, "cite")
    tab.locator(".message-content a.element-link", has_text="[1 ").first.click()
    opened = tab.locator("#side-view-content")
    expect(opened).to_contain_text("Source: guide.pdf")
    expect(opened).to_contain_text("Twelve at most.")
    expect(opened).to_contain_text("The document is not there any more")
    assert tab.url.rstrip("/") == page


def test_a_cited_query_opens_its_statement_and_rows(
    page: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(page)
    ask(tab, "cite")
    tab.locator(".message-content a.element-link", has_text="[2 ").first.click()
    opened = tab.locator("#side-view-content")
    expect(opened).to_contain_text("SELECT name, price FROM parts")
    expect(opened.locator("td").first).to_have_text("Fan | small")


def test_what_an_answer_rests_on_goes_when_the_next_one_comes(
    page: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(page)
    ask(tab, "cite")
    tab.locator(".message-content a.element-link", has_text="[1 ").first.click()
    beside = tab.locator("#side-view-content")
    expect(beside).to_contain_text("Twelve at most.")
    ask(tab, "anything")
    expect(tab.locator("body")).to_contain_text("Heard anything.")
    expect(beside).to_have_count(0)


def test_a_passage_that_was_found_opens_from_its_step(
    page: str, visit: Callable[[str], Page]
) -> None:
    tab = visit(page)
    ask(tab, "cite")
    unfold(tab)
    tab.get_by_text("Searched the documents: 1 passage").click()
    tab.locator("a.element-link", has_text="Passage 1").click()
    expect(tab.locator("#side-view-content")).to_contain_text("Section: Limits")


def test_the_steps_of_a_turn_fold_into_one_line(page: str, visit: Callable[[str], Page]) -> None:
    tab = visit(page)
    ask(tab, "cite")
    line = tab.locator("button[id^=step-]")
    expect(line).to_have_text(re.compile(r"Searched documents · \d+ ms"))
    expect(tab.get_by_text("Searched the documents: 1 passage")).to_have_count(0)
    below = "(line, said) => line.compareDocumentPosition(said) & Node.DOCUMENT_POSITION_FOLLOWING"
    said = tab.get_by_text("Twelve").element_handle()
    assert line.evaluate(below, said), "the line stands above the answer, which was sent first"
    line.click()
    expect(tab.get_by_text("Searched the documents: 1 passage")).to_be_visible()


def test_a_turn_that_looks_nothing_up_has_no_line(page: str, visit: Callable[[str], Page]) -> None:
    tab = visit(page)
    ask(tab, "anything")
    expect(tab.locator("body")).to_contain_text("Heard anything.")
    expect(tab.locator("[data-step-type=tool]")).to_have_count(0)


def test_what_failed_and_what_was_stopped_can_be_asked_again(
    page: str, visit: Callable[[str], Page], service: ScriptedService
) -> None:
    tab = visit(page)
    for turn, (question, said) in enumerate((("fail", "server is away"), ("crawl", "Slowly")), 1):
        ask(tab, question)
        expect(tab.locator("body")).to_contain_text(said)
        if question == "crawl":
            tab.locator("#stop-button").click()
        again = tab.get_by_role("button", name="Ask again")
        expect(again).to_have_count(turn)  # one below each, and the last one is this one's
        before = len(service.asked)
        again.last.click()
        for _ in range(100):
            tab.wait_for_timeout(100)
            if len(service.asked) > before:
                break
        assert [each.question for each in service.asked[before:]] == [question]
        expect(tab.get_by_text(said)).to_have_count(1)  # what came of it before is gone
    tab.locator("#stop-button").click()


def test_nothing_opens_that_was_not_clicked(page: str, visit: Callable[[str], Page]) -> None:
    tab = visit(page)
    ask(tab, "cite")
    expect(tab.locator("body")).to_contain_text("scripted (chat)")
    expect(tab.locator("#side-view-content")).to_have_count(0)


def test_a_repair_and_a_failed_check_are_visible(page: str, visit: Callable[[str], Page]) -> None:
    tab = visit(page)
    ask(tab, "repair")
    unfold(tab)
    tab.get_by_text("Queried the database stock: 1 row").click()
    for words in ("Attempt 1", "There is no column 'nme'.", "Attempt 2", "12.50"):
        expect(tab.locator("body")).to_contain_text(words)
    expect(tab.locator(".docsql-notice").last).to_have_text(
        "Not verified. Not found in the evidence: '13'."
    )


def test_a_click_on_an_offered_question_asks_it(
    page: str, visit: Callable[[str], Page], service: ScriptedService
) -> None:
    tab = visit(page)
    ask(tab, "decline")
    expect(tab.locator(".docsql-notice").last).to_contain_text(
        "The questions below can be answered."
    )
    tab.get_by_role("button", name="Which part has the highest price?").click()
    expect(tab.locator("body")).to_contain_text("Heard Which part has the highest price?.")
    assert service.asked[-1].question == "Which part has the highest price?"


def test_an_error_event_is_a_message(page: str, visit: Callable[[str], Page]) -> None:
    tab = visit(page)
    ask(tab, "fail")
    expect(tab.locator("body")).to_contain_text(
        "The chat model's server is away. The operator of this service can fix this."
    )


def test_stop_ends_the_work_behind_the_stream(
    page: str, visit: Callable[[str], Page], service: ScriptedService
) -> None:
    service.stopped.clear()
    tab = visit(page)
    ask(tab, "crawl")
    expect(tab.locator("body")).to_contain_text("Slowly")
    tab.get_by_role("button", name="Stop").click()
    expect(tab.locator("body")).to_contain_text("Querying the database: stopped")
    expect(tab.get_by_role("button", name="Send")).to_be_attached()  # the same element
    assert service.stopped.wait(STOP_LIMIT_S)


def test_who_asks_while_the_conversation_begins_can_stop(
    page: str, visit: Callable[[str], Page], service: ScriptedService
) -> None:
    starters, settings = threading.Event(), threading.Event()
    starters.set()
    service.ready_after[:] = [starters, settings]
    tab = visit(page)
    ask(tab, "crawl")
    expect(tab.locator("body")).to_contain_text("Slowly")
    settings.set()
    expect(tab.locator("#chat-settings-open-modal")).to_be_visible()
    tab.locator("#stop-button").click()
    expect(tab.locator("body")).to_contain_text("Querying the database: stopped")


def test_a_question_that_overtakes_the_beginning_of_its_conversation_can_be_stopped(
    page: str, visit: Callable[[str], Page]
) -> None:
    late = list[str | bytes]()

    def overtake(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def send(told: str | bytes) -> None:
            if "connection_successful" in str(told):
                late.append(told)
                return
            server.send(told)
            if "client_message" in str(told):
                server.send(late.pop())

        socket.on_message(send)
        server.on_message(socket.send)

    tab = visit("about:blank")
    tab.add_init_script("window.transports = ['websocket']")
    tab.route_web_socket("**/ws/socket.io/**", overtake)
    tab.goto(page)
    ask(tab, "crawl")
    expect(tab.locator("body")).to_contain_text("Slowly")
    expect(tab.locator("#chat-settings-open-modal")).to_be_visible()
    tab.locator("#stop-button").click()
    expect(tab.locator("body")).to_contain_text("Querying the database: stopped")


UPGRADED = "5"  # in Engine.IO's protocol


def test_settings_that_got_lost_on_the_way_are_sent_again(
    page: str, service: ScriptedService, visit: Callable[[str], Page]
) -> None:
    lost, sent = list[str | bytes](), list[str | bytes]()

    def lose(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def send(told: str | bytes) -> None:
            sent.append(told)
            server.send(told)

        def pass_on(told: str | bytes) -> None:
            if "chat_settings" in str(told) and not lost:
                lost.append(told)
            else:
                socket.send(told)

        server.on_message(pass_on)
        socket.on_message(send)

    starters, settings = threading.Event(), threading.Event()
    starters.set()
    service.ready_after[:] = [starters, settings]
    tab = visit("about:blank")
    tab.route_web_socket("**/ws/socket.io/**", lose)
    tab.goto(page)
    ask(tab, "crawl")
    expect(tab.locator("body")).to_contain_text("Slowly")
    while UPGRADED not in sent:  # until then the page polls
        tab.wait_for_timeout(50)
    settings.set()
    expect(tab.locator("#chat-settings-open-modal")).to_be_visible()
    assert len(lost) == 1
    tab.locator("#stop-button").click()


def test_a_service_that_is_away_is_told_once_and_answers_when_it_is_back(
    visit: Callable[[str], Page],
    start: Callable[[list[str], dict[str, str], list[str]], Path],
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = load_settings()
    own = {"port": 0, "api_url": f"http://127.0.0.1:{port}"}
    page = launch.command(
        settings.model_copy(update={"data": tmp_path, "page": settings.page.model_copy(update=own)})
    )
    log = start(page.argv, page.environment, [f"{page.address}/favicon"])
    tab = visit(page.address)
    told = tab.get_by_text("DocSQL does not answer at the moment.")
    expect(told).to_be_visible()
    ask(tab, "anything")
    tab.wait_for_timeout(2_500)  # and asked again
    expect(told).to_have_count(1)
    later = ScriptedService(SCRIPTS)
    later.port = port
    with later.running():
        expect(tab.locator("body")).to_contain_text("Heard anything.")
        expect(told).to_have_count(0)
    assert "Traceback" not in log.read_text(encoding="utf-8")


def test_a_follow_up_names_its_thread_and_a_new_chat_none(
    page: str, visit: Callable[[str], Page], service: ScriptedService
) -> None:
    tab = visit(page)
    for question in ("first", "second"):
        ask(tab, question)
        expect(tab.locator("body")).to_contain_text(f"Heard {question}.")
    tab.locator("#new-chat-button").click()
    tab.locator("#confirm").click()
    expect(tab.locator("#starters")).to_be_visible()
    ask(tab, "third")
    expect(tab.locator("body")).to_contain_text("Heard third.")
    threads = {question.question: question.thread_id for question in service.asked}
    assert (threads["first"], threads["second"], threads["third"]) == (None, "thread-1", None)


def test_settings_go_with_the_question(
    page: str, visit: Callable[[str], Page], service: ScriptedService
) -> None:
    tab = visit(page)
    tab.locator("#chat-settings-open-modal").click()
    tab.locator("#mode").click()
    tab.get_by_role("option", name="Databases").click()
    tab.locator("#use_knowledge").click()
    tab.locator("#temperature [role=slider]").press("ArrowRight")
    tab.locator("#confirm").click()
    ask(tab, "settings")
    expect(tab.locator("body")).to_contain_text("Heard settings.")
    asked = next(question for question in service.asked if question.question == "settings")
    assert asked == Question(question="settings", mode="sql", use_knowledge=False, temperature=0.1)


def test_a_question_that_is_too_long_is_told_so(
    page: str, visit: Callable[[str], Page], service: ScriptedService
) -> None:
    tab = visit(page)
    before = len(service.asked)
    ask(tab, "x" * (MAX_QUESTION + 1))
    expect(tab.locator("body")).to_contain_text(
        "The question has 8,001 characters; the limit is 8,000"
    )
    assert len(service.asked) == before


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://stranger.example"}, {"Host": "stranger.example"}],
    ids=["another site's page", "another name for this machine"],
)
def test_a_strangers_web_page_cannot_open_the_socket(page: str, headers: dict[str, str]) -> None:
    socket_io = f"{page}/ws/socket.io/?EIO=4&transport=polling"
    assert httpx.get(socket_io, trust_env=False).status_code == 200
    assert httpx.get(socket_io, headers=headers, trust_env=False).status_code == 400


def test_running_the_page_leaves_nothing_in_the_package(page: str) -> None:
    assert httpx.get(page, trust_env=False).is_success
    names = {path.name for path in launch.HERE.iterdir()}
    assert names.isdisjoint({".files", "chainlit_en-US.md"})
    assert not (launch.HERE / ".chainlit" / "translations").exists()
