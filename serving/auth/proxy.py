"""Callers whom a proxy in front has authenticated, such as oauth2-proxy."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from serving.auth.membership import Membership
from serving.auth.proxied import DuplicateHeader, InvalidProxyUser, ProxyHeaders
from serving.auth.verified import CallerUnverified, VerifiedCaller


@dataclass(frozen=True, slots=True)
class TrustedProxy:
    """Turns a user named by the proxy into a caller."""

    headers: ProxyHeaders
    membership: Membership

    def identify(self, connection: HTTPConnection) -> VerifiedCaller | None:
        """The user whom the proxy names; None if the request is not from it or names nobody.

        Raises:
            Unidentified: one of its headers came twice, or the name is not
                valid.
        """
        try:
            named = self.headers.read(connection)
        except (InvalidProxyUser, DuplicateHeader) as error:
            raise CallerUnverified(str(error)) from error
        if named is None:
            return None
        caller = self.membership.caller(f"proxy:{named.user}", frozenset(named.groups))
        return VerifiedCaller(caller, token=named.token, by_browser=True)
