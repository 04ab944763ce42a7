"""Chainlit's own cookie, which names the person who has logged in."""

from chainlit.auth import get_token_from_cookies
from chainlit.auth.jwt import decode_jwt
from jwt import InvalidTokenError

COOKIE = b"access_token"
"""How the names of Chainlit's own cookies begin; a long one comes in pieces."""


def name_in_cookie(cookies: dict[str, str]) -> str | None:
    """Whom Chainlit's own cookie names, None where there is none that holds."""
    token = get_token_from_cookies(cookies)
    try:
        return decode_jwt(token).identifier if token else None
    except InvalidTokenError:
        return None
