"""What a browser loads once, and keeps."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from scripted_service import ScriptedService, echo

from chainlit_app.keeping import FOREVER


@pytest.fixture(scope="module")
def service() -> Iterator[ScriptedService]:
    scripted = ScriptedService({"echo": echo})
    with scripted.running():
        yield scripted


def test_code_is_kept_by_its_name_and_nothing_else_is(page: str) -> None:
    with httpx.Client(base_url=page, trust_env=False) as http:
        html = http.get("/").text
        code = re.findall(r'(?:src|href)="(/(?:assets|public)/[^"]+\.(?:js|css)[^"]*)"', html)
        kept = [http.get(address).headers["cache-control"] for address in code]
        others = ["/", "/public/docsql.js", "/assets/none.js", "/project/settings"]
        assert kept == [FOREVER] * 4
        assert not any("cache-control" in http.get(address).headers for address in others)


def test_a_second_visit_loads_no_code(page: str, visit: Callable[[str], Page]) -> None:
    tab = visit(page)
    expect(tab.locator("#chat-input")).to_be_visible()
    expect(tab.locator("#docsql-loading")).to_have_count(0)
    names, loaded = dict[str, str](), dict[str, int]()

    def note(event: dict[str, Any]) -> None:
        names[event["requestId"]] = event["request"]["url"]

    def weigh(event: dict[str, Any]) -> None:
        loaded[names[event["requestId"]]] = event["encodedDataLength"]

    network = tab.context.new_cdp_session(tab)
    network.on("Network.requestWillBeSent", note)
    network.on("Network.loadingFinished", weigh)
    network.send("Network.enable")
    tab.reload()
    expect(tab.locator("#chat-input")).to_be_visible()
    code = [
        size for url, size in loaded.items() if re.search(r"/(assets|public)/.*\.(js|css)", url)
    ]
    assert code == [0] * 4
