"""Preparation before a service opens its parts, with one process or several."""

import shutil
import socket
from collections.abc import Generator
from contextlib import contextmanager

from serving.auth.identity import requires_authentication
from serving.auth.local import is_loopback_address
from serving.config.settings import Settings, SettingsError
from serving.http.uploads import uploads_folder
from serving.process.listening import open_to_all, reserve


@contextmanager
def open_listener(settings: Settings) -> Generator[socket.socket]:
    """The listening socket of a starting service.

    Raises:
        SettingsError: the address is not loopback, and there is no authentication.
        PortTaken: the port is in use.
    """
    service = settings.service
    if not (
        is_loopback_address(service.host)
        or service.allow_anyone
        or requires_authentication(settings)
    ):
        raise SettingsError(
            open_to_all(
                service.host,
                remedy="Create a key with `docsql keys create NAME`",
                section="SERVICE",
            )
        )
    with reserve(service.host, service.port, setting="DOCSQL_SERVICE__PORT") as listener:
        # What a killed service left behind was never taken in. A worker that replaces another one
        # must not do this: the others' uploads lie there too.
        shutil.rmtree(uploads_folder(settings), ignore_errors=True)
        yield listener
