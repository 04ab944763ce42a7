"""People who ask at the same time, in front of a real model: what a turn takes, and what is read for it."""

import itertools
import json
import re
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
import llama
from eval_cases import read_sample
from figure import Breakdown, Section, percentile, written
from workplace import BIN, answers, process

from serving.config.settings import Settings

PEOPLE = 4
LIMIT_S = 1_800.0
CACHES = {
    "prompts cached": ("--metrics",),
    "no prompt cached": ("--metrics", "--no-cache-prompt", "--cache-ram", "0"),
}
COLUMNS = (
    "way",
    "turns",
    "first token, p50 s",
    "first token, p95 s",
    "turn, p50 s",
    "turn, p95 s",
    "model calls a turn",
    "tokens sent a turn",
    "read a turn",
    "written a turn",
)


@dataclass(frozen=True, slots=True)
class LoadedTurn:
    """A turn, as its person saw it; `sent` are the tokens of its prompts, cached ones too."""

    first_s: float
    whole_s: float
    sent: int
    calls: int


@dataclass(frozen=True, slots=True)
class Way:
    """Turns under load of one kind, and the tokens that the server read and wrote for them."""

    name: str
    turns: list[LoadedTurn]
    read: float
    wrote: float


def measure(place: Path, turns: int, say: Callable[[str], None]) -> Section:
    """Four people at four slots, with and without prompts cached, and each way of looking ahead."""
    ways: list[Way] = []
    for (cached, options), ahead in itertools.product(CACHES.items(), _aheads()):
        name = ", ".join(filter(None, [cached, f"`AHEAD={ahead}`" if ahead else ""]))
        say(f"{turns} turns: {name}")
        ways.append(_measured(place, name, options, ahead, turns))
    return Section(
        "Under load",
        f"{PEOPLE} people at {PEOPLE} slots of llama.cpp's server, `docsql serve` and the clients on "
        "the same cores; each person asks the next of the sample's questions about the database and "
        "the documents when the last is answered. *Sent* are the tokens of the prompts, *read* those "
        "that the server had to read, the others being in its cache.",
        [],
        Breakdown("Each line is a server of its own.", COLUMNS, [_row(way) for way in ways]),
    )


def _aheads() -> list[str]:
    """The ways of looking ahead; one without a name where there is no such setting."""
    turn = Settings.model_fields.get("turn")
    known = turn is not None and "ahead" in getattr(turn.annotation, "model_fields", {})
    return ["none", "documents", "all"] if known else [""]


def _measured(place: Path, name: str, options: tuple[str, ...], ahead: str, turns: int) -> Way:
    scratch = place / "load"
    with ExitStack() as stack:
        model = stack.enter_context(llama.llama(scratch, *options, slots=PEOPLE))
        service = stack.enter_context(_served(place, model, ahead))
        anyio.run(_ask_all, service, 2)  # what is read once is not counted
        before = _counts(model)
        taken = anyio.run(_ask_all, service, turns)
        read, wrote = (now - then for now, then in zip(_counts(model), before, strict=True))
    return Way(name, taken, read, wrote)


@contextmanager
def _served(place: Path, model: str, ahead: str) -> Generator[str]:
    settings = {
        "DOCSQL_DATA": str(place / "data"),
        "DOCSQL_THREADS__URI": str(place / "load" / "threads.db"),
        "DOCSQL_SERVICE__PORT": "0",
        "DOCSQL_SERVICE__TURN_LIMIT_S": str(LIMIT_S),
        "DOCSQL_CHAT__URL": model,
        "DOCSQL_CHAT__API": "openai",
        "DOCSQL_CHAT__MODEL": "qwen",
        "DOCSQL_CHAT__TOOLS": "guided",
        "DOCSQL_CHAT__FIRST_TOKEN_S": str(LIMIT_S),
        "DOCSQL_CHAT__TIMEOUT_S": str(LIMIT_S),
    }
    settings |= {"DOCSQL_TURN__AHEAD": ahead} if ahead else {}
    told = place / "data" / "service.json"
    with process([BIN / "docsql", "serve"], settings, folder=place / "load" / "serve") as service:
        service.wait_for(told.is_file)
        url = str(json.loads(told.read_text(encoding="utf-8"))["url"])
        service.wait_for(lambda: answers(f"{url}/health"))
        yield url


async def _ask_all(url: str, turns: int) -> list[LoadedTurn]:
    taken: list[LoadedTurn] = []
    questions = iter(_questions()[:turns])

    async def person() -> None:
        async with httpx.AsyncClient(base_url=url, timeout=LIMIT_S, trust_env=False) as client:
            for question in questions:
                taken.append(await _turn(client, question))

    async with anyio.create_task_group() as group:
        for _ in range(PEOPLE):
            group.start_soon(person)
    return taken


def _questions() -> list[str]:
    """One about the database and one about the documents in turn."""
    groups = ("the database", "the documents")
    sorts = [[case.question for case in read_sample() if case.group == one] for one in groups]
    return list(itertools.chain.from_iterable(zip(*sorts, strict=False)))


async def _turn(client: httpx.AsyncClient, question: str) -> LoadedTurn:
    began, first, last = time.perf_counter(), 0.0, ""
    body = {"input": {"question": question}}
    async with client.stream("POST", "/agent/stream", json=body) as reply:
        async for line in reply.aiter_lines():
            if not first and '"event":"token"' in line:
                first = time.perf_counter() - began
            last = line if '"usage"' in line else last
    whole = time.perf_counter() - began
    usage = _usage(json.loads(last.removeprefix("data: ")))
    return LoadedTurn(first or whole, whole, usage["input_tokens"], usage["model_calls"])


def _usage(event: dict[str, Any]) -> dict[str, int]:
    return event["usage"] if "usage" in event else event["answer"]["usage"]


def _counts(model: str) -> tuple[float, float]:
    """Tokens that the server has read and written since it started."""
    told = httpx.get(f"{model}/metrics", trust_env=False).text
    return _counted(told, "prompt_tokens_total"), _counted(told, "tokens_predicted_total")


def _counted(told: str, name: str) -> float:
    found = re.search(rf"^llamacpp:{name} (\S+)", told, re.MULTILINE)
    return float(found[1]) if found else 0.0


def _row(way: Way) -> list[str]:
    firsts, wholes = [turn.first_s for turn in way.turns], [turn.whole_s for turn in way.turns]
    count = len(way.turns)
    means = [sum(turn.calls for turn in way.turns), sum(turn.sent for turn in way.turns)]
    return [
        way.name,
        str(count),
        *(written(percentile(each, at)) for each in (firsts, wholes) for at in (50, 95)),
        *(written(total / count) for total in (*means, way.read, way.wrote)),
    ]
