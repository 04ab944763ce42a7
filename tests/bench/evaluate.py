"""`make evaluate`: asks sets of questions of the agent with a real model, and writes docs/quality.md.

Each outcome is kept under build/evaluation as it comes, for these sources, model and settings: what
was asked is not asked again, and a run that was stopped goes on. The model's replies are kept too,
so that after a change only calls that see it cost time. DOCSQL_* settings hold, the model's aside.
"""

import asyncio
import hashlib
import os
import platform
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import eval_load
import llama
from eval_cases import Outcome
from eval_page import Asked, Set, page, summary
from eval_sets import SQL_SETS, Kept, ask_routing, ask_sample, ask_sql
from figure import as_markdown
from pydantic import SecretStr
from rich.console import Console
from workplace import ROOT

from serving.cli.demonstration import load_sample
from serving.config.data import ThreadsSettings
from serving.config.models import ChatSettings
from serving.config.settings import Settings, load_settings
from serving.parts.chat import chat_part
from serving.parts.probes import probes_of

PAGE = ROOT / "docs" / "quality.md"
KEPT = ROOT / "build" / "evaluation"
SHARED = ROOT.parent / "shared" / "data"
SOURCES = ("agent", "serving", "tools", "deployment/demo", "tests/fixtures/evals")
EMBEDDED = "embedded models"
PROMPTS = 4
"""Slots of the server: each prompt of a turn (choosing, SQL, the answer) finds its own prefix again."""
PATIENCE_S = 1_800.0
PATIENT = {
    "api": "openai",
    "model": "qwen",
    "first_token_s": PATIENCE_S,
    "timeout_s": PATIENCE_S,
    "tries": 1,
}
SAMPLE_SAYS = (
    "Questions of our own about the sample's documents and database "
    "(`tests/fixtures/evals/sample.jsonl`), asked as a person would ask them, through the whole agent."
)
ROUTING_SAYS = (
    "Public questions, each with its own database and 1,216 passages of SQuAD 2.0 connected; *right* "
    "is where it was sent."
)
SQL_SAYS = (
    "Public questions, written, checked, run and repaired as in a turn; *right* are the rows of the "
    "gold statement, further columns allowed."
)


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A set of questions; `ask` takes the settings and what was answered already."""

    name: str
    title: str
    says: str
    ask: Callable[[Settings, Mapping[str, Outcome]], AsyncIterator[Outcome]]


def main() -> None:
    """Ask what the command line asks for."""
    chosen = _arguments()
    console = Console(stderr=True)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(TemporaryDirectory(prefix="docsql-evaluate-")))
        models = {name: _settings(url, scratch) for name, url in _models(chosen, stack, scratch)}
        models = {name: _prepared(settings) for name, settings in models.items()}
        sets = [_ask(one, models, console) for one in _sets(chosen)]
    told = page(_opening(chosen), sets, _load(chosen.load, console))
    if chosen.show:
        Console(soft_wrap=True).print(told, markup=False, highlight=False)
        return
    PAGE.write_text(told, encoding="utf-8")
    console.print(f"Wrote {PAGE.relative_to(ROOT)}.", highlight=False)


def _load(turns: int, console: Console) -> str:
    """The section on load, measured now or, where that is not asked for, when it was last."""
    kept = KEPT / "load.md"
    if turns:
        section = eval_load.measure(KEPT, turns, partial(console.print, highlight=False))
        when = f"Measured on {datetime.now(UTC):%Y-%m-%d} with `--load {turns}`."
        kept.write_text(f"{as_markdown(section)}\n\n{when}", encoding="utf-8")
    return kept.read_text(encoding="utf-8") if kept.is_file() else ""


def _prepared(settings: Settings) -> Settings:
    """With the sample loaded, and tools offered in the way that the server was found to take."""
    load_sample(settings, Console(quiet=True))
    part = chat_part(settings, {})
    asyncio.run(probes_of(settings, part).learn(again=True))
    if not part.servers or settings.chat.tools != "probe":
        return settings
    tools = part.servers[0].model.capabilities.tools
    return settings.model_copy(update={"chat": settings.chat.model_copy(update={"tools": tools})})


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="make evaluate", description=__doc__)
    parser.add_argument("--sample", type=int, default=80, help="questions about the sample")
    parser.add_argument("--routing", type=int, default=0, help="public questions to be sent right")
    parser.add_argument("--sql", type=int, default=0, help="public questions of each set in SQL")
    parser.add_argument("--load", type=int, default=0, help="turns under load of each way")
    parser.add_argument("--url", help="a server that runs already, without /v1")
    parser.add_argument("--name", default=llama.NAME, help="what the page calls its model")
    parser.add_argument("--fresh", action="store_true", help="use no reply that was kept")
    parser.add_argument("--model", choices=["real", "embedded", "both"], default="both")
    parser.add_argument("--show", action="store_true", help="print the page, write nothing")
    return parser.parse_args()


def _models(chosen: Namespace, stack: ExitStack, scratch: Path) -> Iterator[tuple[str, str | None]]:
    """The names of the models that are asked, with the real one's address."""
    if chosen.model != "embedded":
        url = chosen.url or stack.enter_context(llama.llama(scratch, slots=PROMPTS))
        if not chosen.fresh:
            url = stack.enter_context(llama.kept(url, KEPT / "replies", scratch))
        yield chosen.name, url
    if chosen.model != "real":
        yield EMBEDDED, None


def _settings(url: str | None, scratch: Path) -> Settings:
    """What DOCSQL_* says, with the model of ours and the patience that it takes on small machines."""
    chosen = load_settings()
    chat = chosen.chat.model_copy(update=PATIENT | {"url": url}) if url else ChatSettings()
    return chosen.model_copy(
        update={
            "data": KEPT / "data",
            "chat": chat,
            "service": chosen.service.model_copy(update={"turn_limit_s": PATIENCE_S}),
            "threads": ThreadsSettings(uri=SecretStr(str(scratch / "threads.db"))),
        }
    )


def _sets(chosen: Namespace) -> Iterator[QuestionSet]:
    """The sets that are asked for, the public ones where they are."""
    if chosen.sample:
        yield QuestionSet("sample", "The sample", SAMPLE_SAYS, partial(ask_sample, chosen.sample))
    if chosen.routing and SHARED.is_dir():
        ask = partial(ask_routing, SHARED, chosen.routing)
        yield QuestionSet("routing", "The choice of a tool", ROUTING_SAYS, ask)
    for name in SQL_SETS if chosen.sql and SHARED.is_dir() else ():
        ask = partial(ask_sql, SHARED, name, chosen.sql)
        yield QuestionSet(f"sql-{name}", f"SQL: {SQL_SETS[name]}", SQL_SAYS, ask)


def _ask(one: QuestionSet, models: Mapping[str, Settings], console: Console) -> Set:
    """Ask each model what it was not asked yet."""
    by_model: list[Asked] = []
    for name, settings in models.items():
        kept = Kept(KEPT / "outcomes" / _fingerprint(name) / f"{one.name}.jsonl")
        asyncio.run(_keep(one.ask(settings, kept.outcomes()), kept, console))
        console.print(f"{one.title}, {name}: {summary(kept.outcomes())}", highlight=False)
        by_model.append(Asked(name, list(kept.outcomes().values())))
    return Set(one.title, one.says, by_model)


async def _keep(outcomes: AsyncIterator[Outcome], kept: Kept, console: Console) -> None:
    async for outcome in outcomes:
        kept.add(outcome)
        console.print(
            f"{datetime.now(UTC):%H:%M:%S}  {outcome.seconds:5.1f} s  {outcome.verdict}: {outcome.id}",
            highlight=False,
        )


def _fingerprint(model: str) -> str:
    """Of the sources, the model and what DOCSQL_* says: what is new is asked anew."""
    digest = hashlib.sha256(f"{model}\n{_chosen_settings()}".encode())
    for folder in SOURCES:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _chosen_settings() -> list[str]:
    """The DOCSQL_* around us, without addresses and models: those are the evaluation's own."""
    return sorted(
        f"{name}={value}"
        for name, value in os.environ.items()  # noqa: TID251  # an evaluation's own surroundings
        if name.startswith("DOCSQL_") and not name.startswith(("DOCSQL_CHAT__", "DOCSQL_DATA"))
    )


def _opening(chosen: Namespace) -> str:
    cores = len(os.sched_getaffinity(0))
    settings = (
        ", ".join(f"`{one}`" for one in _chosen_settings()) or "all settings at their defaults"
    )
    asked = "the embedded models"
    if chosen.model != "embedded":
        asked = f"{chosen.name} on llama.cpp's server, tools as the probe found them"
    return (
        f"`make evaluate` writes this page. Asked on {datetime.now(UTC):%Y-%m-%d} with {asked}, "
        f"{settings}; {cores} cores, {platform.machine()}, Python {platform.python_version()}. The "
        f'command was `make evaluate ARGS="{" ".join(sys.argv[1:])}"`.\n\n'
        "*Right* has what a right answer has to hold, or declines what nothing here knows; *wrong* was "
        "given as an answer and is not right; *unverified* was given with a warning that the evidence "
        "does not bear it. *Cited* is the share of the answers from a database that cite it, *confirmed* "
        "of those whose statement a second reading of the question bore out."
    )


if __name__ == "__main__":
    main()
