"""The /documents routes: what was ingested, and more of it."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse, StreamingResponse

from serving.http.middleware.reader import model_to_reader
from serving.http.upload_events import EVENT_STREAM, UploadEvents
from serving.http.uploads import Upload, UploadLimits, receive_upload
from serving.parts.library import DocumentLibrary
from serving.wire.documents import (
    DeletedDocument,
    DocumentContent,
    DocumentInfo,
    FileOutcome,
    FileTaken,
    PassageInContext,
    UploadFinished,
    UploadProblem,
    UploadReport,
)
from serving.wire.problem import Problem
from tools.documents.readers import FileReaders

_AT_ONCE = 4
"""Uploads that are worked on at once; more wait, on the disk."""
_PAGE = 1_000
"""Documents in one list, where the client names no number."""
_PDF = b"%PDF-"
_UPLOAD_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "source": {
            "type": "array",
            "items": {"type": "string", "maxLength": 1024},
            "description": "Name of each file, as a relative path (unset: the file's own)",
        },
        "root": {
            "type": "string",
            "maxLength": 4096,
            "description": "Folder that the files came from; equal names in two folders are two "
            "documents",
        },
        "collection": {"type": "string", "maxLength": 128},
        "groups": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Groups that may see them (unset: the caller's own)",
        },
    },
}
_UPLOAD_DESCRIBED = {"requestBody": {"content": {"multipart/form-data": {"schema": _UPLOAD_FORM}}}}

Tell = Callable[[FileTaken | UploadFinished], None]
OpenFor = Callable[[Request], DocumentLibrary]


@dataclass(frozen=True, slots=True)
class SentIn:
    """The thread in which files were sent, if any, and whether a question came with them."""

    thread_id: str | None
    has_question: bool


@dataclass(frozen=True, slots=True)
class Intake:
    """Settings of uploads; `folder` holds them until they are parsed.

    `keep` notes what became of one, for the sender and with their thread, if any; `own` are the
    ids of the documents that a request's sender uploaded.
    """

    readers: FileReaders
    limits: UploadLimits
    folder: Path
    collection: str
    keep: Callable[[Request, SentIn, UploadReport], Awaitable[None]]
    own: Callable[[Request], frozenset[str]]


def documents_router(open_for: OpenFor, intake: Intake) -> APIRouter:
    """List, read, upload and delete documents; calls that wait for the store run in threads.

    `open_for` returns the library as the sender of a request may see it.
    """
    router = APIRouter(prefix="/documents", tags=["documents"])
    _add_reading(router, open_for, intake)
    _add_upload(router, open_for, intake)

    @router.delete("/{document_id}", summary="Delete a document, and verify that it is gone")
    def delete(
        library: Annotated[DocumentLibrary, Depends(open_for)], document_id: str
    ) -> DeletedDocument:
        return library.delete(document_id)

    return router


def _add_reading(router: APIRouter, open_for: OpenFor, intake: Intake) -> None:
    @router.get("", summary="List documents by collection and source; X-Total-Count is the total")
    def listed(
        library: Annotated[DocumentLibrary, Depends(open_for)],
        request: Request,
        response: Response,
        collection: str | None = None,
        offset: Annotated[int, Query(ge=0)] = 0,
        limit: Annotated[int, Query(ge=1, le=_PAGE)] = _PAGE,
    ) -> list[DocumentInfo]:
        found = library.documents(collection=collection)
        response.headers["X-Total-Count"] = str(len(found))
        if offset + limit < len(found):
            following = request.url.include_query_params(offset=offset + limit, limit=limit)
            response.headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
        own, shown = intake.own(request), found[offset : offset + limit]
        return [each.model_copy(update={"is_own": each.id in own}) for each in shown]

    @router.get("/{document_id}", summary="A document with its passages")
    def content(
        library: Annotated[DocumentLibrary, Depends(open_for)], document_id: str
    ) -> DocumentContent:
        return library.document(document_id)

    @router.get("/{document_id}/passages/{passage_id}", summary="A passage among its neighbours")
    def passage(
        library: Annotated[DocumentLibrary, Depends(open_for)],
        document_id: str,
        passage_id: str,
        around: Annotated[int, Query(ge=0, le=50)] = 1,
    ) -> PassageInContext:
        return library.passage(document_id, passage_id, around=around)

    @router.get(
        "/{document_id}/file",
        summary="The original file; a PDF opens at #page=N",
        response_class=FileResponse,
    )
    def file(
        library: Annotated[DocumentLibrary, Depends(open_for)], document_id: str
    ) -> FileResponse:
        document, path = library.file(document_id)
        with path.open("rb") as opened:
            is_pdf = opened.read(len(_PDF)) == _PDF
        return FileResponse(
            path,
            # Whatever else it is, a browser keeps it and does not run it as a page of ours.
            media_type="application/pdf" if is_pdf else "application/octet-stream",
            filename=Path(document.source).name,
            content_disposition_type="inline" if is_pdf else "attachment",
            headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache"},
        )


def _add_upload(router: APIRouter, open_for: OpenFor, intake: Intake) -> None:
    threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="upload")

    @router.post(
        "",
        summary="Ingest files; with Accept: text/event-stream, one event per file",
        response_model=UploadReport,
        responses={
            400: {"model": Problem},
            413: {"model": Problem, "description": "The upload is too large"},
            415: {"model": UploadProblem, "description": "No file has a supported type"},
            422: {"model": UploadProblem, "description": "No file could be parsed"},
        },
        openapi_extra=_UPLOAD_DESCRIBED,
    )
    async def upload(
        request: Request,
        *,
        thread_id: Annotated[str | None, Query(min_length=1, max_length=128)] = None,
        has_question: Annotated[
            bool, Query(description="The next question of the thread was sent with the files")
        ] = False,
    ) -> Response:
        library = open_for(request)
        received = await receive_upload(request, limits=intake.limits, folder=intake.folder)
        work = _Work(library, intake, received)
        loop = asyncio.get_running_loop()

        async def ingest(tell: Tell) -> UploadReport:
            report = await loop.run_in_executor(threads, work.run, tell)
            await intake.keep(request, SentIn(thread_id, has_question), report)
            return report

        if EVENT_STREAM in request.headers.get("accept", ""):
            events = UploadEvents(loop)
            # Begun before the answer is: a client that has gone leaves no half of its upload.
            events.follow(asyncio.ensure_future(ingest(events.tell)))
            return StreamingResponse(events.lines(), media_type=EVENT_STREAM)
        return _answer(await ingest(lambda _: None))


@dataclass(frozen=True, slots=True)
class _Work:
    library: DocumentLibrary
    intake: Intake
    received: Upload

    def run(self, tell: Tell) -> UploadReport:
        """Ingest what was received, and let go of it whatever happens."""
        collection = self.received.collection or self.intake.collection
        total = len(self.received.sources)
        taken = list[FileOutcome]()

        def note(outcome: FileOutcome) -> None:
            taken.append(outcome)
            tell(FileTaken(number=len(taken), total=total, outcome=outcome))

        try:
            self.library.ingest(
                [self.received.path],
                collection=collection,
                on_file=note,
                readers=self.intake.readers,
                groups=self.received.groups,
                root=self.received.root,
            )
        finally:
            self.received.discard()
        report = UploadReport(collection=collection, files=taken)
        tell(UploadFinished(report=report))
        return report


def _answer(report: UploadReport) -> JSONResponse:
    """The report or, where no file could be taken in, why as an error."""
    report = model_to_reader(report)
    if any(file.outcome != "failed" for file in report.files):
        return JSONResponse(report.model_dump(mode="json"))
    error = "\n".join(file.reason for file in report.files)
    status = 415 if all(file.is_unsupported for file in report.files) else 422
    problem = UploadProblem(error=error, act="you", files=report.files)
    return JSONResponse(problem.model_dump(mode="json"), status)
