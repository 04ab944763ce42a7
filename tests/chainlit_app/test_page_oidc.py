"""Sign-in at an identity provider, before a real service that verifies its tokens."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from docsql_process import Folder, Service
from playwright.sync_api import Error, Page, expect
from scripted_service import ask
from standin_oidc import AUDIENCE, CLIENT, OidcStandIn
from standin_server import serve

from chainlit_app import launch
from chainlit_app.oidc.sessions import MARGIN_S
from serving.config.settings import load_settings

USERS: dict[str, dict[str, Any]] = {
    "alice": {"id": {"name": "Alice Adams"}, "access": {"groups": ["sales"]}},
    "ben": {"id": {"preferred_username": "ben@x.org"}, "access": {"groups": []}},
    "mallory": {"access": {"aud": "another-service"}},
    "replayed": {"id": {"nonce": "of another sign-in"}},
}
SECRET = "known-to-page-and-provider"  # noqa: S105


@pytest.fixture(scope="module")
def standing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def provider(standing: ExitStack) -> OidcStandIn:
    standin = OidcStandIn()
    standin.users, standin.secret = USERS, SECRET
    standin.url = standing.enter_context(serve(standin.app))
    return standin


@pytest.fixture(scope="module")
def service(
    standing: ExitStack, provider: OidcStandIn, tmp_path_factory: pytest.TempPathFactory
) -> Service:
    asked = {
        "DOCSQL_SERVICE__PORT": "0",
        "DOCSQL_AUTH__OIDC__ISSUER": provider.url,
        "DOCSQL_AUTH__OIDC__AUDIENCE": f'["{AUDIENCE}"]',
        "DOCSQL_AUTH__OIDC__CLOCK_SKEW_S": "0",
    }
    folder = Folder(tmp_path_factory.mktemp("oidc"), asked)
    return standing.enter_context(folder.serving())


@pytest.fixture(scope="module")
def page(
    provider: OidcStandIn,
    service: Service,
    start: Callable[[list[str], dict[str, str], list[str]], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> str:
    settings = load_settings()
    known = settings.page.oidc.model_copy(update={"client_id": CLIENT, "name": "Acme login"})
    own = {"port": 0, "api_url": service.url, "login": "oidc", "history": True, "oidc": known}
    oidc = settings.auth.oidc.model_copy(update={"issuer": provider.url})
    command = launch.command(
        settings.model_copy(
            update={
                "data": tmp_path_factory.mktemp("page"),
                "page": settings.page.model_copy(update=own),
                "auth": settings.auth.model_copy(update={"oidc": oidc}),
            }
        )
    )
    asked = {
        "DOCSQL_AUTH__OIDC__ISSUER": provider.url,
        "DOCSQL_AUTH__OIDC__AUDIENCE": f'["{AUDIENCE}"]',
        "DOCSQL_PAGE__OIDC__CLIENT_ID": CLIENT,
        "DOCSQL_PAGE__OIDC__CLIENT_SECRET": SECRET,
    }
    start(command.argv, {**command.environment, **asked}, [f"{command.address}/favicon"])
    provider.redirects.add(f"{command.address}/auth/oauth/oidc/callback")
    return command.address


@pytest.fixture(autouse=True)
def as_before(provider: OidcStandIn) -> Iterator[None]:
    yield
    provider.lifetime_s, provider.is_down = 60.0, False


def sign_in(tab: Page, user: str) -> None:
    tab.get_by_role("button", name="Acme login").click()
    tab.get_by_role("button", name=user).click()


def threads_of(service: Service, token: str) -> list[str]:
    sent = {"Authorization": f"Bearer {token}"}
    listed = httpx.get(f"{service.url}/threads", headers=sent, trust_env=False).json()
    return [thread["title"] for thread in listed["threads"]]


def test_people_sign_in_at_the_provider_and_are_whom_the_service_verifies(
    provider: OidcStandIn, service: Service, page: str, visit: Callable[..., Page], tmp_path: Path
) -> None:
    tabs = {user: visit(page) for user in ("alice", "ben")}
    expect(tabs["alice"].get_by_role("button", name="Acme login")).to_be_visible()
    tabs["alice"].screenshot(path=tmp_path / "sign-in.png")
    for user, tab in tabs.items():
        sign_in(tab, user)
        ask(tab, f"Hello from {user}!")
        expect(tab.locator(".ai-message").last).to_contain_text("embedded")
        expect(tab.locator(".docsql-footer")).to_be_visible()  # the service has kept it
    for user in tabs:
        assert threads_of(service, provider.token(user)) == [f"Hello from {user}!"]
    shown = tabs["alice"].request.get(f"{page}/user").json()
    assert (shown["identifier"], shown["display_name"]) == ("oidc:alice", "Alice Adams")
    assert tabs["ben"].request.get(f"{page}/user").json()["display_name"] == "ben@x.org"
    cookies = str(tabs["alice"].context.cookies())
    assert "eyJhbGciOiJSUzI1NiIsImtpZCI" not in cookies, "a token of the provider is readable"


def test_a_token_that_ends_is_renewed_where_nobody_notices(
    provider: OidcStandIn, page: str, visit: Callable[..., Page]
) -> None:
    provider.lifetime_s = MARGIN_S  # so that every call renews it
    before = provider.refreshed
    tab = visit(page)
    sign_in(tab, "alice")
    for number, words in enumerate(("Hello once!", "Hello twice!"), start=1):
        ask(tab, words)
        expect(tab.locator(".ai-message").last).to_contain_text("embedded")
        expect(tab.locator(".docsql-footer")).to_have_count(number)
    tab.reload()
    expect(tab.locator("#chat-input")).to_be_visible()
    assert provider.refreshed > before + 1


def test_who_can_no_longer_be_renewed_is_asked_to_sign_in_again(
    provider: OidcStandIn, page: str, visit: Callable[..., Page]
) -> None:
    provider.lifetime_s = 3
    tab = visit(page)
    sign_in(tab, "alice")
    expect(tab.locator("#chat-input")).to_be_visible()
    provider.forget_refreshing()
    tab.wait_for_timeout(3_500)
    ask(tab, "Still there?")
    # Chainlit's own list of conversations may be refused first, and lead to the login by itself.
    told = tab.get_by_text("Your sign-in has ended. Reload the page")
    login = tab.get_by_role("button", name="Acme login")
    expect(told.or_(login).first).to_be_visible()
    with suppress(Error):  # the page may be on its way there already
        tab.reload()
    expect(login).to_be_visible()


@pytest.mark.parametrize("user", ["mallory", "replayed", "nobody"])
def test_nobody_comes_in_with(user: str, page: str, visit: Callable[..., Page]) -> None:
    tab = visit(page, locale="de-DE")
    sign_in(tab, user)
    expect(tab.locator("body")).to_contain_text("Die Anmeldung hat nicht geklappt.")
    assert tab.request.get(f"{page}/user").status == 401


def test_a_code_serves_the_browser_alone_that_asked_for_it(
    provider: OidcStandIn, page: str
) -> None:
    with httpx.Client(trust_env=False) as browser, httpx.Client(trust_env=False) as thief:
        asked = browser.get(f"{page}/auth/oauth/oidc").headers["location"]
        back = browser.post(asked, data={"user": "alice"}).headers["location"]
        state = httpx.URL(back).params["state"]
        thief.cookies.set("oauth_state", state)  # even with the state
        stolen = thief.get(back)
        assert "error=oauthSignin" in stolen.headers["location"]
        again = browser.get(back)
        assert "error=oauthSignin" in again.headers["location"], "a code serves once"
        fresh = browser.post(asked, data={"user": "alice"}).headers["location"]
        assert "success" in browser.get(fresh).headers["location"]
