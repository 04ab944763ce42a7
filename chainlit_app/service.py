from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import ExitStack, aclosing, suppress
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import httpx
from pydantic import TypeAdapter, ValidationError

from chainlit_app.advice import ReaderAdvice
from chainlit_app.agent_stream import UnwindingTransport, agent_stream
from chainlit_app.origin import is_loopback_host
from chainlit_app.texts.table import words_for
from chainlit_app.visitor import VisitorAuth, visitor
from serving.client import ServiceError
from serving.schema import (
    CallerInfo,
    DocumentInfo,
    Event,
    Feedback,
    OwnStatement,
    PassageInContext,
    Problem,
    Query,
    Question,
    QuestionToSave,
    Readiness,
    SavedQuestion,
    SavedQuestions,
    SharedQuestion,
    Suggestions,
    ThreadChange,
    ThreadContent,
    ThreadList,
    UploadReport,
    event_of,
)

READY_TIMEOUT_S = 3.0
SUGGESTIONS_TIMEOUT_S = 6.0
WRITE_TIMEOUT_S = 20.0
"""Longest time for the service to keep or delete something; who gives up early says it was not done."""
UPLOAD_S = 600.0
"""Longest time for the service to read uploads."""
CONNECT_TIMEOUT_S = 5.0
SILENCE_S = 60.0
"""Longest pause within a stream; the service sends a sign of life every 15 seconds."""

_SAVED = "/saved-questions"
_documents = TypeAdapter(list[DocumentInfo])


class Unreachable(ServiceError):
    """The service does not answer; it may, later."""


class SignedOut(ServiceError):
    """The service does not know the visitor any more, who can sign in at the page again."""


class Service:
    """The client of the API, acting for the current visitor; `advice` words what goes wrong."""

    def __init__(self, url: str, advice: ReaderAdvice | None = None) -> None:
        self._url = url.rstrip("/")
        self.advice = advice or ReaderAdvice(is_operators=True)
        # A company's proxy variables must not catch what never leaves this machine.
        self._trust_env = not is_loopback_host(urlsplit(self._url).hostname or "")
        agent = f"{self._url}/agent/"
        client = httpx.AsyncClient(
            base_url=agent,
            auth=VisitorAuth(),
            timeout=httpx.Timeout(SILENCE_S, connect=CONNECT_TIMEOUT_S),
            transport=UnwindingTransport(trust_env=self._trust_env),
        )
        self._events_of = agent_stream(agent, client)

    @property
    def url(self) -> str:
        """Where the service is."""
        return self._url

    async def is_there(self) -> bool:
        """Whether it answers at all; one that takes its time is there."""
        try:
            async with httpx.AsyncClient(trust_env=self._trust_env) as client:
                await client.get(f"{self._url}/health", timeout=CONNECT_TIMEOUT_S)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL):
            return False
        except httpx.HTTPError:
            pass  # it is there, and slow or broken
        return True

    async def ready(self) -> Readiness:
        """The state of the service.

        Raises:
            ServiceError: it cannot be reached.
        """
        try:
            async with httpx.AsyncClient(trust_env=self._trust_env) as client:
                response = await client.get(
                    f"{self._url}/ready", auth=VisitorAuth(), timeout=READY_TIMEOUT_S
                )
            return self.advice.told_in(Readiness.model_validate_json(response.content))
        except (httpx.HTTPError, httpx.InvalidURL, ValidationError) as error:
            raise Unreachable(self._unreachable()) from error

    async def whoami(self, key: str | None) -> CallerInfo | None:
        """The caller for a key, or for no key; None if the service does not accept it.

        Raises:
            ServiceError: the service does not answer.
        """
        if key is not None and not (key.isascii() and key.isprintable()):
            return None  # a key that does not fit into a header is invalid
        headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
        try:
            async with httpx.AsyncClient(trust_env=self._trust_env) as client:
                response = await client.get(
                    f"{self._url}/whoami", headers=headers, timeout=READY_TIMEOUT_S
                )
            if response.status_code == HTTPStatus.UNAUTHORIZED:
                return None
            return CallerInfo.model_validate_json(response.raise_for_status().content)
        except (httpx.HTTPError, httpx.InvalidURL, ValidationError) as error:
            raise Unreachable(self._unreachable()) from error

    async def caller(self) -> CallerInfo:
        """The visitor, as the service knows them.

        Raises:
            ServiceError: the service does not know them, or does not answer.
        """
        return CallerInfo.model_validate_json(await self._send("GET", "/whoami"))

    async def passage(self, document_id: str, passage_id: str, *, around: int) -> PassageInContext:
        """A passage among its neighbours, as many on each side.

        Raises:
            ServiceError: it is not there any more, or the service does not answer.
        """
        path = f"/documents/{document_id}/passages/{passage_id}?around={around}"
        content = await self._send("GET", path)
        return PassageInContext.model_validate_json(content)

    async def file(self, path: str) -> bytes:
        """A document's file, by the path that the service gave for it.

        Raises:
            ServiceError: it is not there any more, or the service does not answer.
        """
        return await self._send("GET", path)

    async def saved(self, path: str) -> httpx.Response:
        """A file that the service makes of a result, with its headers.

        Raises:
            ServiceError: it is not there any more, or the service does not answer.
        """
        return await self._sent("GET", path, timeout_s=SILENCE_S)

    async def run(self, database: str, sql: str) -> Query:
        """The rows of a statement of the visitor's own.

        Raises:
            ServiceError: the gate or the database refuses it, or the service does not answer.
        """
        body = OwnStatement(database=database, sql=sql).model_dump_json()
        content = await self._send("POST", "/statements", body, timeout_s=SILENCE_S)
        return Query.model_validate_json(content)

    async def saved_own(self, database: str, sql: str, *, how: Mapping[str, str]) -> httpx.Response:
        """The rows of a statement of the visitor's own as a file, with its headers.

        `how` is the file's format, a word that its rows have, and the column that they are sorted by.

        Raises:
            ServiceError: the gate or the database refuses it, or the service does not answer.
        """
        body = OwnStatement(database=database, sql=sql).model_dump_json()
        path = f"/statements?{urlencode(how)}"
        return await self._sent("POST", path, body, timeout_s=SILENCE_S)

    async def documents(self) -> list[DocumentInfo]:
        """The documents that the visitor may see.

        Raises:
            ServiceError: the visitor may see none, or the service does not answer.
        """
        return _documents.validate_json(await self._send("GET", "/documents"))

    async def delete_document(self, document_id: str) -> None:
        """Delete a document.

        Raises:
            ServiceError: it is not there, is not theirs to delete, or the service does not answer.
        """
        await self._send("DELETE", f"/documents/{quote(document_id, safe='')}", timeout_s=SILENCE_S)

    async def upload(
        self,
        files: Sequence[tuple[str, Path]],
        *,
        collection: str,
        kept_in: Mapping[str, str | bool],
    ) -> UploadReport:
        """Add files under these names; no collection: the service's own.

        `kept_in` names the thread that keeps them, and says whether a question comes with them.

        Raises:
            ServiceError: none could be taken in, or the service does not answer.
        """
        given = {"source": [name for name, _ in files]}
        given |= {"collection": [collection]} if collection else {}
        try:
            with ExitStack() as opened:
                parts = [
                    ("file", (name, opened.enter_context(path.open("rb")))) for name, path in files
                ]
                async with httpx.AsyncClient(trust_env=self._trust_env) as client:
                    response = await client.post(
                        f"{self._url}/documents",
                        params=kept_in,
                        data=given,
                        files=parts,
                        auth=VisitorAuth(),
                        timeout=httpx.Timeout(UPLOAD_S, connect=CONNECT_TIMEOUT_S),
                    )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(self._unreachable()) from error
        if response.is_error:
            raise await self._refused(response)
        return self.advice.told_in(UploadReport.model_validate_json(response.content))

    async def note(self, feedback: Feedback) -> None:
        """Keep a person's word on an answer.

        Raises:
            ServiceError: the answer is not there any more, or the service does not answer.
        """
        await self._send("POST", "/feedback", feedback.model_dump_json(), timeout_s=WRITE_TIMEOUT_S)

    async def saved_questions(self) -> list[SavedQuestion]:
        """The questions that the visitor keeps, the latest first.

        Raises:
            ServiceError: the service does not answer.
        """
        return SavedQuestions.model_validate_json(await self._send("GET", _SAVED)).questions

    async def save_question(self, question: QuestionToSave) -> None:
        """Keep a question.

        Raises:
            ServiceError: the visitor keeps too many, or the service does not answer.
        """
        await self._send("POST", _SAVED, question.model_dump_json(), timeout_s=WRITE_TIMEOUT_S)

    async def shared_question(self, id_: str) -> SharedQuestion:
        """The question behind a link.

        Raises:
            ServiceError: it is not there any more, or the service does not answer.
        """
        content = await self._send("GET", f"{_SAVED}/{quote(id_, safe='')}")
        return SharedQuestion.model_validate_json(content)

    async def delete_saved_question(self, id_: str) -> None:
        """Delete a question that the visitor keeps.

        Raises:
            ServiceError: it is not theirs, or the service does not answer.
        """
        await self._send("DELETE", f"{_SAVED}/{quote(id_, safe='')}", timeout_s=WRITE_TIMEOUT_S)

    async def suggestions(self) -> list[str]:
        """Questions to begin with.

        Raises:
            ServiceError: the service does not answer.
        """
        content = await self._send("GET", "/suggestions", timeout_s=SUGGESTIONS_TIMEOUT_S)
        return Suggestions.model_validate_json(content).questions

    async def threads(self, *, limit: int, before: str | None, search: str = "") -> ThreadList:
        """Earlier conversations, latest first; with a search, those that contain it.

        Raises:
            ServiceError: the service does not answer.
        """
        narrowed = {"before": before, "search": search}
        given = urlencode({"limit": limit, **{k: v for k, v in narrowed.items() if v}})
        return ThreadList.model_validate_json(await self._send("GET", f"/threads?{given}"))

    async def thread(self, thread_id: str) -> ThreadContent:
        """A conversation with its answers and what they rest on.

        Raises:
            ServiceError: it is not there, or the service does not answer.
        """
        content = await self._send("GET", f"/threads/{quote(thread_id)}")
        return self.advice.told_in(ThreadContent.model_validate_json(content))

    async def change_thread(self, thread_id: str, change: ThreadChange) -> None:
        """Give a conversation another title or other settings.

        Raises:
            ServiceError: it is not there, or the service does not answer.
        """
        body = change.model_dump_json(exclude_none=True)
        await self._send("PATCH", f"/threads/{quote(thread_id)}", body, timeout_s=WRITE_TIMEOUT_S)

    async def delete_thread(self, thread_id: str) -> None:
        """Forget a conversation.

        Raises:
            ServiceError: it is not there, or the service does not answer.
        """
        await self._send("DELETE", f"/threads/{quote(thread_id)}", timeout_s=WRITE_TIMEOUT_S)

    async def _send(
        self, method: str, path: str, body: str | None = None, *, timeout_s: float = READY_TIMEOUT_S
    ) -> bytes:
        return (await self._sent(method, path, body, timeout_s=timeout_s)).content

    async def _sent(
        self, method: str, path: str, body: str | None = None, *, timeout_s: float = READY_TIMEOUT_S
    ) -> httpx.Response:
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            async with httpx.AsyncClient(trust_env=self._trust_env) as client:
                response = await client.request(
                    method,
                    f"{self._url}{path}",
                    content=body,
                    headers=headers,
                    auth=VisitorAuth(),
                    timeout=timeout_s,
                )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(self._unreachable()) from error
        if response.is_error:
            raise ServiceError(self.advice.told(await _refusal(response)))
        return response

    async def ask(self, question: Question) -> AsyncGenerator[Event, None]:
        """The events of one turn, as they happen; closing the generator stops the work behind it.

        Raises:
            ServiceError: the service cannot be reached, refuses the question, or breaks off.
        """
        sent = question.model_dump(exclude_none=True)
        try:
            async with aclosing(self._events_of(sent)) as stream:
                async for item in stream:
                    if event := event_of(self.advice.all_told(dict(item))):
                        yield event
        except httpx.HTTPStatusError as error:
            raise await self._refused(error.response) from error
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL) as error:
            raise Unreachable(self._unreachable()) from error
        except (httpx.HTTPError, ValidationError) as error:
            raise ServiceError(words_for("service.broke_off", url=self._url)) from error

    async def _refused(self, response: httpx.Response) -> ServiceError:
        here, said = visitor(), self.advice.told(await _refusal(response))
        is_over = response.status_code == HTTPStatus.UNAUTHORIZED and here and here.signs_in
        return SignedOut(said) if is_over else ServiceError(said)

    def _unreachable(self) -> str:
        return words_for("service.unreachable", url=self._url)


async def _refusal(response: httpx.Response) -> str:
    """The service's own words where it gave any."""
    status, here = response.status_code, visitor()
    if status == HTTPStatus.UNAUTHORIZED and here and here.renewed:
        return words_for("login.again")
    with suppress(httpx.HTTPError, httpx.StreamError, ValidationError):
        return Problem.model_validate_json(await response.aread()).error
    if status in {401, 403}:
        return words_for("service.refused", status=status)
    return words_for("service.failed", status=status)
