"""What a sign-in proves, and what it says of a provider that is away; without a browser."""

import httpx
import pytest

from chainlit_app.oidc.proof import ProveSignIn, challenge, nonce, proving
from chainlit_app.oidc.provider import Provider
from chainlit_app.oidc.sessions import SignInTokens
from chainlit_app.seal import Seal


async def test_a_provider_that_is_away_is_told_on_the_page() -> None:
    async def never(*_: object) -> None:
        pytest.fail("nobody can sign in")

    guarded = ProveSignIn(
        never, Provider("http://127.0.0.1:9", "the-page", None), Seal("s" * 32), is_secure=True
    )
    transport = httpx.ASGITransport(guarded)
    async with httpx.AsyncClient(transport=transport, base_url="http://page") as browser:
        told = await browser.get("/auth/oauth/oidc")
    assert told.headers["location"] == "/login?error=provideraway"


def test_the_verifier_does_not_follow_from_what_is_sent() -> None:
    with proving("one"):
        first, told = challenge(), nonce()
    with proving("two"):
        assert challenge() != first
    assert first["nonce"] == told
    assert "one" not in str(first)


def test_a_sign_in_is_over_once_nothing_renews_it() -> None:
    assert not SignInTokens(shown="t", refresh="r", ends=0).is_over()
    assert SignInTokens(shown="t", refresh="", ends=0).is_over()
