"""The settings of the models: chat, SQL coder, embeddings, reranker."""

from typing import Literal

from pydantic import (
    Field,
    SecretStr,
)

from serving.config.section import Section, ServerUrl

EMBEDDED_EMBEDDINGS = "all-MiniLM-L6-v2 int8"
"""The embedding model that comes with DocSQL, as answers name it and a store remembers it."""


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
    decides: Literal["probe", "model", "embedded"] = Field(
        default="probe",
        description="Who chooses between documents and databases: the chat `model`, the `embedded` rules, "
        "or `probe`: the model, with the rules where it fails a small exam (`docsql doctor`)",
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


class EmbeddingModelSettings(Section):
    """An embedding model: a server's, or one in this process."""

    url: ServerUrl | None = Field(
        default=None, description="Base URL of the embedding server (unset: the embedded model)"
    )
    api: Literal["tei", "openai", "onnx", "local", "none"] = Field(
        default="tei",
        description="Protocol of the server: `tei`, `openai` (`/v1/embeddings`); or a model in this "
        "process: `onnx`, or `local` (sentence-transformers); `none` is BM25 alone",
    )
    model: str = Field(
        default="",
        description="With `openai`, the model's name; with `onnx` or `local`, its folder (`onnx`, unset: "
        "the embedded model); `tei` serves one model",
    )
    threads: int | None = Field(
        default=None,
        ge=1,
        description="Threads of a model that `onnx` runs (unset: the cores that the process may use)",
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

    @property
    def is_embedded(self) -> bool:
        """Whether an ONNX model in this process makes the vectors, behind the documents' writing."""
        return self.api == "onnx" or (self.url is None and self.api == "tei")


class EmbeddingsSettings(EmbeddingModelSettings):
    """The embedding model behind dense search."""

    next: EmbeddingModelSettings | None = Field(
        default=None,
        description="The model that is to take over (`docsql documents reembed`)",
    )


class JudgeSettings(Section):
    """The model that judges answers in an evaluation, where asked (`docsql eval run --judge`)."""

    url: ServerUrl | None = Field(
        default=None,
        description="Base URL of the judge's server (unset: the chat model judges)",
    )
    api: Literal["tgi", "openai"] = Field(
        default="tgi", description="Protocol of the server: `tgi`, or `openai` (vLLM, NIM …)"
    )
    model: str = Field(default="tgi", description="Model name as the server knows it")
    api_key: SecretStr | None = Field(default=None, description="API key, sent as a bearer token")


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
