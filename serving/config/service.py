"""The settings of the service, its limits and telemetry."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from serving.config.section import Section, ServerUrl

MOST_WORKERS = 64
AgentDoor = Literal["langserve", "own"]
LOCAL_CALLER = "local"
CALLER_KINDS = ("key:", "oidc:", "proxy:")
"""What the ids of callers begin with, by how they are known; `docsql usage` shows whole ids."""


def _is_caller(name: str) -> str:
    if name != LOCAL_CALLER and not name.startswith(CALLER_KINDS):
        said = (
            "{name} is not the id of a caller; write key:NAME, oidc:NAME or proxy:NAME, or `local` for "
            "a service without authentication (`docsql usage` shows the ids)"
        )
        raise PydanticCustomError("no_caller", said, {"name": repr(name)})
    return name


CallerId = Annotated[str, AfterValidator(_is_caller)]


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
    agent_door: AgentDoor | None = Field(
        default=None,
        description="What serves `/agent`: `langserve`, or routes of our `own` on the same wire "
        "(unset: LangServe where it can be imported)",
    )
    playground: bool = Field(
        default=False,
        description="Serve LangServe's `/agent/playground` (without LangServe there is none)",
    )
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


class TurnSettings(Section):
    """How a question is answered."""

    ahead: Literal["documents", "all", "none"] | None = Field(
        default=None,
        description="What is begun while the chat model still chooses: the search of the `documents`, "
        "`all` (the statement for the likeliest database as well), or `none` (unset: `all` where the "
        "server takes several requests at once, else `documents`)",
    )


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
    tokens_per_month: int | None = Field(
        default=None,
        ge=0,
        description="Model tokens per caller and calendar month in UTC (unset: unlimited)",
    )
    tokens_per_month_of: dict[CallerId, Annotated[int, Field(ge=0)]] = Field(
        default={},
        description="Limits of single callers in place of `tokens_per_month`, as JSON: "
        '`{"key:ann": 500000}`',
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
