"""From a question on the chat page to its answer in a browser, beside the same from the service."""

import os
import shutil
import time
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median

import httpx
from figure import Figure, Section, percentile
from playwright.sync_api import Page, sync_playwright
from workplace import BIN, Workplace, answers, environment, free_ports, process

ASKED = 20
WARMED = 3
QUESTION = "Which region has the most customers?"
SAID = "Leipzig"
LIMIT_S = 60.0
TARGET_MS = 300
ARGUMENTS = ("--disable-gpu", "--no-first-run", "--disable-background-networking")

_WATCH = """said => {
  const begun = performance.now();
  const before = document.querySelectorAll("[data-step-type=assistant_message]").length;
  window.shown = new Promise((done) => {
    const look = () => {
      const answer = document.querySelectorAll("[data-step-type=assistant_message]")[before];
      if (answer?.textContent.includes(said)) done(performance.now() - begun);
      else requestAnimationFrame(look);
    };
    look();
  });
}"""
"""Begins a clock, which stops in the first frame in which the next answer has these words."""


def measure(place: Workplace) -> Section:
    """The same question, in turns from the page and from the service."""
    place.say("the chat page in Chromium")
    with ExitStack() as running:
        api, page = _demo(place, running)
        tab = _opened(running, page)
        pairs = [(_on_the_page(tab), _from_the_service(api)) for _ in range(WARMED + ASKED)]
    shown, told = zip(*pairs[WARMED:], strict=True)
    return Section(
        "The chat page",
        "One database question asked over and over, in one conversation on the page and of the "
        'service itself; the models are the embedded ones (`make bench ARGS="--only page"`).',
        _figures(shown, told),
    )


def _figures(shown: Sequence[float], told: Sequence[float]) -> list[Figure]:
    apart = 1000 * (median(shown) - median(told))
    return [
        Figure("answer on the page, p50", 1000 * median(shown), "ms", f"Enter to frame, {ASKED}"),
        Figure("answer on the page, p95", 1000 * percentile(shown, 95), "ms", "the same"),
        Figure("answer of the service, p50", 1000 * median(told), "ms", "`/agent/stream`, whole"),
        Figure("the page behind the service", apart, "ms", "the medians' difference", TARGET_MS),
    ]


def _demo(place: Workplace, running: ExitStack) -> tuple[str, str]:
    api, page = (f"http://127.0.0.1:{port}" for port in free_ports(2))
    settings = {
        "DOCSQL_DATA": str(place.data),
        "DOCSQL_SERVICE__PORT": api.rpartition(":")[2],
        "DOCSQL_PAGE__PORT": page.rpartition(":")[2],
        "DOCSQL_PAGE__API_URL": api,
    }
    demo = running.enter_context(
        process([BIN / "docsql", "demo"], settings, folder=place.scratch / "page")
    )
    for url in (f"{api}/ready", f"{page}/favicon"):
        demo.wait_for(lambda url=url: answers(url))
    return api, page


def _opened(running: ExitStack, page: str) -> Page:
    path = shutil.which("chromium") or shutil.which("chromium-headless-shell")
    if path is None:
        raise RuntimeError("chromium is missing: `apt-get install chromium` brings it.")
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    playwright = running.enter_context(sync_playwright())
    browser = playwright.chromium.launch(
        executable_path=path, args=arguments, env={**environment()}
    )
    running.callback(browser.close)
    tab = browser.new_page()
    tab.set_default_timeout(1000 * LIMIT_S)
    tab.goto(page)
    tab.locator("#starters button").first.wait_for()
    return tab


def _on_the_page(tab: Page) -> float:
    """Seconds from Enter to the first frame that has the answer."""
    footers = tab.locator(".docsql-footer")
    done = footers.count()
    tab.locator("#chat-input").click()
    tab.keyboard.insert_text(QUESTION)
    tab.locator("#chat-submit:enabled").wait_for()
    tab.evaluate(_WATCH, SAID)
    tab.keyboard.press("Enter")
    seconds = tab.evaluate("window.shown") / 1000
    footers.nth(done).wait_for()
    return seconds


def _from_the_service(api: str) -> float:
    began = time.perf_counter()
    body = {"input": {"question": QUESTION}}
    reply = httpx.post(f"{api}/agent/stream", json=body, timeout=LIMIT_S, trust_env=False)
    if SAID not in reply.text:
        raise RuntimeError(f"{QUESTION!r} went astray: {reply.text[-500:]!r}")
    return time.perf_counter() - began
