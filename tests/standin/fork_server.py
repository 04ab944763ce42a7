"""Commands without their imports: a process that has loaded the libraries is forked for each.

Most of a short command is Python importing, the same each time. A forked one is as real otherwise:
it has a process, an environment, a working folder, file descriptors and signals of its own.
Whoever wants a command runs this file as a program (`LAUNCH`), which hands its own over and stands
for the command: signals go through it, and it ends as the command did.
"""

import array
import atexit
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

LAUNCH = (sys.executable, "-I", "-S", "-X", "utf8", __file__)
"""What to run, followed by the server's socket, the program's path and its arguments."""
_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LARGEST = 1 << 20
_DOCSQL = (
    "aiosqlite",
    "anyio._backends._asyncio",
    "milvus_lite.engine.compaction",
    "milvus_lite.function.builder",
    "pandas",
    "pyarrow.dataset",
    "sqlalchemy.dialects.sqlite",
    "typer.rich_utils",
    "uvloop",
    "agent.graph",
    "serving.cli.approval",
    "serving.cli.doctor",
    "serving.cli.terminal",
    "serving.conversations.service",
    "serving.models.embedded.chat.model",
    "serving.models.embedded.offers",
    "serving.models.embedded.sql_writer",
    "serving.observability.telemetry",
    "serving.parts.assembly",
    "serving.parts.library",
    "serving.process.server",
    "serving.turns.turn",
    "tools.documents.lite",
)
"""The modules that most commands import."""
_PAGE = (
    "aiofiles",
    "asyncer",
    "dataclasses_json",
    "dotenv",
    "fastapi",
    "filetype",
    "httpx",
    "jwt",
    "langserve",
    "literalai",
    "mcp",
    "pydantic.v1",
    "socketio",
    "uvicorn",
    "serving.auth.proxied",
    "serving.schema",
    "serving.settings",
)
"""What the page imports; not Chainlit, which reads the environment while it is imported."""
_LOADED: Mapping[str, tuple[str, ...]] = {"docsql": _DOCSQL, "page": _PAGE}


def launch(address: str, program: str, *arguments: str) -> None:
    """Have a command run with this process's surroundings, and end as it ends."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.connect(address)
        for number in _PASSED_ON:
            signal.signal(number, lambda number, _: server.send(bytes([number])))
        umask = os.umask(0)
        wanted = {
            "argv": [program, *arguments],
            "folder": os.getcwd(),  # noqa: PTH109  # this program starts in 20 ms without pathlib
            "umask": umask,
            "environment": dict(os.environ),  # noqa: TID251  # a command's own
        }
        descriptors = array.array("i", [0, 1, 2])
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)
        server.sendmsg([json.dumps(wanted).encode()], [rights])
        code = int(server.recv(16) or b"1")
    if code < 0:
        if -code in _PASSED_ON:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


class Commands:
    """The commands that run, by what tells of their ends, and whoever waits for each."""

    def __init__(self) -> None:
        self._by_end: dict[int, tuple[int, socket.socket]] = {}

    @property
    def ends(self) -> list[int]:
        return list(self._by_end)

    @property
    def callers(self) -> list[socket.socket]:
        return [caller for _, caller in self._by_end.values()]

    def add(self, child: int, caller: socket.socket) -> None:
        self._by_end[os.pidfd_open(child)] = child, caller

    def tell(self, end: int) -> None:
        """Say how a command ended."""
        child, caller = self._by_end.pop(end)
        os.close(end)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with caller, suppress(OSError):
            caller.send(str(code).encode())

    def pass_on(self, caller: socket.socket) -> None:
        """Pass a signal on; a launcher that is gone takes its command along."""
        (child,) = [child for child, other in self._by_end.values() if other is caller]
        number = caller.recv(1) or bytes([signal.SIGKILL])
        with suppress(ProcessLookupError):
            os.kill(child, number[0])

    def leave(self) -> None:
        """Forget them all, in a process that is to be one of them."""
        for end, (_, caller) in self._by_end.items():
            os.close(end)
            caller.close()


def serve(address: str) -> None:
    """Fork for each command until stdin is closed; returns in the commands themselves only."""
    running = Commands()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(f"{address}-soon")
        listener.listen(64)
        os.rename(f"{address}-soon", address)  # noqa: PTH104  # who sees it can connect
        while True:
            wanted = [listener, sys.stdin, *running.callers, *running.ends]
            ready, _, _ = select.select(wanted, [], [])
            if sys.stdin in ready:
                os._exit(0)
            for caller in running.callers:
                if caller in ready:
                    running.pass_on(caller)
            for end in running.ends:
                if end in ready:
                    running.tell(end)
            if listener in ready:
                caller, _ = listener.accept()
                child = _begin(caller)
                if not child:
                    running.leave()
                    caller.close()
                    return
                running.add(child, caller)


def _begin(caller: socket.socket) -> int:
    """Fork the command that is asked for; as `os.fork`, 0 in the command itself."""
    message, rights, _, _ = caller.recvmsg(_LARGEST, socket.CMSG_SPACE(3 * 4))
    descriptors = array.array("i", rights[0][2])
    child = os.fork()
    if not child:
        os.setsid()
        for place, descriptor in enumerate(descriptors):
            os.dup2(descriptor, place)
    for descriptor in descriptors:
        os.close(descriptor)
    if not child:
        _settle(**json.loads(message))
    return child


def _settle(*, argv: list[str], folder: str, umask: int, environment: dict[str, str]) -> None:
    os.chdir(folder)
    os.umask(umask)
    os.environ.clear()  # noqa: TID251  # a command's own
    os.environ.update(environment)  # noqa: TID251
    vars(sys.modules["tempfile"])["tempdir"] = None  # what was found before was the server's
    time.tzset()
    sys.argv = argv
    # Processes that the command spawns begin with what they take for its program.
    sys.modules["__main__"].__file__ = argv[0]


def preload(kind: str) -> None:
    """Import what commands import, and keep it out of the sight of the garbage collector."""
    for name in _LOADED[kind]:
        importlib.import_module(name)
    gc.freeze()


class Ending:
    """Ends a command, once all that it registered has run, without taking its modules apart.

    That reads and writes every page of memory that it shares with the server, for nothing: an
    eighth of a second. What ends by an exception or a signal of its own ends as Python has it.
    """

    def __init__(self) -> None:
        self.code: int | None = None

    def __call__(self) -> None:
        if self.code is not None:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(self.code)

    def take(self, exit_: SystemExit) -> None:
        if isinstance(exit_.code, str):
            raise exit_
        self.code = exit_.code or 0


def become(kind: str) -> None:
    """Run the command that `sys.argv` names."""
    if kind == "page":
        importlib.import_module("chainlit.cli").cli(prog_name="chainlit")
    else:
        langgraph: Any = importlib.import_module("langgraph.warnings")
        warnings.simplefilter("error", langgraph.LangGraphDeprecationWarning)
        importlib.import_module("serving.cli").main()


if __name__ == "__main__":
    if sys.argv[1] != "--serve":
        launch(*sys.argv[1:])
    _, _, at, commands = sys.argv
    del sys.path[0]  # a command's is another
    end = Ending()
    atexit.register(end)  # the first to be registered runs last
    preload(commands)
    serve(at)
    try:
        become(commands)
        end.code = 0
    except SystemExit as exit_:
        end.take(exit_)
