"""The official MCP client of the handshake's generation: what it is told and asked while it waits."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from docsql_process import Folder, Service
from mcp import ClientSession, McpError
from mcp.client.session import ElicitationFnT
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.context import RequestContext
from mcp.types import (
    CancelledNotification,
    CancelledNotificationParams,
    ClientNotification,
    ElicitRequestFormParams,
    ElicitRequestParams,
    ElicitResult,
    ResourceLink,
    TextContent,
    TextResourceContents,
)
from pydantic import AnyUrl
from standin_server import serve
from standin_tgi import Fault, TgiStandIn

COUNT = {"database": "shop", "question": "How many repairs are there?"}
RAW = {"database": "shop", "sql": "SELECT COUNT(*) FROM repairs"}
SOON_S = 10.0


class Asked:
    """Answers forms as it was told to, and remembers them."""

    def __init__(self, *answers: ElicitResult) -> None:
        self.answers, self.forms = list(answers), list[ElicitRequestFormParams]()

    async def __call__(
        self, context: RequestContext[ClientSession, Any], params: ElicitRequestParams
    ) -> ElicitResult:
        assert isinstance(params, ElicitRequestFormParams)
        self.forms.append(params)
        return self.answers.pop(0)


@asynccontextmanager
async def session_with(
    service: Service, asked: ElicitationFnT | None = None
) -> AsyncGenerator[ClientSession]:
    direct = httpx.AsyncClient(trust_env=False, timeout=30)
    async with (
        direct,
        streamable_http_client(f"{service.url}/mcp", http_client=direct) as (read, write, _),
        ClientSession(read, write, elicitation_callback=asked) as session,
    ):
        await session.initialize()
        yield session


async def test_a_passage_is_a_link_that_can_be_followed(service: Service) -> None:
    async with session_with(service) as session:
        found = await session.call_tool("search_documents", {"query": "returned", "limit": 1})
        link = found.content[-1]
        assert isinstance(link, ResourceLink)
        assert (link.name, link.title) == ("returns.md", "Return policy")
        (text,) = (await session.read_resource(link.uri)).contents
        assert isinstance(text, TextResourceContents)
        assert "21 days" in text.text
        with pytest.raises(McpError, match="no document"):
            await session.read_resource(AnyUrl("docsql://documents/a/passages/b"))


async def test_a_call_tells_of_its_steps(service: Service) -> None:
    told: list[tuple[float, str | None]] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, message))

    async with session_with(service) as session:
        await session.call_tool("query_database", COUNT, progress_callback=note)
    assert told == [(1, "Writing the statement"), (2, "Running the statement")]


@pytest.fixture(scope="module")
def approving(
    tmp_path_factory: pytest.TempPathFactory, shop_settings: dict[str, str]
) -> Iterator[Service]:
    always = {"DOCSQL_DATABASES__SHOP__APPROVAL": "always"}
    home = Folder(tmp_path_factory.mktemp("asking"), {**shop_settings, **always})
    with home.serving() as running:
        yield running


def accepted(**content: str | bool) -> ElicitResult:
    return ElicitResult(action="accept", content={**content})


DECIDED: list[tuple[dict[str, str], ElicitResult, list[Any]]] = [
    (COUNT, accepted(approve=True), [[[7]]]),
    (COUNT, accepted(approve=True, sql="SELECT 5 AS five"), [[[5]]]),
    (COUNT, accepted(approve=False), []),
    (COUNT, ElicitResult(action="decline"), []),
    (RAW, accepted(approve=True), [[[7]]]),
    (RAW, ElicitResult(action="decline"), []),
]


@pytest.mark.parametrize(("call", "answer", "rows"), DECIDED)
async def test_a_person_decides_on_a_statement(
    approving: Service, call: dict[str, str], answer: ElicitResult, rows: list[Any]
) -> None:
    asked = Asked(answer)
    async with session_with(approving, asked) as session:
        result = await session.call_tool("query_database", call)
    assert not result.isError, result.content
    assert result.structuredContent is not None
    assert [query["rows"] for query in result.structuredContent["queries"]] == rows
    if not rows:
        assert result.structuredContent["notes"] == ["The statement was rejected and did not run."]
    (form,) = asked.forms
    assert "SELECT COUNT(*)" in form.message


async def test_an_edited_statement_that_cannot_run_is_asked_about_again(approving: Service) -> None:
    asked = Asked(accepted(approve=True, sql="DELETE FROM repairs"), accepted(approve=False))
    async with session_with(approving, asked) as session:
        result = await session.call_tool("query_database", COUNT)
    assert result.structuredContent is not None
    assert result.structuredContent["queries"] == []
    assert "SELECT" in asked.forms[1].message.splitlines()[0]


async def test_who_closes_the_form_runs_nothing_and_leaves_no_thread(approving: Service) -> None:
    async with session_with(approving, Asked(ElicitResult(action="cancel"))) as session:
        result = await session.call_tool("query_database", COUNT)
    assert result.isError
    (said,) = result.content
    assert isinstance(said, TextContent)
    assert "Nobody decided" in said.text
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{approving.url}/threads")).json()["threads"] == []


async def test_a_call_that_is_called_off_stops_the_model_behind_it(
    folder: Folder,
) -> None:
    standin = TgiStandIn(lambda _: Fault("silence"))
    with serve(standin.app) as standin.url:
        slow = Folder(folder.path, {**folder.settings, "DOCSQL_CHAT__URL": standin.url})
        await _called_off(slow, standin)


async def _called_off(slow: Folder, standin: TgiStandIn) -> None:
    with slow.serving() as service:
        async with session_with(service) as session:
            standin.forget()  # what it was asked at the start
            call = asyncio.create_task(session.call_tool("query_database", COUNT))
            assert await asyncio.to_thread(standin.wait_asked)
            params = CancelledNotificationParams(requestId=1, reason="enough")
            called_off = CancelledNotification(params=params)
            await session.send_notification(ClientNotification(called_off))
            with pytest.raises(McpError, match="cancelled"):
                await call
            assert await asyncio.to_thread(standin.wait_cancelled, SOON_S)
