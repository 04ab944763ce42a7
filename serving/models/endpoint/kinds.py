"""The kind of model that a server reports, and whether it is the required kind."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from serving.models.endpoint.address import api_base, server_root
from serving.models.endpoint.identity import ModelCards, TgiInfo

Wanted = Literal["chat", "completion", "embedding", "openai embedding", "reranker"]
Told = TypeVar("Told", bound=BaseModel)
_WANTED: dict[Wanted, str] = {
    "chat": "a chat model",
    "completion": "a TGI server with an SQL model",
    "embedding": "a TEI server with an embedding model",
    "openai embedding": "an embedding model",
    "reranker": "a TEI server with a reranker",
}


class TeiInfo(BaseModel):
    """TEI's `/info`; `model_type` has one key, the kind."""

    model_id: str
    version: str
    model_type: dict[str, object]
    max_input_length: int
    max_client_batch_size: int

    @property
    def kind(self) -> str:
        """embedding, reranker or classifier."""
        return next(iter(self.model_type), "unknown")


@dataclass(frozen=True, slots=True)
class KindReport:
    """What a server reported, and its problem, if any."""

    said: str = ""
    problem: str = ""


def inspect_kind(client: httpx.Client, url: str, wanted: Wanted, *, model: str = "") -> KindReport:
    """Ask `/info` (TGI, TEI), then `/v1/models`; a server that says nothing is taken at its word.

    `model` is the name that an OpenAI-compatible server has to have.

    Raises:
        httpx.HTTPError, httpx.InvalidURL: The server does not answer.
    """
    info = client.get(f"{server_root(url)}/info")
    if info.status_code in {401, 403}:
        return KindReport(problem=f"The server at {url!r} refuses the API key.")
    if tgi := _read(info, TgiInfo.model_validate_json):
        return _judge(url, wanted, tgi.words(), {"chat", "completion"}, "writes text")
    if tei := _read(info, TeiInfo.model_validate_json):
        fits = {tei.kind, f"openai {tei.kind}"}
        said = (
            f"TEI {tei.version}, {tei.model_id}, reads {tei.max_input_length} tokens, "
            f"takes {tei.max_client_batch_size} texts at once"
        )
        return _judge(url, wanted, said, fits, f"is of the kind {tei.kind!r}")
    if cards := _read(client.get(f"{api_base(url)}/models"), ModelCards.model_validate_json):
        return _judge_cards(url, wanted, cards, model)
    if wanted in {"embedding", "reranker"}:
        return KindReport(problem=f"What answers at {url!r} does not speak TEI's protocol.")
    return KindReport("unknown server")


def _judge_cards(url: str, wanted: Wanted, cards: ModelCards, model: str) -> KindReport:
    names = [card.id for card in cards.data]
    said = f"{cards.data[0].owned_by}, {', '.join(names[:5])}"
    if wanted == "openai embedding" and not _has(names, model):
        return KindReport(
            said, f"The server at {url!r} has no model {model!r}. It has {names[:5]!r}."
        )
    return _judge(url, wanted, said, {"chat", "openai embedding"}, "speaks OpenAI's protocol")


def _judge(url: str, wanted: Wanted, said: str, fits: set[str], has: str) -> KindReport:
    if wanted in fits:
        return KindReport(said)
    return KindReport(
        said, f"The server at {url!r} ({said}) {has}, where {_WANTED[wanted]} is wanted."
    )


def _has(names: list[str], model: str) -> bool:
    """Ollama leaves out the tag `latest` of what it is asked for."""
    return model in names or f"{model}:latest" in names


def _read(answer: httpx.Response, read: Callable[[bytes], Told]) -> Told | None:
    try:
        return read(answer.content) if answer.is_success else None
    except ValidationError:
        return None
