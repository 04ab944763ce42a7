"""The sample as `docsql demo` loads it, loaded once in a test run and copied for each who wants it.

Loading it makes vectors of all its passages, for 9 s of processor. Tests of the command itself, and
of what it leaves in a folder, load it themselves.
"""

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from serving.cli.demonstration import load_sample
from serving.config.settings import Settings

SampleData = Callable[[str], Path]


def copy_sample(shared: Path, to: Path) -> None:
    """Copy it into the data folder `to`; it is kept in `shared`, a folder of all workers."""
    made, begun = shared / "sample", shared / "sample-begun"
    with (shared / "sample.lock").open("w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            load_sample(Settings(data=begun), Console(quiet=True))
            begun.rename(made)
    shutil.copytree(made, to, dirs_exist_ok=True)
