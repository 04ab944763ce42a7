"""Bearer tokens of an OpenID Connect provider, verified with the keys that it publishes.

OpenID Connect Discovery 1.0, section 4 (where the keys are), and RFC 7519, section 4.1 (claims).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import cast

import httpx
import jwt

from serving.auth.membership import Membership
from serving.auth.verified import CallerUnverified, VerifiedCaller
from tools.errors import Unavailable

log = logging.getLogger(__name__)

FETCH_TIMEOUT_S = 5.0
LIFETIME_S = 300.0
"""Seconds after which the keys are fetched again, so that a withdrawn key is dropped."""
PAUSE_S = 5.0
"""Seconds between two fetches: a stranger's made-up key ids must not become a flood of them."""
GRACE_S = 3600.0
"""Seconds that known keys still serve while the provider does not answer."""


@dataclass(slots=True)
class ProviderKeys:
    """The provider's signing keys, fetched when first needed, when stale and when one is new."""

    issuer: str
    url: str | None = None
    now: Callable[[], float] = monotonic
    _keys: dict[str | None, jwt.PyJWK] = field(default_factory=dict[str | None, jwt.PyJWK])
    _fetched: float | None = None
    _tried: float | None = None
    _fetching: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def find(self, key_id: str | None) -> jwt.PyJWK | None:
        """The key of that id; a token without an id is of the only key, if there is one only.

        Raises:
            Unavailable: the provider does not answer, and its keys are not known.
        """
        is_coming = key_id not in self._keys and self._fetching.locked()
        if is_coming or self._is_due(key_id):
            async with self._fetching:
                if self._is_due(key_id):
                    await self._fetch()
        if key_id is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(key_id)

    def _is_due(self, key_id: str | None) -> bool:
        if self._tried is not None and self.now() - self._tried < PAUSE_S:
            return False
        is_stale = self._fetched is None or self.now() - self._fetched > LIFETIME_S
        return is_stale or (key_id is not None and key_id not in self._keys)

    async def _fetch(self) -> None:
        self._tried = self.now()
        try:
            async with httpx.AsyncClient(timeout=FETCH_TIMEOUT_S) as client:
                url = self.url or await self._discover(client)
                found = (await client.get(url)).raise_for_status().json()
            published = jwt.PyJWKSet.from_dict(found).keys
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError, KeyError) as error:
            self._carry_on(error)
        except jwt.PyJWTError as error:  # no key that could be used
            self._carry_on(error)
        else:
            signing = [key for key in published if key.public_key_use in {"sig", None}]
            self._keys = {key.key_id: key for key in signing}
            self._fetched = self.now()

    async def _discover(self, client: httpx.AsyncClient) -> str:
        address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        said = (await client.get(address)).raise_for_status().json()
        if said["issuer"] != self.issuer:
            raise ValueError("it names another issuer")
        return str(said["jwks_uri"])

    def _carry_on(self, error: Exception) -> None:
        """Serve with the keys that are known, for a while."""
        log.warning("The keys of %s cannot be fetched: %s.", self.issuer, type(error).__name__)
        if self._fetched is None or self.now() - self._fetched > GRACE_S:
            self._keys = {}
            raise Unavailable(
                f"The keys of the identity provider {self.issuer!r} cannot be fetched ({type(error).__name__}). "
                "Check DOCSQL_AUTH__OIDC__ISSUER, and that the provider is reachable."
            ) from error


@dataclass(frozen=True, slots=True)
class OidcTokens:
    """Callers of an identity provider: signature, issuer, audience and times are all checked.

    `algorithms` are those that a token may be signed with, whatever it says of itself.
    """

    keys: ProviderKeys
    audiences: Sequence[str]
    algorithms: Sequence[str]
    clock_skew_s: float
    id_claim: str
    groups_claim: str
    membership: Membership

    async def read(self, token: str) -> VerifiedCaller | None:
        """The owner of a token, or None if it is not a JSON Web Token.

        Raises:
            Unidentified: it is a JSON Web Token and not valid.
            Unavailable: the provider's keys cannot be fetched.
        """
        try:
            header = jwt.get_unverified_header(token)
        except jwt.PyJWTError:
            return None
        if header.get("alg") not in self.algorithms:
            raise CallerUnverified("The token's signature algorithm is not accepted.")
        key = await self.keys.find(cast("str | None", header.get("kid")))
        if key is None:
            raise CallerUnverified(
                "The token is signed with a key that its issuer does not publish."
            )
        return self._caller(self._claims(token, key), token)

    def _claims(self, token: str, key: jwt.PyJWK) -> dict[str, object]:
        try:
            return jwt.decode(
                token,
                key,
                algorithms=list(self.algorithms),
                audience=list(self.audiences),
                issuer=self.keys.issuer,
                leeway=self.clock_skew_s,
                options={"require": ["exp", "iss", "aud", self.id_claim]},
            )
        except jwt.ExpiredSignatureError as error:
            raise CallerUnverified("The token has expired; get a new one.") from error
        except jwt.InvalidAudienceError as error:
            raise CallerUnverified("The token is for another audience.") from error
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise CallerUnverified("The token is not valid.") from error

    def _caller(self, claims: dict[str, object], token: str) -> VerifiedCaller:
        name = claims[self.id_claim]
        if not isinstance(name, str) or not name:
            raise CallerUnverified(f"The token's claim {self.id_claim!r} does not name a user.")
        groups = _groups(_claim(claims, self.groups_claim))
        return VerifiedCaller(self.membership.caller(f"oidc:{name}", groups), token=token)


def _claim(claims: dict[str, object], name: str) -> object:
    """A claim by its name or, as `realm_access.roles`, by the way to it."""
    if name in claims:
        return claims[name]
    found = cast("object", claims)
    for part in name.split("."):
        found = cast("dict[str, object]", found).get(part) if isinstance(found, dict) else None
    return found


def _groups(claim: object) -> frozenset[str]:
    if isinstance(claim, str):
        return frozenset({claim})
    names = cast("list[object]", claim) if isinstance(claim, list) else []
    return frozenset(name for name in names if isinstance(name, str) and name)
