"""How far an ingestion is: a line a file and, at a terminal, a bar below them."""

import math
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress as Bar,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from serving.cli.terminal import print_outcome
from serving.wire.documents import FileOutcome
from tools.documents.vectors import Coverage
from tools.language.quantity import quantity


@contextmanager
def count_so_far(console: Console, what: str) -> Generator[Callable[[], None]]:
    """A counter at a terminal for work of unknown size."""
    with Bar(
        TextColumn("{task.completed:.0f}"),
        TextColumn(what),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("", total=None)
        yield lambda: bar.advance(task)


FOUND = "left; they are found by their words already"


class _WithBar:
    """Shows its bar for as long as it is entered."""

    def __init__(self, bar: Bar) -> None:
        self._bar = bar

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()


TOLD_EVERY_S = 60.0
"""Seconds between two lines about vectors where no bar can be shown."""


class VectorProgress(_WithBar):
    """How many passages have vectors, shown once the first one is made: a bar, or a line a minute."""

    def __init__(self, console: Console, *, is_shown: bool = True, left: str = FOUND) -> None:
        self._console = console
        self._left = left
        self._tells = is_shown and not console.is_terminal
        self._told_at = -math.inf
        bar = Bar(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("passages with vectors"),
            TimeRemainingColumn(),
            TextColumn(left),
            console=console,
            transient=True,
            disable=not (is_shown and console.is_terminal),
        )
        super().__init__(bar)
        self._task: TaskID | None = None

    def note(self, coverage: Coverage) -> None:
        """Show how far it is."""
        if self._task is None:
            self._task = self._bar.add_task("", total=coverage.passages)
        self._bar.update(self._task, completed=coverage.done)
        if self._tells and coverage.done < coverage.passages:
            self._tell(coverage)

    def _tell(self, coverage: Coverage) -> None:
        if time.monotonic() - self._told_at < TOLD_EVERY_S:
            return
        self._told_at = time.monotonic()
        lacking = quantity(coverage.passages - coverage.done, "passage")
        self._console.print(f"vectors of {lacking} {self._left}", style="dim", soft_wrap=True)


class IngestProgress(_WithBar):
    """Says what became of each file as it becomes known; the bar is only for who looks at it."""

    def __init__(self, console: Console, files: int, *, is_shown: bool = True) -> None:
        self._console = console
        self._is_shown = is_shown
        self._passages = 0
        self._done = 0
        self._began = time.monotonic()
        bar = Bar(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("files  {task.fields[speed]}"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=console,
            transient=True,
            disable=not (is_shown and console.is_terminal),
        )
        super().__init__(bar)
        self._task = self._bar.add_task("", total=files, speed="")

    def note(self, outcome: FileOutcome) -> None:
        """Take one more file for done."""
        self._done += 1
        self._passages += outcome.passages
        if self._is_shown:
            print_outcome(self._console, outcome)
        seconds = max(time.monotonic() - self._began, 1e-3)
        speed = f"{self._done / seconds:.1f} files/s  {self._passages / seconds:.0f} passages/s"
        self._bar.update(self._task, advance=1, speed=speed)
