"""The sections of the settings: one model each, whose fields the README's table lists."""

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
    """A group of settings; a name that it does not have is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _is_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if url and not is_one:
        raise PydanticCustomError(
            "no_address", "it is no address of a server, such as `http://host:8080`"
        )
    return url


ServerUrl = Annotated[str, AfterValidator(_is_address)]


class ChatServer(Section):
    """A chat model that stands in for one that does not answer."""

    url: ServerUrl
    api: Literal["tgi", "openai"] = "tgi"
    model: str = "tgi"
    api_key: SecretStr | None = None


class ChatSettings(Section):
    """The chat model: decides, rewrites and answers."""

    url: ServerUrl | None = Field(
        default=None, description="Address of the chat model's server; none: embedded"
    )
    api: Literal["tgi", "openai", "local"] = Field(
        default="tgi",
        description="What the server speaks: `tgi`, or `openai` (vLLM, NIM, llama.cpp …); `local`: "
        "no server but transformers in this process",
    )
    model: str = Field(
        default="tgi", description="The model's name, as the server calls it; `local`: its folder"
    )
    api_key: SecretStr | None = Field(default=None, description="Sent as a bearer token")
    timeout_s: float = Field(
        default=60.0, gt=0, description="Seconds of silence after which a reply is given up"
    )
    first_token_s: float = Field(
        default=30.0, gt=0, description="Seconds until the first token, all tries together"
    )
    tries: int = Field(
        default=3, ge=1, le=10, description="Of one request, where another may succeed"
    )
    at_once: int = Field(
        default=64, ge=1, description="Requests at one time; more wait, the callers in turns"
    )
    tools: Literal["probe", "native", "guided", "plain"] = Field(
        default="probe",
        description="How tools are called: the server's own way, JSON by a grammar, or JSON that "
        "only the prompt asks for; `probe` tries",
    )
    context_tokens: int | None = Field(
        default=None,
        ge=512,
        description="Tokens the model reads at once; none: what the server says, else 4096",
    )
    forward_token: bool = Field(
        default=False, description="Send a caller's own token instead of the key, if they have one"
    )
    temperature: float = Field(default=0.0, ge=0, le=2, description="Where a question sets none")
    max_tokens: int = Field(
        default=1024, ge=1, le=8192, description="Of one reply, where none is set"
    )
    fallback: tuple[ChatServer, ...] = Field(
        default=(),
        description="Who answers when the server does not, in turn: a list of "
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
        description="Address of a TGI server with an SQL model; none: the chat model writes",
    )
    api_key: SecretStr | None = Field(default=None, description="Sent as a bearer token")
    timeout_s: float = Field(
        default=60.0, gt=0, description="Seconds of silence after which a reply is given up"
    )
    context_tokens: int | None = Field(
        default=None,
        ge=1024,
        description="Tokens the model reads at once; none: what the server says, else 4096",
    )
    tries: int = Field(
        default=3, ge=1, le=10, description="Of one request, where another may succeed"
    )
    at_once: int = Field(
        default=64, ge=1, description="Requests at one time; more wait, the callers in turns"
    )


class EmbeddingsSettings(Section):
    """The embedding model behind dense search."""

    url: ServerUrl | None = Field(
        default=None, description="Address of the embedding server; none: BM25 alone"
    )
    api: Literal["tei", "openai", "local"] = Field(
        default="tei",
        description="What the server speaks: `tei`, or `openai` (`/v1/embeddings`); `local`: no "
        "server but sentence-transformers in this process",
    )
    model: str = Field(
        default="", description="`openai`: the model's name; `local`: its folder; TEI has one"
    )
    api_key: SecretStr | None = Field(default=None, description="Sent as a bearer token")
    timeout_s: float = Field(default=30.0, gt=0, description="Seconds to wait for the server")
    tries: int = Field(
        default=3, ge=1, le=10, description="Of one request, where another may succeed"
    )
    at_once: int = Field(
        default=8, ge=1, description="Requests at one time; more wait, the callers in turns"
    )


class RerankerSettings(Section):
    """The model that sorts what the search found."""

    url: ServerUrl | None = Field(
        default=None, description="Address of a TEI server; none: no reranking"
    )
    api: Literal["tei", "local"] = Field(
        default="tei", description="`local`: a cross-encoder in this process"
    )
    model: str = Field(default="", description="`local`: the folder of the cross-encoder")
    api_key: SecretStr | None = Field(default=None, description="Sent as a bearer token")
    timeout_s: float = Field(default=30.0, gt=0, description="Seconds to wait for the server")
    tries: int = Field(
        default=3, ge=1, le=10, description="Of one request, where another may succeed"
    )
    at_once: int = Field(
        default=8, ge=1, description="Requests at one time; more wait, the callers in turns"
    )


class DocumentsSettings(Section):
    """The passages and where they are kept."""

    uri: str | None = Field(
        default=None,
        description="Milvus: `http://host:19530`, or a folder for Milvus Lite; "
        "none: `milvus.db` in the data folder",
    )
    token: SecretStr | None = Field(default=None, description="`user:password` of a Milvus server")
    collection: str = Field(default="default", description="Where `docsql ingest` puts documents")
    passages: int = Field(default=6, ge=1, le=50, description="Passages that one search hands on")
    file_time_limit_s: float = Field(
        default=120.0,
        gt=0,
        description="Seconds of work that reading one file may take; by the clock, four times as many",
    )
    file_memory_mb: int = Field(
        default=2_048, ge=256, description="Megabytes that reading one file may take"
    )
    ocr_languages: str = Field(
        default="eng",
        pattern=r"^([a-zA-Z_]+(\+[a-zA-Z_]+)*)?$",
        description="Tesseract's names of the languages of scanned pages, joined with `+`; empty: no OCR",
    )
    upload_mb: int = Field(
        default=200,
        ge=1,
        description="Megabytes that one upload may have, all of its files together",
    )
    upload_files: int = Field(default=100, ge=1, description="Files that one upload may have")
    keep_files: bool = Field(
        default=True, description="Keep the files themselves too, in `files` of the data folder"
    )
    access_control: bool = Field(
        default=False,
        description="Show a document only to callers of a group that it was ingested for",
    )

    @property
    def is_embedded(self) -> bool:
        """Whether they are in files of this machine's, which Milvus Lite reads."""
        return self.uri is None or "://" not in self.uri


class DatabaseSettings(Section):
    """One database that questions may be asked of."""

    url: SecretStr = Field(description="SQLAlchemy URL, such as `sqlite:///sales.sqlite`")
    description: str = Field(default="", description="What it holds, in a sentence for the model")
    allowed_tables: tuple[str, ...] | None = Field(
        default=None,
        description="The only tables and views to be seen, `schema.table` where it is another's; none: all",
    )
    denied_columns: tuple[str, ...] = Field(
        default=(), description="Columns never to be seen, as `table.column`"
    )
    allowed_functions: tuple[str, ...] = Field(
        default=(),
        description="User-defined functions that statements may call, as `schema.name`; "
        "`schema.*` opens the schema's operators as well",
    )
    row_cap: int = Field(default=1_000, ge=1, description="Rows fetched of one result")
    byte_cap: int = Field(default=5_000_000, ge=1_000, description="Bytes fetched of one result")
    time_limit_s: float = Field(default=10.0, gt=0, description="Seconds one statement may take")
    role: str | None = Field(
        default=None, description="Role of the server that every statement runs as; none: the login"
    )
    group_roles: dict[str, str] = Field(
        default={},
        description="Roles by a caller's group, instead of `role`; the first that fits counts",
    )
    cost_cap: float | None = Field(
        default=None,
        gt=0,
        description="PostgreSQL only: the highest total cost of a plan (`EXPLAIN`); none: any",
    )
    approval: Literal["never", "always", "by_cost"] = Field(
        default="never",
        description="When a person has to approve a statement before it runs: "
        "`never`, `always` or `by_cost`",
    )
    approval_rows: int = Field(
        default=10_000,
        ge=0,
        description="With `by_cost`: rows that a statement may be expected to read without approval",
    )
    schema_tokens: int = Field(
        default=3_000,
        ge=500,
        description="Tokens of a prompt that its schema may take; of a larger one, what the question needs",
    )
    golden_queries: Path | None = Field(
        default=None,
        description="YAML file of reviewed questions with their SQL, shown to the model; see docs/databases.md",
    )


POSTGRESQL = ("postgresql://", "postgres://")


def _is_kept(uri: SecretStr) -> SecretStr:
    """See that no other server's address is taken for the name of a file."""
    said = uri.get_secret_value()
    if "://" in said and not said.startswith(POSTGRESQL):
        raise PydanticCustomError(
            "no_threads", "write a file's path, or `postgresql://user:password@host/name`"
        )
    return uri


class ThreadsSettings(Section):
    """Conversations."""

    uri: Annotated[SecretStr, AfterValidator(_is_kept)] | None = Field(
        default=None,
        description="SQLite file of the threads, or `postgresql://user:password@host/name`; "
        "none: `threads.db` in the data folder",
    )
    keep_days: float | None = Field(
        default=None, gt=0, description="Days after which an idle thread is deleted; none: never"
    )

    @property
    def is_embedded(self) -> bool:
        """Whether they are in a file of this machine's."""
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
        description="Processes that `docsql serve` answers with; "
        "more than one needs a Milvus server and threads in PostgreSQL",
    )
    playground: bool = Field(default=False, description="Serve `/agent/playground` (the demo does)")
    allow_anyone: bool = Field(
        default=False,
        description="Listen beyond this machine although nobody is asked who they are",
    )
    turn_limit_s: float = Field(default=120.0, gt=0, description="Seconds one question may take")
    drain_s: float = Field(
        default=25.0, ge=0, description="Seconds that open turns are waited for on SIGTERM"
    )
    body_mb: int = Field(default=2, ge=1, description="Megabytes of a request, uploads aside")
    read_limit_s: float = Field(
        default=30.0,
        gt=0,
        description="Seconds that a request which stalls on its way, or an answer that nobody reads, is kept",
    )


Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]
"""Of tokens: with a public key, each of them. A shared secret would let every verifier sign."""
Scope = Literal["ask", "sql", "documents:read", "documents:write", "documents:all", "metrics"]


class OidcSettings(Section):
    """Bearer tokens of an OpenID Connect provider."""

    issuer: ServerUrl | None = Field(
        default=None, description="The provider, as its tokens write it in `iss`; none: no tokens"
    )
    audience: tuple[str, ...] = Field(
        default=(), description="What `aud` of a token may be; required with an issuer"
    )
    jwks_url: ServerUrl | None = Field(
        default=None, description="Where its keys are; none: as its discovery document says"
    )
    algorithms: tuple[Algorithm, ...] = Field(
        default=("RS256", "ES256"), min_length=1, description="How a token may be signed"
    )
    clock_skew_s: float = Field(
        default=30.0, ge=0, le=300, description="Seconds that clocks may differ by"
    )
    id_claim: str = Field(default="sub", description="The claim that says who it is")
    groups_claim: str = Field(
        default="groups", description="The claim that lists groups, such as `realm_access.roles`"
    )

    @model_validator(mode="after")
    def _knows_its_audience(self) -> Self:
        if self.issuer is not None and not self.audience:
            raise PydanticCustomError(
                "no_audience",
                "with ISSUER, AUDIENCE has to be set, or any token of the provider would do",
            )
        return self


class ProxySettings(Section):
    """A proxy in front that authenticates people, such as oauth2-proxy."""

    user_header: str | None = Field(
        default=None, description="Header that names the user, `X-Forwarded-User`; none: no proxy"
    )
    groups_header: str = Field(
        default="X-Forwarded-Groups", description="Header that lists groups, comma-separated"
    )
    token_header: str = Field(
        default="X-Forwarded-Access-Token", description="Header with the user's own token"
    )
    addresses: tuple[IPvAnyNetwork, ...] = Field(
        default=(), description="Addresses or networks that the proxy comes from"
    )
    secret: SecretStr | None = Field(
        default=None, min_length=20, description="What it sends in `X-Docsql-Proxy-Secret`"
    )

    @model_validator(mode="after")
    def _can_be_told(self) -> Self:
        if self.user_header is not None and not (self.addresses or self.secret):
            raise PydanticCustomError(
                "anybody",
                "with USER_HEADER, ADDRESSES or SECRET has to be set, or anybody could be anybody",
            )
        return self


class AuthSettings(Section):
    """Who may use the service; API keys are made by `docsql keys create`."""

    api_key: SecretStr | None = Field(
        default=None,
        min_length=20,
        description="One key that opens every door, for deployments that generate one",
    )
    api_key_groups: tuple[str, ...] = Field(default=(), description="Groups of who comes with it")
    scopes: tuple[Scope, ...] = Field(
        default=("ask", "documents:read"),
        description="What everybody may do whom the provider or the proxy names",
    )
    writers: tuple[str, ...] = Field(
        default=(), description="Groups of those who may also add and delete documents"
    )
    operators: tuple[str, ...] = Field(
        default=(), description="Groups of those who may also read `/metrics`"
    )
    oidc: OidcSettings = OidcSettings()
    proxy: ProxySettings = ProxySettings()


class LimitsSettings(Section):
    """How much the service takes on at once; what is too much is a 429 with Retry-After."""

    turns: int = Field(default=256, ge=1, description="Questions that are answered at once")
    turns_per_caller: int | None = Field(
        default=None, ge=1, description="Of one caller's; none: as many as in all"
    )
    requests_per_minute: int | None = Field(
        default=None, ge=1, description="Of each caller; none: any"
    )
    tokens_per_minute: int | None = Field(
        default=None, ge=1, description="Model tokens of each caller's turns; none: any"
    )


class TelemetrySettings(Section):
    """What the service tells of itself, and whom; by default nobody but this machine."""

    audit: Path | None = Field(
        default=None,
        description="File of the audit log; none: `audit.jsonl` in the data folder",
    )
    otlp_endpoint: ServerUrl | None = Field(
        default=None,
        description="OpenTelemetry collector for traces, such as `http://collector:4318`; none: no traces",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Of the service's log: JSON lines on standard error"
    )
    log_content: bool = Field(
        default=False,
        description="Put questions, answers and error messages into logs and traces as well",
    )
    callbacks: tuple[str, ...] = Field(
        default=(),
        description="LangChain callbacks of tracing services, as `module:Class`",
    )


class PageSettings(Section):
    """The chat page (`docsql chat`)."""

    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8711, ge=0, le=65535, description="Port to listen on")
    api_url: ServerUrl = Field(
        default="http://127.0.0.1:8710",
        description="Where the service is; unset, one that runs on the data folder comes first",
    )
    login: Literal["none", "key", "proxy"] = Field(
        default="none",
        description="How people say who they are: `key`, each with a key or token of the service; "
        "`proxy`, by the headers of `DOCSQL_AUTH__PROXY__*`; `none`, not at all",
    )
    allow_anyone: bool = Field(
        default=False,
        description="Listen beyond this machine although nobody is asked who they are",
    )
    api_key: SecretStr | None = Field(
        default=None,
        description="The key that a page without login shows the service; none: this machine's, "
        "where both share it",
    )
    proxy_secret: SecretStr | None = Field(
        default=None,
        min_length=20,
        description="With the login `proxy`: the service's `DOCSQL_AUTH__PROXY__SECRET`",
    )
    history: bool = Field(
        default=False,
        description="List earlier conversations; without login, to everybody the same ones",
    )
