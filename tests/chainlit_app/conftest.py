"""Visitors of the page, and processes that end with the tests."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from debian_browser import browser
from docsql_process import Folder, page_forked
from playwright.sync_api import Browser, Page, expect
from scripted_service import ScriptedService
from visitors import PATIENCE_MS, Visitors

from chainlit_app import launch
from serving.auth.local import local_credential
from serving.config.settings import load_settings

START_LIMIT_S = 90.0
STOP_LIMIT_S = 20.0


@pytest.fixture(scope="module")  # while it is open, its event loop keeps others' from running
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    with browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def visitors(chromium: Browser) -> Iterator[Visitors]:
    """The module's visitors, whose pages share a process and what it has compiled."""
    visitors = Visitors(chromium)
    yield visitors
    visitors.close()


@pytest.fixture
def visit(visitors: Visitors) -> Iterator[Callable[..., Page]]:
    """Opens an address as somebody who comes for the first time, with a language or a size of theirs.

    The test fails if anything asks another machine, or the page breaks its own policy or a script.
    """
    yield visitors.open
    visitors.leave()
    outside, broken = visitors.heard()
    assert outside == []
    assert broken == []


@pytest.fixture(scope="module")
def start(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[list[str], dict[str, str], list[str]], Path]]:
    """Runs a command until the module's tests are over, from when the addresses answer.

    Gives the path of what it prints. A page is forked from a process that has its imports.
    """
    with ExitStack() as running:

        def run(argv: list[str], environment: dict[str, str], addresses: list[str]) -> Path:
            log = tmp_path_factory.mktemp("process") / "log.txt"
            if "chainlit" in argv:
                argv = page_forked(argv)
            running.enter_context(_process(argv, environment, addresses, log))
            return log

        yield run


@pytest.fixture(scope="module")
def page(
    service: ScriptedService,
    start: Callable[[list[str], dict[str, str], list[str]], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The page's address; fails if it has printed a traceback by the end."""
    settings = load_settings()
    own = {"port": 0, "api_url": f"http://127.0.0.1:{service.port}", "history": False}
    page = launch.command(
        settings.model_copy(
            update={
                "data": tmp_path_factory.mktemp("data"),
                "page": settings.page.model_copy(update=own),
            }
        )
    )
    log = start(page.argv, page.environment, [f"{page.address}/favicon"])
    yield page.address
    assert "Traceback" not in log.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def remembering(
    folder: Folder, start: Callable[[list[str], dict[str, str], list[str]], Path]
) -> Iterator[str]:
    """The address of a page that lists conversations, in front of a service in the module's folder."""
    settings = load_settings()
    with folder.serving() as service:
        own = settings.page.model_copy(update={"port": 0, "api_url": service.url, "history": True})
        page = launch.command(settings.model_copy(update={"data": folder.data, "page": own}))
        key = {"DOCSQL_PAGE__API_KEY": local_credential(folder.data) or ""}
        log = start(page.argv, {**page.environment, **key}, [f"{page.address}/favicon"])
        yield page.address
        assert "Traceback" not in log.read_text(encoding="utf-8")


@contextmanager
def _process(
    argv: list[str], environment: dict[str, str], addresses: list[str], log: Path
) -> Generator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  # our own command
            argv,
            env={**os.environ, **environment},  # noqa: TID251  # a child needs PATH and the rest
            cwd=log.parent,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        for address in addresses:
            _await(address, process, log)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            pytest.fail(f"SIGTERM did not end it:\n{_words_of(log)}")


def _await(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    with httpx.Client(timeout=2, trust_env=False) as client:
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(httpx.TransportError):
                if client.get(address).is_success:
                    return
            threading.Event().wait(0.1)
    pytest.fail(f"{address} did not answer:\n{_words_of(log)}")


def _words_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")
