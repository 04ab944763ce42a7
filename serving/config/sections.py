"""The sections of the settings, one model each. docs/settings.md is generated from them."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    SecretStr,
    model_validator,
)
from pydantic_core import PydanticCustomError


class Section(BaseModel):
    """A group of settings; unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _is_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if url and not is_one:
        raise PydanticCustomError(
            "no_address", "not a server address; write it like `http://host:8080`"
        )
    return url


ServerUrl = Annotated[str, AfterValidator(_is_address)]


class ChatServer(Section):
    """A chat model to fall back to."""

    url: ServerUrl
    api: Literal["tgi", "openai"] = "tgi"
    model: str = "tgi"
    api_key: SecretStr | None = None


class ChatSettings(Section):
    """The chat model: decides, rewrites and answers."""

    url: ServerUrl | None = Field(
        default=None, description="Base URL of the chat model's server (unset: the embedded model)"
    )
    api: Literal["tgi", "openai", "local"] = Field(
        default="tgi",
        description="Protocol of the server: `tgi`, `openai` (vLLM, NIM, llama.cpp …), or `local` to run "
        "the model in this process with transformers",
    )
    model: str = Field(
        default="tgi",
        description="Model name as the server knows it; with `local`, the model's folder",
    )
    api_key: SecretStr | None = Field(default=None, description="API key, sent as a bearer token")
    timeout_s: float = Field(
        default=60.0,
        gt=0,
        description="Read timeout: seconds without new data before a reply is abandoned",
    )
    first_token_s: float = Field(
        default=30.0, gt=0, description="Seconds to wait for the first token, all tries included"
    )
    tries: int = Field(
        default=3,
        ge=1,
        le=10,
        description="Tries per request, the first included; only errors that may pass are retried",
    )
    at_once: int = Field(
        default=64,
        ge=1,
        description="Concurrent requests to the server; the rest queue, callers taking turns",
    )
    tools: Literal["probe", "native", "guided", "plain"] = Field(
        default="probe",
        description="How tools are called: `native` (the server's tool calls), `guided` (JSON held to a "
        "grammar), `plain` (JSON by prompt alone); `probe` finds out which works",
    )
    context_tokens: int | None = Field(
        default=None,
        ge=512,
        description="Context window in tokens (unset: what the server reports, else 4096)",
    )
    forward_token: bool = Field(
        default=False,
        description="Forward the caller's own token, where there is one, instead of the API key",
    )
    temperature: float = Field(
        default=0.0, ge=0, le=2, description="Sampling temperature of questions that do not set one"
    )
    max_tokens: int = Field(
        default=1024,
        ge=1,
        le=8192,
        description="Longest reply in tokens, for questions that do not set it",
    )
    fallback: tuple[ChatServer, ...] = Field(
        default=(),
        description="Servers to try, in order, when this one does not answer: a list of "
        "`{url, api, model, api_key}`",
    )

    @property
    def is_embedded(self) -> bool:
        """Whether no language model is connected."""
        return self.url is None and self.api != "local"


class SqlCoderSettings(Section):
    """The model that writes SQL."""

    url: ServerUrl | None = Field(
        default=None,
        description="Base URL of a TGI server with an SQL model (unset: the chat model writes the SQL)",
    )
    api_key: SecretStr | None = Field(default=None, description="API key, sent as a bearer token")
    timeout_s: float = Field(
        default=60.0,
        gt=0,
        description="Read timeout: seconds without new data before a reply is abandoned",
    )
    context_tokens: int | None = Field(
        default=None,
        ge=1024,
        description="Context window in tokens (unset: what the server reports, else 4096)",
    )
    tries: int = Field(
        default=3,
        ge=1,
        le=10,
        description="Tries per request, the first included; only errors that may pass are retried",
    )
    at_once: int = Field(
        default=64,
        ge=1,
        description="Concurrent requests to the server; the rest queue, callers taking turns",
    )


class EmbeddingsSettings(Section):
    """The embedding model behind dense search."""

    url: ServerUrl | None = Field(
        default=None, description="Base URL of the embedding server (unset: BM25 only)"
    )
    api: Literal["tei", "openai", "local"] = Field(
        default="tei",
        description="Protocol of the server: `tei`, `openai` (`/v1/embeddings`), or `local` to run the "
        "model in this process with sentence-transformers",
    )
    model: str = Field(
        default="",
        description="With `openai`, the model's name; with `local`, its folder; `tei` serves one model",
    )
    api_key: SecretStr | None = Field(default=None, description="API key, sent as a bearer token")
    timeout_s: float = Field(default=30.0, gt=0, description="Request timeout in seconds")
    tries: int = Field(
        default=3,
        ge=1,
        le=10,
        description="Tries per request, the first included; only errors that may pass are retried",
    )
    at_once: int = Field(
        default=8,
        ge=1,
        description="Concurrent requests to the server; the rest queue, callers taking turns",
    )


class RerankerSettings(Section):
    """The model that reorders search results."""

    url: ServerUrl | None = Field(
        default=None, description="Base URL of a TEI server with a reranker (unset: no reranking)"
    )
    api: Literal["tei", "local"] = Field(
        default="tei",
        description="Protocol of the server: `tei`, or `local` to run a cross-encoder in this process",
    )
    model: str = Field(default="", description="With `local`, the folder of the cross-encoder")
    api_key: SecretStr | None = Field(default=None, description="API key, sent as a bearer token")
    timeout_s: float = Field(default=30.0, gt=0, description="Request timeout in seconds")
    tries: int = Field(
        default=3,
        ge=1,
        le=10,
        description="Tries per request, the first included; only errors that may pass are retried",
    )
    at_once: int = Field(
        default=8,
        ge=1,
        description="Concurrent requests to the server; the rest queue, callers taking turns",
    )


class DocumentsSettings(Section):
    """Documents: their store, parsing and uploads."""

    uri: str | None = Field(
        default=None,
        description="Milvus server (`http://host:19530`) or Milvus Lite folder "
        "(unset: `milvus.db` in the data folder)",
    )
    token: SecretStr | None = Field(
        default=None, description="`user:password` for the Milvus server"
    )
    collection: str = Field(
        default="default",
        description="Collection that `docsql ingest` and uploads write to by default",
    )
    passages: int = Field(default=6, ge=1, le=50, description="Passages returned by one search")
    file_time_limit_s: float = Field(
        default=120.0,
        gt=0,
        description="CPU seconds to parse one file; elapsed time may be four times that",
    )
    file_memory_mb: int = Field(
        default=2_048, ge=256, description="Memory to parse one file, in megabytes"
    )
    ocr_languages: str = Field(
        default="eng",
        pattern=r"^([a-zA-Z_]+(\+[a-zA-Z_]+)*)?$",
        description="Languages for OCR, by Tesseract's names joined with `+` (empty: no OCR)",
    )
    upload_mb: int = Field(
        default=200,
        ge=1,
        description="Largest upload in megabytes, all files together",
    )
    upload_files: int = Field(default=100, ge=1, description="Most files in one upload")
    keep_files: bool = Field(
        default=True, description="Keep the original files, in `files` of the data folder"
    )
    access_control: bool = Field(
        default=False,
        description="Restrict each document to the groups it was ingested for",
    )

    @property
    def is_embedded(self) -> bool:
        """Whether they are kept by Milvus Lite in local files."""
        return self.uri is None or "://" not in self.uri


class DatabaseSettings(Section):
    """One connected database."""

    url: SecretStr = Field(description="SQLAlchemy URL, such as `sqlite:///sales.sqlite`")
    description: str = Field(
        default="", description="One sentence about its contents, shown to the model"
    )
    allowed_tables: tuple[str, ...] | None = Field(
        default=None,
        description="Visible tables and views, `schema.table` for another schema (unset: all of the default schema)",
    )
    denied_columns: tuple[str, ...] = Field(
        default=(), description="Columns that are never visible, as `table.column`"
    )
    allowed_functions: tuple[str, ...] = Field(
        default=(),
        description="User-defined functions that statements may call, as `schema.name`; "
        "`schema.*` also allows the schema's operators",
    )
    row_cap: int = Field(default=1_000, ge=1, description="Most rows fetched per result")
    byte_cap: int = Field(default=5_000_000, ge=1_000, description="Most bytes fetched per result")
    time_limit_s: float = Field(
        default=10.0, gt=0, description="Seconds after which a statement is cancelled"
    )
    role: str | None = Field(
        default=None, description="Database role that statements run as (unset: the login)"
    )
    group_roles: dict[str, str] = Field(
        default={},
        description="Database role by the caller's group, instead of `role`; the first match wins",
    )
    cost_cap: float | None = Field(
        default=None,
        gt=0,
        description="PostgreSQL: highest total cost of a plan, as `EXPLAIN` estimates it (unset: unlimited)",
    )
    approval: Literal["never", "always", "by_cost"] = Field(
        default="never",
        description="When a person must approve a statement before it runs: "
        "`never`, `always` or `by_cost`",
    )
    approval_rows: int = Field(
        default=10_000,
        ge=0,
        description="With `by_cost`: statements expected to read more rows than this need approval",
    )
    timezone: str = Field(
        default="",
        description='Time zone of "today" and of the sessions, such as `Europe/Berlin` '
        "(empty: the server's own; for a SQLite file this machine's)",
    )
    schema_tokens: int = Field(
        default=3_000,
        ge=500,
        description="Prompt tokens for the schema; a larger schema is reduced to what the question needs",
    )
    golden_queries: Path | None = Field(
        default=None,
        description="YAML file of reviewed questions with their SQL, shown to the model as examples",
    )


POSTGRESQL = ("postgresql://", "postgres://")


def _is_kept(uri: SecretStr) -> SecretStr:
    """Refuse another server's address, which would become the name of a file."""
    said = uri.get_secret_value()
    if "://" in said and not said.startswith(POSTGRESQL):
        raise PydanticCustomError(
            "no_threads", "write the path of a file, or `postgresql://user:password@host/name`"
        )
    return uri


class ThreadsSettings(Section):
    """Threads: stored conversations."""

    uri: Annotated[SecretStr, AfterValidator(_is_kept)] | None = Field(
        default=None,
        description="SQLite file or `postgresql://user:password@host/name` for threads "
        "(unset: `threads.db` in the data folder)",
    )
    keep_days: float | None = Field(
        default=None, gt=0, description="Days after which an idle thread is deleted (unset: never)"
    )

    @property
    def is_embedded(self) -> bool:
        """Whether they are kept in a local file."""
        return self.uri is None or not self.uri.get_secret_value().startswith(POSTGRESQL)


MOST_WORKERS = 64


class ServiceSettings(Section):
    """The HTTP service (`docsql serve`)."""

    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8710, ge=0, le=65535, description="Port to listen on")
    workers: int = Field(
        default=1,
        ge=1,
        le=MOST_WORKERS,
        description="Worker processes of `docsql serve`; "
        "more than one requires a Milvus server and threads in PostgreSQL",
    )
    playground: bool = Field(default=False, description="Serve LangServe's `/agent/playground`")
    allow_anyone: bool = Field(
        default=False,
        description="Allow listening beyond loopback without authentication",
    )
    turn_limit_s: float = Field(
        default=120.0, gt=0, description="Seconds after which a turn is stopped"
    )
    drain_s: float = Field(
        default=25.0, ge=0, description="Seconds to wait for running turns on SIGTERM"
    )
    body_mb: int = Field(
        default=2, ge=1, description="Largest request body in megabytes, uploads aside"
    )
    read_limit_s: float = Field(
        default=30.0,
        gt=0,
        description="Seconds before a stalled request, or a response that the client does not read, is dropped",
    )


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


class LimitsSettings(Section):
    """Rate limits. What exceeds them gets status 429 with Retry-After."""

    turns: int = Field(default=256, ge=1, description="Concurrent turns")
    turns_per_caller: int | None = Field(
        default=None, ge=1, description="Concurrent turns per caller (unset: as many as overall)"
    )
    requests_per_minute: int | None = Field(
        default=None, ge=1, description="Requests per caller and minute (unset: unlimited)"
    )
    tokens_per_minute: int | None = Field(
        default=None, ge=1, description="Model tokens per caller and minute (unset: unlimited)"
    )


class TelemetrySettings(Section):
    """Logs, audit, metrics and traces; by default nothing leaves this machine."""

    audit: Path | None = Field(
        default=None,
        description="File of the audit log (unset: `audit.jsonl` in the data folder)",
    )
    otlp_endpoint: ServerUrl | None = Field(
        default=None,
        description="OpenTelemetry collector for traces, such as `http://collector:4318` (unset: no traces)",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="Log level of the service, which logs JSON lines to standard error",
    )
    log_content: bool = Field(
        default=False,
        description="Include questions, answers and error messages in logs and traces",
    )
    callbacks: tuple[str, ...] = Field(
        default=(),
        description="LangChain callbacks for tracing services, as `module:Class`",
    )


class PageSettings(Section):
    """The chat page (`docsql chat`)."""

    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8711, ge=0, le=65535, description="Port to listen on")
    api_url: ServerUrl = Field(
        default="http://127.0.0.1:8710",
        description="URL of the service; while unset, a service running on the same data folder is preferred",
    )
    login: Literal["none", "key", "proxy"] = Field(
        default="none",
        description="How people log in: `key` with a key or token of the service, "
        "`proxy` by the headers of `DOCSQL_AUTH__PROXY__*`, or `none`",
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
    proxy_secret: SecretStr | None = Field(
        default=None,
        min_length=20,
        description="With `login=proxy`: the value of the service's `DOCSQL_AUTH__PROXY__SECRET`",
    )
    history: bool = Field(
        default=False,
        description="List earlier conversations; without login, everybody sees the same list",
    )
