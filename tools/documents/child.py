"""The process that reads files for `tools.documents.readers`, one after another.

Requests and answers are JSON: even if a hostile file takes over this process, its parent only
parses text.
"""

import gc
import json
import logging
import math
import os
import resource
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import PurePosixPath

from tools.documents.reading import ReadDocument, ReadingRules, ReadingTask, read_passages
from tools.errors import UnreadableFile, UnsupportedType, describe_error

READY = b"ready"
YOUNG = 200_000
"""Objects after which the garbage collector looks for cycles: a file's words make hardly any."""
OUT_OF_MEMORY = 77
"""The exit code that says so."""


def main() -> None:
    """Read what comes over the file descriptor that the command line names, until it closes."""
    # Ctrl-C reaches the whole group; the parent hears it too, and ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with(os.getppid())
    # OpenBLAS would reserve address space for every core of a large machine.
    os.putenv("OPENBLAS_NUM_THREADS", "1")
    logging.disable()
    gc.set_threshold(YOUNG)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    answer_tasks(Connection(int(sys.argv[1])))


def answer_tasks(connection: "Connection[bytes, bytes]") -> None:
    """Answer each task; without memory, end, for what is left of the process is not sound."""
    connection.send_bytes(READY)
    while True:
        try:
            order = json.loads(connection.recv_bytes())
        except EOFError:
            return
        rules = ReadingRules(**order["rules"])
        _confine(rules)
        try:
            answer = _read(ReadingTask(**order["task"]), rules)
            # Half a surrogate pair, as broken files hold them, is in no encoding and no store.
            written = json.dumps(asdict(answer), ensure_ascii=False)
            connection.send_bytes(written.encode(errors="replace"))
        except MemoryError:
            os._exit(OUT_OF_MEMORY)


def _end_with(parent: int) -> None:
    """Look once a second whether the parent still lives: killed, it cannot say that it goes.

    This process leads a group of its own, in which Tesseract may be at work.
    """

    def look(*_: object) -> None:
        if os.getppid() != parent:
            os.killpg(0, signal.SIGKILL)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 1.0, 1.0)


def _read(task: ReadingTask, rules: ReadingRules) -> ReadDocument:
    try:
        return read_passages(task, rules)
    except UnreadableFile as error:
        is_unsupported = isinstance(error, UnsupportedType)
        return ReadDocument(reason=str(error), is_unsupported=is_unsupported)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # the door of this process: what is said is passed on
        name = PurePosixPath(task.source).name
        return ReadDocument(
            reason=f"{name}: parsing failed with an unexpected error ({describe_error(error)}); "
            "save the file again in its own program or in another format, and report the "
            "error."
        )


def _confine(rules: ReadingRules) -> None:
    """Reset the limits, counting from the present usage."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(used.ru_utime + used.ru_stime + rules.seconds)
    _lower(resource.RLIMIT_CPU, seconds)
    _lower(resource.RLIMIT_AS, rules.memory)


def _lower(kind: int, limit: int) -> None:
    _, most = resource.getrlimit(kind)
    allowed = limit if most == resource.RLIM_INFINITY else min(limit, most)
    # macOS knows no limit of address space; there the clock alone stops a file.
    with suppress(OSError, ValueError):
        resource.setrlimit(kind, (allowed, most))
