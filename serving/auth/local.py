"""The local user: their identity, and a credential that only they can read."""

import secrets
from ipaddress import ip_address
from pathlib import Path

from serving.auth.scopes import EVERY_SCOPE, WITHIN_GROUPS
from serving.auth.secret_file import secret_in
from tools.caller import Caller
from tools.errors import Unavailable

LOCAL = Caller(id="local", scopes=EVERY_SCOPE)
"""The local user, who can read the data folder."""
ANYONE = Caller(id="local", scopes=WITHIN_GROUPS)
"""Everybody who reaches a service without authentication: most likely the local user."""

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
    """The credential of commands and the page on the same data folder, created on first use.

    The file is readable by its owner only, who can read the documents anyway.

    Raises:
        Unavailable: the folder cannot be written to.
    """
    file = data / CREDENTIAL_FILE
    try:
        return secret_in(file, lambda: f"local_{secrets.token_urlsafe(32)}")
    except OSError as error:
        raise Unavailable(
            f"The local key cannot be written to {str(file)!r} ({error.strerror}). Set DOCSQL_DATA "
            "to a writable folder."
        ) from error
