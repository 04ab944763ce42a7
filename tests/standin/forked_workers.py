"""Workers of a test run: forked once the tests are collected, each takes whole files.

A worker that starts by itself imports and collects all of them again, 11 s of processor each, and
what it imports is in memory as often as there are workers.
"""

import atexit
import mmap
import os
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Any

import pytest

_NUMBER = 2
"""The bytes of a file's number in the queue, which is a pipe: all workers read from it."""


@dataclass(slots=True)
class _Worker:
    """A worker, as the run sees it."""

    process: int
    end: int
    """Tells that the process has ended, as `os.pidfd_open` does."""
    reports: Connection
    runs: str = ""
    """The test that it began last."""


@dataclass(eq=False)  # plugins are kept in sets
class ForkedWorkers:
    """A pytest plugin that has `count` processes run the tests; the longest files are begun first."""

    count: int
    longest: Sequence[str] = ()
    _workers: list[_Worker] = field(default_factory=list[_Worker], init=False)
    _ended: int = field(default=0, init=False)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if session.testsfailed or session.config.option.collectonly or not session.items:
            return None
        files = self._files_of(session)
        queue = _queue_of(len(files))
        _folders_of(session.config).getbasetemp()  # makes what the workers' folders are in
        stop = mmap.mmap(-1, 1)  # a byte that the run and its workers share
        for number in range(min(self.count, len(files))):
            self._begin(_Work(session, files, queue, stop), number)
        try:
            self._attend(session, stop)
        finally:
            stop[0] = 1
            for worker in self._workers:
                os.waitpid(worker.process, 0)
        missing = len(session.items) - self._ended
        if missing and not (session.shouldfail or session.shouldstop):
            raise session.Failed(f"{missing} tests were not run")
        return True

    def _files_of(self, session: pytest.Session) -> list[list[pytest.Item]]:
        files: dict[Path, list[pytest.Item]] = {}
        for item in session.items:
            files.setdefault(item.path, []).append(item)
        places = {name: place for place, name in enumerate(self.longest)}
        last = len(places)
        return [files[path] for path in sorted(files, key=lambda p: places.get(p.name, last))]

    def _begin(self, work: "_Work", number: int) -> None:
        ours, theirs = Pipe(duplex=False)
        process = os.fork()
        if not process:
            work.do(theirs, number)
        theirs.close()
        self._workers.append(_Worker(process, os.pidfd_open(process), ours))

    def _attend(self, session: pytest.Session, stop: mmap.mmap) -> None:
        """Take the workers' reports until all have ended."""
        running = list(self._workers)
        while running:
            open_ = [worker.reports for worker in running if not worker.reports.closed]
            heard = wait([*(worker.end for worker in running), *open_])
            for worker in tuple(running):
                if worker.reports in heard:
                    self._hear(session, worker)
                elif worker.end in heard:
                    running.remove(worker)
                    self._see_off(session, worker)
            if session.shouldfail or session.shouldstop:
                stop[0] = 1
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)

    def _hear(self, session: pytest.Session, worker: _Worker) -> None:
        try:
            said: str | list[Mapping[str, Any]] = worker.reports.recv()
        except EOFError:
            worker.reports.close()
            return
        if isinstance(said, str):
            worker.runs = said
            return
        self._ended += 1
        hook = session.config.hook
        for data in said:
            report = hook.pytest_report_from_serializable(config=session.config, data=data)
            hook.pytest_runtest_logreport(report=report)

    def _see_off(self, session: pytest.Session, worker: _Worker) -> None:
        """Say of a worker that ended by itself which test it was in."""
        os.close(worker.end)
        ended = os.waitid(os.P_PID, worker.process, os.WEXITED | os.WNOWAIT)
        if ended is not None and ended.si_status:
            session.shouldstop = f"a worker ended ({ended.si_status}) in {worker.runs or 'no test'}"


@dataclass(frozen=True, slots=True)
class _Work:
    """What each worker is forked with."""

    session: pytest.Session
    files: list[list[pytest.Item]]
    queue: int
    stop: mmap.mmap

    def do(self, reports: Connection, number: int) -> None:
        """Run files of tests until none is left, and end the process."""
        code = 1
        vars(atexit)["_clear"]()  # what is registered by now is the run's
        try:
            self._settle(reports, number)
            self._run()
            code = 0
        except KeyboardInterrupt:
            pass
        except BaseException:  # noqa: BLE001  # the run is told by the code
            traceback.print_exc()
        finally:
            with suppress(Exception):  # tears down what an interrupted test has left
                runner: Any = self.session.config.pluginmanager.getplugin("runner")
                runner.pytest_sessionfinish(self.session)
            vars(atexit)["_run_exitfuncs"]()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _settle(self, reports: Connection, number: int) -> None:
        """Have a folder and captured output of one's own, and report instead of print."""
        config = self.session.config
        folders = _folders_of(config)
        own = folders.getbasetemp() / f"worker{number}"
        own.mkdir()
        vars(folders)["_basetemp"] = own
        capture: Any = config.pluginmanager.getplugin("capturemanager")
        capture.stop_global_capturing()
        capture.start_global_capturing()
        capture.suspend_global_capture(in_=True)
        config.pluginmanager.unregister(name="terminalreporter")
        config.pluginmanager.register(_Reporter(config, reports))

    def _run(self) -> None:
        for item, after in _with_next(self._items()):
            if self.session.shouldfail or self.session.shouldstop or self.stop[0]:
                return
            self.session.config.hook.pytest_runtest_protocol(item=item, nextitem=after)

    def _items(self) -> Iterator[pytest.Item]:
        while number := os.read(self.queue, _NUMBER):
            yield from self.files[int.from_bytes(number)]


@dataclass(frozen=True, slots=True, eq=False)
class _Reporter:
    """Sends the reports of a worker's tests to the run, those of each test together."""

    config: pytest.Config
    reports: Connection
    _said: list[Mapping[str, Any]] = field(default_factory=list[Mapping[str, Any]], init=False)

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.reports.send(nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        hook = self.config.hook
        self._said.append(hook.pytest_report_to_serializable(config=self.config, report=report))

    def pytest_runtest_logfinish(self) -> None:
        self.reports.send(self._said)
        self._said.clear()


def _folders_of(config: pytest.Config) -> pytest.TempPathFactory:
    return vars(config)["_tmp_path_factory"]


def _queue_of(files: int) -> int:
    """The numbers of all files, each to be read by one worker."""
    read, write = os.pipe()
    os.write(write, b"".join(number.to_bytes(_NUMBER) for number in range(files)))
    os.close(write)
    return read


def _with_next(
    items: Iterator[pytest.Item],
) -> Iterator[tuple[pytest.Item, pytest.Item | None]]:
    item = next(items, None)
    while item is not None:
        after = next(items, None)
        yield item, after
        item = after
