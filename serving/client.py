"""The typed caller of api.py."""

from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from serving.schema import (
    Answer,
    DocumentContent,
    DocumentInfo,
    FileOutcome,
    Problem,
    Question,
    Readiness,
)

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
        """What stands behind the service."""
        return self._read(Readiness, "GET", "/ready", accepted=503)

    def documents(self) -> list[DocumentInfo]:
        """Every document that may be read here."""
        reply = self._send("GET", "/documents")
        return TypeAdapter(list[DocumentInfo]).validate_json(reply.content)

    def document(self, document_id: str) -> DocumentContent:
        """One document with its passages."""
        return self._read(DocumentContent, "GET", f"/documents/{document_id}")

    def delete(self, document_id: str) -> DocumentInfo:
        """Forget a document; the reply is what it was."""
        return self._read(DocumentInfo, "DELETE", f"/documents/{document_id}")

    def upload(
        self, path: Path, *, source: str, collection: str, groups: frozenset[str] | None = None
    ) -> FileOutcome:
        """Have one file ingested under the name `source`, for `groups` or (None) as it was."""
        try:
            content = path.open("rb")
        except OSError as error:
            reason = f"the file cannot be opened ({error.strerror}); check that it exists"
            return FileOutcome(source=source, outcome="failed", reason=reason)
        with content:
            return self._read(
                FileOutcome,
                "POST",
                "/documents",
                data={"source": source, "collection": collection} | _given(groups),
                files={"file": (path.name, content)},
                timeout=None,
            )

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
            raise ServiceError(
                f"The service at {self.url} does not answer ({type(error).__name__}). "
                "Start it with `docsql serve`."
            ) from error
        if reply.is_error and reply.status_code != accepted:
            raise ServiceError(_said(reply))
        return reply


def _given(groups: frozenset[str] | None) -> dict[str, list[str]]:
    return {} if groups is None else {"groups": sorted(groups)}


def _said(reply: httpx.Response) -> str:
    try:
        return Problem.model_validate_json(reply.content).error
    except ValidationError:
        return f"The service answered {reply.status_code} {reply.reason_phrase}: {reply.text[:300]}"
