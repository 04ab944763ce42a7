"""What comes and goes on LangServe's wire, in its words.

Names and descriptions stand in refusals and in /openapi.json, from which clients are generated.
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
_PASSING = "Useful for passing information like tags, metadata etc."
_CONFIG = f"Subset of RunnableConfig object in LangChain. {_PASSING}"
_CONFIGS = (
    "Subset of RunnableConfig object in LangChain. Either specify one config for all inputs or a "
    f"list of configs with one per input. {_PASSING}"
)
_KWARGS = "Keyword arguments to the runnable. Currently ignored."
_TOKENS = (
    "Feedback tokens from the given run.These tokens allow a user to provide feedback on the "
    "run.Only available if server was configured to provide feedback tokens."
)
_STREAM = (
    "This endpoint allows to stream the output of the runnable. The endpoint uses a server sent "
    "event stream to stream the output. "
    "https://developer.mozilla.org/en-US/docs/Web/API/Server-sent_events"
)


class InvokeRequestShallowValidator(BaseModel):
    """The body of one question."""

    input: Any
    config: dict[str, Any] | None = None


class BatchRequestShallowValidator(BaseModel):
    """The body of several questions."""

    inputs: Any
    config: dict[str, Any] | list[dict[str, Any]] | None = None


class FeedbackToken(BaseModel):
    """Represents the feedback tokens for a given request."""

    key: str
    token_url: str | None = None
    expires_at: datetime | None = None


class InvokeResponseMetadata(BaseModel):
    """Represents response metadata used for just single input/output LangServe
    responses.
    """  # noqa: D205  # to the byte

    run_id: UUID
    feedback_tokens: list[FeedbackToken] = Field(description=_TOKENS)


class BatchResponseMetadata(BaseModel):
    """Represents response metadata used for batches of input/output LangServe
    responses.
    """  # noqa: D205

    responses: list[InvokeResponseMetadata]
    run_ids: list[UUID]


_Config: Any = create_model("agentAgentRunnableConfig")
_kwargs: Any = (dict[str, Any], Field(default_factory=dict, description=_KWARGS))
_one_config: Any = (_Config, Field(default_factory=dict, description=_CONFIG))
_configs: Any = (_Config | list[_Config], Field(default_factory=dict, description=_CONFIGS))
_one: Any = (Question, Field(description="The input to the runnable."))
_InvokeRequest = create_model("agentInvokeRequest", input=_one, config=_one_config, kwargs=_kwargs)
_StreamRequest = create_model("agentStreamRequest", input=_one, config=_one_config, kwargs=_kwargs)
_BatchRequest = create_model(
    "agentBatchRequest",
    inputs=(list[Question], ...),
    config=_configs,
    kwargs=_kwargs,
)
_ABOUT = "Metadata about the response that may be useful to specific clients"
_InvokeResponse = create_model(
    "agentInvokeResponse",
    output=(Answer, Field(description="The output of the invocation.")),
    metadata=(InvokeResponseMetadata, Field(description=_ABOUT)),
)
_BatchResponse = create_model(
    "agentBatchResponse",
    output=(
        list[Answer],
        Field(description="The outputs corresponding to the inputs the batch request."),
    ),
    metadata=(BatchResponseMetadata, Field(description=_ABOUT)),
)


def describe_routes(router: APIRouter) -> None:
    """Describe the routes that read their bodies themselves: for /openapi.json alone.

    The descriptions come behind those routes, so that no request reaches them.
    """
    invoke = "Invoke the runnable with the given input and config."
    batch = "Batch invoke the runnable with the given inputs and config."
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
