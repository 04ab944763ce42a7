"""Requests that two readers would end in different places, on a real socket."""

import json
import re
import socket
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "fixtures/http/smuggling.json").read_text(encoding="utf-8")
)
_PATIENCE_S = 15.0
_HIDDEN = "GET /hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"


def answers(url: str, case: dict[str, Any], *, line: str) -> list[str]:
    """The statuses of all that comes until the server closes the connection.

    `line` is the method and path of the request; another one stands behind its body.
    """
    lines = [f"{line} HTTP/{case.get('version', '1.1')}", "Host: localhost", *case["lines"]]
    sent = "\r\n".join(lines) + "\r\n\r\n" + case["body"] + _HIDDEN
    came = exchanged(url, sent.encode("latin-1"))
    return re.findall(r"HTTP/1\.1 (?!100)\d{3}", came)


def exchanged(url: str, sent: bytes) -> str:
    """What comes back until the server closes the connection; a reset closes it too."""
    address = urlsplit(url)
    came = b""
    with socket.create_connection(
        (address.hostname, address.port or 80), _PATIENCE_S
    ) as connection:
        connection.sendall(sent)
        with suppress(ConnectionResetError):
            while piece := connection.recv(65_536):
                came += piece
    return came.decode("latin-1")
