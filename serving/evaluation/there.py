"""Asking through a service."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from serving.client import ServiceError
from serving.evaluation.doors import NotAnswered, Told
from serving.wire.answer import Citation
from serving.wire.documents import DocumentContent, DocumentInfo
from serving.wire.events import Answered, Event, Failed, PassagesFound, event_of
from serving.wire.problem import Problem
from serving.wire.question import Question
from serving.wire.service import Readiness

TRIES = 60
"""How often to retry a service that is full."""
_LONGEST_WAIT_S = 30.0
_TIMEOUT_S = 60.0


class _Full(Exception):
    """The service is full."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class There:
    """A service that runs somewhere; a question waits as long as the service's own limit allows."""

    http: httpx.AsyncClient

    async def ask(self, question: Question) -> Told:
        for _ in range(TRIES):
            try:
                return await self._ask(question)
            except _Full as full:
                await asyncio.sleep(min(full.retry_after_s, _LONGEST_WAIT_S))
            except httpx.HTTPError as error:
                raise NotAnswered(str(self._silent(error))) from error
        raise NotAnswered(f"The service at {self.http.base_url} was full {TRIES} times.")

    async def _ask(self, question: Question) -> Told:
        body = {"input": question.model_dump(mode="json")}
        found: list[Citation] = []
        async with self.http.stream("POST", "/agent/stream", json=body, timeout=None) as reply:
            await _require(reply)
            async for event in _events(reply):
                match event:
                    case PassagesFound():
                        found += event.passages
                    case Answered():
                        return Told(event.answer, found)
                    case Failed():
                        raise NotAnswered(event.message)
                    case _:
                        pass
        raise NotAnswered("The service ended the turn without an answer.")

    async def forget(self, thread_id: str) -> None:
        with suppress(httpx.HTTPError):  # the answer counts all the same
            await self.http.delete(f"/threads/{quote(thread_id)}")

    async def documents(self) -> Sequence[DocumentInfo]:
        found, address = list[DocumentInfo](), "/documents"
        while address:
            reply = await self._get(address)
            found += TypeAdapter(list[DocumentInfo]).validate_json(reply.content)
            address = reply.links.get("next", {}).get("url", "")
        return found

    async def document(self, document_id: str) -> DocumentContent | None:
        reply = await self._get(f"/documents/{quote(document_id)}", accepted=404)
        return DocumentContent.model_validate_json(reply.content) if reply.is_success else None

    async def models(self) -> Mapping[str, str]:
        reply = await self._get("/ready", accepted=503)
        return Readiness.model_validate_json(reply.content).models

    async def _get(self, address: str, *, accepted: int | None = None) -> httpx.Response:
        try:
            reply = await self.http.get(address)
        except httpx.HTTPError as error:
            raise self._silent(error) from error
        if reply.is_error and reply.status_code != accepted:
            raise ServiceError(_said(reply))
        return reply

    def _silent(self, error: httpx.HTTPError) -> ServiceError:
        return ServiceError(
            f"The service at {self.http.base_url} does not answer ({type(error).__name__})."
        )


@asynccontextmanager
async def open_there(url: str, credential: str | None) -> AsyncGenerator[There]:
    """A service by its address; `credential` is a key or token, sent with every request.

    Raises:
        ServiceError: it does not answer.
    """
    headers = {"Authorization": f"Bearer {credential}"} if credential else {}
    async with httpx.AsyncClient(
        base_url=url.rstrip("/"), headers=headers, timeout=_TIMEOUT_S, trust_env=False
    ) as http:
        there = There(http)
        await there.models()
        yield there


async def _events(reply: httpx.Response) -> AsyncIterator[Event]:
    async for line in reply.aiter_lines():
        if line.startswith("data:"):
            told = json.loads(line.removeprefix("data:"))
            is_event = isinstance(told, dict) and "event" in told
            if is_event and (event := event_of(cast("object", told))):
                yield event


async def _require(reply: httpx.Response) -> None:
    if not reply.is_error:
        return
    await reply.aread()
    wait = reply.headers.get("retry-after", "")
    if wait.isdecimal() and int(wait) <= _LONGEST_WAIT_S * TRIES:
        raise _Full(float(wait))
    raise NotAnswered(_said(reply))


def _said(reply: httpx.Response) -> str:
    try:
        return Problem.model_validate_json(reply.content).error
    except ValidationError:
        return f"The service answered {reply.status_code} {reply.reason_phrase}."
