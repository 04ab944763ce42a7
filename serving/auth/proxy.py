"""Callers whom a proxy in front has authenticated, such as oauth2-proxy."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from serving.auth.membership import Membership
from serving.auth.proxied import DuplicateHeader, InvalidProxyUser, ProxyHeaders
from serving.auth.verified import CallerUnverified, VerifiedCaller


@dataclass(frozen=True, slots=True)
class TrustedProxy:
    """Makes a caller of whom the proxy names."""

    headers: ProxyHeaders
    membership: Membership

    def identify(self, connection: HTTPConnection) -> VerifiedCaller | None:
        """Whom the proxy names, None where it is not the proxy or it names nobody.

        Raises:
            Unidentified: one of its headers came twice, or it names somebody whom nobody can be
                called.
        """
        try:
            named = self.headers.read(connection)
        except (InvalidProxyUser, DuplicateHeader) as error:
            raise CallerUnverified(str(error)) from error
        if named is None:
            return None
        caller = self.membership.caller(f"proxy:{named.user}", frozenset(named.groups))
        return VerifiedCaller(caller, token=named.token, by_browser=True)
