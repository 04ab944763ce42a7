"""The agent as an OpenAI-compatible model: /v1/models and /v1/chat/completions."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from serving.conversations.service import Conversations
from serving.http.middleware.authentication import caller_of_request
from serving.http.openai.asking import Inquiry, exchanges, mode_of, question_from, said_of
from serving.http.openai.errors import error_of
from serving.http.openai.schema import MODELS, ChatRequest, Completion, Model, ModelList
from serving.turns.turn import Turns
from serving.wire.events import Answered, Reasoning, Token
from serving.wire.question import Question
from tools.caller import Caller
from tools.errors import BadInput


def openai_router(turns: Turns, conversations: Conversations) -> APIRouter:
    """The two routes; errors come in OpenAI's shape, see `OpenAiErrors`."""
    router = APIRouter(prefix="/v1", tags=["openai"])

    @router.get("/models", summary="The agent as a model, one per mode")
    async def models() -> ModelList:
        return ModelList(data=[Model(id=name) for name in MODELS])

    @router.get("/models/{name}", summary="One of them")
    async def model(name: str) -> Model:
        mode_of(name)
        return Model(id=name)

    @router.post(
        "/chat/completions", summary="A question as a chat completion", response_model=None
    )
    async def complete(
        request: ChatRequest,
        caller: Annotated[Caller, Depends(caller_of_request)],
        http: Request,
    ) -> dict[str, Any] | StreamingResponse:
        chat = _asking(turns, conversations, caller, request)
        completion = Completion(request.model, str(http.base_url))
        if not request.stream:
            return completion.whole(await chat.answer())
        options = request.stream_options
        chunks = _chunks(chat, completion, with_usage=bool(options and options.include_usage))
        first = await anext(chunks)  # what is wrong with the question is said by the status
        return StreamingResponse(_sent(first, chunks), media_type="text/event-stream")

    return router


async def _chunks(
    chat: Inquiry, completion: Completion, *, with_usage: bool
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
        except Exception as error:  # noqa: BLE001  # the door: an error, not a broken connection
            status, said = said_of(error)
            yield f"data: {json.dumps(error_of(status, said))}\n\n"
        yield "data: [DONE]\n\n"


def _asking(
    turns: Turns, conversations: Conversations, caller: Caller, request: ChatRequest
) -> Inquiry:
    return Inquiry(
        turns=turns,
        conversations=conversations,
        caller=caller,
        question=_question(request, request.thread_id or uuid4().hex),
        history=()
        if request.thread_id
        else exchanges([(said.role, said.text) for said in request.messages]),
        is_kept=bool(request.store or request.thread_id),
    )


def _question(request: ChatRequest, thread: str) -> Question:
    last = request.messages[-1]
    if last.role != "user":
        raise BadInput("The last message must be the user's: it is the question.")
    return question_from(
        question=last.text,
        thread_id=thread,
        mode=mode_of(request.model),
        temperature=request.temperature,
        max_tokens=request.max_completion_tokens or request.max_tokens,
    )
