"""Debian's browser, as tests drive it."""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright
from programs import needs

_ARGUMENTS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--process-per-site",
    "--in-process-gpu",
    "--enable-features=NetworkServiceInProcess2",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@contextmanager
def browser() -> Generator[Browser]:
    """Chromium; as long as it is open, no event loop can run beside it.

    The same pages in the build that has no window take two thirds of the processor time.
    """
    path = shutil.which("chromium-headless-shell") or needs(
        "chromium", package="chromium-headless-shell"
    )
    arguments = [*_ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=arguments)
        yield opened
        opened.close()
