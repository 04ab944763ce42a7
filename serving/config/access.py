"""The settings of who may use the service."""

from typing import Literal, Self

from pydantic import (
    Field,
    IPvAnyNetwork,
    SecretStr,
    model_validator,
)
from pydantic_core import PydanticCustomError

from serving.config.section import Section, ServerUrl

Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]
"""Public-key signatures only: with a shared secret, every verifier could also sign."""


Scope = Literal["ask", "sql", "documents:read", "documents:write", "documents:all", "metrics"]


class OidcSettings(Section):
    """Bearer tokens of an OpenID Connect provider."""

    issuer: ServerUrl | None = Field(
        default=None,
        description="Issuer URL, exactly as in the tokens' `iss` (unset: tokens are not accepted)",
    )
    audience: tuple[str, ...] = Field(
        default=(), description="Accepted values of a token's `aud`; required with an issuer"
    )
    jwks_url: ServerUrl | None = Field(
        default=None,
        description="URL of the provider's keys (unset: taken from its discovery document)",
    )
    algorithms: tuple[Algorithm, ...] = Field(
        default=("RS256", "ES256"), min_length=1, description="Accepted signature algorithms"
    )
    clock_skew_s: float = Field(
        default=30.0, ge=0, le=300, description="Allowed clock difference in seconds"
    )
    id_claim: str = Field(default="sub", description="Claim with the caller's id")
    groups_claim: str = Field(
        default="groups", description="Claim with the caller's groups, such as `realm_access.roles`"
    )

    @model_validator(mode="after")
    def _knows_its_audience(self) -> Self:
        if self.issuer is not None and not self.audience:
            raise PydanticCustomError(
                "no_audience",
                "set AUDIENCE together with ISSUER; without it, any token of the provider would be accepted",
            )
        return self


class ProxySettings(Section):
    """A proxy in front that authenticates people, such as oauth2-proxy."""

    user_header: str | None = Field(
        default=None,
        description="Header with the user's name, such as `X-Forwarded-User` (unset: no proxy login)",
    )
    groups_header: str = Field(
        default="X-Forwarded-Groups", description="Header with the user's groups, comma-separated"
    )
    token_header: str = Field(
        default="X-Forwarded-Access-Token", description="Header with the user's access token"
    )
    addresses: tuple[IPvAnyNetwork, ...] = Field(
        default=(), description="Addresses or networks of the proxy"
    )
    secret: SecretStr | None = Field(
        default=None,
        min_length=20,
        description="Shared secret that the proxy sends in `X-Docsql-Proxy-Secret`",
    )

    @model_validator(mode="after")
    def _can_be_told(self) -> Self:
        if self.user_header is not None and not (self.addresses or self.secret):
            raise PydanticCustomError(
                "anybody",
                "set ADDRESSES or SECRET together with USER_HEADER; otherwise any client could claim "
                "to be any user",
            )
        return self


class AuthSettings(Section):
    """Authentication and scopes; `docsql keys create` makes API keys."""

    api_key: SecretStr | None = Field(
        default=None,
        min_length=20,
        description="API key with every scope except `documents:all`, for generated deployments",
    )
    api_key_groups: tuple[str, ...] = Field(
        default=(), description="Groups of callers who use that key"
    )
    scopes: tuple[Scope, ...] = Field(
        default=("ask", "documents:read"),
        description="Scopes of every caller whom the provider or the proxy names",
    )
    writers: tuple[str, ...] = Field(
        default=(), description="Groups that may also add and delete documents"
    )
    operators: tuple[str, ...] = Field(
        default=(), description="Groups that may also read `/metrics`"
    )
    oidc: OidcSettings = OidcSettings()
    proxy: ProxySettings = ProxySettings()
