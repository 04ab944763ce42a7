"""Where a running service is: it leaves its address in the data folder."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx

ADDRESS_FILE = "service.json"
PATIENCE_S = 2.0
"""Seconds that a busy service has to say that it lives."""


@contextmanager
def announced(data: Path, url: str) -> Generator[None]:
    """Leave the service's address in the data folder for as long as the service runs."""
    file = data / ADDRESS_FILE
    data.mkdir(parents=True, exist_ok=True)
    written = json.dumps({"url": url})
    file.write_text(written, encoding="utf-8")
    try:
        yield
    finally:
        if file.is_file() and file.read_text(encoding="utf-8") == written:
            file.unlink()


def running_service(data: Path) -> str | None:
    """The address of the service that works on this data folder, None when none answers."""
    try:
        url = str(json.loads((data / ADDRESS_FILE).read_text(encoding="utf-8"))["url"])
        alive = httpx.get(f"{url}/health", timeout=PATIENCE_S).is_success
    except (OSError, ValueError, KeyError, httpx.HTTPError):
        return None  # none was started, or it ended without tidying up
    return url if alive else None
