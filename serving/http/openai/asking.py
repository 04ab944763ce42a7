"""A question through a door of OpenAI's, whose thread outlasts it only where somebody wants it."""

import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import uuid4

import anyio
from pydantic import ValidationError

from agent.state import Exchange
from serving.conversations.service import Conversations
from serving.http.openai.errors import UnknownModel
from serving.http.openai.schema import MODELS
from serving.turns.turn import Turns
from serving.wire.answer import Answer
from serving.wire.events import Answered, Event
from serving.wire.question import Question
from tools.caller import Caller
from tools.errors import BadInput, DocsqlError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """One request on its way through the agent; `question` names its thread."""

    turns: Turns
    conversations: Conversations
    caller: Caller
    question: Question
    history: Sequence[Exchange] = ()
    is_kept: bool

    async def events(self) -> AsyncGenerator[Event]:
        """The turn; afterwards its thread is gone unless somebody wants it or it has to go on."""
        has_to_go_on = self.is_kept
        try:
            turn = self.turns.stream(self.question, self.caller, history=self.history)
            async with aclosing(turn) as events:
                async for event in events:
                    if isinstance(event, Answered):
                        has_to_go_on |= event.answer.status == "needs_approval"
                    yield event
        finally:
            if not has_to_go_on:
                with anyio.CancelScope(shield=True), suppress(DocsqlError):
                    thread = self.question.thread_id or ""
                    await self.conversations.delete(thread, caller=self.caller)

    async def answer(self) -> Answer:
        """The answer whole."""
        async with aclosing(self.events()) as events:
            answers = [event.answer async for event in events if isinstance(event, Answered)]
        return answers[0]


def mode_of(model: str) -> Any:
    """The mode that a model stands for."""
    if model not in MODELS:
        raise UnknownModel(f"There is no model {model!r}. Available: {', '.join(MODELS)}.")
    return MODELS[model]


def question_from(**fields: Any) -> Question:
    """A question of a request's fields, whose faults are told in words."""
    try:
        return Question(**fields)
    except ValidationError as error:
        raise BadInput(f"{'; '.join(problem['msg'] for problem in error.errors())}.") from error


def exchanges(messages: Sequence[tuple[str, str]]) -> list[Exchange]:
    """What was said before, of roles and texts; a question without an answer is left out."""
    said = [message for message in messages if message[0] in {"user", "assistant"}]
    return [
        Exchange(question=question, answer=answer)
        for (asks, question), (replies, answer) in pairwise(said)
        if (asks, replies) == ("user", "assistant")
    ]


def said_of(error: Exception) -> tuple[int, str]:
    """What a reader of a stream is told of a failure, and the status that it would have had."""
    if isinstance(error, DocsqlError):
        return 503, str(error)
    reference = uuid4().hex[:8]
    log.error("An answer failed (%s).", reference, exc_info=error)
    return 500, f"Internal error. The service's log has the details under {reference}."
