"""Chainlit's own cookie, which names the person who has logged in."""

from dataclasses import dataclass
from typing import cast

from chainlit.auth import get_token_from_cookies
from chainlit.auth.cookie import set_auth_cookie
from chainlit.auth.jwt import create_jwt, decode_jwt
from chainlit.user import User
from jwt import InvalidTokenError
from starlette.requests import Request
from starlette.responses import Response

SEALED = "sealed"
"""The name of the sealed key in Chainlit's metadata of a user."""
COOKIE = b"access_token"
"""How the names of Chainlit's own cookies begin; a long one comes in pieces."""


@dataclass(frozen=True, slots=True)
class Named:
    """Whom the cookie names, with the key that the page sealed for them."""

    name: str
    sealed: str = ""


def named_in_cookie(cookies: dict[str, str]) -> Named | None:
    """Whom Chainlit's own cookie names, None where there is none that holds."""
    token = get_token_from_cookies(cookies)
    try:
        user = decode_jwt(token) if token else None
    except InvalidTokenError:
        return None
    if user is None:
        return None
    known = cast("dict[str, object]", user.metadata)
    return Named(user.identifier, str(known.get(SEALED, "")))


def cookie_naming(identifier: str, *, shown_as: str) -> bytes:
    """The header that gives a browser a cookie which names this person."""
    response = Response()
    token = create_jwt(User(identifier=identifier, display_name=shown_as))
    set_auth_cookie(Request({"type": "http", "headers": []}), response, token)
    return response.headers["set-cookie"].encode("latin-1")
