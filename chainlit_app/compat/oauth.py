"""Chainlit's sign-in by OAuth, with a provider of our own."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import chainlit as cl
from chainlit.config import config
from chainlit.oauth_providers import OAuthProvider, providers

ID = "oidc"
"""In the paths of the sign-in: `/auth/oauth/oidc`, and `/callback` below it."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """Where a browser goes, and with what."""

    address: str
    client_id: str
    asked: Mapping[str, str]


class _OurProvider(OAuthProvider):
    """What Chainlit asks of a provider, the whole of it from our two functions."""

    id = ID

    def __init__(
        self, begin: Callable[[], SignIn], enter: Callable[[str, str], Awaitable[cl.User | None]]
    ) -> None:
        self._begin = begin
        self._enter = enter

    def is_configured(self) -> bool:
        return True

    @property
    def authorize_url(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._begin().address

    @property
    def client_id(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._begin().client_id

    @property
    def authorize_params(self) -> dict[str, str]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return dict(self._begin().asked)

    async def get_token(self, code: str, url: str) -> str:
        """What Chainlit hands to its next question: the code, and the address that it came to."""
        return json.dumps([code, url])

    async def get_user_info(self, token: str) -> Any:
        code, url = json.loads(token)
        return {}, await self._enter(code, url)


def sign_in_at(
    begin: Callable[[], SignIn], enter: Callable[[str, str], Awaitable[cl.User | None]]
) -> None:
    """Let people sign in there and nowhere else; `enter` gives the person for a code."""

    async def entered(_id: str, _code: str, _told: object, person: cl.User | None) -> Any:
        return person

    cast("list[OAuthProvider]", providers)[:] = [_OurProvider(begin, enter)]
    config.code.oauth_callback = entered
