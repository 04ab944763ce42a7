"""Commands without their imports: a process that has loaded the libraries is forked for each.

Most of a short command is Python importing, the same each time. A forked one is as real otherwise:
it has a process, an environment, a working folder, file descriptors and signals of its own.
Whoever wants a command runs this file as a program (`LAUNCH`), which hands its own over and stands
for the command: signals go through it, and it ends as the command did.
"""

import array
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
    "pandas",
    "pyarrow.dataset",
    "sqlalchemy.dialects.sqlite",
    "agent.graph",
    "serving.cli.approval",
    "serving.cli.doctor",
    "serving.cli.terminal",
    "serving.conversations.service",
    "serving.models.embedded.chat.model",
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


def serve(address: str) -> None:
    """Fork for each command until stdin is closed; returns in the commands themselves only."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(f"{address}-soon")
        listener.listen(64)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that watch
        os.rename(f"{address}-soon", address)  # noqa: PTH104  # who sees it can connect
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in ready:
                os._exit(0)
            connection, _ = listener.accept()
            with connection:
                if os.fork():
                    continue
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                listener.close()
                _begin(connection)
                return


def _begin(connection: socket.socket) -> None:
    """Become the command that is asked for here; another process stays and watches it."""
    message, rights, _, _ = connection.recvmsg(_LARGEST, socket.CMSG_SPACE(3 * 4))
    descriptors = array.array("i", rights[0][2])
    child = os.fork()
    if child:
        _watch(child, connection)
    connection.close()
    os.setsid()
    for place, descriptor in enumerate(descriptors):
        os.dup2(descriptor, place)
        os.close(descriptor)
    _settle(**json.loads(message))


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


def _watch(child: int, connection: socket.socket) -> None:
    """Pass signals on until the child ends, and tell how; a launcher that is gone takes it along."""
    ended = os.pidfd_open(child)
    while True:
        ready, _, _ = select.select([ended, connection], [], [])
        if ended in ready:
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            with suppress(OSError):
                connection.send(str(code).encode())
            os._exit(0)
        number = connection.recv(1) or bytes([signal.SIGKILL])
        os.kill(child, number[0])


def preload(kind: str) -> None:
    """Import what commands import, and keep it out of the sight of the garbage collector."""
    for name in _LOADED[kind]:
        importlib.import_module(name)
    gc.freeze()


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
    preload(commands)
    serve(at)
    become(commands)
