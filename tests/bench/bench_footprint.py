"""Installed size, memory, and the duration of the test suite."""

import re
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from figure import Figure, Section
from workplace import ROOT, Workplace, environment

PASSED = re.compile(r"(\d+) passed(?:, \d+ \w+)* in ")


def measure(place: Workplace) -> Section:
    """The wheel and the environment that it needs."""
    place.say("building the wheel")
    wheel = _build(place.scratch / "wheel")
    return Section(
        "What it takes up",
        "The wheel is ours; the environment is nearly all libraries.",
        [
            Figure("Wheel", wheel.stat().st_size / 1e6, "MB", "`python -m build --wheel`"),
            Figure(
                "Installed environment",
                _bytes_under(Path(sys.prefix)) / 1e6,
                "MB",
                "the files of `.venv`, byte code and development tools included",
            ),
        ],
    )


def measure_suite(place: Workplace) -> Section:
    """`make check` as CI runs it."""
    place.say("make check (minutes)")
    began = time.perf_counter()
    printed = _run(["make", "check"], cwd=ROOT)
    minutes = (time.perf_counter() - began) / 60
    tests = sum(map(int, PASSED.findall(printed)))
    return Section(
        "The whole check",
        "Lint, format, types, layers, tests, and the wheel installed alone.",
        [
            Figure("`make check`", minutes, "min", "`make check`, wall time", target=10),
            Figure("Tests", tests, "passed", "the same, the wheel's included"),
        ],
    )


def _build(folder: Path) -> Path:
    _run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, "."], ROOT
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def _run(argv: Sequence[str | Path], cwd: Path) -> str:
    done = subprocess.run(  # noqa: S603  # our own commands
        list(map(str, argv)),
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, argv))} failed:\n{done.stdout}")
    return done.stdout


def _bytes_under(folder: Path) -> int:
    return sum(_sizes(folder.rglob("*")))


def _sizes(paths: Iterable[Path]) -> Iterable[int]:
    return (path.stat().st_size for path in paths if path.is_file() and not path.is_symlink())
