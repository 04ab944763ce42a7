"""The /threads and /feedback routes: what a caller's conversations held, and what was said of them."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from serving.certificates.certificate import Certificate
from serving.conversations.service import PAGE, Conversations, as_markdown
from serving.http.middleware.reader import model_to_reader
from serving.wire.threads import (
    Feedback,
    FeedbackRecord,
    ThreadChange,
    ThreadContent,
    ThreadDeleted,
    ThreadInfo,
    ThreadList,
)
from tools.caller import Caller

Limit = Annotated[int, Query(ge=1, le=200)]
ThreadFormat = Literal["json", "markdown", "certificate"]


def threads_router(
    conversations: Conversations,
    caller_of: Callable[[Request], Caller],
    issue: Callable[[ThreadContent], Awaitable[Certificate]],
) -> APIRouter:
    """Routes on the caller's own threads; somebody else's are not there.

    `issue` certifies a thread.
    """
    router = APIRouter(tags=["threads"])

    @router.get("/threads", summary="List your threads, the latest first")
    async def listed(
        caller: Annotated[Caller, Depends(caller_of)],
        limit: Limit = PAGE,
        before: Annotated[str | None, Query(max_length=64)] = None,
        search: Annotated[str, Query(max_length=200)] = "",
    ) -> ThreadList:
        return await conversations.listed(caller=caller, limit=limit, before=before, search=search)

    @router.get(
        "/threads/{thread_id:path}",
        summary="A thread with its answers and their evidence: JSON, Markdown or a certificate",
        response_model=ThreadContent | Certificate,
    )
    async def read(
        thread_id: str,
        caller: Annotated[Caller, Depends(caller_of)],
        format: ThreadFormat = "json",
    ) -> ThreadContent | Certificate | Response:
        content = await conversations.read(thread_id, caller=caller)
        if format == "json":
            return model_to_reader(content)
        if format == "certificate":
            return await issue(content)
        saved = {"Content-Disposition": 'attachment; filename="thread.md"'}
        return Response(as_markdown(content), media_type="text/markdown", headers=saved)

    @router.patch("/threads/{thread_id:path}", summary="Rename a thread, or change its settings")
    async def change(
        thread_id: str, change: ThreadChange, caller: Annotated[Caller, Depends(caller_of)]
    ) -> ThreadInfo:
        return await conversations.change(thread_id, change, caller=caller)

    @router.delete(
        "/threads/{thread_id:path}",
        summary="Delete a thread with its checkpoints, evidence and feedback",
    )
    async def delete(
        thread_id: str, caller: Annotated[Caller, Depends(caller_of)]
    ) -> ThreadDeleted:
        return await conversations.delete(thread_id, caller=caller)

    @router.post("/feedback", status_code=204, summary="Rate an answer")
    async def note(feedback: Feedback, caller: Annotated[Caller, Depends(caller_of)]) -> None:
        await conversations.note(feedback, caller=caller)

    @router.get("/feedback", summary="Your feedback, with the evidence of the answers")
    async def noted(caller: Annotated[Caller, Depends(caller_of)]) -> list[FeedbackRecord]:
        return await conversations.feedback(caller=caller)

    return router
