"""A service that fails an evaluation in the middle of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from evaluated import answer
from standin_server import serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from serving.evaluation.asking import Questioning
from serving.evaluation.case import SetCase
from serving.evaluation.folder import Described, begin, open_answers, read_run
from serving.evaluation.record import Record
from serving.evaluation.there import open_there
from serving.wire.events import Answered
from serving.wire.problem import Problem
from serving.wire.service import Readiness

CASE = SetCase(id="one", question="What is it?", after=("Hello",), says=("42",), accepted=True)
READY = Readiness(ready=True, models={}, databases=[], collections=[])


async def cut_off() -> AsyncIterator[bytes]:
    yield b"{"
    raise ConnectionError


def service_that(*, cuts_off: bool = False, is_full_for_s: int = 0) -> Starlette:
    """A service that answers; it may cut off whoever deletes a thread, or take no question."""
    deleted: list[str] = []

    async def ready(_: Request) -> Response:
        return Response(READY.model_dump_json(), media_type="application/json")

    async def asked(request: Request) -> Response:
        if is_full_for_s:
            said = Problem(
                error="You have used your tokens for this month.", act="you"
            ).model_dump()
            return JSONResponse(said, 429, {"Retry-After": str(is_full_for_s)})
        thread = (await request.json())["input"]["thread_id"] or "made here"
        told = Answered(answer=answer("42", thread_id=thread)).model_dump_json()
        return Response(f"event: data\ndata: {told}\n\n", media_type="text/event-stream")

    async def delete(request: Request) -> Response:
        if cuts_off:
            return StreamingResponse(cut_off())
        deleted.append(request.path_params["id"])
        return JSONResponse({})

    app = Starlette(
        routes=[
            Route("/ready", ready),
            Route("/agent/stream", asked, methods=["POST"]),
            Route("/threads/{id}", delete, methods=["DELETE"]),
        ]
    )
    app.state.deleted = deleted
    return app


async def record_of(app: Starlette, folder: Path) -> Record:
    described = Described(set="set.jsonl", started_at="2026-01-01", concurrency=1, identity={})
    begin(folder, described, [CASE], [])
    with serve(app) as url, open_answers(folder) as answers:
        async with open_there(url, None) as there:
            await Questioning(there, answers, lambda _: None).ask_all([CASE], concurrency=1)
    return read_run(folder).records["one"]


async def test_an_answer_counts_though_its_thread_cannot_be_deleted(tmp_path: Path) -> None:
    record = await record_of(service_that(cuts_off=True), tmp_path)
    assert record.answer is not None
    assert record.answer.answer == "42"


async def test_one_thread_is_begun_and_left_by_no_trace(tmp_path: Path) -> None:
    app = service_that()
    await record_of(app, tmp_path)
    assert len(app.state.deleted) == 1


async def test_a_service_that_is_full_for_days_is_not_waited_for(tmp_path: Path) -> None:
    async with asyncio.timeout(10):
        record = await record_of(service_that(is_full_for_s=86_400), tmp_path)
    assert record.error == "You have used your tokens for this month."
