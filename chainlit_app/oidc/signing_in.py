"""People who sign in at an identity provider, whose tokens the service verifies."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import chainlit as cl
from pydantic import ValidationError
from starlette.requests import HTTPConnection

from chainlit_app.compat.cookie import SEALED, Named
from chainlit_app.compat.oauth import SignIn
from chainlit_app.oidc.proof import challenge, nonce, verifier
from chainlit_app.oidc.provider import Granted, Provider, ProviderError
from chainlit_app.oidc.sessions import Sessions, SignInTokens
from chainlit_app.seal import Seal
from chainlit_app.service import Service
from chainlit_app.visitor import Visitor
from serving.client import ServiceError

log = logging.getLogger(__name__)

SHOWN_BY = ("name", "preferred_username", "email")
"""The claims that may hold a person's name, the best first."""


@dataclass(frozen=True, slots=True)
class OidcLogin:
    """The cookie has a person's name and tokens, which the page sealed."""

    provider: Provider
    sessions: Sessions
    service: Service
    seal: Seal = field(repr=False)
    scopes: tuple[str, ...] = ()

    def visitor(self, connection: HTTPConnection, known_as: Named | None) -> Visitor | None:
        """The person whom the cookie names, None once they have to sign in again."""
        del connection
        sealed = self.seal.open(known_as.name, known_as.sealed) if known_as else None
        try:
            tokens = self.sessions.newest(SignInTokens.model_validate_json(sealed or ""))
        except ValidationError:
            return None
        if known_as is None or tokens.is_over():
            return None
        renewed = partial(self.sessions.headers, tokens)
        return Visitor(known_as.name, tokens.headers(), renewed=renewed)

    def asked(self) -> SignIn:
        """Where a browser goes to sign in, and with what; the provider is known by then."""
        found = self.provider.known()
        known = found.scopes_supported
        wanted = [each for each in self.scopes if known is None or each in known]
        asked = {"response_type": "code", "scope": " ".join(wanted or ["openid"])}
        return SignIn(found.authorization_endpoint, self.provider.client_id, asked | challenge())

    async def enter(self, code: str, redirect: str) -> cl.User | None:
        """The person with that code; None where they cannot come in, with the reason in the log."""
        try:
            granted = await self.provider.exchange(code, verifier=verifier(), redirect=redirect)
            claims = await self.provider.claims(granted.id_token, nonce=nonce())
            return await self._entered(granted, claims)
        except (ProviderError, ServiceError) as error:
            log.warning("Nobody could sign in: %s", error)
            return None

    async def _entered(self, granted: Granted, claims: Mapping[str, object]) -> cl.User:
        tokens = self.sessions.begun(granted)
        found = await self.service.whoami(tokens.shown)
        if found is None:
            raise ProviderError(
                "the service refuses the token. Compare its `aud` with DOCSQL_AUTH__OIDC__AUDIENCE, "
                "or set DOCSQL_PAGE__OIDC__TOKEN=id."
            )
        if await self.service.whoami(None):
            raise ProviderError("the service asks nobody who they are. Set DOCSQL_AUTH__OIDC__*.")
        sealed = self.seal.close(found.id, tokens.model_dump_json())
        shown = next((str(claims[name]) for name in SHOWN_BY if claims.get(name)), found.id)
        return cl.User(identifier=found.id, display_name=shown, metadata={SEALED: sealed})
