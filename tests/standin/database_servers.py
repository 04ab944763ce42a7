"""Real database servers of Debian's packages, each in a folder of its own, on loopback."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pymysql
import pytest
from certificates import Identity
from programs import needs

_STARTS_IN_S = 30
_POSTGRES_PATHS = ":".join(f"/usr/lib/postgresql/{version}/bin" for version in range(20, 12, -1))


@dataclass
class RunningServer:
    """A server that can be stopped and started again on the same port."""

    port: int
    command: Sequence[str]
    user: str
    log: Path
    answers: Callable[[], None]
    stop_signal: int = signal.SIGINT
    process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  # a program of Debian's
                [*_as_user(self.user), *self.command], stdout=log, stderr=log
            )
        deadline = time.monotonic() + _STARTS_IN_S
        while not self._is_answering():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                pytest.fail(f"No database server:\n{self.log.read_text('utf-8', 'replace')}")
            threading.Event().wait(0.05)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _is_answering(self) -> bool:
        try:
            self.answers()
        except (psycopg.OperationalError, pymysql.err.OperationalError, OSError):
            return False
        return True


@contextmanager
def postgres_server(identity: Identity | None = None) -> Generator[RunningServer]:
    """A PostgreSQL whose superuser is `postgres`, who needs no password from this machine.

    With an identity it speaks TLS to those who ask for it.
    """
    initdb = needs("initdb", package="postgresql", path=_POSTGRES_PATHS)
    program = needs("postgres", package="postgresql", path=_POSTGRES_PATHS)
    with _folder_of("postgres") as folder:
        data, port = folder / "data", _free_port()
        _run_as("postgres", initdb, "-D", str(data), "-U", "postgres", "-A", "trust", "--no-sync",
                "-E", "UTF8", "--locale=C.UTF-8")  # fmt: skip
        options = {
            "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "",
            "fsync": "off", "shared_buffers": "16MB", "max_connections": 30,
        }  # fmt: skip
        if identity is not None:
            certificate, key = _written(identity, folder, "postgres")
            options |= {"ssl": "on", "ssl_cert_file": certificate, "ssl_key_file": key}
        command = [program, "-D", str(data), *_as_options(options)]
        address = f"host=127.0.0.1 port={port} user=postgres dbname=postgres connect_timeout=2"
        server = RunningServer(
            port,
            command,
            "postgres",
            folder / "log",
            answers=lambda: psycopg.connect(address).close(),
        )
        with _running(server):
            yield server


@contextmanager
def mariadb_server(identity: Identity | None = None) -> Generator[RunningServer]:
    """A MariaDB whose `root` needs no password from this machine; TLS as PostgreSQL does."""
    install = needs("mariadb-install-db", package="mariadb-server")
    program = needs("mariadbd", package="mariadb-server", path="/usr/sbin:/usr/local/sbin")
    with _folder_of("mysql") as folder:
        data, port = folder / "data", _free_port()
        # A MariaDB that starts removes every "#sql*" of its tmpdir. Where servers share /tmp, one
        # that starts takes the temporary tables from under the others, and they crash.
        own = {"datadir": data, "tmpdir": folder}
        _run_as("mysql", install, "--no-defaults", *_as_options(own), "--skip-test-db",
                "--auth-root-authentication-method=normal")  # fmt: skip
        options = own | {
            "port": port, "bind-address": "127.0.0.1", "secure-file-priv": folder,
            "socket": folder / "s", "pid-file": folder / "pid", "skip-name-resolve": 1,
            "innodb-buffer-pool-size": "16M", "innodb-flush-log-at-trx-commit": 0,
        }  # fmt: skip
        if identity is not None:
            certificate, key = _written(identity, folder, "mysql")
            options |= {"ssl-cert": certificate, "ssl-key": key}
        command = [
            program, "--no-defaults", *_as_options(options)
        ]  # fmt: skip
        server = RunningServer(
            port,
            command,
            "mysql",
            folder / "log",
            answers=lambda: pymysql.connect(
                host="127.0.0.1", port=port, user="root", connect_timeout=2
            ).close(),
            stop_signal=signal.SIGTERM,
        )
        with _running(server):
            yield server


@contextmanager
def _running(server: RunningServer) -> Generator[None]:
    try:
        server.start()
        yield
    finally:
        server.stop()


@contextmanager
def _folder_of(user: str) -> Generator[Path]:
    """A short path, outside the test run's own folders, which no other user may enter."""
    with TemporaryDirectory(prefix=f"docsql-{user}-", ignore_cleanup_errors=True) as name:
        if os.geteuid() == 0:
            shutil.chown(name, user=user, group=user)
        yield Path(name)


def _as_options(settings: Mapping[str, object]) -> list[str]:
    return [f"--{key}={value}" for key, value in settings.items()]


def _written(identity: Identity, folder: Path, user: str) -> tuple[Path, Path]:
    """Certificate and key where the server may read them, and nobody else the key."""
    certificate, key = folder / "server.pem", folder / "server.key"
    for path, content in ((certificate, identity.certificate), (key, identity.key)):
        path.touch(mode=0o600)
        path.write_bytes(content)
        if os.geteuid() == 0:
            shutil.chown(path, user=user, group=user)
    return certificate, key


def _run_as(user: str, *command: str) -> None:
    done = subprocess.run(  # noqa: S603  # a program of Debian's
        [*_as_user(user), *command], capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        pytest.fail(f"{command[0]} failed:\n{done.stdout}\n{done.stderr}")


def _as_user(user: str) -> list[str]:
    """The servers refuse to run as root; their packages create a user for them."""
    if os.geteuid() != 0:
        return []
    return [needs("setpriv", package="util-linux"), f"--reuid={user}", f"--regid={user}", "--clear-groups"]  # fmt: skip


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
