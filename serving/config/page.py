"""The settings of the chat page: where it listens, who comes in, and how it looks."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from serving.config.section import Section, ServerUrl

Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Localized = str | dict[Literal["en", "de"], str]
"""A text for everybody, or one for each language."""


class PageOidcSettings(Section):
    """The page as a client of the identity provider (`DOCSQL_PAGE__LOGIN=oidc`)."""

    client_id: str | None = Field(
        default=None, min_length=1, description="Id that the provider gave the page"
    )
    client_secret: SecretStr | None = Field(
        default=None,
        min_length=1,
        description="Secret that goes with it (unset: a public client, with PKCE alone)",
    )
    scopes: tuple[str, ...] = Field(
        default=("openid", "profile", "email", "offline_access"),
        description="What the page asks the provider for; `offline_access` for a refresh token",
    )
    token: Literal["access", "id"] = Field(
        default="access",
        description="Token that the service is shown; its `aud` has to be in "
        "`DOCSQL_AUTH__OIDC__AUDIENCE`",
    )
    name: str = Field(
        default="Single sign-on", min_length=1, description="Name of the provider on the button"
    )


class PageSettings(Section):
    """The chat page (`docsql chat`)."""

    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8711, ge=0, le=65535, description="Port to listen on")
    api_url: ServerUrl = Field(
        default="http://127.0.0.1:8710",
        description="URL of the service; while unset, a service running on the same data folder is preferred",
    )
    login: Literal["none", "key", "proxy", "oidc"] = Field(
        default="none",
        description="How people log in: `key` with a key or token of the service, `oidc` at the "
        "identity provider of `DOCSQL_AUTH__OIDC__ISSUER`, `proxy` by the headers of "
        "`DOCSQL_AUTH__PROXY__*`, or `none`",
    )
    allow_anyone: bool = Field(
        default=False,
        description="Allow listening beyond loopback without authentication",
    )
    api_key: SecretStr | None = Field(
        default=None,
        description="Key for the service when the page has no login (unset: the local key, "
        "if both share a data folder)",
    )
    secret: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Signs and seals logins, the same for all pods of the page "
        "(unset: one that is made and kept in the data folder)",
    )
    proxy_secret: SecretStr | None = Field(
        default=None,
        min_length=20,
        description="With `login=proxy`: the value of the service's `DOCSQL_AUTH__PROXY__SECRET`",
    )
    public_url: ServerUrl | None = Field(
        default=None,
        description="Address at which browsers reach the page, which the identity provider sends "
        "them back to (unset: the one they asked for)",
    )
    history: bool | None = Field(
        default=None,
        description="List earlier conversations; without login, everybody sees the same list "
        "(unset: with a login, or where only this machine reaches the page)",
    )
    name: str = Field(
        default="DocSQL",
        pattern=r'^[^<>&"\\\x00-\x1f]{1,60}$',
        description="Name of the page, in its title and in what it says of itself",
    )
    logo: Path | None = Field(
        default=None, description="Picture above the first question, as SVG, PNG or WebP"
    )
    logo_dark: Path | None = Field(
        default=None, description="The same for the dark theme (unset: `logo`)"
    )
    icon: Path | None = Field(
        default=None, description="Small picture of the browser's tab, and beside answers"
    )
    color: Color | None = Field(
        default=None,
        description="Color of buttons and links, such as `#7a1f5c`; lightened or darkened where it "
        "could not be read",
    )
    welcome: Localized = Field(
        default="",
        description="Markdown above the first question; for each language as JSON: "
        '`{"en": "Welcome", "de": "Willkommen"}`',
    )
    footer: Localized = Field(
        default="", description="Line below the text field (unset: a reminder to check answers)"
    )
    starters: tuple[str, ...] = Field(
        default=(),
        description="Questions on the empty page (unset: questions that the service suggests)",
    )
    oidc: PageOidcSettings = PageOidcSettings()
