"""The one place that says who sent a request."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from starlette.requests import HTTPConnection

from serving.auth.keys import DEPLOYMENT, KEYS_FILE, Keys, key_caller
from serving.auth.local import ANYONE, LOCAL, is_loopback_address, local_credential
from serving.auth.membership import Membership
from serving.auth.proxied import AUTHORIZATION, DuplicateHeader, proxy_headers, require_once
from serving.auth.proxy import TrustedProxy
from serving.auth.scopes import WITHIN_GROUPS
from serving.auth.verified import CallerUnverified, VerifiedCaller
from serving.config.access import AuthSettings, OidcSettings, ProxySettings
from serving.config.settings import Settings
from tools.caller import Caller

if TYPE_CHECKING:
    from serving.auth.oidc import OidcTokens

STRANGER = "Authentication required: send a key or token as `Authorization: Bearer …`."
UNKNOWN = "The key or token is not valid. It may have been revoked or have expired."

NAMESAKE = (
    "The key 'deployment' has the name of the caller with DOCSQL_AUTH__API_KEY. Run `docsql keys "
    "revoke deployment` and create a key with another name."
)


class TokenReader(Protocol):
    """Knows the callers of one kind of bearer token."""

    async def read(self, token: str) -> VerifiedCaller | None:
        """Whose token that is, None where it is none of this kind.

        Raises:
            Unidentified: it is of this kind and not valid.
        """
        ...


@dataclass(frozen=True, slots=True)
class FixedToken:
    """A secret that identifies one caller."""

    secret: str
    caller: Caller

    async def read(self, token: str) -> VerifiedCaller | None:
        is_it = hmac.compare_digest(token.encode(), self.secret.encode())
        return VerifiedCaller(self.caller) if is_it else None


@dataclass(frozen=True, slots=True)
class KeyTokens:
    """The API keys that `docsql keys` made; `taken` is a caller's id that none of them may have."""

    keys: Keys
    taken: str = ""

    async def read(self, token: str) -> VerifiedCaller | None:
        caller = self.keys.find(token)
        if caller and caller.id == self.taken:
            raise CallerUnverified(NAMESAKE)
        return VerifiedCaller(caller) if caller else None


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Identifies callers by their credentials; without any authentication set up, everyone is `ANYONE`.

    `is_open` allows a service without authentication to be used by everybody who reaches it;
    `is_guarded` says that authentication is set up.
    """

    tokens: Sequence[TokenReader]
    proxy: TrustedProxy | None
    keys: Keys
    is_open: bool
    is_guarded: bool

    def asks(self) -> bool:
        """Whether a caller has to be somebody: from the first key on, without a restart."""
        return self.is_guarded or not self.is_open or self.keys.are_used()

    async def identify(self, connection: HTTPConnection) -> VerifiedCaller:
        """The sender of a request; a user named by a trusted proxy takes precedence over a token.

        Raises:
            Unidentified: no credential, an invalid one, or the same header twice.
            Unavailable: the identity provider does not answer.
        """
        try:
            require_once(connection, [AUTHORIZATION])
        except DuplicateHeader as error:
            raise CallerUnverified(str(error)) from error
        if self.proxy and (named := self.proxy.identify(connection)):
            return named
        token = _bearer_token(connection)
        for reader in self.tokens if token else ():
            if found := await reader.read(token or ""):
                return found
        if self.asks():
            raise CallerUnverified(UNKNOWN if token else STRANGER)
        # Some clients cannot but send a key, and make one up for a service that wants none.
        return VerifiedCaller(ANYONE, by_browser=True)


def authenticator_from(settings: Settings) -> Authenticator:
    """The identity that the settings ask for."""
    auth, service = settings.auth, settings.service
    keys = Keys(settings.data / KEYS_FILE)
    membership = Membership(frozenset(auth.scopes), auth.writers, auth.operators)
    tokens: list[TokenReader] = [FixedToken(local_credential(settings.data), LOCAL)]
    taken = ""
    if auth.api_key is not None:
        taken = key_caller(DEPLOYMENT)
        caller = Caller(taken, frozenset(auth.api_key_groups), WITHIN_GROUPS)
        tokens.append(FixedToken(auth.api_key.get_secret_value(), caller))
    tokens.append(KeyTokens(keys, taken))
    if auth.oidc.issuer is not None:
        tokens.append(_oidc(auth.oidc, auth.oidc.issuer, membership))
    return Authenticator(
        tokens,
        _proxy(auth.proxy, membership),
        keys,
        is_open=is_loopback_address(service.host) or service.allow_anyone,
        is_guarded=has_authentication(auth),
    )


def has_authentication(auth: AuthSettings) -> bool:
    """Whether a setting asks who comes."""
    return any((auth.api_key, auth.oidc.issuer, auth.proxy.user_header))


def requires_authentication(settings: Settings) -> bool:
    """Whether a service with these settings would let nobody in unknown."""
    return has_authentication(settings.auth) or Keys(settings.data / KEYS_FILE).are_used()


def _oidc(oidc: OidcSettings, issuer: str, membership: Membership) -> "OidcTokens":
    from serving.auth.oidc import OidcTokens, ProviderKeys

    return OidcTokens(
        ProviderKeys(issuer, oidc.jwks_url),
        audiences=oidc.audience,
        algorithms=oidc.algorithms,
        clock_skew_s=oidc.clock_skew_s,
        id_claim=oidc.id_claim,
        groups_claim=oidc.groups_claim,
        membership=membership,
    )


def _proxy(proxy: ProxySettings, membership: Membership) -> TrustedProxy | None:
    headers = proxy_headers(proxy)
    return TrustedProxy(headers, membership) if headers else None


def _bearer_token(connection: HTTPConnection) -> str | None:
    sent = connection.headers.get(AUTHORIZATION, "")
    return (sent[7:].strip() or None) if sent[:7].lower() == "bearer " else None
