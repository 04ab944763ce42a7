"""The agent as an OpenAI-compatible model: /v1/models and /v1/chat/completions."""

import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, suppress
from itertools import pairwise
from typing import Annotated, Any
from uuid import uuid4

import anyio
from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse
from pydantic import ValidationError

from agent.state import Exchange
from serving.conversations.service import Conversations
from serving.http.middleware.authentication import caller_of_request
from serving.http.openai.errors import error_of
from serving.http.openai.schema import MODELS, ChatRequest, Completion, Message, Model, ModelList
from serving.turns.turn import Turns
from serving.wire.answer import Answer
from serving.wire.events import Answered, Event, Reasoning, Token
from serving.wire.question import Question
from tools.caller import Caller
from tools.errors import BadInput, DocsqlError, UnknownName

log = logging.getLogger(__name__)


class _Chat:
    """One request on its way through the agent."""

    def __init__(
        self, turns: Turns, conversations: Conversations, caller: Caller, request: ChatRequest
    ) -> None:
        self._turns, self._conversations, self._caller = turns, conversations, caller
        self._is_kept = bool(request.store or request.thread_id)
        self._thread = request.thread_id or uuid4().hex
        self._question = _question(request, self._thread)
        self._history = () if request.thread_id else _history(request.messages)

    async def events(self) -> AsyncGenerator[Event]:
        """The turn; afterwards its thread is gone unless somebody wants it or it has to go on."""
        has_to_go_on = self._is_kept
        try:
            turn = self._turns.stream(self._question, self._caller, history=self._history)
            async with aclosing(turn) as events:
                async for event in events:
                    if isinstance(event, Answered):
                        has_to_go_on |= event.answer.status == "needs_approval"
                    yield event
        finally:
            if not has_to_go_on:
                with anyio.CancelScope(shield=True), suppress(DocsqlError):
                    await self._conversations.delete(self._thread, caller=self._caller)

    async def answer(self) -> Answer:
        """The answer whole."""
        async with aclosing(self.events()) as events:
            answers = [event.answer async for event in events if isinstance(event, Answered)]
        return answers[0]


def openai_router(turns: Turns, conversations: Conversations) -> APIRouter:
    """The two routes; errors come in OpenAI's shape, see `OpenAiErrors`."""
    router = APIRouter(prefix="/v1", tags=["openai"])

    @router.get("/models", summary="The agent as a model, one per mode")
    async def models() -> ModelList:
        return ModelList(data=[Model(id=name) for name in MODELS])

    @router.get("/models/{name}", summary="One of them")
    async def model(name: str) -> Model:
        _mode_of(name)
        return Model(id=name)

    @router.post(
        "/chat/completions", summary="A question as a chat completion", response_model=None
    )
    async def complete(
        request: ChatRequest, caller: Annotated[Caller, Depends(caller_of_request)]
    ) -> dict[str, Any] | StreamingResponse:
        chat, completion = _Chat(turns, conversations, caller, request), Completion(request.model)
        if not request.stream:
            return completion.whole(await chat.answer())
        options = request.stream_options
        chunks = _chunks(chat, completion, with_usage=bool(options and options.include_usage))
        first = await anext(chunks)  # what is wrong with the question is said by the status
        return StreamingResponse(_sent(first, chunks), media_type="text/event-stream")

    return router


async def _chunks(
    chat: _Chat, completion: Completion, *, with_usage: bool
) -> AsyncGenerator[dict[str, Any]]:
    async with aclosing(chat.events()) as events:
        has_begun = False
        async for event in events:
            if not has_begun:
                has_begun = True
                yield completion.opening()
            if isinstance(event, Token):
                yield completion.piece(event.text)
            elif isinstance(event, Reasoning):
                yield completion.thought(event.text)
            elif isinstance(event, Answered):
                if event.answer.status == "needs_approval":
                    yield completion.piece(event.answer.answer)  # no model wrote it
                for chunk in completion.closing(event.answer, with_usage=with_usage):
                    yield chunk


async def _sent(first: dict[str, Any], rest: AsyncGenerator[dict[str, Any]]) -> AsyncIterator[str]:
    async with aclosing(rest) as chunks:
        try:
            yield f"data: {json.dumps(first)}\n\n"
            async for chunk in chunks:
                yield f"data: {json.dumps(chunk)}\n\n"
        except DocsqlError as error:
            yield f"data: {json.dumps(error_of(503, str(error)))}\n\n"
        except Exception:  # the door: a reader gets an error, not a broken connection
            reference = uuid4().hex[:8]
            log.exception("A completion failed (%s).", reference)
            said = f"Internal error. The service's log has the details under {reference}."
            yield f"data: {json.dumps(error_of(500, said))}\n\n"
        yield "data: [DONE]\n\n"


def _mode_of(model: str) -> Any:
    if model not in MODELS:
        raise UnknownName(f"There is no model {model!r}. Available: {', '.join(MODELS)}.")
    return MODELS[model]


def _question(request: ChatRequest, thread: str) -> Question:
    last = request.messages[-1]
    if last.role != "user":
        raise BadInput("The last message must be the user's: it is the question.")
    try:
        return Question(
            question=last.text,
            thread_id=thread,
            mode=_mode_of(request.model),
            temperature=request.temperature,
            max_tokens=request.max_completion_tokens or request.max_tokens,
        )
    except ValidationError as error:
        raise BadInput(f"{'; '.join(problem['msg'] for problem in error.errors())}.") from error


def _history(messages: Sequence[Message]) -> list[Exchange]:
    """Earlier exchanges; a question without an answer is left out."""
    said = [message for message in messages if message.role in {"user", "assistant"}]
    return [
        Exchange(question=asked.text, answer=answer.text)
        for asked, answer in pairwise(said)
        if (asked.role, answer.role) == ("user", "assistant")
    ]
