"""Tokens of an identity provider, whose keys are fetched from a real server and rotated."""

import base64
import hmac
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from docsql_process import Folder, Service
from standin_oidc import AUDIENCE, OidcStandIn
from standin_server import serve

from serving.auth.membership import Membership
from serving.auth.oidc import GRACE_S, LIFETIME_S, PAUSE_S, OidcTokens, ProviderKeys
from serving.auth.verified import CallerUnverified
from tools.errors import Unavailable

FIXTURES = Path(__file__).parents[1] / "fixtures" / "identity"
CASES: list[dict[str, Any]] = json.loads((FIXTURES / "tokens.json").read_text(encoding="utf-8"))
STRANGERS_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
MEMBERSHIP = Membership(frozenset({"ask"}), writers=["editors"], operators=["ops"])


@dataclass
class Clock:
    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def standing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def provider(standing: ExitStack) -> OidcStandIn:
    standin = OidcStandIn()
    standin.url = standing.enter_context(serve(standin.app))
    return standin


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(provider: OidcStandIn, clock: Clock) -> OidcTokens:
    return OidcTokens(
        ProviderKeys(provider.url, now=clock),
        audiences=[AUDIENCE],
        algorithms=["RS256"],
        clock_skew_s=5,
        id_claim="sub",
        groups_claim="realm_access.roles",
        membership=MEMBERSHIP,
    )


async def test_a_token_says_who_comes_and_its_groups_what_they_may(
    provider: OidcStandIn, tokens: OidcTokens
) -> None:
    token = provider.token(realm_access={"roles": ["editors", "sales", 3]})
    found = await tokens.read(token)
    assert found is not None
    assert found.caller.id == "oidc:alice"
    assert found.caller.groups == {"editors", "sales"}
    assert found.caller.scopes == {"ask", "documents:read", "documents:write"}
    assert found.token == token
    assert token not in repr(found)


async def test_clocks_may_differ_a_little(provider: OidcStandIn, tokens: OidcTokens) -> None:
    assert await tokens.read(provider.token(exp=-2, iat=-10, nbf=2)) is not None


async def test_what_is_no_token_of_that_kind_is_left_to_others(tokens: OidcTokens) -> None:
    for text in ("docsql_00000000_x", "a.b.c", "", "\x00"):
        assert await tokens.read(text) is None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
async def test_a_token_is_refused_when(
    provider: OidcStandIn, tokens: OidcTokens, case: dict[str, Any]
) -> None:
    signed: dict[str, dict[str, Any]] = {
        "stranger": {"key": STRANGERS_KEY},
        "none": {"algorithm": "none"},
        "secret": {"key": "s" * 32, "algorithm": "HS256"},
        "public key": {"algorithm": "HS256"},
    }
    how = signed.get(case.get("signed", ""), {})
    claims = case.get("claims", {})
    if case.get("signed") == "public key":
        token = _signed_with_the_public_key(provider)
    else:
        token = provider.token(header=case.get("header"), **how, **claims)
    with pytest.raises(CallerUnverified, match=case["said"]) as refused:
        await tokens.read(token)
    assert token.rpartition(".")[2] not in str(refused.value) or not token.rpartition(".")[2]


async def test_rotated_keys_are_found_and_forgotten_ones_forgotten(
    provider: OidcStandIn, tokens: OidcTokens, clock: Clock
) -> None:
    old = provider.token()
    assert await tokens.read(old)
    provider.rotate()
    clock.now += PAUSE_S
    assert await tokens.read(provider.token())
    assert await tokens.read(old)
    provider.rotate(forget=True)
    assert await tokens.read(old), "as long as nothing says that its key is gone"
    clock.now += LIFETIME_S + 1
    with pytest.raises(CallerUnverified, match="does not publish"):
        await tokens.read(old)
    assert await tokens.read(provider.token())


async def test_made_up_key_ids_do_not_become_a_flood_of_fetches(
    provider: OidcStandIn, tokens: OidcTokens, clock: Clock
) -> None:
    await tokens.read(provider.token())
    before = provider.fetches
    for number in range(20):
        clock.now += PAUSE_S / 10
        with pytest.raises(CallerUnverified):
            await tokens.read(provider.token(header={"kid": f"made-up-{number}"}))
    assert provider.fetches - before <= 2


async def test_known_keys_serve_while_the_provider_is_away_and_not_for_ever(
    provider: OidcStandIn, tokens: OidcTokens, clock: Clock
) -> None:
    token = provider.token()
    assert await tokens.read(token)
    provider.is_down = True
    try:
        clock.now += LIFETIME_S + 1
        assert await tokens.read(token)
        clock.now += GRACE_S
        with pytest.raises(Unavailable, match="DOCSQL_AUTH__OIDC__ISSUER"):
            await tokens.read(token)
    finally:
        provider.is_down = False
    clock.now += PAUSE_S
    assert await tokens.read(token)


@pytest.fixture(scope="module")
def guarded(
    provider: OidcStandIn, tmp_path_factory: pytest.TempPathFactory, shop_settings: dict[str, str]
) -> Iterator[Service]:
    """A service that asks the provider, and trusts a proxy that knows its secret."""
    asked = {
        "DOCSQL_AUTH__OIDC__ISSUER": provider.url,
        "DOCSQL_AUTH__OIDC__AUDIENCE": f'["{AUDIENCE}"]',
        "DOCSQL_AUTH__OPERATORS": '["ops"]',
        "DOCSQL_AUTH__PROXY__USER_HEADER": "X-Forwarded-User",
        "DOCSQL_AUTH__PROXY__ADDRESSES": '["127.0.0.0/8"]',
        "DOCSQL_AUTH__PROXY__SECRET": PROXY_SECRET,
    }
    with Folder(tmp_path_factory.mktemp("oidc"), {**shop_settings, **asked}).serving() as running:
        yield running


PROXY_SECRET = "shared-with-the-proxy-alone"  # noqa: S105  # a test's
FROM_PROXY = {"X-Docsql-Proxy-Secret": PROXY_SECRET, "X-Forwarded-User": "bob"}


def whoami(service: Service, **headers: str) -> httpx.Response:
    return httpx.get(f"{service.url}/whoami", headers=headers, trust_env=False, timeout=10)


def test_a_service_takes_the_providers_tokens(guarded: Service, provider: OidcStandIn) -> None:
    token = provider.token(groups=["ops"])
    found = whoami(guarded, Authorization=f"Bearer {token}").json()
    assert found == {
        "id": "oidc:alice",
        "groups": ["ops"],
        "scopes": ["ask", "documents:read", "metrics"],
    }
    expired = whoami(guarded, Authorization=f"Bearer {provider.token(exp=-90)}")
    assert (expired.status_code, "expired" in expired.json()["error"]) == (401, True)
    assert whoami(guarded).status_code == 401


def test_a_proxy_that_knows_the_secret_says_who_comes(guarded: Service) -> None:
    found = whoami(guarded, **FROM_PROXY, **{"X-Forwarded-Groups": "sales, board,,"}).json()
    assert (found["id"], found["groups"]) == ("proxy:bob", ["board", "sales"])


NOT_THE_PROXY = [
    {"X-Forwarded-User": "bob"},
    {**FROM_PROXY, "X-Docsql-Proxy-Secret": "guessed"},
    {**FROM_PROXY, "X-Docsql-Proxy-Secret": ""},
    {**FROM_PROXY, "X-Forwarded-User": ""},
    {**FROM_PROXY, "X-Forwarded-User": "b\tob"},
    {**FROM_PROXY, "X-Forwarded-User": "b" * 300},
]


@pytest.mark.parametrize("headers", NOT_THE_PROXY)
def test_what_anybody_else_sends_under_the_proxys_names_is_nothing(
    guarded: Service, headers: dict[str, str]
) -> None:
    assert whoami(guarded, **headers).status_code == 401


TWICE = [
    ("X-Forwarded-User", "bob"),
    ("X-Forwarded-User", "alice"),
    ("X-Forwarded-Groups", "sales"),
    ("X-Forwarded-Groups", ""),
    ("X-Forwarded-Access-Token", "another"),
    ("X-Docsql-Proxy-Secret", "guessed"),
    ("Authorization", "Bearer another"),
]
"""A header that the client sent and the proxy appended to instead of replacing it."""


@pytest.mark.parametrize("second", TWICE)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_header_that_says_who_comes_may_come_once(
    guarded: Service, provider: OidcStandIn, second: tuple[str, str], *, is_first: bool
) -> None:
    sent = {
        **FROM_PROXY,
        "X-Forwarded-Groups": "sales",
        "X-Forwarded-Access-Token": "his",
        "Authorization": f"Bearer {provider.token()}",
    }
    both = [second, *sent.items()] if is_first else [*sent.items(), second]
    refused = httpx.get(f"{guarded.url}/whoami", headers=both, trust_env=False)
    assert refused.status_code == 401
    assert f"The header {second[0]} came twice" in refused.json()["error"]


def test_a_session_at_the_proxy_cannot_be_used_by_another_site(guarded: Service) -> None:
    asked = {"input": {"question": "How many repairs are there?"}}
    url = f"{guarded.url}/agent/invoke"
    elsewhere = {**FROM_PROXY, "Origin": "https://evil.example"}
    here = {
        **FROM_PROXY,
        "Origin": "https://docsql.internal",
        "X-Forwarded-Host": "docsql.internal",
    }
    for headers, status in ((elsewhere, 403), (here, 200)):
        answer = httpx.post(url, json=asked, headers=headers, trust_env=False, timeout=30)
        assert answer.status_code == status, answer.text


UNSAFE = [
    ({"DOCSQL_AUTH__OIDC__ISSUER": "https://idp"}, "set AUDIENCE together with ISSUER"),
    (
        {"DOCSQL_AUTH__PROXY__USER_HEADER": "X-User"},
        "set ADDRESSES or SECRET together with USER_HEADER",
    ),
    ({"DOCSQL_AUTH__OIDC__ALGORITHMS": '["HS256"]'}, "DOCSQL_AUTH__OIDC__ALGORITHMS"),
    ({"DOCSQL_AUTH__PROXY__ADDRESSES": '["anywhere"]'}, "DOCSQL_AUTH__PROXY__ADDRESSES"),
]


@pytest.mark.parametrize(("settings", "said"), UNSAFE)
def test_settings_that_would_let_anybody_in_are_refused_at_start(
    folder: Folder, settings: dict[str, str], said: str
) -> None:
    refused = folder.run("serve", **settings)
    assert (refused.returncode, said in refused.stderr) == (1, True), refused.stderr


def _signed_with_the_public_key(provider: OidcStandIn) -> str:
    """A token that only a verifier which trusts its algorithm would accept."""
    head, body, _ = provider.token(algorithm="HS256", key="s" * 32).split(".")
    made = hmac.digest(provider.public_pem(), f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"
