"""What a model server reports about itself, without generating a token."""

from typing import Literal, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from serving.models.endpoint.address import CONNECT_TIMEOUT_S, api_base, server_root
from serving.models.endpoint.window import Count, ModelWindow

PATIENCE_S = 3.0
Told = TypeVar("Told", bound=BaseModel)
Counts = Literal["tgi", "vllm", "llamacpp"]
_COUNTS: dict[str, Counts] = {"vllm": "vllm", "llamacpp": "llamacpp"}
"""By the owner of a model card, how its server's `/tokenize` is asked."""


class ServerIdentity(BaseModel):
    """The server's kind and version, its model, and how many tokens that reads at once.

    `slots` are the requests that it works on at once; None where it does not say, and most servers
    batch what comes.
    """

    model_config = ConfigDict(frozen=True)

    server: str = "unknown server"
    model: str | None = None
    context_tokens: int | None = None
    input_tokens: int | None = None
    counts: Counts | None = None
    slots: int | None = None

    def __str__(self) -> str:
        reads = f"reads {self.context_tokens} tokens" if self.context_tokens else ""
        return ", ".join(filter(None, [self.server, self.model, reads]))


class TgiInfo(BaseModel):
    """TGI's `/info`."""

    model_id: str
    version: str
    max_total_tokens: int
    max_input_tokens: int | None = None

    def words(self) -> str:
        """It in words."""
        limits = f"reads {self.max_total_tokens} tokens"
        if self.max_input_tokens is not None:
            limits += f", {self.max_input_tokens} of a prompt"
        return f"TGI {self.version}, {self.model_id}, {limits}"


class ServerProperties(BaseModel):
    """llama.cpp's `/props`."""

    total_slots: int


class ModelMeta(BaseModel):
    """The extra fields of llama.cpp."""

    n_ctx: int | None = None


class ModelCard(BaseModel):
    """One model of `/v1/models`."""

    id: str
    owned_by: str = "unknown"
    max_model_len: int | None = None
    meta: ModelMeta | None = None


class ModelCards(BaseModel):
    """`/v1/models`."""

    data: list[ModelCard] = Field(min_length=1)


async def ask_identity(url: str, *, api_key: str | None) -> ServerIdentity:
    """Ask `/info` (TGI), then `/v1/models` (vLLM, llama.cpp, Ollama and most others)."""
    async with _client(api_key) as client:
        if info := await _get(client, f"{server_root(url)}/info", TgiInfo):
            return ServerIdentity(
                server=f"TGI {info.version}",
                model=info.model_id,
                context_tokens=info.max_total_tokens,
                input_tokens=info.max_input_tokens,
                counts="tgi",
            )
        if cards := await _get(client, f"{api_base(url)}/models", ModelCards):
            card = cards.data[0]
            context = card.max_model_len or (card.meta.n_ctx if card.meta else None)
            return ServerIdentity(
                server=card.owned_by,
                model=card.id,
                context_tokens=context,
                counts=_COUNTS.get(card.owned_by),
                slots=await _slots(client, url, card),
            )
    return ServerIdentity()


async def _slots(client: httpx.AsyncClient, url: str, card: ModelCard) -> int | None:
    """Requests at once of a llama.cpp server; another has no such page, and is not asked."""
    if card.owned_by != "llamacpp":
        return None
    told = await _get(client, f"{server_root(url)}/props", ServerProperties)
    return told.total_slots if told else None


async def identify_server(window: ModelWindow, url: str, *, api_key: str | None) -> ServerIdentity:
    """Tell a window what the server there says of itself, and how it counts."""
    found = await ask_identity(url, api_key=api_key)
    window.learn(found.context_tokens, found.input_tokens)
    window.counted = window.counted or counting(url, found, api_key=api_key)
    return found


class _Counted(BaseModel):
    count: int


class _Tokens(BaseModel):
    tokens: list[int]


def counting(url: str, found: ServerIdentity, *, api_key: str | None) -> Count | None:
    """A way to have the server count tokens, None where it offers none that we know."""
    if (kind := found.counts) is None:
        return None
    client = _client(api_key)

    async def count(text: str) -> int | None:
        body = _to_count(kind, text, found.model)
        try:
            answer = await client.post(f"{server_root(url)}/tokenize", json=body)
            return _counted(kind, answer.raise_for_status())
        except (httpx.HTTPError, ValidationError, ValueError):
            return None  # an estimate will do

    return count


def _to_count(kind: Counts, text: str, model: str | None) -> dict[str, str | None]:
    match kind:
        case "tgi":
            return {"inputs": text}
        case "vllm":
            return {"model": model, "prompt": text}
        case "llamacpp":
            return {"content": text}


def _counted(kind: Counts, answer: httpx.Response) -> int:
    match kind:
        case "tgi":
            return len(answer.json())
        case "vllm":
            return _Counted.model_validate_json(answer.content).count
        case "llamacpp":
            return len(_Tokens.model_validate_json(answer.content).tokens)


def _client(api_key: str | None) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    return httpx.AsyncClient(
        headers=headers,
        timeout=httpx.Timeout(PATIENCE_S, connect=CONNECT_TIMEOUT_S),
        limits=httpx.Limits(max_keepalive_connections=0),  # a kept one belongs to one event loop
    )


async def _get(client: httpx.AsyncClient, url: str, kind: type[Told]) -> Told | None:
    try:
        return kind.model_validate_json((await client.get(url)).raise_for_status().content)
    except (httpx.HTTPError, httpx.InvalidURL, ValidationError):
        return None
