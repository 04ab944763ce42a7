"""/v1/responses: create, retrieve, delete."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from time import time
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, StreamingResponse

from serving.conversations.responses import KeptResponse, Responses
from serving.conversations.store import thread_key
from serving.http.middleware.authentication import caller_of_request
from serving.http.openai.asking import Inquiry, exchanges, mode_of, question_from, said_of
from serving.http.openai.errors import error_of
from serving.http.openai.responses.request import ResponseRequest
from serving.http.openai.responses.shapes import Repeated, Shape
from serving.http.openai.responses.stream import ResponseStream, Sent
from serving.turns.turn import Turns
from serving.wire.answer import Answer
from serving.wire.events import Answered, Event, Reasoning, Token
from serving.wire.question import Decision, Question
from tools.caller import Caller
from tools.errors import BadInput

ByCaller = Annotated[Caller, Depends(caller_of_request)]


@dataclass(frozen=True, slots=True)
class _Creation:
    """One response in the making."""

    asking: AbstractAsyncContextManager[Inquiry]
    responses: Responses
    shape: Shape
    caller: Caller

    async def whole(self) -> dict[str, Any]:
        async with self.asking as asking:
            answer = await asking.answer()
            await self._keep(answer)
        return self.shape.completed(answer)

    async def events(self) -> AsyncGenerator[Sent]:
        """The events of the stream; what is wrong with the question is raised before the first."""
        stream, has_begun = ResponseStream(self.shape), False
        try:
            async with self.asking as asking, aclosing(asking.events()) as events:
                async for event in events:
                    if not has_begun:
                        has_begun = True
                        for sent in stream.begun():
                            yield sent
                    if isinstance(event, Answered):
                        await self._keep(event.answer)
                    for sent in _told_of(event, stream):
                        yield sent
        except Exception as error:
            if not has_begun:
                raise
            for sent in stream.failed(said_of(error)[1]):
                yield sent

    async def _keep(self, answer: Answer) -> None:
        """Remember the response where it is to be stored, or where it waits for a person."""
        if not self.shape.asked.store and answer.status != "needs_approval":
            return
        kept = KeptResponse(
            id=self.shape.id,
            thread=thread_key(self.caller, answer.thread_id),
            owner=self.caller.id,
            turn=answer.answer_id,
            previous=self.shape.asked.previous_response_id or "",
            made_at=datetime.fromtimestamp(self.shape.created_at, UTC).isoformat(),
            asked=self.shape.asked.model_dump_json(),
        )
        await self.responses.keep(kept)


def responses_router(turns: Turns, responses: Responses) -> APIRouter:
    """The routes; errors come in OpenAI's shape, see `OpenAiErrors`."""
    router = APIRouter(prefix="/v1/responses", tags=["openai"])

    @router.post("", summary="A question as a response", response_model=None)
    async def create(
        request: ResponseRequest, caller: ByCaller
    ) -> dict[str, Any] | JSONResponse | StreamingResponse:
        before = await _before(responses, request, caller)
        if request.previous_response_id and before is None:
            return _not_found_before(request.previous_response_id)
        asking = _asking(turns, responses, request, before, caller)
        shape = Shape(name=uuid4().hex, created_at=int(time()), asked=Repeated.of(request))
        creation = _Creation(asking, responses, shape, caller)
        if not request.stream:
            return await creation.whole()
        events = creation.events()
        first = await anext(events)
        return StreamingResponse(_sent(first, events), media_type="text/event-stream")

    @router.get("/{response_id}", summary="A stored response", response_model=None)
    async def retrieve(response_id: str, caller: ByCaller) -> dict[str, Any] | JSONResponse:
        kept = await responses.find(response_id, caller=caller)
        if kept is None:
            return _not_found(response_id)
        answer = await responses.answer(kept, caller=caller)
        return _shape_of(kept).completed(answer)

    @router.delete("/{response_id}", summary="Forget a response", response_model=None)
    async def delete(response_id: str, caller: ByCaller) -> dict[str, Any] | JSONResponse:
        kept = await responses.find(response_id, caller=caller)
        if kept is None:
            return _not_found(response_id)
        await responses.forget(kept, caller=caller)
        return {"id": response_id, "object": "response", "deleted": True}

    return router


async def _before(
    responses: Responses, request: ResponseRequest, caller: Caller
) -> KeptResponse | None:
    id_ = request.previous_response_id
    return await responses.find(id_, caller=caller) if id_ else None


@asynccontextmanager
async def _asking(
    turns: Turns,
    responses: Responses,
    request: ResponseRequest,
    before: KeptResponse | None,
    caller: Caller,
) -> AsyncGenerator[Inquiry]:
    """The question on its thread: a new one, or that of the response before.

    The thread goes on where nothing else was said on it since, and where this is to be kept too;
    from anywhere else, a new thread begins with what was said until then.
    """
    if request.decisions:
        yield await _decision(turns, responses, request, before, caller)
        return
    said = [(each.role, each.text) for each in request.messages]
    if not said or said[-1][0] != "user":
        raise BadInput("The last item of the input must be the user's message: it is the question.")
    history = exchanges(said)
    may_continue = before if request.is_stored and not history else None
    async with _thread(turns, responses, may_continue, caller) as thread:
        if before and thread is None:
            history = [*await responses.before(before, caller=caller), *history]
        yield Inquiry(
            turns=turns,
            conversations=responses.conversations,
            caller=caller,
            question=_question(request, said[-1][1], thread or uuid4().hex),
            history=history,
            is_kept=request.is_stored,
        )


def _thread(
    turns: Turns, responses: Responses, before: KeptResponse | None, caller: Caller
) -> AbstractAsyncContextManager[str | None]:
    """The thread of the response before, if the question may continue there."""
    if before is None:
        return nullcontext()
    return responses.continued(before, caller=caller, seconds=turns.limit_s)


def _question(request: ResponseRequest, asked: str, thread: str) -> Question:
    return question_from(
        question=asked,
        thread_id=thread,
        mode=mode_of(request.model),
        temperature=request.temperature,
        max_tokens=request.max_output_tokens,
    )


async def _decision(
    turns: Turns,
    responses: Responses,
    request: ResponseRequest,
    before: KeptResponse | None,
    caller: Caller,
) -> Inquiry:
    """The turn that waits, going on with what a person said."""
    if before is None:
        raise BadInput("An approval needs `previous_response_id`: the response that asked for it.")
    resume = _decided(request)
    waits = await responses.answer(before, caller=caller)
    return Inquiry(
        turns=turns,
        conversations=responses.conversations,
        caller=caller,
        question=question_from(thread_id=waits.thread_id, resume=resume),
        is_kept=request.is_stored or _shape_of(before).asked.store,
    )


def _decided(request: ResponseRequest) -> dict[str, Decision]:
    decided = dict(request.decisions)
    if len(decided) < len(request.decisions):
        raise BadInput("The input decides twice on one statement. Send one decision for each.")
    if request.asks_anew:
        raise BadInput(
            "The input has a message beside a decision. Send the decision alone, and the message "
            "afterwards."
        )
    return {
        id_: Decision(action="approve" if is_approved else "reject")
        for id_, is_approved in decided.items()
    }


def _told_of(event: Event, stream: ResponseStream) -> Iterator[Sent]:
    match event:
        case Token(text=text):
            return stream.speak(text)
        case Reasoning(text=text):
            return stream.think(text)
        case Answered(answer=answer):
            return stream.completed(answer)
        case _:
            return iter(())


async def _sent(first: Sent, rest: AsyncGenerator[Sent]) -> AsyncIterator[str]:
    async with aclosing(rest) as events:
        yield _line(first)
        async for event in events:
            yield _line(event)


def _line(event: Sent) -> str:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"


def _shape_of(kept: KeptResponse) -> Shape:
    return Shape(
        name=kept.id.removeprefix("resp_"),
        created_at=int(datetime.fromisoformat(kept.made_at).timestamp()),
        asked=Repeated.model_validate_json(kept.asked),
    )


def _not_found(id_: str) -> JSONResponse:
    said = f"Response with id '{id_}' not found."
    return JSONResponse(error_of(404, said, param="response_id"), 404)


def _not_found_before(id_: str) -> JSONResponse:
    said = f"Previous response with id '{id_}' not found."
    known = {"param": "previous_response_id", "code": "previous_response_not_found"}
    return JSONResponse(error_of(400, said, **known), 400)
