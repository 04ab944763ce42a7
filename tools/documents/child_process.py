"""This end of the line to a process that reads files; `tools.documents.child` is the other end.

It is a fresh interpreter: the parent holds Milvus's gRPC threads, which do not survive a fork, and
multiprocessing's spawn would run the caller's own main module again in every child.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import PurePosixPath

from pydantic import TypeAdapter

from tools.documents.child import OUT_OF_MEMORY, READY
from tools.documents.patience import group_processor_s, wait_while_working
from tools.documents.reading import ReadDocument, ReadingRules, ReadingTask
from tools.errors import Unavailable

_GIGABYTE = 1024**3
_LAST_WORDS_S = 1.0
_START_S = 60.0
"""Seconds that an interpreter may take to start on a busy machine."""
_BOOT = "import sys; sys.path[:] = sys.argv[2:]; from tools.documents.child import main; main()"
_ANSWER = TypeAdapter(ReadDocument)


class ChildProcess:
    """A process, and this end of the line to it; used by one thread at a time."""

    def __init__(self) -> None:
        here, there = socket.socketpair()
        with there:
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and module
                [sys.executable, "-P", "-W", "ignore", "-c", _BOOT, str(there.fileno()), *sys.path],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._line: Connection[bytes, bytes] = Connection(here.detach())
        self._is_ready = False
        self._is_alive = True

    @property
    def is_alive(self) -> bool:
        return self._is_alive

    @property
    def process_id(self) -> int:
        return self._process.pid

    def read(self, task: ReadingTask, rules: ReadingRules) -> ReadDocument:
        """The result of a file; after a failure the child may be dead."""
        self._await_ready()
        order = {"task": asdict(task), "rules": asdict(rules)}
        try:
            self._line.send_bytes(json.dumps(order).encode())
            in_time = wait_while_working(
                self._line.poll,
                lambda: group_processor_s(self._process.pid),
                patience_s=rules.patience_s,
            )
            if in_time:
                return _ANSWER.validate_json(self._line.recv_bytes())
        except (EOFError, OSError, ValueError):
            in_time = True
        if not in_time:
            self.kill()
        exit_code = self.close()
        how = exit_code if in_time else -signal.SIGXCPU
        return ReadDocument(reason=f"{PurePosixPath(task.source).name}: {_describe(how, rules)}")

    def kill(self) -> None:
        """Kill the process and its children, from any thread; wakes the waiting one."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> int:
        """Let go of the process and the line; how it ended, as subprocess tells it."""
        self._is_alive = False
        self._line.close()
        with suppress(subprocess.TimeoutExpired):
            # Give a dying process time to report its exit status.
            return self._process.wait(_LAST_WORDS_S)
        self.kill()
        return self._process.wait()

    def _await_ready(self) -> None:
        if self._is_ready:
            return
        try:
            self._is_ready = self._line.poll(_START_S) and self._line.recv_bytes() == READY
        except (EOFError, OSError):
            self._is_ready = False
        if not self._is_ready:
            self.kill()
            raise Unavailable(
                f"No parser process could be started (exit code {self.close()}); "
                f"{sys.executable!r} must be able to import DocSQL."
            )


def _describe(exit_code: int, rules: ReadingRules) -> str:
    if exit_code == -signal.SIGXCPU:
        return (
            f"parsing took longer than {rules.seconds:g} s and was stopped; split the file, or "
            "raise DOCSQL_DOCUMENTS__FILE_TIME_LIMIT_S."
        )
    if exit_code == OUT_OF_MEMORY:
        return (
            f"parsing took more than {rules.memory / _GIGABYTE:.3g} GB of memory and was stopped; "
            "split the file, or raise DOCSQL_DOCUMENTS__FILE_MEMORY_MB."
        )
    return (
        f"the parser process crashed on it (exit code {exit_code}); save the file again in its own "
        "program or in another format."
    )
