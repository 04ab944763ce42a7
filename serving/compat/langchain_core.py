"""What LangChain keeps for the subclasses of its runnables and chat models."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar, cast

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable, RunnableConfig

Input = TypeVar("Input")
Output = TypeVar("Output")


async def call_traced(
    runnable: Runnable[Input, Output],
    work: Callable[[Input], Awaitable[Output]],
    given: Input,
    config: RunnableConfig | None,
    **kwargs: Any,
) -> Output:
    """What the work gives, as a run of the runnable that its configuration's tracers see."""
    return await cast("Any", runnable)._acall_with_config(work, given, config, **kwargs)


async def stream_traced(
    runnable: Runnable[Input, Output],
    work: Callable[[AsyncIterator[Input]], AsyncIterator[Output]],
    given: AsyncIterator[Input],
    config: RunnableConfig | None,
    **kwargs: Any,
) -> AsyncIterator[Output]:
    """The same piece by piece."""
    streamed = cast("Any", runnable)._atransform_stream_with_config(given, work, config, **kwargs)
    async for piece in streamed:
        yield piece


def replies_whole(model: BaseChatModel, **kwargs: Any) -> bool:
    """Whether a call with these arguments is answered in one piece, also where a stream is asked."""
    return cast("Any", model)._streaming_disabled(**kwargs)
