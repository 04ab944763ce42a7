"""Caps on a caller's tokens hold, however a turn ends and however many are asked at once."""

import json
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any, cast

import httpx
import pytest
from database_servers import postgres_server
from docsql_process import Folder, Service
from langserve import RemoteRunnable
from standin_server import serve
from standin_tgi import Fault, Raw, Reply, Text, TgiStandIn

from serving.auth.keys import Keys
from serving.turns.reservations import FIRST_TOKENS, ReservedTokens, TokenReservations
from serving.wire.answer import Answer

STORY = "A long story. " * 40
AGENT = {"input": {"question": "Tell me a story", "mode": "chat"}}
CHAT = {"model": "docsql-chat", "messages": [{"role": "user", "content": "Tell me a story"}]}
RESPONSE = {"model": "docsql-chat", "input": "Tell me a story"}
ROOM = "100000"
"""A cap far above what a turn takes."""


def client_of(service: Service, name: str) -> httpx.Client:
    """A caller of that name, with a key of their own."""
    keys = Keys(service.folder.data / "keys.json")
    key = keys.create(name, groups=[], scopes=["ask", "metrics", "sql"])
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=service.url, headers=headers, trust_env=False, timeout=30)


@contextmanager
def capped(folder: Folder, standin: TgiStandIn, **limits: str) -> Generator[Service]:
    """A service whose callers have few tokens, by `limits` of the settings."""
    with ExitStack() as stack:
        settings = {
            **folder.settings,
            "DOCSQL_CHAT__URL": stack.enter_context(serve(standin.app)),
            **{f"DOCSQL_LIMITS__{name.upper()}": most for name, most in limits.items()},
        }
        yield stack.enter_context(Folder(folder.path, settings).serving())


def used(service: Service, caller: str) -> dict[str, Any]:
    """What `docsql usage` tells of a caller."""
    rows = json.loads(service.folder.run("usage", "--by", "caller", "--json").stdout)
    found = [row for row in rows if row["caller"] == f"key:{caller}"]
    return found[0] if found else {}


@pytest.mark.parametrize("limit", ["tokens_per_month", "tokens_per_minute"])
@pytest.mark.parametrize(
    ("route", "body", "mark"),
    [
        ("/agent/stream", AGENT, '"token"'),
        ("/v1/chat/completions", {**CHAT, "stream": True}, "content"),
        ("/v1/responses", {**RESPONSE, "stream": True}, "output_text.delta"),
    ],
    ids=["agent", "chat", "responses"],
)
def test_what_a_leaver_has_read_is_counted(
    folder: Folder, limit: str, route: str, body: dict[str, Any], mark: str
) -> None:
    standin = TgiStandIn(lambda _: Text(STORY), token_delay_s=0.01)
    limits = {limit: "10"}
    with (
        capped(folder, standin, **limits) as service,
        client_of(service, "first") as first,
        client_of(service, "leaver") as client,
    ):
        assert first.post("/agent/invoke", json=AGENT).is_success  # this one is shown as a whole
        with client.stream("POST", route, json=body) as reply:
            assert reply.status_code == 200
            told = (line for line in reply.iter_lines() if mark in line)
            assert [next(told) for _ in range(20)]
        assert standin.wait_cancelled()
        refused = until_no_more_is_held(client, route, body)
        assert "10 model tokens for" in refused
        if limit == "tokens_per_month":
            row = used(service, "leaver")
            assert row["output_tokens"] >= 20
            assert row["estimated_tokens"] == row["input_tokens"] + row["output_tokens"]
            assert row["input_tokens"] > 5


def until_no_more_is_held(client: httpx.Client, route: str, body: dict[str, Any]) -> str:
    """The refusal once the turn that was left has ended."""
    deadline = monotonic() + 5
    while monotonic() < deadline:
        refused = client.post(route, json=body)
        assert refused.status_code == 429, refused.text
        said = refused.json()["error"]
        said = said if isinstance(said, str) else said["message"]
        if "under way" not in said:
            return said
        sleep(0.05)
    raise AssertionError("the turn did not end")


SILENT = Raw(
    [
        b'data: {"choices":[{"index":0,"delta":{"content":"Once upon a time."},"finish_reason":null}]}\n\n',
        b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
        b"data: [DONE]\n\n",
    ]
)
"""A reply of a server that counts no tokens."""


@pytest.mark.parametrize(
    ("reply", "read", "written"),
    [
        (SILENT, 5, 4),
        (Fault("broken", text="Once upon a time, "), 5, 4),
        (Fault("silence"), 5, 0),
        (Fault("http", status=503), 0, 0),
    ],
    ids=["uncounted", "broken", "timeout", "refused"],
)
def test_what_no_server_counted_is_estimated_unless_it_read_nothing(
    folder: Folder, reply: Reply, read: int, written: int
) -> None:
    settings = {**folder.settings, "DOCSQL_CHAT__TIMEOUT_S": "1", "DOCSQL_CHAT__TRIES": "1"}
    patient = Folder(folder.path, settings)
    with (
        capped(patient, TgiStandIn(lambda _: reply), tokens_per_month=ROOM) as service,
        client_of(service, "ann") as client,
    ):
        answered = client.post("/agent/invoke", json=AGENT)
        row = used(service, "ann")
    assert row["calls"] == 1
    assert (row["input_tokens"] > read) == bool(read)
    assert (row["output_tokens"] >= written) == bool(written or not row["output_tokens"])
    assert row["estimated_tokens"] == row["input_tokens"] + row["output_tokens"]
    if answered.is_success:
        usage = answered.json()["output"]["usage"]
        assert usage["estimated_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 9


MCP = {"accept": "application/json, text/event-stream"}
WITHOUT_CHAT: list[tuple[str, dict[str, Any]]] = [
    ("search_documents", {"query": "returned"}),
    ("describe_sources", {"about": "freshness"}),
    ("query_database", {"database": "shop", "sql": "SELECT COUNT(*) FROM repairs"}),
]


def called(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """A call of a tool, as MCP has it."""
    params = {"name": name, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


@pytest.mark.parametrize(("name", "arguments"), WITHOUT_CHAT)
def test_a_tool_that_asks_no_chat_model_is_not_held_up_by_a_turn_under_way(
    folder: Folder, name: str, arguments: dict[str, Any]
) -> None:
    standin = TgiStandIn(lambda _: Text(STORY), token_delay_s=0.05)
    with (
        capped(folder, standin, tokens_per_month="1000") as service,
        client_of(service, "ann") as client,
        client.stream("POST", "/agent/stream", json=AGENT) as reply,
    ):
        assert reply.status_code == 200
        assert client.post("/agent/invoke", json=AGENT).status_code == 429
        told = client.post("/mcp", json=called(name, arguments), headers=MCP).text
    assert "under way" not in told
    assert '"isError":true' not in told


async def test_a_callers_turns_hold_what_their_own_took() -> None:
    under_way = TokenReservations()
    under_way.learn("ann", 90_000)
    for caller in ("ann", "ben"):
        await under_way.join(caller, f"of {caller}")
    assert await under_way.held("ann") == ReservedTokens(1, 90_000)
    assert await under_way.held("ben") == ReservedTokens(1, FIRST_TOKENS)


def test_a_question_of_an_mcp_client_is_counted_by_the_minute_too(folder: Folder) -> None:
    statement = "SELECT COUNT(*) AS repairs FROM repairs"
    standin = TgiStandIn(lambda _: Text(f"```sql\n{statement}\n```"))
    asked = {"database": "shop", "question": "How many repairs are there?"}
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": "query_database", "arguments": asked},
    }
    headers = {"accept": "application/json, text/event-stream"}
    with (
        capped(folder, standin, tokens_per_minute="10") as service,
        client_of(service, "ann") as client,
    ):
        first, second = (client.post("/mcp", json=call, headers=headers).text for _ in range(2))
    assert "10 model tokens for this minute" not in first
    assert "10 model tokens for this minute" in second


@pytest.mark.parametrize("limit", ["tokens_per_month", "tokens_per_minute"])
def test_questions_at_once_do_not_pass_a_cap_together(folder: Folder, limit: str) -> None:
    standin = TgiStandIn(lambda _: Text(STORY), token_delay_s=0.002)
    limits = {limit: "10"}
    with capped(folder, standin, **limits) as service, client_of(service, "burst") as client:
        with ThreadPoolExecutor(12) as pool:
            asked = [pool.submit(client.post, "/agent/invoke", json=AGENT) for _ in range(12)]
            replies = [one.result() for one in asked]
        codes = sorted(reply.status_code for reply in replies)
        assert codes == [200, *[429] * 11]
        assert all("retry-after" in one.headers for one in replies if one.status_code == 429)


def test_a_batch_waits_for_what_its_own_questions_hold(folder: Folder) -> None:
    standin = TgiStandIn(lambda _: Text("Short."))
    with (
        capped(folder, standin, tokens_per_month="5000") as service,
        client_of(service, "ann") as client,
    ):
        reply = client.post("/agent/batch", json={"inputs": [AGENT["input"]] * 4})
    assert reply.status_code == 200, reply.text


@pytest.mark.parametrize("door", ["langserve", "own"])
def test_a_batch_over_the_cap_gives_back_the_answers_that_were_paid_for(
    folder: Folder, door: str
) -> None:
    standin = TgiStandIn(lambda _: Text(STORY))
    own = Folder(folder.path, {**folder.settings, "DOCSQL_SERVICE__AGENT_DOOR": door})
    with (
        capped(own, standin, tokens_per_month="10") as service,
        client_of(service, "ann") as client,
    ):
        agent = cast("Any", RemoteRunnable(f"{service.url}/agent", headers=dict(client.headers)))
        answers: list[dict[str, Any]] = agent.batch([AGENT["input"]] * 3)
        refused = client.post("/agent/batch", json={"inputs": [AGENT["input"]] * 3})
    assert [Answer.model_validate(answer).answer_id != "" for answer in answers].count(True) == 1
    (paid,) = (answer for answer in answers if not answer["error"])
    assert paid["answer"].strip() == STORY.strip()
    failed = [answer for answer in answers if answer["error"]]
    assert [one["status"] for one in failed] == ["declined"] * 2
    assert all("of your 10 model tokens" in one["error"] for one in failed)
    assert [one["answer"] for one in failed] == [one["error"] for one in failed]
    assert (refused.status_code, "retry-after" in refused.headers) == (429, True)


def test_a_question_of_a_batch_that_fails_takes_no_other_with_it(folder: Folder) -> None:
    standin = TgiStandIn(lambda _: Text("Short."))
    nowhere = {"question": "Tell me a story", "databases": ["nowhere"]}
    with (
        capped(folder, standin, tokens_per_month=ROOM) as service,
        client_of(service, "ann") as client,
    ):
        reply = client.post("/agent/batch", json={"inputs": [nowhere, AGENT["input"]]})
        alone = client.post("/agent/batch", json={"inputs": [nowhere]})
    assert reply.status_code == 200, reply.text
    failed, answer = reply.json()["output"]
    assert failed["error"].startswith("There is no database 'nowhere'.")
    assert (answer["answer"], answer["error"]) == ("Short.", "")
    assert (alone.status_code, alone.json()["error"]) == (404, failed["error"])


def test_two_replicas_know_of_each_others_turns(folder: Folder, tmp_path: Path) -> None:
    standin = TgiStandIn(lambda _: Text(STORY), token_delay_s=0.002)
    with postgres_server() as server, ExitStack() as stack:
        settings = {
            **folder.settings,
            "DOCSQL_THREADS__URI": f"postgresql://postgres:secret@127.0.0.1:{server.port}/postgres",
            "DOCSQL_CHAT__URL": stack.enter_context(serve(standin.app)),
            "DOCSQL_LIMITS__TOKENS_PER_MONTH": "10",
            "DOCSQL_AUTH__API_KEY": "a-key-of-both-replicas",
        }
        homes = [tmp_path / name for name in ("one", "two")]
        for home in homes:
            home.mkdir()
        replicas = [stack.enter_context(Folder(home, settings).serving()) for home in homes]
        pool = stack.enter_context(ThreadPoolExecutor(12))
        headers = {"Authorization": "Bearer a-key-of-both-replicas"}
        asked = [
            pool.submit(
                httpx.post,
                f"{service.url}/agent/invoke",
                json=AGENT,
                headers=headers,
                trust_env=False,
                timeout=30,
            )
            for service in replicas * 6
        ]
        codes = sorted(one.result().status_code for one in asked)
    assert codes == [200, *[429] * 11]
