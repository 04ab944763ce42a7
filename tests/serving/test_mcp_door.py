"""The official MCP client in front of a real service."""

import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
import pytest
from docsql_process import Folder, Service
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent


@asynccontextmanager
async def session_with(service: Service, **headers: str) -> AsyncGenerator[ClientSession]:
    direct = httpx.AsyncClient(trust_env=False, timeout=30, headers=headers)
    async with (
        direct,
        streamable_http_client(f"{service.url}/mcp", http_client=direct) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        yield session


async def test_the_tools_are_listed_with_what_they_take_and_give(service: Service) -> None:
    async with session_with(service) as session:
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
    assert set(tools) == {"search_documents", "query_database", "describe_sources"}
    assert "shop: Bicycle workshops and their repairs." in (
        tools["query_database"].description or ""
    )
    assert all(t.annotations and t.annotations.readOnlyHint for t in tools.values())
    assert all(tool.outputSchema for tool in tools.values())


async def test_every_parameter_of_a_tool_says_what_it_is(service: Service) -> None:
    async with session_with(service) as session:
        tools = (await session.list_tools()).tools
    silent = [
        f"{tool.name}.{name}"
        for tool in tools
        for name, described in tool.inputSchema["properties"].items()
        if not described.get("description")
    ]
    assert silent == []


async def test_passages_come_with_their_documents(service: Service) -> None:
    async with session_with(service) as session:
        found = _said(
            await session.call_tool("search_documents", {"query": "returned", "limit": 1})
        )
    (passage,) = found["passages"]
    assert passage["source"] == "returns.md"
    assert "21 days" in passage["text"]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ({"about": "databases"}, "**repairs** (7 rows)"),
        ({"about": "databases", "subject": "repairs"}, "- bicycle"),
        ({"about": "documents"}, "Return policy (returns.md)"),
        ({"about": "freshness"}, "finished from 2025-02-03 to 2025-05-06"),
        ({"about": "meaning", "subject": "saddle"}, "Nothing of the connected sources is called"),
        ({"about": "databases", "language": "de"}, "**repairs** (7 Zeilen)"),
        ({"about": "databases", "language": "de-AT"}, "1 Datenbank ist verbunden"),
        ({"about": "freshness", "language": "German"}, "finished von 03.02.2025 bis 06.05.2025"),
        ({"about": "meaning", "subject": "Sattel", "language": "de"}, "heißt 'Sattel'"),
        ({"about": "databases", "language": "fr"}, "**repairs** (7 rows)"),
    ],
)
async def test_what_there_is_can_be_asked(
    service: Service, arguments: dict[str, str], part: str
) -> None:
    async with session_with(service) as session:
        told = _said(await session.call_tool("describe_sources", arguments))
    assert part in told["text"]


async def test_a_decline_comes_with_questions_that_are_answered(service: Service) -> None:
    async with session_with(service) as session:
        asked = {"database": "shop", "question": "How many repairs were done by unicorns?"}
        declined = _said(await session.call_tool("query_database", asked))
        assert "unicorns" in " ".join(declined["notes"])
        assert declined["suggestions"]
        for question in declined["suggestions"]:
            again = {"database": "shop", "question": question}
            assert _said(await session.call_tool("query_database", again))["queries"]


ASKED = [
    {"question": "How many repairs are there?"},
    {"sql": "SELECT COUNT(*) FROM repairs"},
]


@pytest.mark.parametrize("asked", ASKED)
async def test_a_database_is_asked_in_words_or_in_sql(
    service: Service, asked: dict[str, str]
) -> None:
    async with session_with(service) as session:
        result = await session.call_tool("query_database", {"database": "shop", **asked})
    (query,) = _said(result)["queries"]
    assert query["rows"] == [[7]]
    assert query["sql"].startswith("SELECT COUNT(*)")


async def test_a_question_that_no_statement_answers_says_why(service: Service) -> None:
    async with session_with(service) as session:
        asked = {"database": "shop", "question": "How many unicorns sleep in Paris?"}
        outcome = _said(await session.call_tool("query_database", asked))
    assert outcome["queries"] == []
    assert "could not place" in outcome["notes"][0]


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("query_database", {"database": "shop", "sql": "DELETE FROM repairs"}, "SELECT"),
    ("query_database", {"database": "shop"}, "either a question or one SELECT"),
    ("query_database", {"database": "shop", "sql": "a", "question": "b"}, "either a question"),
    ("query_database", {"database": "nowhere", "sql": "SELECT 1"}, "no database 'nowhere'"),
    ("search_documents", {"query": "x", "collections": ["nowhere"]}, "no collection 'nowhere'"),
    ("search_documents", {"query": ""}, "query: String should have at least 1 character"),
    ("search_documents", {"query": "x", "caller": "eve"}, "caller"),
    ("drop_database", {}, "drop_database"),
]


@pytest.mark.parametrize(("tool", "arguments", "said"), WRONG)
async def test_what_cannot_be_done_is_told_to_the_model(
    service: Service, tool: str, arguments: dict[str, Any], said: str
) -> None:
    async with session_with(service) as session:
        result = await session.call_tool(tool, arguments)
    assert result.isError
    assert said in cast("TextContent", result.content[0]).text


async def test_a_database_that_asks_for_approval_is_not_asked_here(folder: Folder) -> None:
    approving = Folder(
        folder.path, {**folder.settings, "DOCSQL_DATABASES__SHOP__APPROVAL": "always"}
    )
    with approving.serving() as service:
        async with session_with(service) as session:
            for asked in ASKED:
                result = await session.call_tool("query_database", {"database": "shop", **asked})
                assert result.isError, result
                assert "need a person's approval" in cast("TextContent", result.content[0]).text


@pytest.fixture(scope="module")
def guarded(
    tmp_path_factory: pytest.TempPathFactory, shop_settings: dict[str, str]
) -> Iterator[tuple[Service, dict[str, dict[str, str]]]]:
    """A service that asks for keys, and the headers of one with the scope `sql` and one without."""
    home = Folder(tmp_path_factory.mktemp("scopes"), shop_settings)
    made = {
        name: home.run("keys", "create", name, *options).stdout.strip()
        for name, options in (("words", ()), ("sql", ("--scopes", "ask,sql")))
    }
    with home.serving() as running:
        yield running, {name: {"Authorization": f"Bearer {key}"} for name, key in made.items()}


async def _takes(session: ClientSession) -> dict[str, Any]:
    (tool,) = [t for t in (await session.list_tools()).tools if t.name == "query_database"]
    return tool.inputSchema


async def test_sql_of_ones_own_takes_a_scope_that_no_key_has_unless_it_was_named(
    guarded: tuple[Service, dict[str, dict[str, str]]],
) -> None:
    service, keys = guarded
    raw = {"database": "shop", "sql": "SELECT COUNT(*) FROM repairs"}
    async with (
        session_with(service, **keys["words"]) as words,
        session_with(service, **keys["sql"]) as sql,
    ):
        assert set((await _takes(sql))["properties"]) == {"database", "question", "sql"}
        listed = await _takes(words)
        assert (set(listed["properties"]), "SELECT" in json.dumps(listed)) == (
            {"database", "question"},
            False,
        )
        refused = await words.call_tool("query_database", raw)
        assert refused.isError
        assert "lacks the scope 'sql'" in cast("TextContent", refused.content[0]).text
        both = await words.call_tool("query_database", {**raw, "question": "How many?"})
        assert "lacks the scope 'sql'" in cast("TextContent", both.content[0]).text
        # What is listed to one caller does not decide about what another may send.
        (query,) = _said(await sql.call_tool("query_database", raw))["queries"]
        assert query["rows"] == [[7]]
        (query,) = _said(
            await words.call_tool(
                "query_database", {"database": "shop", "question": "How many repairs are there?"}
            )
        )["queries"]
        assert query["rows"] == [[7]]
    audited = (service.folder.data / "audit.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["caller"] for line in audited.splitlines()].count("key:sql") == 1


def test_a_scope_alone_does_not_open_the_door(
    guarded: tuple[Service, dict[str, dict[str, str]]],
) -> None:
    service, _ = guarded
    made = service.folder.run("keys", "create", "nothing-else", "--scopes", "sql").stdout.strip()
    answer = httpx.post(
        f"{service.url}/mcp", headers={"Authorization": f"Bearer {made}"}, trust_env=False
    )
    assert (answer.status_code, "'ask'" in answer.text) == (403, True)


def _said(result: CallToolResult) -> dict[str, Any]:
    assert not result.isError, result.content
    assert result.structuredContent is not None
    assert json.loads(cast("TextContent", result.content[0]).text) == result.structuredContent
    return result.structuredContent


PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
ACCEPTED = [
    None,
    "",
    "*/*",
    "application/*",
    "text/html, */*;q=0.1",
    "Application/JSON; q=0.5, text/event-stream",
    "application/json;charset=utf-8",
]
NOT_ACCEPTED = ["text/html", "text/html, */*;q=0", "application/xml"]


@pytest.mark.parametrize("accept", [*ACCEPTED, *NOT_ACCEPTED])
def test_whoever_takes_json_gets_it(service: Service, accept: str | None) -> None:
    with httpx.Client(trust_env=False) as client:
        if accept is None:
            del client.headers["accept"]
        else:
            client.headers["accept"] = accept
        reply = client.post(f"{service.url}/mcp", json=PING)
    assert reply.status_code == (406 if accept in NOT_ACCEPTED else 200), reply.text
    assert reply.headers["content-type"].startswith("application/json")
