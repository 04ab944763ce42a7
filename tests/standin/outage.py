"""A service that goes away, and comes back."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager

from docsql_process import Folder


class Outage:
    """A service that can be stopped, and started again where it was."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._running = ExitStack()
        self.url = ""

    def start(self) -> None:
        self.url = self._running.enter_context(self._folder.serving()).url

    def stop(self) -> None:
        self._running.close()

    @contextmanager
    def away(self) -> Generator[None]:
        self.stop()
        try:
            yield
        finally:
            self.start()
