"""A Ray cluster of one machine in processes of its own, on loopback and in a folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

import pytest

_STARTS_IN_S = 60.0
_ENDS_IN_S = 2.0
_DIES_ONCE = """
import os
from pathlib import Path

if b"--mode=specific-server" in Path("/proc/self/cmdline").read_bytes():
    try:
        Path(__file__).with_name("died").touch(exist_ok=False)
    except FileExistsError:
        pass
    else:
        os._exit(1)
"""
"""Python runs it at its start."""


@contextmanager
def ray_head(workers: int) -> Generator[tuple[str, dict[str, str]]]:
    """Its `ray://` address, and the environment that its clients need to be let in.

    The process that it forks for its first client dies at once, as about one in eight does on a
    busy machine (gRPC's threads do not outlive a fork); the others are spared that here.
    """
    settings = {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # loopback
        "RAY_AUTH_MODE": "token",
        "RAY_CLIENT_RECONNECT_GRACE_PERIOD": "1",  # seconds that a lost client waits for its head
        "RAY_AUTH_TOKEN": token_hex(32),
    }
    port = _free_port()
    # A Unix socket's path may have 107 characters, and Ray appends a lot.
    with TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "start.log"
        command = [
            Path(sys.executable).with_name("ray"), "start", "--head", "--block", "--port=0",
            f"--ray-client-server-port={port}", "--node-ip-address=127.0.0.1",
            f"--num-cpus={workers}", "--include-dashboard=false", "--disable-usage-stats",
            "--object-store-memory=100000000", f"--temp-dir={folder}",
        ]  # fmt: skip
        (Path(folder) / "sitecustomize.py").write_text(_DIES_ONCE, encoding="utf-8")
        environment = {
            "PATH": os.defpath,
            "HOME": folder,
            "PYTHONPATH": folder,
            "GRPC_ENABLE_FORK_SUPPORT": "0",
            **settings,
        }
        with _running(command, environment, log) as process:
            _await(port, process, log)
            yield f"ray://127.0.0.1:{port}", settings


@contextmanager
def _running(
    command: list[str | Path], environment: Mapping[str, str], log: Path
) -> "Generator[subprocess.Popen[bytes]]":
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  # the program of the extra
            command, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_ENDS_IN_S)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _await(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _STARTS_IN_S
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"No Ray cluster:\n{log.read_text('utf-8', 'replace')}")
        threading.Event().wait(0.1)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
