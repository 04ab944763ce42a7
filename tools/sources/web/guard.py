"""Which addresses a website may lead to: its own, and public ones over https.

A page is somebody else's text. A redirect in it must not reach what only this machine can.
"""

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from tools.errors import BadInput, Unavailable

_PORTS = {"http": 80, "https": 443}


class OffLimits(BadInput):
    """A page leads to a forbidden address."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A server by scheme, host and port."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class WebGuard:
    """Admits URLs of the source's `own` server, and of others that are public, by https alone."""

    own: Origin

    def is_own(self, url: str) -> bool:
        """Whether a URL is of the source's server, by its scheme or by https."""
        found = origin_of(url)
        is_upgrade = (self.own.scheme, self.own.port, found.scheme, found.port) == (
            "http",
            80,
            "https",
            443,
        )
        return found == self.own or (found.host == self.own.host and is_upgrade)

    def admit(self, url: str) -> None:
        """Let a URL pass.

        Raises:
            OffLimits: it leads elsewhere than it may.
            Unavailable: its server's name has no address.
        """
        if self.is_own(url):
            return
        other = origin_of(url)
        if other.scheme != "https":
            raise OffLimits(f"it leads to {other.host!r}, another server, without https")
        for address in _addresses(other):
            require_public(address, other.host)


def origin_of(url: str) -> Origin:
    """The server of a URL.

    Raises:
        OffLimits: it is not a web address.
    """
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
        port = parts.port or _PORTS[scheme]
    except (ValueError, KeyError) as error:
        raise OffLimits("it leads to what is not a web address") from error
    if not host:
        raise OffLimits("it leads to what is not a web address")
    return Origin(scheme, host, port)


def require_public(address: str, host: str) -> None:
    """Refuse an address of a private network, of this machine, or of a cloud's own services.

    Raises:
        OffLimits: it is one.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None) or found
    if not (found.is_global and mapped.is_global) or found.is_multicast:
        raise OffLimits(f"it leads to {host!r}, which is a private address")


def _addresses(origin: Origin) -> set[str]:
    try:
        found = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unavailable(f"the server {origin.host!r} is not found") from error
    return {str(each[4][0]) for each in found}
