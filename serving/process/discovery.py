"""Where a running service is: it leaves its address in the data folder."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx

from serving.auth.local import local_credential
from tools.errors import Unavailable

ADDRESS_FILE = "service.json"
PATIENCE_S = 2.0
"""Seconds that a busy service has to say that it lives."""


def new_instance() -> str:
    """A name for one run of the service, shown by `/health`."""
    return uuid4().hex


@contextmanager
def announced(data: Path, url: str, instance: str) -> Generator[None]:
    """Leave the service's address in the data folder for as long as the service runs.

    Raises:
        Unavailable: the folder cannot be written to.
    """
    file = data / ADDRESS_FILE
    written = json.dumps({"url": url, "instance": instance})
    try:
        data.mkdir(parents=True, exist_ok=True)
        _write_at_once(file, written)
    except OSError as error:
        raise Unavailable(
            f"The service's address cannot be written to {str(file)!r} ({error.strerror}). Set "
            "DOCSQL_DATA to a writable folder."
        ) from error
    try:
        yield
    finally:
        if file.is_file() and file.read_text(encoding="utf-8") == written:
            file.unlink()


def _write_at_once(file: Path, written: str) -> None:
    """Whoever looks meanwhile finds the whole address or none."""
    unfinished = file.with_name(f"{file.name}.{uuid4().hex}")
    unfinished.write_text(written, encoding="utf-8")
    unfinished.replace(file)


@dataclass(frozen=True, slots=True)
class Running:
    """A service that answers, and what this machine's person shows it."""

    url: str
    credential: str


def running_service(data: Path) -> Running | None:
    """The service that works on this data folder, None when none answers.

    A file that a killed service left behind leads nowhere, or to a stranger on the same port.
    """
    try:
        left = json.loads((data / ADDRESS_FILE).read_text(encoding="utf-8"))
        url, instance = str(left["url"]), left["instance"]
        # Straight to this machine, whatever proxy the environment names.
        said = httpx.get(f"{url}/health", timeout=PATIENCE_S, trust_env=False).json()
        is_it = said["instance"] == instance
    except (OSError, ValueError, TypeError, LookupError, httpx.HTTPError):
        return None
    return Running(url, local_credential(data)) if is_it else None
