"""Put before a program on PYTHONPATH: it reaches this machine alone, and what else it tried is written down."""

import os
import sys
from typing import Any, cast

TRIED = os.environ["CLOSED_NETWORK_TRIED"]  # noqa: TID251  # the only way to tell a child
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0", "::")  # noqa: S104


def _text(host: bytes | str | None) -> str:
    return host.decode() if isinstance(host, bytes) else host or ""


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    match event:
        case "socket.connect" | "socket.sendto":
            address = arguments[1]
            host = str(cast("Any", address)[0]) if isinstance(address, tuple) else ""  # else a path
        case "socket.getaddrinfo" | "socket.gethostbyname":
            host = _text(arguments[0])
        case _:
            return
    if host and not host.startswith(LOOPBACK):
        with open(TRIED, "a", encoding="utf-8") as tried:  # noqa: PTH123  # before pathlib is there
            tried.write(f"{event} {host}\n")
        raise OSError(f"The network is closed: {host}")


sys.addaudithook(_refuse)
