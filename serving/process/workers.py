"""Several processes that answer at one address: each has parts of its own, and the parent has none.

uvicorn's own supervisor cannot be used: it makes the workers' servers itself, and they cut the
streams of open turns on SIGTERM, which ours lets end.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from multiprocessing.process import BaseProcess
from tempfile import TemporaryDirectory
from time import sleep
from types import FrameType

from prometheus_client.multiprocess import (
    mark_process_dead,  # pyright: ignore[reportUnknownVariableType]  # it has no annotations
)

from serving.config.settings import Settings, SettingsError, count_in
from serving.observability.logs import log_as_json
from serving.process.discovery import announced, new_instance
from serving.process.entrance import open_listener
from serving.process.listening import url_of
from tools.errors import DocsqlError, Unavailable

log = logging.getLogger(__name__)

RETRY_S = 2.0
"""Seconds until a worker is started again of which the last one could not open its parts."""
READY = ""
"""The message of a worker that is ready; any other is the reason why it is not."""


def serve_by_workers(settings: Settings, *, say: Callable[[str], None]) -> None:
    """Serve with several processes until SIGINT or SIGTERM; `say` is called with the address.

    Raises:
        SettingsError: a part belongs to one process, or the address is open to everybody.
        PortTaken: the port is in use.
        Unavailable: a part cannot be opened.
    """
    from serving.parts.servers import log_model_servers

    require_shared_parts(settings)
    with (
        open_listener(settings) as listener,
        TemporaryDirectory(prefix="docsql-counts-") as counts,
    ):
        count_in(counts)  # for the workers: their environment is this one
        job = _Job(settings, listener, new_instance(), counts)
        with _Workers(job).running() as workers:
            url = url_of(listener)
            if workers.are_ready():
                with announced(settings.data, url, job.instance):
                    log_model_servers(settings)
                    say(url)
                    workers.keep()


def require_shared_parts(settings: Settings) -> None:
    """Check that no part is limited to one process.

    Raises:
        SettingsError: one does; the message names the setting that puts a server in its place.
    """
    embedded: list[str] = []
    remedies: list[str] = []
    if settings.documents.is_embedded:
        embedded.append("documents (Milvus Lite)")
        remedies.append("DOCSQL_DOCUMENTS__URI to a Milvus server's http://host:19530")
    if settings.threads.is_embedded:
        embedded.append("threads (SQLite)")
        remedies.append("DOCSQL_THREADS__URI to postgresql://user:password@host/name")
    if embedded:
        raise SettingsError(
            f"{settings.service.workers} workers cannot share the embedded "
            f"{' and '.join(embedded)}, whose files belong to one process. "
            f"Set {' and '.join(remedies)}, or serve with one worker."
        )


@dataclass(frozen=True, slots=True)
class _Job:
    """The arguments of a worker, which are pickled."""

    settings: Settings
    listener: socket.socket
    instance: str
    counts: str


@dataclass(slots=True)
class _Worker:
    """A child process; its pipe closes when it ends."""

    process: SpawnProcess
    told: Connection
    is_ready: bool = False

    def signal(self, number: int) -> None:
        """Hand a signal on; before it is ready, the worker knows of SIGTERM alone."""
        with suppress(ProcessLookupError):
            os.kill(self.process.pid or 0, number if self.is_ready else signal.SIGTERM)

    def problem(self) -> str:
        """Its last message, or how it ended."""
        try:
            return str(self.told.recv())
        except (EOFError, OSError):
            self.process.join()
            return f"A worker ended at once, with exit code {self.process.exitcode}."


@dataclass(slots=True)
class _Workers:
    """The children, as many as the settings say, until a signal ends them all."""

    job: _Job
    _running: list[_Worker] = field(default_factory=list[_Worker])
    _is_stopping: bool = False

    @contextmanager
    def running(self) -> "Generator[_Workers]":
        """Hand signals on to those that are started within; at the end none is left."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._hand_on)
        try:
            yield self
        finally:
            if not self._is_stopping:
                self._hand_on(signal.SIGTERM)
            for worker in self._running:
                worker.process.join()

    def are_ready(self) -> bool:
        """Start one, which makes what the stores lack, then the others; False: stopped meanwhile.

        Raises:
            Unavailable: one of them could not be started.
        """
        for wanted in (1, self.job.settings.service.workers):
            while len(self._running) < wanted:
                self._start()
            if not self._all_answer():
                return False
        return True

    def _all_answer(self) -> bool:
        while not all(worker.is_ready for worker in self._running):
            for worker in self._heard_from():
                problem = worker.problem()
                if self._is_stopping:
                    return False
                if problem != READY:
                    raise Unavailable(problem)
                worker.is_ready = True
        return True

    def keep(self) -> None:
        """Replace each that ends, until they were stopped and have ended."""
        while self._running:
            for worker in self._heard_from():
                problem = worker.problem()
                if problem == READY:
                    worker.is_ready = True
                    continue
                self._forget(worker)
                if not self._is_stopping:
                    self._replace(worker, problem)

    def _heard_from(self) -> list[_Worker]:
        ready = wait([worker.told for worker in self._running])
        return [worker for worker in self._running if worker.told in ready]

    def _start(self) -> None:
        spawn = get_context("spawn")
        told, tells = spawn.Pipe(duplex=False)
        process = spawn.Process(target=_work, args=(self.job, tells))
        process.start()
        tells.close()  # or its end would not be seen
        worker = _Worker(process, told)
        self._running.append(worker)
        if self._is_stopping:
            worker.signal(signal.SIGTERM)

    def _forget(self, worker: _Worker) -> None:
        self._running.remove(worker)  # first: its process id is soon another's
        worker.told.close()
        worker.process.join()
        mark_process_dead(worker.process.pid, self.job.counts)

    def _replace(self, worker: _Worker, problem: str) -> None:
        if worker.is_ready:
            log.error("A worker ended with code %s and is being replaced.", worker.process.exitcode)
        else:
            log.error("A worker could not start and will be retried: %s", problem)
            sleep(RETRY_S)
        self._start()

    def _hand_on(self, number: int, frame: FrameType | None = None) -> None:  # noqa: ARG002
        self._is_stopping = True
        for worker in list(self._running):
            worker.signal(number)


def _work(job: _Job, tells: Connection) -> None:
    """The life of a worker, in a process of its own."""
    os.setpgid(0, 0)  # a terminal's Ctrl-C is for the parent to hand on
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    telemetry = job.settings.telemetry
    log_as_json(level=telemetry.log_level, has_content=telemetry.log_content)
    from serving.process.server import run_service

    try:
        run_service(_serve(job, tells))
    except (DocsqlError, SettingsError) as error:
        tells.send(str(error))
        sys.exit(1)


async def _serve(job: _Job, tells: Connection) -> None:
    from serving.process.server import serve_on

    @contextmanager
    def telling() -> Generator[None]:
        tells.send(READY)
        yield

    with _ending_with(parent_process()):
        await serve_on(job.listener, job.settings, instance=job.instance, while_serving=telling())


@contextmanager
def _ending_with(parent: BaseProcess | None) -> Generator[None]:
    """A parent that was killed could hand no signal on: its end is one."""
    if parent is None:
        raise RuntimeError("A worker has a parent.")
    loop, end = asyncio.get_running_loop(), parent.sentinel

    def end_too() -> None:
        loop.remove_reader(end)
        os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(end, end_too)
    try:
        yield
    finally:
        loop.remove_reader(end)
