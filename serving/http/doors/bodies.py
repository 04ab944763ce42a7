"""What comes and goes on LangServe's wire, by its names.

The names stand in refusals and in /openapi.json, from which clients are generated.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body
from pydantic import BaseModel, Field, create_model

from serving.wire.answer import Answer
from serving.wire.question import Question

CONFIG_SCHEMA: dict[str, Any] = {
    "properties": {},
    "title": "AgentRunnableConfig",
    "type": "object",
}
"""What a client may configure: nothing."""
_CONFIG = "A configuration as LangChain's; the agent reads none of it."
_CONFIGS = (
    "One configuration for all inputs, or a list with one for each; the agent reads none of it."
)
_KWARGS = "Further arguments; they are ignored."
_TOKENS = "Tokens to rate the run with; the agent gives none, see POST /feedback."
_STREAM = "Answer one question, with the events of the turn as they happen (server-sent events)."


class InvokeRequestShallowValidator(BaseModel):
    """The body of one question."""

    input: Any
    config: dict[str, Any] | None = None


class BatchRequestShallowValidator(BaseModel):
    """The body of several questions."""

    inputs: Any
    config: dict[str, Any] | list[dict[str, Any]] | None = None


class FeedbackToken(BaseModel):
    """A token with which a run may be rated."""

    key: str
    token_url: str | None = None
    expires_at: datetime | None = None


class InvokeResponseMetadata(BaseModel):
    """What is told of the run of one question."""

    run_id: UUID
    feedback_tokens: list[FeedbackToken] = Field(description=_TOKENS)


class BatchResponseMetadata(BaseModel):
    """What is told of the runs of several questions."""

    responses: list[InvokeResponseMetadata]
    run_ids: list[UUID]


_Config: Any = create_model("agentAgentRunnableConfig")
_kwargs: Any = (dict[str, Any], Field(default_factory=dict, description=_KWARGS))
_one_config: Any = (_Config, Field(default_factory=dict, description=_CONFIG))
_configs: Any = (_Config | list[_Config], Field(default_factory=dict, description=_CONFIGS))
_one: Any = (Question, Field(description="The question."))
_InvokeRequest = create_model("agentInvokeRequest", input=_one, config=_one_config, kwargs=_kwargs)
_StreamRequest = create_model("agentStreamRequest", input=_one, config=_one_config, kwargs=_kwargs)
_BatchRequest = create_model(
    "agentBatchRequest",
    inputs=(list[Question], ...),
    config=_configs,
    kwargs=_kwargs,
)
_ABOUT = "The runs behind the answer."
_InvokeResponse = create_model(
    "agentInvokeResponse",
    output=(Answer, Field(description="The answer.")),
    metadata=(InvokeResponseMetadata, Field(description=_ABOUT)),
)
_BatchResponse = create_model(
    "agentBatchResponse",
    output=(
        list[Answer],
        Field(description="The answers, in the order of the questions."),
    ),
    metadata=(BatchResponseMetadata, Field(description=_ABOUT)),
)


def describe_routes(router: APIRouter) -> None:
    """Describe the routes that read their bodies themselves: for /openapi.json alone.

    The descriptions come behind those routes, so that no request reaches them.
    """
    invoke = "Answer one question."
    batch = "Answer several questions at once, in their order."
    described: list[tuple[str, str, type[BaseModel], type[BaseModel] | None]] = [
        ("invoke", invoke, _InvokeRequest, _InvokeResponse),
        ("batch", batch, _BatchRequest, _BatchResponse),
        ("stream", _STREAM, _StreamRequest, None),
    ]
    for name, said, taken, given in described:
        router.add_api_route(
            f"/{name}",
            _unreached(taken),
            methods=["POST"],
            name=f"agent {name}",
            description=said,
            response_model=given,
        )


def _unreached(taken: type[BaseModel]) -> Callable[..., Awaitable[None]]:
    """A route that is described by what it would take."""

    async def described(body: Any, config_hash: str = "") -> None:
        raise AssertionError(f"The route before this takes {body} and {config_hash}.")

    described.__annotations__["body"] = Annotated[taken, Body()]
    return described
