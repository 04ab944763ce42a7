"""Milvus Lite behind a socket in a separate process: the stand-in for a Milvus server."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL

import pytest

STARTS_IN_S = 60


@contextmanager
def milvus_server(data: Path, *, port: int = 0) -> Generator[str]:
    """The address of a server on this folder, until the test is done with it."""
    with socket.create_server(("127.0.0.1", port)) as free:
        port = free.getsockname()[1]
    program = str(Path(sys.executable).with_name("milvus-lite"))
    at = ["--data-dir", str(data), "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen([program, "server", *at], stdout=DEVNULL, stderr=DEVNULL) as process:  # noqa: S603
        try:
            _wait_for(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Until somebody listens there."""
    deadline = time.monotonic() + STARTS_IN_S
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        threading.Event().wait(0.1)
    pytest.fail("No Milvus Lite server.")
