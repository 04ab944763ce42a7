"""The user named by an authenticating proxy, trusted only if the proxy itself sent it."""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.requests import HTTPConnection

from serving.config.access import ProxySettings

AUTHORIZATION = "Authorization"
SECRET_HEADER = "X-Docsql-Proxy-Secret"  # noqa: S105  # the header's name
_LONGEST_NAME = 256

Network = IPv4Network | IPv6Network


class InvalidProxyUser(Exception):
    """The proxy sends a name that is not valid."""


class DuplicateHeader(Exception):
    """A header that says who asks came more than once; the message names it."""


def require_once(connection: HTTPConnection, names: Iterable[str]) -> None:
    """Check that a request has each of these headers at most once.

    A proxy that adds its own header to the client's, instead of replacing it, would let the client
    choose part of its identity, and two parsers of one request may pick different ones.

    Raises:
        SentTwice: a header occurs twice.
    """
    for name in names:
        if len(connection.headers.getlist(name)) > 1:
            raise DuplicateHeader(
                f"The header {name} came twice; send it once. A proxy must replace what "
                "its clients send under this name."
            )


@dataclass(frozen=True, slots=True)
class ProxiedUser:
    """The user whom the proxy names; `token` is their access token for other services."""

    user: str
    groups: tuple[str, ...]
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ProxyHeaders:
    """Reads a proxy's headers, from its own addresses and with its own secret only.

    Where both are set, both have to be right. What anybody else sends under these names is no
    more than text.
    """

    user_header: str
    groups_header: str
    token_header: str
    networks: Sequence[Network]
    secret: str | None = field(repr=False)

    def read(self, connection: HTTPConnection) -> ProxiedUser | None:
        """The user whom the proxy names; None if the request is not from it or names nobody.

        Raises:
            SentTwice: one of its headers came twice, whoever sent it.
            NamesNobody: the name is not valid.
        """
        headers = connection.headers
        require_once(connection, self._names())
        if not self._is_the_proxy(connection):
            return None
        user = headers.get(self.user_header)
        if not user:
            return None
        if len(user) > _LONGEST_NAME or not user.isprintable():
            raise InvalidProxyUser(f"The proxy's header {self.user_header} does not name a user.")
        groups = (name.strip() for name in headers.get(self.groups_header, "").split(","))
        return ProxiedUser(user, tuple(filter(None, groups)), headers.get(self.token_header))

    def write(self, proxied: ProxiedUser, *, secret: str | None) -> dict[str, str]:
        """The headers by which the next one learns the same, shown `secret`."""
        said = {
            self.user_header: proxied.user,
            self.groups_header: ",".join(proxied.groups),
            self.token_header: proxied.token,
            SECRET_HEADER: secret,
        }
        return {name: value for name, value in said.items() if value}

    def _names(self) -> tuple[str, ...]:
        return self.user_header, self.groups_header, self.token_header, SECRET_HEADER

    def _is_the_proxy(self, connection: HTTPConnection) -> bool:
        if self.secret is not None:
            shown = connection.headers.get(SECRET_HEADER, "")
            if not hmac.compare_digest(shown.encode(), self.secret.encode()):
                return False
        return not self.networks or self._is_its_address(connection)

    def _is_its_address(self, connection: HTTPConnection) -> bool:
        if connection.client is None:
            return False
        try:
            address = ip_address(connection.client.host)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in self.networks)


def proxy_headers(proxy: ProxySettings) -> ProxyHeaders | None:
    """How the proxy of the settings names people, None where there is none."""
    if proxy.user_header is None:
        return None
    return ProxyHeaders(
        user_header=proxy.user_header,
        groups_header=proxy.groups_header,
        token_header=proxy.token_header,
        networks=proxy.addresses,
        secret=proxy.secret.get_secret_value() if proxy.secret else None,
    )
