"""The agent as a LangChain Runnable: what the doors serve."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, cast
from uuid import uuid4

from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import ValidationError

from agent.caller import caller_of
from serving.compat.langchain_core import call_traced, stream_traced
from serving.http.middleware.reader import all_to_reader, to_reader
from serving.turns.turn import Turns
from serving.wire.answer import Answer
from serving.wire.events import Failed
from serving.wire.problem import Problem
from serving.wire.question import Question
from tools.caller import Caller
from tools.errors import BadInput, Busy, Correctable, DocsqlError

log = logging.getLogger(__name__)
PATIENT = "is_patient"
"""In the configuration of a batch: its questions wait for each other's places."""
Json = dict[str, Any]
"""A `schema` object as JSON: LangServe hands over and takes plain dictionaries."""


class AgentRunnable(Runnable[Json, Json]):
    """Answers a `Question`: `ainvoke` with an `Answer`, `astream` with its events.

    `is_traced` lets LangChain's tracers see every event pass, as the playground needs it; it costs
    a task for each of them.
    """

    def __init__(self, turns: Turns, *, is_traced: bool = True) -> None:
        self._turns = turns
        self._is_traced = is_traced

    def invoke(self, input: Json, config: RunnableConfig | None = None, **kwargs: Any) -> Json:
        """Not offered: a thread lives in one event loop."""
        del input, config, kwargs
        raise TypeError("Use ainvoke, or langserve.RemoteRunnable from synchronous code.")

    async def ainvoke(
        self, input: Json, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Json:
        """The answer whole.

        Raises:
            BadInput: the question cannot be taken as it is.
            Unavailable: a part that the turn cannot do without does not answer.
        """
        caller = caller_of(config or {})

        is_patient = bool((config or {}).get("configurable", {}).get(PATIENT))

        async def answer(input: Json) -> Json:
            answered = await self._turns.answer(_question(input), caller, is_patient=is_patient)
            return answered.model_dump(mode="json")

        return await call_traced(self, answer, input, config, **kwargs)

    async def abatch(
        self,
        inputs: list[Json],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Json]:
        """The answers in the order of the questions; one with an `error` for each that failed.

        Raises:
            DocsqlError: none was answered, and this is what went wrong with the first.
        """
        answers = cast(
            "list[Json | Exception]",
            await super().abatch(inputs, config, return_exceptions=True, **kwargs),
        )
        if return_exceptions:
            return cast("list[Json]", answers)
        failures = [one for one in answers if isinstance(one, Exception)]
        if failures and len(failures) == len(answers):
            raise failures[0]
        return [
            _failed(question, one) if isinstance(one, Exception) else one
            for question, one in zip(inputs, answers, strict=True)
        ]

    async def astream(
        self, input: Json, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Json]:
        """The turn as it happens; an error is an `error` event, never an exception."""
        if not self._is_traced:
            async with aclosing(self._events(input, caller_of(config or {}))) as events:
                async for event in events:
                    yield event
            return

        async def once() -> AsyncIterator[Json]:
            yield input

        async for event in self.atransform(once(), config, **kwargs):
            yield event

    async def atransform(
        self, input: AsyncIterator[Json], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Json]:
        """`astream` for the playground, which shows what passes through the run's tracer."""
        caller = caller_of(config or {})

        async def events(questions: AsyncIterator[Json]) -> AsyncIterator[Json]:
            async for question in questions:
                async for event in self._events(question, caller):
                    yield event

        async for event in stream_traced(self, events, input, config, **kwargs):
            yield event

    async def _events(self, question: Json, caller: Caller) -> AsyncGenerator[Json]:
        try:
            async with aclosing(self._turns.stream(_question(question), caller)) as events:
                async for event in events:
                    yield all_to_reader(event.model_dump(mode="json"))
        except Exception as error:  # noqa: BLE001  # the door: an event, not a broken connection
            problem = _problem(error)
            yield all_to_reader(Failed(message=problem.error, act=problem.act).model_dump())


def _problem(error: Exception) -> Problem:
    """What a reader is told of a failure."""
    if isinstance(error, DocsqlError):
        is_theirs = isinstance(error, BadInput | Correctable | Busy)
        return Problem(error=str(error), act="you" if is_theirs else "operator")
    reference = uuid4().hex[:8]
    log.error("A turn failed (%s).", reference, exc_info=error)
    said = f"Internal error. The service's log has the details under {reference}."
    return Problem(error=said, act="operator")


def _failed(question: Json, error: Exception) -> Json:
    told = to_reader(_problem(error).error)
    thread = str(question.get("thread_id") or "")
    failed = Answer(
        answer=told, status="declined", route="chat", models={}, thread_id=thread, error=told
    )
    return failed.model_dump(mode="json")


def _question(input: Json) -> Question:
    try:
        return Question.model_validate(input)
    except ValidationError as error:
        problems = "; ".join(problem["msg"] for problem in error.errors())
        raise BadInput(f"The question is not valid: {problems}.") from error
