"""Docsql as a person has it: commands in processes of their own, on a folder of the test's own."""

import atexit
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

import fork_server
import httpx

COMMAND = Path(sys.executable).with_name("docsql")
LIMIT_S = 180.0
FORKS = "TESTS_FORKS"
"""Names the folder that the workers of a run share, in which their servers listen."""
SCRIPTED = {"DOCSQL_CHAT__DECIDES": "model", "DOCSQL_TURN__AHEAD": "documents"}
"""A stand-in says what it was told to say, in that order: it is not examined, and nothing is asked ahead."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A working folder with settings of its own; nothing of the tests' environment comes through.

    `umask` is that of its commands; -1: the tests' own. `before` is a program that runs them.
    A command `is_fresh` that the system starts from nothing, and not `fork_server`, which saves two
    seconds: for tests of starting, of terminals, of SIGKILL (which reaches a forked one a moment
    later), and of processes' families.
    """

    path: Path
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    umask: int = -1
    before: Sequence[str] = ()
    is_fresh: bool = False

    @property
    def fresh(self) -> "Folder":
        """The same folder, whose commands are started from nothing."""
        return replace(self, is_fresh=True)

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{COMMAND.parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.path),
            "LANG": "C.UTF-8",
            "DOCSQL_EMBEDDINGS__API": "none",  # loading the model would cost each command a second
            **SCRIPTED,
            **self.settings,
        }

    @property
    def _command(self) -> list[str | Path]:
        if self.is_fresh or self.before:
            return [COMMAND]
        return [*fork_server.LAUNCH, _forks_at("docsql"), COMMAND]

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return self._run([*self._command, *arguments], settings)

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A program of somebody else's that imports ours, to its end."""
        return self._run([sys.executable, *arguments], {})

    def _run(
        self, argv: Sequence[str | Path], settings: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603  # our own command
            [*self.before, *argv],
            cwd=self.path,
            umask=self.umask,
            env={**self.environment, **settings},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )

    @contextmanager
    def started(self, *arguments: str) -> "Generator[subprocess.Popen[str]]":
        """A command that stays, until the test is done with it; SIGTERM unless it has ended.

        What it writes on stderr goes into a file: a pipe that nobody reads would stop it when full.
        """
        with (
            NamedTemporaryFile(
                "w", encoding="utf-8", dir=self.path, prefix="stderr-", delete=False
            ) as errors,
            Path(errors.name).open(encoding="utf-8", errors="replace") as read,
            subprocess.Popen(  # noqa: S603
                [*self.before, *self._command, *arguments],
                cwd=self.path,
                umask=self.umask,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,  # a Ctrl-C of the tests is not one of the command
            ) as process,
        ):
            process.stderr = read
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                try:
                    process.wait(LIMIT_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise

    @contextmanager
    def serving(self) -> "Generator[Service]":
        """`docsql serve`, from the line that says its address."""
        with self.started("serve", "--host", "127.0.0.1") as process:
            yield Service(self, address_in(process), process)


@dataclass(frozen=True, slots=True)
class Service:
    """A running `docsql serve`."""

    folder: Folder
    url: str
    process: "subprocess.Popen[str]"


def page_answers(url: str) -> bool:
    """Whether the page answers; Chainlit says its address a moment before it listens."""
    with httpx.Client(transport=httpx.HTTPTransport(retries=3), trust_env=False) as client:
        return client.get(url, timeout=60).is_success


def page_forked(argv: Sequence[str]) -> list[str]:
    """The page's command, forked from a process that has imported what Chainlit imports."""
    assert argv[1:4] == ["-P", "-m", "chainlit"]
    return [*fork_server.LAUNCH, _forks_at("page"), *argv[3:]]


@contextmanager
def forks_of_a_run() -> Generator[None]:
    """Servers that fork the commands of all workers of a test run."""
    with (
        TemporaryDirectory(prefix="docsql-fork-") as folder,
        _forks(f"{folder}/docsql", "docsql"),
        _forks(f"{folder}/page", "page"),
    ):
        os.environ[FORKS] = folder  # noqa: TID251  # the workers are told by it
        yield


def folder_of_a_run() -> Path | None:
    """What the workers of a test run share; none in a run of one process."""
    folder = os.environ.get(FORKS)  # noqa: TID251  # a test run's own
    return Path(folder) if folder else None


@cache
def _forks_at(kind: str) -> str:
    """Where the commands of these tests are forked; begun with the first of them in a run of one process."""
    running = ExitStack()
    folder = folder_of_a_run()
    if folder is None:
        folder = Path(running.enter_context(TemporaryDirectory(prefix="docsql-fork-")))
        running.enter_context(_forks(f"{folder}/{kind}", kind))
        atexit.register(running.close)
    address = folder / kind
    deadline = time.monotonic() + LIMIT_S
    while not address.exists():
        assert time.monotonic() < deadline, f"Nothing forks {kind}"
        threading.Event().wait(0.02)
    return str(address)


@contextmanager
def _forks(address: str, kind: str) -> Generator[None]:
    with subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, fork_server.__file__, "--serve", address, kind],
        env={"PATH": f"{COMMAND.parent}:/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
        stdin=subprocess.PIPE,
        start_new_session=True,
    ):
        yield  # it ends when its stdin does


def address_in(
    process: "subprocess.Popen[str]", words: str = "", *, told: list[str] | None = None
) -> str:
    """The address in the next line with these words; `told` takes the lines up to it."""
    assert process.stdout is not None
    assert process.stderr is not None
    for line in process.stdout:
        if told is not None:
            told.append(line)
        if words in line and "http://" in line:
            return "http://" + line.split("http://")[1].split()[0]
    raise AssertionError(f"It ended without an address: {process.stderr.read()}")


def make_database(script: Path, file: Path) -> Path:
    """Run an SQL script into a new SQLite file."""
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(script.read_text(encoding="utf-8"))
    return file


def events_in(stream: str) -> list[dict[str, Any]]:
    """The events in a server-sent stream's `data` lines, without LangServe's own metadata."""
    said = [
        json.loads(line.removeprefix("data:"))
        for line in stream.splitlines()
        if line.startswith("data:")
    ]
    return [event for event in said if "event" in event]
