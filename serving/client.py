"""A typed client of the service."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from serving.wire.answer import Answer
from serving.wire.documents import (
    DeletedDocument,
    DocumentContent,
    DocumentInfo,
    FileOutcome,
    FileTaken,
    UploadEvent,
    UploadFinished,
)
from serving.wire.events import Failed
from serving.wire.problem import Problem
from serving.wire.question import Question
from serving.wire.service import Readiness

_FILES_AT_ONCE = 16
_BYTES_AT_ONCE = 16_000_000
_ABOUT_FILES = frozenset([400, 413, 415, 422])
"""Statuses that say something of what was sent, and nothing of the service."""

Model = TypeVar("Model", bound=BaseModel)


class ServiceError(Exception):
    """The service could not be reached or refused; the message says what to do."""


class ServiceClient:
    """Calls a running DocSQL service.

    A question waits as long as the service's own limit allows; anything else for a minute.

    Raises:
        ServiceError: from every method, with the service's words or where it was looked for.
    """

    def __init__(self, url: str, *, credential: str | None = None, timeout_s: float = 60.0) -> None:
        """`credential` is a key or token, sent with every request."""
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {credential}"} if credential else {}
        # The service is this machine's own: a proxy that the environment names cannot reach it.
        self._http = httpx.Client(
            base_url=self.url, headers=headers, timeout=timeout_s, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.close()

    def ask(self, question: Question) -> Answer:
        """One question, answered whole."""
        body = {"input": question.model_dump(mode="json")}
        reply = self._send("POST", "/agent/invoke", json=body, timeout=None)
        return Answer.model_validate(reply.json()["output"])

    def ready(self) -> Readiness:
        """The state of the service."""
        return self._read(Readiness, "GET", "/ready", accepted=503)

    def require_thread(self, thread_id: str) -> None:
        """Check that there is such a thread."""
        self._send("GET", f"/threads/{quote(thread_id)}")

    def documents(self, *, collection: str | None = None) -> list[DocumentInfo]:
        """Every document that may be read here, or those of one collection."""
        found = list[DocumentInfo]()
        address = "/documents"
        asked = None if collection is None else {"collection": collection}
        while address:
            reply = self._send("GET", address, params=asked)
            found += TypeAdapter(list[DocumentInfo]).validate_json(reply.content)
            address, asked = reply.links.get("next", {}).get("url", ""), None
        return found

    def document(self, document_id: str) -> DocumentContent:
        """One document with its passages."""
        return self._read(DocumentContent, "GET", _address(document_id))

    def delete(self, document_id: str) -> DeletedDocument:
        """Forget a document; the reply is what it was."""
        return self._read(DeletedDocument, "DELETE", _address(document_id))

    def upload(
        self,
        files: Iterable[tuple[Path, str]],
        *,
        collection: str,
        groups: frozenset[str] | None = None,
        on_file: Callable[[FileOutcome], None] = lambda _: None,
        root_of: Callable[[Path, str], str] = lambda _path, _source: "",
    ) -> list[FileOutcome]:
        """Ingest files under their sources, for `groups` (None: the service's default).

        `root_of` names the folder of a file, which distinguishes equal sources.
        They are sent in batches, and `on_file` is called for each when it is done.
        """
        outcomes = list[FileOutcome]()

        def note(outcome: FileOutcome) -> None:
            outcomes.append(outcome)
            on_file(outcome)

        form = {"collection": [collection]} | _given(groups)
        for root, portion in _in_portions(_distinct(files, note, root_of)):
            self._upload(portion, form | {"root": [root]}, note)
        return outcomes

    def _upload(
        self,
        portion: Sequence[tuple[Path, str]],
        form: Mapping[str, list[str]],
        note: Callable[[FileOutcome], None],
    ) -> None:
        with ExitStack() as stack:
            opened: list[tuple[str, IO[bytes]]] = []
            for path, source in portion:
                try:
                    opened.append((source, stack.enter_context(path.open("rb"))))
                except OSError as error:
                    reason = f"the file cannot be opened ({error.strerror}); check that it exists"
                    note(FileOutcome(source=source, outcome="failed", reason=reason))
            if not opened:
                return
            sources = [source for source, _ in opened]
            with self._streaming(
                "POST",
                "/documents",
                data={**form, "source": sources},
                files=[("file", (PurePosixPath(source).name, file)) for source, file in opened],
                headers={"Accept": "text/event-stream"},
                timeout=None,
            ) as reply:
                if reply.is_error:
                    reply.read()
                    self._refused(reply, portion, form, note)
                    return
                for line in reply.iter_lines():
                    if line.startswith("data:"):
                        _take(line.removeprefix("data:"), note)

    def _refused(
        self,
        reply: httpx.Response,
        portion: Sequence[tuple[Path, str]],
        form: Mapping[str, list[str]],
        note: Callable[[FileOutcome], None],
    ) -> None:
        """A file that is not taken is a failed one; of several, each is sent alone to tell which."""
        if reply.status_code not in _ABOUT_FILES:
            raise ServiceError(_said(reply))
        if len(portion) == 1:
            note(FileOutcome(source=portion[0][1], outcome="failed", reason=_said(reply)))
            return
        for file in portion:
            self._upload([file], form, note)

    @contextmanager
    def _streaming(self, method: str, path: str, **request: object) -> Generator[httpx.Response]:
        try:
            with self._http.stream(method, path, **request) as reply:  # pyright: ignore[reportArgumentType]  # httpx types each option
                yield reply
        except httpx.HTTPError as error:
            raise self._silent(error) from error

    def _read(
        self,
        model: type[Model],
        method: str,
        path: str,
        *,
        accepted: int | None = None,
        **request: object,
    ) -> Model:
        reply = self._send(method, path, accepted=accepted, **request)
        return model.model_validate_json(reply.content)

    def _send(
        self, method: str, path: str, *, accepted: int | None = None, **request: object
    ) -> httpx.Response:
        try:
            reply = self._http.request(method, path, **request)  # pyright: ignore[reportArgumentType]  # httpx types each option
        except httpx.HTTPError as error:
            raise self._silent(error) from error
        if reply.is_error and reply.status_code != accepted:
            raise ServiceError(_said(reply))
        return reply

    def _silent(self, error: httpx.HTTPError) -> ServiceError:
        return ServiceError(
            f"The service at {self.url} does not answer ({type(error).__name__}). "
            "Start it with `docsql serve`."
        )


def _distinct(
    files: Iterable[tuple[Path, str]],
    note: Callable[[FileOutcome], None],
    root_of: Callable[[Path, str], str],
) -> Iterator[tuple[str, Path, str]]:
    """Each file once; of two files that would be one document, the first."""
    taken = dict[tuple[str, str], Path]()
    for path, source in files:
        place = root_of(path, source), source
        if place not in taken:
            taken[place] = path.absolute()
            yield place[0], path, source
        elif taken[place] != path.absolute():
            reason = (
                f"{source}: {str(path)!r} and {str(taken[place])!r} would be the same document."
            )
            note(FileOutcome(source=source, outcome="failed", reason=reason))


def _in_portions(
    files: Iterable[tuple[str, Path, str]],
) -> Iterator[tuple[str, list[tuple[Path, str]]]]:
    """As many files of one folder as one upload may well have; a large file goes alone."""
    portion, size, folder = list[tuple[Path, str]](), 0, ""
    for root, path, source in files:
        own = path.stat().st_size if path.is_file() else 0
        is_full = len(portion) == _FILES_AT_ONCE or size + own > _BYTES_AT_ONCE
        if portion and (is_full or root != folder):
            yield folder, portion
            portion, size = [], 0
        folder = root
        portion.append((path, source))
        size += own
    if portion:
        yield folder, portion


def _take(line: str, note: Callable[[FileOutcome], None]) -> None:
    event = TypeAdapter[UploadEvent](UploadEvent).validate_json(line)
    match event:
        case FileTaken():
            note(event.outcome)
        case Failed():
            raise ServiceError(event.message)
        case UploadFinished():
            pass


def _address(document_id: str) -> str:
    if not document_id or "/" in document_id:  # a server takes it for another address
        raise ServiceError(
            f"There is no document {document_id!r}. `docsql documents list` shows the ids."
        )
    return f"/documents/{quote(document_id)}"


def _given(groups: frozenset[str] | None) -> dict[str, list[str]]:
    return {} if groups is None else {"groups": sorted(groups)}


def _said(reply: httpx.Response) -> str:
    try:
        return Problem.model_validate_json(reply.content).error
    except ValidationError:
        return f"The service answered {reply.status_code} {reply.reason_phrase}: {reply.text[:300]}"
