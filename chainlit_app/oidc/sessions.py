"""The tokens of people who have signed in: sealed in their cookie, renewed in memory."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from secrets import token_urlsafe

import jwt
from pydantic import BaseModel, Field

from chainlit_app.oidc.provider import Granted, Provider, ProviderAway, ProviderError

MARGIN_S = 20.0
"""Seconds before its end at which a token is renewed."""
MOST_KEPT = 10_000


class SignInTokens(BaseModel):
    """What a person's cookie holds, sealed; `shown` is the token for the service."""

    session: str = Field(default_factory=lambda: token_urlsafe(16))
    shown: str
    refresh: str = ""
    ends: float

    def is_over(self) -> bool:
        """Whether the person has to sign in again."""
        return not self.refresh and self.ends <= time.time()

    def headers(self) -> dict[str, str]:
        """What the service knows the person by."""
        return {"Authorization": f"Bearer {self.shown}"}


class Sessions:
    """Renews tokens before they end.

    A cookie cannot be changed from a socket, so that the newest tokens are kept here. After a
    restart, or at another pod, the cookie's are used; a provider that takes each refresh token only
    once then lets the person sign in again.
    """

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._newest: OrderedDict[str, SignInTokens] = OrderedDict()
        self._renewing: dict[str, asyncio.Lock] = {}

    def begun(self, granted: Granted) -> SignInTokens:
        """The tokens of somebody who has just signed in."""
        shown = self._provider.for_the_service(granted)
        ends = _end_of(shown) or time.time() + granted.expires_in
        return SignInTokens(shown=shown, refresh=granted.refresh_token, ends=ends)

    def newest(self, tokens: SignInTokens) -> SignInTokens:
        """The tokens that a cookie's have become."""
        return self._newest.get(tokens.session, tokens)

    async def headers(self, tokens: SignInTokens) -> Mapping[str, str]:
        """What the service is sent now; where nothing can be renewed, the token that has ended."""
        lock = self._renewing.setdefault(tokens.session, asyncio.Lock())
        try:
            async with lock:
                await self._renew(self.newest(tokens))
        finally:
            if not lock.locked():
                self._renewing.pop(tokens.session, None)
        return self.newest(tokens).headers()

    async def _renew(self, tokens: SignInTokens) -> None:
        if not tokens.refresh or tokens.ends - MARGIN_S > time.time():
            return
        try:
            granted = await self._provider.refresh(tokens.refresh)
        except ProviderAway:
            return  # the token may serve for a while yet
        except ProviderError:
            self._keep(tokens.model_copy(update={"refresh": ""}))
            return
        kept = granted.model_copy(
            update={
                "refresh_token": granted.refresh_token or tokens.refresh,
                "id_token": granted.id_token or tokens.shown,
            }
        )
        self._keep(self.begun(kept).model_copy(update={"session": tokens.session}))

    def _keep(self, tokens: SignInTokens) -> None:
        self._newest[tokens.session] = tokens
        self._newest.move_to_end(tokens.session)
        while len(self._newest) > MOST_KEPT:
            self._newest.popitem(last=False)


def _end_of(token: str) -> float | None:
    """When a token ends, where it says so itself; the service checks it."""
    try:
        return float(jwt.decode(token, options={"verify_signature": False})["exp"])
    except (jwt.PyJWTError, KeyError, TypeError, ValueError):
        return None
