"""The /saved-questions routes."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from serving.conversations.saved import SavedBook
from serving.wire.saved import QuestionToSave, SavedQuestion, SavedQuestions, SharedQuestion
from tools.caller import Caller


def saved_router(book: SavedBook, caller_of: Callable[[Request], Caller]) -> APIRouter:
    """Routes on the caller's own questions, and one for whoever has a link."""
    router = APIRouter(tags=["saved questions"], prefix="/saved-questions")

    @router.get("", summary="List your saved questions, the latest first")
    async def listed(caller: Annotated[Caller, Depends(caller_of)]) -> SavedQuestions:
        return await book.listed(caller=caller)

    @router.post("", status_code=201, summary="Save a question")
    async def keep(
        asked: QuestionToSave, caller: Annotated[Caller, Depends(caller_of)]
    ) -> SavedQuestion:
        return await book.keep(asked.question, caller=caller)

    @router.get("/{question_id}", summary="The question behind a link, whoever saved it")
    async def shared(
        question_id: str, caller: Annotated[Caller, Depends(caller_of)]
    ) -> SharedQuestion:
        del caller
        return await book.shared(question_id)

    @router.delete("/{question_id}", status_code=204, summary="Delete a saved question of yours")
    async def delete(question_id: str, caller: Annotated[Caller, Depends(caller_of)]) -> None:
        await book.delete(question_id, caller=caller)

    return router
