"""Callers whom a proxy in front has authenticated, such as oauth2-proxy."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.requests import HTTPConnection

from serving.auth.membership import Membership
from serving.auth.verified import Identified, Unidentified

SECRET_HEADER = "X-Docsql-Proxy-Secret"  # noqa: S105  # the header's name
_LONGEST_NAME = 256

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class TrustedProxy:
    """Believes a proxy's headers, from its own addresses and with its own secret only.

    Where both are set, both have to be right. What anybody else sends under these names is no
    more than text.
    """

    user_header: str
    groups_header: str
    token_header: str
    networks: Sequence[Network]
    secret: str | None
    membership: Membership

    def identify(self, connection: HTTPConnection) -> Identified | None:
        """Whom the proxy names, None where it is not the proxy or it names nobody.

        Raises:
            Unidentified: it names two, or somebody whom nobody can be called.
        """
        if not self._is_the_proxy(connection):
            return None
        named = connection.headers.getlist(self.user_header)
        if not named or named == [""]:
            return None
        if len(named) > 1 or len(named[0]) > _LONGEST_NAME or not named[0].isprintable():
            raise Unidentified(f"The proxy's header {self.user_header} names nobody.")
        listed = connection.headers.getlist(self.groups_header)
        groups = (name.strip() for one in listed for name in one.split(","))
        caller = self.membership.caller(f"proxy:{named[0]}", frozenset(filter(None, groups)))
        token = connection.headers.get(self.token_header)
        return Identified(caller, token=token, by_browser=True)

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
