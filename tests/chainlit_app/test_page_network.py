"""The page makes the browser load nothing from other hosts, whatever it shows.

Two layers are tested, each without the other: Markdown that is escaped, in a browser told to
disregard the page's policy, and the policy, against code that tries everything.
"""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, Request, expect
from scripted_service import ScriptedService, answered, ask
from stranger import Stranger

from serving.wire.answer import Approval, Citation, Query
from serving.wire.events import (
    ApprovalRequest,
    Event,
    Failed,
    PassagesFound,
    RowsRead,
    SqlWritten,
    StepFinished,
    StepStarted,
    Token,
)
from serving.wire.question import Question
from serving.wire.service import DatabaseInfo

FILE = Path(__file__).parents[1] / "fixtures" / "page" / "pictures.jsonl"
CASES = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
WAIT_MS = 20_000
TOGETHER = 6
"""Questions of a conversation."""

ATTEMPTS = """
const load = (tag, attributes) => {
  const element = Object.assign(document.createElement(tag), attributes);
  document.body.append(element);
  return element;
};
const css = (text) => load("style", { textContent: text });
const frame = load("iframe", { name: "elsewhere" });
const attempts = {
  picture: (url) => load("img", { src: url }),
  srcset: (url) => load("img", { srcset: `${url} 2x` }),
  film: (url) => load("video", { src: url }),
  sound: (url) => load("audio", { src: url }),
  "frame-src": (url) => load("iframe", { src: url }),
  "object-src": (url) => load("object", { data: url }),
  script: (url) => load("script", { src: url }),
  module: (url) => import(url).catch(() => {}),
  style: (url) => load("link", { rel: "stylesheet", href: url }),
  imported: (url) => css(`@import "${url}";`),
  background: (url) => (load("p", {}).style.background = `url(${url})`),
  font: (url) => new FontFace("theirs", `url(${url})`).load().catch(() => {}),
  prefetched: (url) => load("link", { rel: "prefetch", href: url }),
  preloaded: (url) => load("link", { rel: "preload", as: "image", href: url }),
  fetched: (url) => fetch(url).catch(() => {}),
  beacon: (url) => navigator.sendBeacon(url, "rows"),
  events: (url) => new EventSource(url),
  socket: (url) => new WebSocket(url.replace("http", "ws")),
  "form-action": (url) => load("form", { action: url, target: "elsewhere" }).submit(),
};
"""
"""Ways in which code of a page makes a browser ask, by names that are part of the address.

Of a navigation a browser tells which directive stopped it, and not its path: there, that is its name.
"""


def pictures(stranger: Stranger) -> Iterator[tuple[int, str]]:
    for number, case in enumerate(CASES):
        address = f"{stranger.address}/{number}.png?stolen=rows"
        yield number, str(case["markdown"]).replace("URL", address)


def passage(number: int, markdown: str) -> Citation:
    return Citation(
        number=number,
        passage_id=f"p{number}",
        document_id="d",
        collection=markdown,
        source=markdown,
        title=markdown,
        content_hash="00",
        section=markdown,
        text=f"{markdown}\n\n{markdown} | {markdown}\n{markdown} | {markdown}\n\nWords {number}.",
        score=1.0,
    )


def rows(number: int, *shown: str) -> Query:
    return Query(
        number=number,
        database=shown[0],
        sql=f"SELECT '{shown[0]}'",
        columns=[shown[0], "row"],
        rows=[[one, f"row {at}"] for at, one in enumerate(shown)],
        truncated=False,
        elapsed_s=0.002,
    )


async def stream(markdown: str, number: int, _: Question) -> AsyncIterator[Event]:
    """An answer that comes in pieces, cut where an image begins, and stays as it was streamed."""
    yield StepStarted(step="rewrite", detail=markdown)
    yield StepFinished(step="rewrite", detail=markdown, seconds=0.01)
    for piece in re.split(r"(?<=!)", markdown):
        yield Token(text=piece)
    yield Failed(message=f"{markdown}\n\nEnd of {number}.", act="you")


async def write(markdown: str, number: int, _: Question) -> AsyncIterator[Event]:
    """An answer that comes whole, with what it rests on."""
    yield answered(
        f"See [1] [2].\n\n{markdown}",
        status="unverified",
        warnings=[markdown],
        citations=[passage(1, markdown)],
        queries=[rows(2, markdown)],
        models={"chat": f"{markdown} End of {number}."},
    )


async def look(shown: list[str], _: Question) -> AsyncIterator[Event]:
    """Steps that find all of it, and fail with it, and a statement that waits."""
    first = shown[0]
    yield StepStarted(step="search_documents", call="a")
    found = [passage(at, markdown) for at, markdown in enumerate(shown, start=1)]
    yield PassagesFound(call="a", query="\n".join(shown), passages=found)
    yield StepFinished(step="search_documents", call="a", seconds=0.01)
    yield StepStarted(step="write_sql", call="b")
    for attempt, markdown in enumerate(shown, start=1):
        sql = f"SELECT '{markdown}'"
        yield SqlWritten(call="b", database=markdown, sql=sql, attempt=attempt)
        yield StepFinished(step="run_sql", call="b", detail=markdown, seconds=0.001)
    yield RowsRead(call="b", query=rows(1, *shown))
    yield StepFinished(step="run_sql", call="b", seconds=0.001)
    waiting = Approval(
        id="w", call="c", database=first, explanation=first, sql=first, tables=shown, problem=first
    )
    yield ApprovalRequest(approval=waiting)
    yield answered("", status="needs_approval", approvals=[waiting], approval=waiting)


async def link(address: str, _: Question) -> AsyncIterator[Event]:
    yield answered(f"See [the guide]({address}/guide).")


@pytest.fixture(scope="module")
def stranger() -> Iterator[Stranger]:
    server = Stranger()
    with server.running():
        yield server


@pytest.fixture(scope="module")
def service(stranger: Stranger) -> Iterator[ScriptedService]:
    shown = dict(pictures(stranger))
    scripts = {f"stream {n}": partial(stream, text, n) for n, text in shown.items()}
    scripts |= {f"write {n}": partial(write, text, n) for n, text in shown.items()}
    scripts["look"] = partial(look, list(shown.values()))
    scripts["link"] = partial(link, stranger.address)
    scripted = ScriptedService(scripts)
    with scripted.running():
        yield scripted


@pytest.fixture
def unprotected(page: str, chromium: Browser, stranger: Stranger) -> Iterator[Callable[[], Page]]:
    """The page in a browser that disregards its policy; the test fails if it asks anybody else."""
    asked: list[str] = []
    context = chromium.new_context(bypass_csp=True)
    context.set_default_timeout(WAIT_MS)

    def note(request: Request) -> None:
        if not request.url.startswith((f"{page}/", "data:", "blob:")):
            asked.append(request.url)

    def open_tab() -> Page:
        context.on("request", note)
        tab = context.new_page()
        tab.goto(page)
        return tab

    stranger.asked.clear()
    yield open_tab
    context.close()
    assert asked == []
    assert stranger.asked == []


def assert_shows_nothing_of(tab: Page, stranger: Stranger) -> None:
    """Nothing either that a browser would ask for later, as for a film that is out of sight."""
    loaded = "[src], [srcset], [poster], [data], link[href], image[href]"
    markup = tab.locator(loaded).evaluate_all("all => all.map(one => one.outerHTML)")
    assert [element for element in markup if stranger.address in element] == []


def begin_anew(tab: Page, number: int) -> None:
    """Begin a conversation every few questions: a long one is drawn again for each event."""
    if number and number % TOGETHER == 0:
        tab.locator("#new-chat-button").click()
        tab.locator("#confirm").click()
        expect(tab.locator("#starters")).to_be_visible()


def test_an_answer_that_is_streamed_loads_nothing(
    unprotected: Callable[[], Page], stranger: Stranger
) -> None:
    tab = unprotected()
    for number in range(len(CASES)):
        begin_anew(tab, number)
        ask(tab, f"stream {number}")
        expect(tab.locator(".step").last).to_contain_text(f"End of {number}.")
        assert_shows_nothing_of(tab, stranger)


def test_a_whole_answer_and_what_it_rests_on_load_nothing(
    unprotected: Callable[[], Page], stranger: Stranger
) -> None:
    tab = unprotected()
    opened = tab.locator("#side-view-content")
    for number in range(len(CASES)):
        begin_anew(tab, number)
        ask(tab, f"write {number}")
        answer = tab.locator("[data-step-type=assistant_message]").last
        expect(answer).to_contain_text(f"End of {number}.")
        answer.locator("a.element-link", has_text="[1 ").first.click()
        expect(opened).to_contain_text("Words 1.")
        answer.locator("a.element-link", has_text="[2 ").first.click()
        expect(opened).to_contain_text("row 0")
        assert_shows_nothing_of(tab, stranger)


def test_what_was_found_on_the_way_loads_nothing(
    unprotected: Callable[[], Page], stranger: Stranger
) -> None:
    tab = unprotected()
    ask(tab, "look")
    expect(tab.locator(".docsql-approval")).to_be_visible()
    steps = tab.locator("[data-step-type=tool] button[id^=step-]")
    steps.first.click()  # the line that the others are folded into
    for told in ("Searched the documents", "Queried the database"):
        steps.filter(has_text=told).last.click()
    expect(tab.locator("td", has_text=f"row {len(CASES) - 1}")).to_be_visible()
    links = tab.locator("a.element-link")
    expect(links.last).to_be_visible()
    for at in range(len(CASES)):
        tab.get_by_text(f"Passage {at + 1}", exact=True).first.click()
        expect(tab.locator("#side-view-content")).to_contain_text(f"Words {at + 1}.")
    assert_shows_nothing_of(tab, stranger)


def test_what_a_service_says_of_its_databases_loads_nothing(
    unprotected: Callable[[], Page], stranger: Stranger, service: ScriptedService
) -> None:
    connected = service.databases
    service.databases = [
        DatabaseInfo(name=text, description=text, problem=f"{text} End of {number}.")
        for number, text in pictures(stranger)
    ]
    try:
        tab = unprotected()
        expect(tab.locator("body")).to_contain_text(f"End of {len(CASES) - 1}.")
        tab.locator("#chat-settings-open-modal").click()
        expect(tab.locator("#chat-settings")).to_be_visible()
        assert_shows_nothing_of(tab, stranger)
    finally:
        service.databases = connected


def test_the_policy_stops_whatever_code_would_load(
    page: str, chromium: Browser, stranger: Stranger
) -> None:
    context = chromium.new_context()
    tab = context.new_page()
    tab.goto(page)
    expect(tab.locator("#chat-input")).to_be_visible()
    stranger.asked.clear()
    not_stopped = tab.evaluate(
        """async (base) => {
          const stopped = new Set();
          document.addEventListener("securitypolicyviolation", (event) =>
            stopped.add(event.blockedURI.split("/").pop()).add(event.effectiveDirective));"""
        + ATTEMPTS
        + """
          for (const [name, attempt] of Object.entries(attempts)) attempt(`${base}/${name}`);
          const waits = (name) => !stopped.has(name);
          for (let tries = 0; tries < 100 && Object.keys(attempts).some(waits); tries++)
            await new Promise((done) => setTimeout(done, 100));
          load("script", { textContent: "window.ran = true" });
          return Object.keys(attempts).filter(waits).concat(window.ran ? ["inline"] : []);
        }""",
        stranger.address,
    )
    context.close()
    assert not_stopped == []
    assert stranger.asked == []


def test_without_the_policy_the_same_code_loads_all_of_it(
    page: str, chromium: Browser, stranger: Stranger
) -> None:
    """That the test before this one can fail."""
    context = chromium.new_context(bypass_csp=True)
    tab = context.new_page()
    tab.goto(page)
    expect(tab.locator("#chat-input")).to_be_visible()
    stranger.asked.clear()
    names = tab.evaluate(
        f"""(base) => {{{ATTEMPTS}
          for (const [name, attempt] of Object.entries(attempts)) attempt(`${{base}}/${{name}}`);
          return Object.keys(attempts);
        }}""",
        stranger.address,
    )
    missed = set(names)
    for _ in range(100):
        missed = set(names) - {path.strip("/?") for path, _ in stranger.asked}
        if not missed:
            break
        tab.wait_for_timeout(100)
    context.close()
    assert missed == set()


def test_a_link_that_is_clicked_opens_and_does_not_say_from_where(
    page: str, visit: Callable[[str], Page], stranger: Stranger
) -> None:
    tab = visit(page)
    stranger.asked.clear()
    ask(tab, "link")
    shown = tab.get_by_role("link", name="the guide")
    expect(shown).to_be_visible()
    assert stranger.asked == []
    with tab.expect_popup() as opening:
        shown.click()
    opening.value.wait_for_load_state()
    assert ("/guide", None) in stranger.asked


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 200),
        ("/login", {}, 200),
        ("/thread/any", {}, 200),
        ("/public/docsql.js", {}, 200),
        ("/project/settings", {}, 200),
        ("/public/none.html", {}, 404),
        ("/public/%2e%2e/x", {}, 400),
        ("/", {"Host": "stranger.example"}, 400),
        ("/ws/socket.io/?EIO=4&transport=polling", {}, 200),
    ],
)
def test_every_response_carries_the_policy(
    page: str, path: str, headers: dict[str, str], status: int
) -> None:
    response = httpx.get(f"{page}{path}", headers=headers, trust_env=False)
    assert response.status_code == status
    policy = dict(
        directive.split(" ", 1)
        for directive in response.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == policy["object-src"] == policy["base-uri"] == "'none'"
    assert policy["connect-src"] == policy["form-action"] == policy["frame-ancestors"] == "'self'"
    allowed = " ".join(policy.values()).split()
    assert all(one.startswith("'") or one == "data:" for one in allowed)  # no host, no `*`
    assert "'unsafe-inline'" not in policy["script-src"]
    assert response.headers["referrer-policy"] == "same-origin"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-dns-prefetch-control"] == "off"
