"""The identity provider, as a client of it sees it.

OpenID Connect Discovery 1.0, section 4; OpenID Connect Core 1.0, sections 3.1.3 and 12; RFC 7636.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import httpx
import jwt
from pydantic import BaseModel, ValidationError

TIMEOUT_S = 10.0
LIFETIME_S = 300.0
"""Seconds after which the provider's description is read again."""
SKEW_S = 30.0
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Public-key signatures only."""


class ProviderError(Exception):
    """The provider does not do what it should; the message is for the operator's log."""


class ProviderAway(ProviderError):
    """It does not answer, and may later."""


class Discovered(BaseModel):
    """The provider's own description of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    scopes_supported: list[str] | None = None
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]


class Granted(BaseModel):
    """What the token endpoint gives."""

    access_token: str
    id_token: str = ""
    refresh_token: str = ""
    expires_in: float = LIFETIME_S


@dataclass(slots=True)
class Provider:
    """One provider and the page as its client; nothing is asked of it before somebody signs in."""

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    shown: Literal["access", "id"] = "access"
    _found: Discovered | None = None
    _found_at: float = 0.0

    async def discovered(self) -> Discovered:
        """Where the provider's endpoints are.

        Raises:
            ProviderError: it does not answer, or it is another one.
        """
        if self._found is None or time.monotonic() - self._found_at > LIFETIME_S:
            address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
            try:
                found = Discovered.model_validate_json(await _get(address))
            except ValidationError as error:
                raise ProviderError(f"{address} describes no provider.") from error
            if found.issuer != self.issuer:
                raise ProviderError(f"{address} names another issuer, {found.issuer!r}.")
            self._found, self._found_at = found, time.monotonic()
        return self._found

    def known(self) -> Discovered:
        """The same, after it was asked for.

        Raises:
            ProviderError: nobody asked.
        """
        if self._found is None:
            raise ProviderError("The provider has not been asked yet.")
        return self._found

    async def exchange(self, code: str, *, verifier: str, redirect: str) -> Granted:
        """The tokens for a code that the browser has brought.

        Raises:
            ProviderError: the provider refuses, or does not answer.
        """
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect}
        return await self._granted({**form, "code_verifier": verifier})

    async def refresh(self, token: str) -> Granted:
        """New tokens for a refresh token.

        Raises:
            ProviderAway: the provider does not answer.
            ProviderError: it refuses: the person has to sign in again.
        """
        return await self._granted({"grant_type": "refresh_token", "refresh_token": token})

    async def claims(self, id_token: str, *, nonce: str) -> Mapping[str, object]:
        """What an ID token says, after its signature, issuer, audience, times and nonce.

        Raises:
            ProviderError: it is not valid.
        """
        try:
            keys = jwt.PyJWKSet.from_json(await _get((await self.discovered()).jwks_uri))
            named = jwt.get_unverified_header(id_token).get("kid")
            fitting = [key for key in keys.keys if named in {key.key_id, None}]
            claims: dict[str, object] = jwt.decode(
                id_token,
                fitting[0],
                algorithms=list(ALGORITHMS),
                audience=self.client_id,
                issuer=self.issuer,
                leeway=SKEW_S,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, IndexError) as error:
            raise ProviderError(f"The ID token is not valid: {type(error).__name__}.") from error
        if claims.get("nonce") != nonce:
            raise ProviderError("The ID token is for another sign-in.")
        return claims

    def for_the_service(self, granted: Granted) -> str:
        """The token that the service is shown."""
        return granted.access_token if self.shown == "access" else granted.id_token

    async def _granted(self, form: Mapping[str, str]) -> Granted:
        found = await self.discovered()
        sent, basic = {**form, "client_id": self.client_id}, None
        if self.client_secret is not None:
            if "client_secret_basic" in found.token_endpoint_auth_methods_supported:
                basic = httpx.BasicAuth(self.client_id, self.client_secret)
            else:
                sent["client_secret"] = self.client_secret
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_S) as client:
                response = await client.post(
                    found.token_endpoint, data=sent, auth=basic or httpx.USE_CLIENT_DEFAULT
                )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProviderAway(f"{found.token_endpoint} does not answer.") from error
        if response.status_code >= 500:
            raise ProviderAway(f"{found.token_endpoint} failed ({response.status_code}).")
        try:
            return Granted.model_validate_json(response.raise_for_status().content)
        except (httpx.HTTPError, ValidationError) as error:
            raise ProviderError(
                f"{found.token_endpoint} gave no token ({response.status_code})."
            ) from error


async def _get(address: str) -> str:
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S) as client:
            return (await client.get(address)).raise_for_status().text
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProviderAway(f"{address} does not answer.") from error
