"""This machine's own person: who that is, and the credential that only they can read."""

import os
import secrets
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from serving.auth.scopes import EVERY_SCOPE, WITHIN_GROUPS
from tools.caller import Caller
from tools.errors import Unavailable

LOCAL = Caller(id="local", scopes=EVERY_SCOPE)
"""The person at this machine, who can read the data folder."""
ANYONE = Caller(id="local", scopes=WITHIN_GROUPS)
"""Whoever reaches a service that asks nobody: the same person, most likely."""

CREDENTIAL_FILE = "local.key"


def is_loopback_address(host: str) -> bool:
    """Whether only this machine can reach what listens on that address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def local_credential(data: Path) -> str:
    """What the commands and the page on a data folder show its service; made when first asked for.

    It lies in the folder, for its owner's eyes: whoever can read it can read the documents too.

    Raises:
        Unavailable: the folder cannot be written to.
    """
    file = data / CREDENTIAL_FILE
    try:
        with suppress(FileNotFoundError):
            if kept := file.read_text(encoding="ascii").strip():
                return kept
        data.mkdir(parents=True, exist_ok=True)
        made = f"local_{secrets.token_urlsafe(32)}"
        unfinished = file.with_name(f"{CREDENTIAL_FILE}.{secrets.token_hex(4)}")
        opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w", encoding="ascii") as written:
            written.write(made)
        # Of two processes that begin at once one has made it, and both read the same.
        with suppress(FileExistsError):
            file.hardlink_to(unfinished)
        unfinished.unlink()
        return file.read_text(encoding="ascii")
    except OSError as error:
        raise Unavailable(
            f"The credential of this machine's commands cannot be kept in {str(file)!r} "
            f"({error.strerror}). Set DOCSQL_DATA to a folder that can be written."
        ) from error
