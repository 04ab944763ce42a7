"""A conversation that an MCP client began, and whose statement waits for a person there."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from docsql_process import Folder, make_database
from playwright.sync_api import Page, expect

from serving.process.discovery import running_service

FIXTURES = Path(__file__).parents[1] / "fixtures"
RECORDED: list[dict[str, Any]] = json.loads(
    (FIXTURES / "http" / "mcp-2026-07-28.json").read_text(encoding="utf-8")
)["requests"]
ASK = RECORDED[5]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    home = tmp_path_factory.mktemp("mcp")
    shop = make_database(FIXTURES / "service" / "shop.sql", home / "shop.sqlite")
    settings = {
        "DOCSQL_SERVICE__PORT": "0",
        "DOCSQL_DATABASES__SHOP__URL": f"sqlite:///{shop}",
        "DOCSQL_DATABASES__SHOP__APPROVAL": "always",
    }
    return Folder(home, settings)


def test_the_page_says_where_a_waiting_statement_is_decided(
    remembering: str, visit: Callable[[str], Page], folder: Folder
) -> None:
    service = running_service(folder.data)
    assert service is not None
    known = {"authorization": f"Bearer {service.credential}"}
    headers = {**ASK["headers"], **known}
    with httpx.Client(base_url=service.url, trust_env=False, timeout=30) as client:
        asked = client.post("/mcp", content=ASK["body"], headers=headers)
        assert "input_required" in asked.text
        (thread,) = client.get("/threads", headers=known).json()["threads"]
    tab = visit(f"{remembering}/thread/{thread['id']}")
    expect(tab.locator("[data-step-type=user_message]")).to_have_text([thread["title"]])
    expect(tab.get_by_text("waits for your decision in the program")).to_be_visible()
    expect(tab.get_by_text("This question has no answer")).to_have_count(0)
