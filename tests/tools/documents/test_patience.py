"""A reader is waited for while it works, and not while it only waits."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tools.documents.patience import group_processor_s, wait_while_working

_WORKS = "while True: pass"
_CHILD_WORKS = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])"


class Reading:
    """Is done in the round of that number, and has used as much of the processor in each."""

    def __init__(self, rounds: int, used_s: float) -> None:
        self.rounds, self.used_s, self.waited = rounds, used_s, list[float]()

    def is_done(self, seconds: float) -> bool:
        self.waited.append(seconds)
        return len(self.waited) >= self.rounds

    def processor_s(self) -> float:
        return len(self.waited) * self.used_s


def test_what_gets_little_of_a_busy_processor_is_waited_for() -> None:
    slow = Reading(rounds=7, used_s=0.4)
    assert wait_while_working(slow.is_done, slow.processor_s, patience_s=480)
    assert slow.waited == [480] * 7


def test_what_has_worked_for_all_that_time_is_stopped() -> None:
    endless = Reading(rounds=7, used_s=200)
    assert not wait_while_working(endless.is_done, endless.processor_s, patience_s=480)
    assert len(endless.waited) == 3


def test_what_does_nothing_is_waited_for_once() -> None:
    stuck = Reading(rounds=7, used_s=0.01)
    assert not wait_while_working(stuck.is_done, stuck.processor_s, patience_s=480)
    assert stuck.waited == [480]


@pytest.fixture(params=[_WORKS, _CHILD_WORKS], ids=["itself", "a child"])
def busy(request: pytest.FixtureRequest) -> Iterator[int]:
    worker = subprocess.Popen([sys.executable, "-c", request.param], start_new_session=True)  # noqa: S603  # our own interpreter
    yield worker.pid
    os.killpg(worker.pid, 9)
    worker.wait()


def test_the_work_of_a_process_and_of_what_it_started_counts(busy: int) -> None:
    ends = time.monotonic() + 60
    while group_processor_s(busy) < 0.5 and time.monotonic() < ends:
        time.sleep(0.05)
    assert group_processor_s(busy) >= 0.5
