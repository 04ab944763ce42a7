"""LangServe's own page in a real browser."""

import re

from docsql_process import Service
from playwright.sync_api import Browser, Route, expect


def test_the_playground_shows_a_turn_that_asks_a_database(
    service: Service, chromium: Browser
) -> None:
    outside: list[str] = []

    def pass_on(route: Route) -> None:
        if route.request.url.startswith(service.url):
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    context = chromium.new_context()
    context.set_default_timeout(15_000)
    context.route("**/*", pass_on)
    tab = context.new_page()
    tab.goto(f"{service.url}/agent/playground/")
    tab.locator("[id$='/question-input']").fill("How many repairs are there?")
    expect(tab.get_by_text("Validation Errors")).to_have_count(0)
    tab.get_by_role("button", name="Start").click()
    shown = tab.locator("body")
    expect(shown).to_contain_text('"event": "rows"', timeout=15_000)
    expect(shown).to_contain_text(re.compile(r'"answer": "[^"]*7[^"]*\[1\]'))
    tab.screenshot(path=service.folder.path / "playground.png", full_page=True)
    context.close()
    assert outside == []
