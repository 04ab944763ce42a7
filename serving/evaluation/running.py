"""Running a set from its first to its last answer; a stopped run resumes."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from agent.evaluation.baselines import AgentName
from serving.config.settings import Settings
from serving.evaluation.asking import Questioning
from serving.evaluation.case import SetCase, accepted, read_set
from serving.evaluation.describe import describe_run, name_of
from serving.evaluation.doors import Door, check_hidden, open_here, without_columns
from serving.evaluation.expected import expected_rows
from serving.evaluation.folder import (
    RUN,
    Described,
    Run,
    alone_in,
    begin,
    differences,
    open_answers,
    read_run,
)
from serving.evaluation.record import Expected, Record
from serving.evaluation.there import open_there
from serving.parts.databases import databases_of
from tools.errors import BadInput
from tools.sql.run import Database

FOLDER = "evaluations"
"""In the data folder: runs, each by its set and a fingerprint of what it asks of what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to run: a set, through the service at `url` or, where that is empty, in this process.

    `agent` says what answers: ours, or a baseline, which only this process has. `out` None is a folder of the data folder's; with `is_fresh` an earlier run there is forgotten.
    """

    path: Path
    url: str = ""
    credential: str | None = None
    agent: AgentName = "docsql"
    out: Path | None = None
    concurrency: int = 1
    is_fresh: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """A run that is about to be asked; `left` is what has no answer yet.

    `untaken` are cases left out because a service takes no column away.
    """

    folder: Path
    left: list[SetCase]
    cases: int
    drafts: int
    untaken: int


async def run_set(
    wanted: Wanted,
    settings: Settings,
    *,
    begun: Callable[[Begun], None],
    note: Callable[[Record], None],
) -> Run:
    """Ask the cases without an answer, and read the run.

    Raises:
        BadInput: the set or its expected statements cannot be used, or the folder holds another run.
    """
    _check_agent(wanted, settings)
    every = read_set(wanted.path)
    counting = accepted(every, wanted.path)
    cases = [case for case in counting if not (wanted.url and case.without)]
    async with AsyncExitStack() as kept:
        async with _open(wanted, settings) as (door, databases):
            check_hidden(cases, databases, settings)
            expected = expected_rows(cases, databases)
            described = await _described(wanted, cases, expected, settings, door, databases)
            folder = wanted.out or _own_folder(wanted, settings, described)
            kept.enter_context(alone_in(folder))
            _begin(wanted, folder, described, cases, expected)
            answers = kept.enter_context(open_answers(folder))
            left = read_run(folder).left
            drafts = sum(case.is_draft for case in every)
            begun(Begun(folder, left, len(cases), drafts, len(counting) - len(cases)))
            whole = [case for case in left if not case.without]
            await Questioning(door, answers, note).ask_all(whole, concurrency=wanted.concurrency)
        for taken in dict.fromkeys(case.without for case in left if case.without):
            async with open_here(without_columns(settings, taken), wanted.agent) as here:
                some = [case for case in left if case.without == taken]
                asking = Questioning(here, answers, note)
                await asking.ask_all(some, concurrency=wanted.concurrency)
    return read_run(folder)


def _check_agent(wanted: Wanted, settings: Settings) -> None:
    if wanted.agent != "docsql" and wanted.url:
        raise BadInput(
            f"The service at {wanted.url} answers with its own agent, and {wanted.agent!r} runs in "
            "this process alone. Stop the service, since only one process can open the documents, or "
            "leave out --url if you gave it."
        )
    if wanted.agent == "tool-calling" and settings.chat.is_embedded:
        raise BadInput(
            "The tool-calling agent needs a chat model that writes SQL and calls tools, which the "
            "embedded one does not. Set DOCSQL_CHAT__URL."
        )


@asynccontextmanager
async def _open(
    wanted: Wanted, settings: Settings
) -> AsyncGenerator[tuple[Door, Mapping[str, Database]]]:
    """The door, and the databases in which expected statements run."""
    if not wanted.url:
        async with open_here(settings, wanted.agent) as here:
            yield here, here.parts.databases
        return
    with databases_of(settings) as databases:
        async with open_there(wanted.url, wanted.credential) as there:
            yield there, databases


async def _described(
    wanted: Wanted,
    cases: list[SetCase],
    expected: list[Expected],
    settings: Settings,
    door: Door,
    databases: Mapping[str, Database],
) -> Described:
    return await describe_run(
        wanted.path,
        cases,
        expected,
        settings=settings,
        door=door,
        url=wanted.url,
        agent=wanted.agent,
        databases=databases,
        concurrency=wanted.concurrency,
    )


def _begin(
    wanted: Wanted,
    folder: Path,
    described: Described,
    cases: list[SetCase],
    expected: list[Expected],
) -> None:
    """Go on with the run in this folder, or begin one.

    Raises:
        BadInput: it holds another, or a finished one of a service.
    """
    if (folder / RUN).is_file() and not wanted.is_fresh:
        changed = differences(read_run(folder).described.identity, described.identity)
        if changed:
            raise BadInput(
                f"{str(folder)!r} holds a run of something else: {', '.join(changed)} differ. Give "
                "another --out, or --fresh to forget it."
            )
        if wanted.url and _is_finished(folder):
            raise BadInput(
                f"{str(folder)!r} holds a finished run. Whether the service answers as it did then cannot "
                "be seen from here: give another --out, or --fresh to ask again."
            )
        return
    begin(folder, described, cases, expected)


def _own_folder(wanted: Wanted, settings: Settings, described: Described) -> Path:
    """The folder of such a run; through a service, whose settings nobody sees, a new one each time."""
    name = name_of(wanted.path, described)
    folders = (settings.data / FOLDER / f"{name}{f'-{n}' if n > 1 else ''}" for n in count(1))
    return next(one for one in folders if not (wanted.url and _is_finished(one)))


def _is_finished(folder: Path) -> bool:
    return (folder / RUN).is_file() and not read_run(folder).left
