"""Pictures of the page for the documentation, taken before a running demo.

python tests/chainlit_app/screenshots.py [--api URL] [--page URL] [--out docs/screenshots]
"""

import os
import shutil
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

CHROMIUM_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZE: ViewportSize = {"width": 1280, "height": 800}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
DARK: dict[str, Any] = {"color_scheme": "dark"}
FROM_DATABASE = "Which region has the most customers?"
FROM_DOCUMENTS = "How long is the standard warranty of the Compute series?"
FOR_A_CHART = "How many orders were placed each year?"


def main() -> None:
    parser = ArgumentParser(description="Take pictures of a running demo's page.")
    parser.add_argument("--api", default="http://127.0.0.1:8710", help="address of the service")
    parser.add_argument("--page", default="http://127.0.0.1:8711", help="address of the chat page")
    parser.add_argument(
        "--out", default=Path("docs/screenshots"), type=Path, help="folder of the pictures"
    )
    given = parser.parse_args()
    if not httpx.get(f"{given.api}/ready", trust_env=False).is_success:
        raise SystemExit(f"The service at {given.api} is not ready.")
    path = shutil.which("chromium") or shutil.which("chromium-headless-shell")
    if path is None:
        raise SystemExit("chromium is missing: `apt-get install chromium` brings it.")
    given.out.mkdir(parents=True, exist_ok=True)
    take(path, given.page, given.out)


def take(chromium: str, page: str, out: Path) -> None:
    arguments = [*CHROMIUM_ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        for name, shown, device in _PICTURES:
            given: dict[str, Any] = {"viewport": SIZE, "device_scale_factor": 2, **device}
            context = browser.new_context(**given)
            tab = context.new_page()
            tab.goto(page)
            shown(tab)
            tab.evaluate("Promise.allSettled(document.getAnimations().map(each => each.finished))")
            tab.screenshot(path=out / f"{name}.png")
            context.close()
        browser.close()
    sys.stdout.write(f"Pictures are in {out}.\n")


def start(tab: Page) -> None:
    expect(tab.locator("#starters button").first).to_be_enabled()


def database(tab: Page) -> None:
    ask(tab, FROM_DATABASE)
    tab.locator("button[id^=step-]", has_text=" · ").click()
    tab.get_by_text("Queried the database demo").click()
    expect(tab.locator("pre", has_text="SELECT")).to_be_visible()
    tab.locator("[data-step-type=tool]").first.scroll_into_view_if_needed()


def chart(tab: Page) -> None:
    ask(tab, FOR_A_CHART)
    expect(tab.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    tab.locator(".inline-plotly-container").evaluate("chart => chart.scrollIntoView()")


def document(tab: Page) -> None:
    ask(tab, FROM_DOCUMENTS)
    tab.locator(".message-content a.element-link").first.click()
    expect(tab.locator("#side-view-content")).to_contain_text("Source:")
    expect(tab.locator(".docsql-passage")).to_be_visible()


def ask(tab: Page, question: str) -> None:
    tab.locator("#chat-input").click()
    tab.keyboard.insert_text(question)
    tab.locator("#chat-submit").click()
    answer = tab.locator("[data-step-type=assistant_message]")
    expect(answer).to_contain_text("embeddings", timeout=60_000)


_PICTURES: tuple[tuple[str, Callable[[Page], None], dict[str, Any]], ...] = (
    ("start", start, {}),
    ("database", database, {}),
    ("chart", chart, {}),
    ("document", document, {}),
    ("phone", chart, PHONE),
    ("dark", document, DARK),
)

if __name__ == "__main__":
    main()
