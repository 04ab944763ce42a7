"""Shared fixtures: the model servers' stand-ins on real sockets, and a browser."""

import gc
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from debian_browser import browser
from docsql_process import folder_of_a_run, forks_of_a_run
from playwright.sync_api import Browser
from sample_store import SampleData, copy_sample
from standin_server import serve
from standin_tei import StartTei, TeiStandIn
from standin_tgi import Brain, Kind, StartTgi, TgiStandIn


def pytest_configure(config: pytest.Config) -> None:
    """Have all workers' commands forked from one process, and let commands hear a Ctrl-C.

    A shell has what it puts into the background ignore it.
    """
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        running = ExitStack()
        running.enter_context(forks_of_a_run())
        config.add_cleanup(running.close)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Keep what is imported by now out of the garbage collector's sight: it stays to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def sample_data(tmp_path_factory: pytest.TempPathFactory) -> SampleData:
    """Makes a new data folder with the sample in it."""

    def make(name: str) -> Path:
        folder = tmp_path_factory.mktemp(name)
        copy_sample(folder_of_a_run() or tmp_path_factory.getbasetemp(), folder)
        return folder

    return make


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's browser, for one module: as long as it is open, no event loop can run beside it."""
    with browser() as opened:
        yield opened


@pytest.fixture
def running() -> Iterator[ExitStack]:
    """Context managers entered here are exited when the test ends."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def tgi_server(running: ExitStack) -> StartTgi:
    def start(
        brain: Brain,
        *,
        api_key: str | None = None,
        token_delay_s: float = 0.0,
        kind: Kind = "tgi",
    ) -> TgiStandIn:
        standin = TgiStandIn(brain, api_key=api_key, token_delay_s=token_delay_s, kind=kind)
        standin.url = running.enter_context(serve(standin.app))
        return standin

    return start


@pytest.fixture
def tei_server(running: ExitStack) -> StartTei:
    def start(
        *,
        api_key: str | None = None,
        batch_size: int = 32,
        input_tokens: int = 512,
        too_long_status: int = 413,
        is_overloaded: bool = False,
    ) -> TeiStandIn:
        standin = TeiStandIn(
            api_key=api_key,
            batch_size=batch_size,
            input_tokens=input_tokens,
            too_long_status=too_long_status,
            is_overloaded=is_overloaded,
        )
        standin.url = running.enter_context(serve(standin.app))
        return standin

    return start
