import errno
import socket


class PortTaken(Exception):
    """A port cannot be listened on; the message says by which setting to choose another."""


def reserve(host: str, port: int, *, setting: str) -> socket.socket:
    """A socket bound to the port before anything else is started.

    `setting` is the variable that the message tells people to change.

    Raises:
        PortTaken: something else listens there, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where the protocol is named; with it on, every
    # answer waits 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    # A service that was just stopped leaves connections in TIME_WAIT, which must not be an error.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used ({error})"
        raise PortTaken(
            f"Port {port} on {host} {why}. Stop the process that listens there, or choose another "
            f"port with --port or {setting}."
        ) from error
    return listener


def open_to_all(host: str, *, remedy: str, section: str) -> str:
    """The error for an address that is not loopback without authentication.

    `remedy` turns on authentication; `section` is the one with ALLOW_ANYONE.
    """
    return (
        f"Listening on {host} would let everybody who can reach this machine ask questions. "
        f"{remedy} to require a login, or set DOCSQL_{section}__ALLOW_ANYONE=true to allow it."
    )


def url_of(listener: socket.socket) -> str:
    """The address to open; a wildcard address is shown as this machine's."""
    host, port = listener.getsockname()[:2]
    return address_of(host, port)


def address_of(host: str, port: int) -> str:
    """The URL at which this machine reaches what listens there."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"
