"""How people say who they are: with a key, at a provider, by the word of a proxy, or not at all."""

from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Protocol

import chainlit as cl
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from chainlit_app.compat.cookie import SEALED, Named
from chainlit_app.oidc.provider import Provider
from chainlit_app.oidc.sessions import Sessions
from chainlit_app.oidc.signing_in import OidcLogin
from chainlit_app.seal import Seal
from chainlit_app.service import Service
from chainlit_app.texts.table import words_for
from chainlit_app.visitor import Visitor, visitor
from serving.auth.proxied import InvalidProxyUser, ProxyHeaders, proxy_headers
from serving.client import ServiceError
from serving.settings import Settings

READER = "reader"
"""Everybody, to a page that asks nobody; to the service it is the page."""

# The login form shows the words that wording.json has for these.
UNREACHABLE, ASKS_NOBODY, UNNAMED = "unreachable", "asksnobody", "unnamed"


class Login(Protocol):
    """Tells who sent a request or opened a socket."""

    def visitor(self, connection: HTTPConnection, known_as: Named | None) -> Visitor | None:
        """The person, None for a stranger; `known_as` is the name in the page's own cookie.

        Raises:
            SentTwice: a header that says who it is came twice.
        """
        ...


@dataclass(frozen=True, slots=True)
class NoLogin:
    """Everybody who reaches the page is the same caller, with the page's own key."""

    key: str | None = field(repr=False)

    def visitor(self, connection: HTTPConnection, known_as: Named | None) -> Visitor:
        del connection, known_as
        return Visitor(READER, _bearing(self.key) if self.key else {})


@dataclass(frozen=True, slots=True)
class KeyLogin:
    """People log in with their own keys, which the page keeps nowhere.

    The cookie has a name and that caller's key, which the page verified and sealed: it is signed,
    and only a page with the same secret can read the key.
    """

    service: Service
    seal: Seal = field(repr=False)

    def visitor(self, connection: HTTPConnection, known_as: Named | None) -> Visitor | None:
        del connection
        key = self.seal.open(known_as.name, known_as.sealed) if known_as else None
        if known_as is None or not key:
            return None
        return Visitor(known_as.name, _bearing(key), signs_in=True)

    async def enter(self, name: str, key: str) -> cl.User | None:
        """The person who holds this key, shown under the key's name; None for an unknown key.

        Raises:
            HTTPException: the service does not answer, or would let everybody in.
        """
        del name  # Chainlit's form has a field for it, which `docsql.js` fills in and hides
        key = key.strip()  # a copied one comes with blanks
        try:
            found = await self.service.whoami(key)
            if found and await self.service.whoami(None):
                raise HTTPException(503, ASKS_NOBODY)  # any key would do
        except ServiceError as error:
            raise HTTPException(503, UNREACHABLE) from error
        if found is None:
            return None
        sealed = {SEALED: self.seal.close(found.id, key)}
        shown_as = found.id.partition(":")[2] or found.id
        return cl.User(identifier=found.id, display_name=shown_as, metadata=sealed)


@dataclass(frozen=True, slots=True)
class ProxyLogin:
    """A proxy in front names people; the page hands its word on, with a secret of its own."""

    headers: ProxyHeaders
    secret: str | None = field(repr=False)

    def visitor(self, connection: HTTPConnection, known_as: Named | None) -> Visitor | None:
        del known_as
        try:
            named = self.headers.read(connection)
        except InvalidProxyUser:
            return None
        return Visitor(named.user, self.headers.write(named, secret=self.secret)) if named else None


async def named_already(headers: Headers) -> cl.User:
    """The identified visitor, for Chainlit.

    Raises:
        HTTPException: there is none.
    """
    del headers
    here = visitor()
    if here is None:
        raise HTTPException(401, UNNAMED)
    shown_as = words_for("login.you") if here.id == READER else here.id
    return cl.User(identifier=here.id, display_name=shown_as)


def login_of(settings: Settings, service: Service) -> NoLogin | KeyLogin | ProxyLogin | OidcLogin:
    """The login that the settings ask for."""
    page, headers = settings.page, proxy_headers(settings.auth.proxy)
    if page.login == "proxy" and headers:
        return ProxyLogin(headers, _secret(page.proxy_secret))
    seal = Seal(_secret(page.secret) or token_urlsafe(32))
    if page.login == "key":
        return KeyLogin(service, seal)
    if page.login == "oidc":
        secret = _secret(page.oidc.client_secret)
        provider = Provider(
            settings.auth.oidc.issuer or "", page.oidc.client_id or "", secret, page.oidc.token
        )
        return OidcLogin(provider, Sessions(provider), service, seal, page.oidc.scopes)
    return NoLogin(_secret(page.api_key))


def _bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _secret(value: SecretStr | None) -> str | None:
    return value.get_secret_value() if value else None
