"""Files read on a Ray cluster, by the same function and under the same rules as on this machine.

Each Ray worker keeps a child process of its own, since a limit on a worker would be one on Ray. The
files travel through Ray's object store, so the other machines need no share of this one's disks;
they need DocSQL installed, in the same version.
"""

import importlib
import logging
import socket
import warnings
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from tools.documents.child_process import ChildProcess
from tools.documents.reading import ReadDocument, ReadingRules, ReadingTask
from tools.errors import BadInput, Unavailable

LOCAL = "ray://local"
"""The address of a temporary cluster on this machine."""
_OBJECT_STORE = 512 * 1024**2
"""Shared memory of such a cluster in bytes; the rest spills to disk."""
_START_S = 120.0
"""Seconds that a worker may take to start beside what reading takes."""
_PORT = 10001
"""Where a head listens for clients when its address names no port."""
_HELLO_S = 10.0
_ANSWER = TypeAdapter(ReadDocument)


class RayCluster:
    """A connection to a cluster; `start_reader` asks it for a worker.

    Ray is untyped; its objects do not leave this module.
    """

    def __init__(self, address: str, *, workers: int | None = None) -> None:
        """Connect to `ray://host:port`, or start a cluster of `workers` for `ray://local`.

        Raises:
            BadInput: Ray is not installed.
            Unavailable: no cluster answers there, or it has no processor for us.
        """
        try:
            self._ray: Any = importlib.import_module("ray")
        except ImportError as error:
            raise BadInput(
                f"--workers {address} needs DocSQL's extra `ray`: install it (`make extras`), or "
                "give a number of processes on this machine."
            ) from error
        self._folder = TemporaryDirectory(prefix="docsql-ray-")
        try:
            self._connect(address, workers)
        except (OSError, RuntimeError, ValueError) as error:
            self._folder.cleanup()
            raise Unavailable(
                f"The Ray cluster at {address!r} cannot be used ({_reason(error)}). Start one with "
                "the same versions of Ray and Python as here, or give --workers a number."
            ) from error
        self.workers = int(self._ray.cluster_resources().get("CPU", 0))
        if not self.workers:
            self.close()
            raise Unavailable(f"The Ray cluster at {address!r} has no CPU to parse files on.")
        self._remote = self._ray.remote(num_cpus=1, max_restarts=0)(_Worker)

    def start_reader(self) -> "RayReader":
        """A reader on one of the cluster's processors, which comes when one is free."""
        return RayReader(self._ray, self._remote.remote())

    def close(self) -> None:
        """Disconnect from the cluster; shut down and clean up one that was started here."""
        self._ray.shutdown()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect(self, address: str, workers: int | None) -> None:
        # Ray starts a process of its dashboard even where none is wanted, and complains when a busy
        # machine is slow at it; nothing here waits for that. What matters is raised.
        logging.getLogger("ray._private.services").setLevel(logging.CRITICAL)
        quiet: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
        if address != LOCAL:
            self._join(address, quiet)
            return
        self._ray.init(
            num_cpus=workers,
            include_dashboard=False,
            object_store_memory=_OBJECT_STORE,
            _temp_dir=self._folder.name,
            **quiet,
        )

    def _join(self, address: str, quiet: dict[str, Any]) -> None:
        url = urlsplit(address)
        head = (url.hostname or "", url.port or _PORT)
        with socket.create_connection(head, timeout=_HELLO_S):
            pass  # check that something listens; Ray itself would try for half a minute
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a try that failed: when all have, it is raised
            try:
                self._ray.init(address, **quiet)
            except ConnectionError:
                # The head forks a process for each client, beside gRPC's threads, and on a busy
                # machine about one in eight of these is dead at once. The next client has another.
                self._ray.init(address, **quiet)


def _reason(error: Exception) -> str:
    first, *rest = str(error).strip().splitlines() or [type(error).__name__]
    return rest[-1] if rest and first.endswith(":") else first


class RayReader:
    """A worker of the cluster; see `tools.documents.readers.Reader`."""

    def __init__(self, ray: Any, worker: Any) -> None:
        self._ray = ray
        self._worker = worker
        self._is_alive = True

    @property
    def is_alive(self) -> bool:
        return self._is_alive

    def read(self, task: ReadingTask, rules: ReadingRules) -> ReadDocument:
        """Send a file to the worker and wait for what it makes of it."""
        name = PurePosixPath(task.source).name
        try:
            content = Path(task.path).read_bytes()
        except OSError as error:
            return ReadDocument(reason=f"{name}: the file cannot be opened ({error.strerror}).")
        call = self._worker.read.remote(asdict(task), asdict(rules), content)
        try:
            answer = self._ray.get(call, timeout=rules.patience_s + _START_S)
        except (self._ray.exceptions.RayError, ConnectionError) as error:
            self._is_alive = False
            self.kill()
            return ReadDocument(
                reason=f"{name}: the Ray worker that read it was lost ({type(error).__name__}); "
                "ingest it again."
            )
        return _ANSWER.validate_json(answer)

    def kill(self) -> None:
        """End the worker."""
        with suppress(self._ray.exceptions.RayError, ValueError):
            self._ray.kill(self._worker)

    def close(self) -> None:
        """Nothing is held here."""


class _Worker:
    """Runs on the cluster."""

    def __init__(self) -> None:
        self._child = ChildProcess()

    def read(self, task: dict[str, str], rules: dict[str, Any], content: bytes) -> bytes:
        """Read a file that lies on another machine; its answer as JSON."""
        if not self._child.is_alive:
            self._child = ChildProcess()
        with TemporaryDirectory() as folder:
            path = Path(folder) / PurePosixPath(task["source"]).name
            path.write_bytes(content)
            here = ReadingTask(**{**task, "path": str(path)})
            return _ANSWER.dump_json(self._child.read(here, ReadingRules(**rules)))
