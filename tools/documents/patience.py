"""How long a process is waited for: while it works, however little of the processor it gets."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

LEAST_WORK_S = 0.1
"""Seconds of the processor that a process has used at least, if it did anything in all its time."""
_TIMES = slice(11, 15)
"""Behind a process's name in /proc/PID/stat: its time, the kernel's for it, and its ended children's.
See proc_pid_stat(5), fields 14 to 17."""
_GROUP = 2
_PROCESSES = Path("/proc")


def wait_while_working(
    is_done: Callable[[float], bool], processor_s: Callable[[], float], *, patience_s: float
) -> bool:
    """Whether something is done before `patience_s` were worked, or passed without any work.

    `is_done` waits for as many seconds as it is given; `processor_s` is what was used so far.
    """
    used = first = processor_s()
    while not is_done(patience_s):
        before, used = used, processor_s()
        if used - before < LEAST_WORK_S or used - first >= patience_s:
            return False
    return True


def group_processor_s(group: int) -> float:
    """Seconds of the processor that a group of processes has used; 0 where the system tells nothing."""
    ticks = 0
    for folder in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):  # gone meanwhile
            after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(after_name[_GROUP]) == group:
                ticks += sum(map(int, after_name[_TIMES]))
    return ticks / os.sysconf("SC_CLK_TCK")
