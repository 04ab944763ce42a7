"""What a proxy in front says of who asks, believed where it is the proxy that says it."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.requests import HTTPConnection

from serving.sections import ProxySettings

SECRET_HEADER = "X-Docsql-Proxy-Secret"  # noqa: S105  # the header's name
_LONGEST_NAME = 256

Network = IPv4Network | IPv6Network


class NamesNobody(Exception):
    """The proxy names two, or somebody whom nobody can be called."""


@dataclass(frozen=True, slots=True)
class Proxied:
    """Whom the proxy names; `token` is what they may be known by elsewhere too."""

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

    def read(self, connection: HTTPConnection) -> Proxied | None:
        """Whom the proxy names, None where it is not the proxy or it names nobody.

        Raises:
            NamesNobody: what it sends is no name.
        """
        if not self._is_the_proxy(connection):
            return None
        named = connection.headers.getlist(self.user_header)
        if not named or named == [""]:
            return None
        if len(named) > 1 or len(named[0]) > _LONGEST_NAME or not named[0].isprintable():
            raise NamesNobody(f"The proxy's header {self.user_header} names nobody.")
        listed = connection.headers.getlist(self.groups_header)
        groups = (name.strip() for one in listed for name in one.split(","))
        token = connection.headers.get(self.token_header)
        return Proxied(named[0], tuple(filter(None, groups)), token)

    def write(self, proxied: Proxied, *, secret: str | None) -> dict[str, str]:
        """The headers by which the next one learns the same, shown `secret`."""
        said = {
            self.user_header: proxied.user,
            self.groups_header: ",".join(proxied.groups),
            self.token_header: proxied.token,
            SECRET_HEADER: secret,
        }
        return {name: value for name, value in said.items() if value}

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
