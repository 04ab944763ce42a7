"""Where the benchmarks work: the repository, a folder to throw away, and processes that end."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
POLL_S = 0.02
LIMIT_S = 120.0
"""Seconds after which a process that was started is stuck."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """`data` is a data folder with the sample loaded; nothing has it open between benchmarks."""

    scratch: Path
    data: Path
    say: Callable[[str], None]

    def questions(self, route: str) -> list[str]:
        """The sample's questions that take this route."""
        file = ROOT / "deployment" / "demo" / "questions.jsonl"
        cases = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        return [case["question"] for case in cases if case["route"] == route]

    def gold_statements(self) -> list[str]:
        """The SQL that answers the sample's questions."""
        file = ROOT / "deployment" / "demo" / "questions.jsonl"
        cases = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        return [case["sql"] for case in cases if "sql" in case]


def forget_settings() -> None:
    """Drop whatever DOCSQL_* says around us, and the make that runs us: figures are of defaults."""
    for name in list(os.environ):  # noqa: TID251  # a benchmark's own surroundings
        if name.startswith(("DOCSQL_", "MAKE", "MFLAGS")):
            del os.environ[name]  # noqa: TID251


def environment(**settings: str) -> dict[str, str]:
    """The environment of a child process."""
    return {**os.environ, **settings}  # noqa: TID251  # a child needs PATH and the rest


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on now."""
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [listener.getsockname()[1] for listener in listeners]
    finally:
        for listener in listeners:
            listener.close()


@dataclass(frozen=True, slots=True)
class Process:
    """A command that runs, and the file that it prints into."""

    running: "subprocess.Popen[bytes]"
    log: Path

    def printed(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, is_so: Callable[[], bool]) -> None:
        """Look every 20 ms until it is so.

        Raises:
            RuntimeError: the process ended or the limit passed before that.
        """
        deadline = time.monotonic() + LIMIT_S
        while not is_so():
            if self.running.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.running.args!r} did not get there:\n{self.printed()}")
            threading.Event().wait(POLL_S)

    def resident_mb(self) -> float:
        """Resident memory in MB, as Linux counts it."""
        status = Path(f"/proc/{self.running.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024 / 1e6


@contextmanager
def process(
    argv: Sequence[str | Path],
    settings: Mapping[str, str],
    *,
    folder: Path,
    cwd: Path | None = None,
) -> Generator[Process]:
    """Run a command in a session of its own, and end all of it as Ctrl-C would."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "printed.txt"
    with log.open("wb") as output:
        child = subprocess.Popen(  # noqa: S603  # our own command
            list(map(str, argv)),
            env=environment(**settings),
            cwd=cwd or folder,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Process(child, log)
    finally:
        _end(child)


def _end(child: "subprocess.Popen[bytes]") -> None:
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGINT)
    try:
        child.wait(30)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def answers(url: str) -> bool:
    """Whether something says 200 there."""
    try:
        return httpx.get(url, timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False
