"""What callers use of models: counted by day and model, shown, and capped by month."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from time import time

import httpx
import pytest
from database_servers import RunningServer, postgres_server
from docsql_process import Folder
from standin_server import serve
from standin_tgi import Text, TgiStandIn

from serving.auth.keys import Keys
from serving.conversations.counters import SharedCounters
from serving.conversations.store import open_threads
from serving.conversations.usage import UsageBook, Used
from serving.observability.token_counts import TokenCount
from serving.turns.monthly import MonthlyCap, next_month
from serving.turns.reservations import ReservedTokens
from tools.caller import Caller
from tools.errors import Busy

STORY = {"input": {"question": "Tell me a story", "mode": "chat"}}
TODAY = f"{datetime.now(UTC):%Y-%m-%d}"


@pytest.fixture(scope="module")
def postgres() -> Iterator[RunningServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "threads.db")
    server: RunningServer = request.getfixturevalue("postgres")
    return f"postgresql://postgres:secret@127.0.0.1:{server.port}/postgres"


async def test_what_two_processes_count_is_added_up(uri: str) -> None:
    async with open_threads(uri) as one, open_threads(uri) as other:
        first, second = UsageBook(one), UsageBook(other)
        for book in (first, second):
            book.note("ann", "big", TokenCount(10, 3, estimated=3), seconds=0.5)
            book.note("ann", "small", TokenCount(1, 1), seconds=0.25)
            await book.flush()
        second.note("ben", "big", TokenCount(7, 0), seconds=1)
        assert await second.records(since=TODAY, until=TODAY) == [
            Used(TODAY, "ann", "big", 2, 20, 6, 1.0, estimated_tokens=6),
            Used(TODAY, "ann", "small", 2, 2, 2, 0.5),
            Used(TODAY, "ben", "big", 1, 7, 0, 1.0),
        ]
        assert await first.tokens_of("ann", since=TODAY) == 30
        assert await first.tokens_of("ann", since="9999-01-01") == 0
        assert await first.tokens_of("nobody", since=TODAY) == 0


async def test_a_cap_counts_what_other_processes_wrote_and_says_when_it_ends(uri: str) -> None:
    caller, other = Caller(id="cap"), Caller(id="rich")
    async with open_threads(uri) as one, open_threads(uri) as two:
        here, there = UsageBook(one), UsageBook(two)
        cap = MonthlyCap(here, 100, {"rich": 1000, "shut": 0})
        for id_ in ("cap", "rich"):
            there.note(id_, "big", TokenCount(60, 39), seconds=1)
        await there.flush()
        await cap.require_some(caller, ReservedTokens())
        here.note("cap", "big", TokenCount(1, 0), seconds=0)
        with pytest.raises(Busy, match=r"100 of your 100 model tokens for .* begins again on 1 "):
            await cap.require_some(caller, ReservedTokens())
        await cap.require_some(other, ReservedTokens())
        with pytest.raises(Busy):
            await cap.require_some(Caller(id="shut"), ReservedTokens())
        await MonthlyCap(here).require_some(caller, ReservedTokens())


async def test_counters_are_shared_and_begin_anew_when_their_window_is_over(uri: str) -> None:
    async with open_threads(uri) as one, open_threads(uri) as two:
        here, there = SharedCounters(one), SharedCounters(two)
        await asyncio.gather(*(each.incr("ann", 60, 2) for each in (here, there) * 5))
        assert (await here.get("ann"), await there.get("ben")) == (20, 0)
        assert 50 < await there.get_expiry("ann") - time() <= 60
        assert [await here.incr("cleo", 0), await there.incr("cleo", 0)] == [1, 1]
        await there.clear("ann")
        assert await here.get("ann") == 0
        assert await here.check()


def test_a_limit_by_minute_holds_across_replicas(
    folder: Folder, tmp_path: Path, postgres: RunningServer
) -> None:
    settings = {
        **folder.settings,
        "DOCSQL_THREADS__URI": f"postgresql://postgres:secret@127.0.0.1:{postgres.port}/postgres",
        "DOCSQL_LIMITS__REQUESTS_PER_MINUTE": "3",
    }
    homes = [tmp_path / "one", tmp_path / "two"]
    for home in homes:
        home.mkdir()
    with ExitStack() as stack:
        replicas = [stack.enter_context(Folder(home, settings).serving()) for home in homes]
        replies = [
            httpx.get(f"{service.url}/threads", trust_env=False)
            for service in (*replicas, *replicas)
        ]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    assert "3 requests for this minute" in replies[-1].json()["error"]
    assert 0 < int(replies[-1].headers["retry-after"]) <= 60


@pytest.mark.parametrize(
    ("now", "anew"),
    [
        (datetime(2026, 11, 28, 23, 59, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
        (datetime(2026, 12, 31, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        (datetime(2028, 1, 31, tzinfo=UTC), datetime(2028, 2, 1, tzinfo=UTC)),
    ],
)
def test_a_month_is_over_with_its_last_day(now: datetime, anew: datetime) -> None:
    assert next_month(now) == anew


def test_callers_are_counted_and_stopped_each_for_themselves(folder: Folder) -> None:
    standin = TgiStandIn(lambda _: Text("A long story. " * 40))
    with ExitStack() as stack:
        settings = {
            "DOCSQL_CHAT__URL": stack.enter_context(serve(standin.app)),
            "DOCSQL_LIMITS__TOKENS_PER_MONTH": "10",
            "DOCSQL_LIMITS__TOKENS_PER_MONTH_OF": '{"key:rich": 100000}',
        }
        home = Folder(folder.path, {**folder.settings, **settings})
        service = stack.enter_context(home.serving())
        keys = Keys(home.data / "keys.json")
        poor, rich = (
            stack.enter_context(
                httpx.Client(
                    base_url=service.url,
                    headers={"Authorization": f"Bearer {made}"},
                    trust_env=False,
                    timeout=30,
                )
            )
            for made in (
                keys.create(name, groups=[], scopes=["ask", "metrics"]) for name in ("poor", "rich")
            )
        )
        for client in (poor, rich, rich):
            assert client.post("/agent/invoke", json=STORY).status_code == 200
        refused = poor.post("/agent/stream", json=STORY)
        assert refused.status_code == 429
        assert "10 model tokens" in refused.json()["error"]
        assert 0 < int(refused.headers["retry-after"]) <= 31 * 24 * 3600
        chat = {"model": "docsql", "messages": [{"role": "user", "content": "Hello"}]}
        said = poor.post("/v1/chat/completions", json=chat).json()["error"]
        assert said["code"] == "rate_limit_exceeded"
        metrics = rich.get("/metrics").text
        assert 'docsql_caller_tokens_total{caller="key:rich",direction="output"' in metrics
        shown = home.run("usage", "--by", "caller", "--json")
    rows = {row["caller"]: row for row in json.loads(shown.stdout)}
    assert (rows["key:poor"]["calls"], rows["key:rich"]["calls"]) == (1, 2)
    assert rows["key:rich"]["output_tokens"] == 2 * rows["key:poor"]["output_tokens"] > 20


def test_usage_is_shown_by_day_and_says_where_there_is_none(folder: Folder) -> None:
    assert folder.run("ask", "How many repairs are there?").returncode == 0
    shown = folder.run("usage")
    assert TODAY in shown.stdout
    assert "embedded: no language model" in shown.stdout
    assert "No model was used from 2020-02-01 to 2020-02-29." in (
        folder.run("usage", "--month", "2020-02").stdout
    )
    assert "9999-12-31" in folder.run("usage", "--month", "9999-12").stdout
    wrong = folder.run("usage", "--month", "February")
    assert (wrong.returncode, "Write it as 2026-11" in wrong.stderr) == (1, True)
