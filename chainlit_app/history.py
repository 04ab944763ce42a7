"""Earlier conversations in the page's side bar: the service's threads, without a copy.

Chainlit lists conversations only for logged-in users, and only from a data layer. This one reads
from the service as the current visitor, and stores nothing.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from chainlit.data.base import BaseDataLayer
from chainlit.element import Element, ElementDict
from chainlit.step import StepDict
from chainlit.types import (
    Feedback,
    PageInfo,
    PaginatedResponse,
    Pagination,
    ThreadDict,
    ThreadFilter,
)
from chainlit.user import PersistedUser, User
from starlette.exceptions import HTTPException

from chainlit_app.restored import files_of_thread, steps_of_thread
from chainlit_app.service import Service, Unreachable
from chainlit_app.texts.table import words_for
from chainlit_app.visitor import visitor
from serving.client import ServiceError
from serving.schema import ThreadChange, ThreadInfo, ThreadList


class History(BaseDataLayer):
    """The service's threads as Chainlit's data layer; writes are ignored."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def get_user(self, identifier: str) -> PersistedUser:
        return PersistedUser(identifier=identifier, id=identifier, createdAt=_EPOCH)

    async def create_user(self, user: User) -> PersistedUser:
        return await self.get_user(user.identifier)

    async def list_threads(
        self, pagination: Pagination, filters: ThreadFilter
    ) -> PaginatedResponse[ThreadDict]:
        try:
            found = await self._service.threads(
                limit=pagination.first, before=pagination.cursor, search=filters.search or ""
            )
        except Unreachable as error:  # `docsql.js` keeps the list that was there
            raise HTTPException(503, detail=words_for("history.away")) from error
        except ServiceError:  # the conversation itself says so, once
            found = ThreadList(threads=[])
        listed = [_listed(each, []) for each in found.threads]
        return PaginatedResponse(
            pageInfo=PageInfo(
                hasNextPage=found.next is not None, startCursor=None, endCursor=found.next
            ),
            data=listed,
        )

    async def get_thread(self, thread_id: str) -> ThreadDict | None:
        try:
            found = await self._service.thread(thread_id)
        except Unreachable:  # it may be there: the page waits for the service (see `away.py`)
            now = datetime.now(UTC)
            empty = ThreadInfo(id=thread_id, title="", created_at=now, updated_at=now, turns=0)
            return _listed(empty, [])
        except ServiceError:
            return None
        return _listed(found.thread, steps_of_thread(found), files_of_thread(found))

    async def get_thread_author(self, thread_id: str) -> str:
        """The author, who is always the caller: the service returns no other threads."""
        return _asker()

    async def delete_thread(self, thread_id: str) -> None:
        with _told():
            await self._service.delete_thread(thread_id)

    async def update_thread(
        self,
        thread_id: str,
        name: str | None = None,
        user_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        tags: list[str] | None = None,
    ) -> None:
        """Rename it, where a person does; Chainlit's own notes on a thread come with more."""
        if name and user_id is None and metadata is None and tags is None:
            with _told():
                await self._service.change_thread(thread_id, ThreadChange(title=name))

    async def get_element(self, thread_id: str, element_id: str) -> ElementDict | None:
        return None

    async def get_favorite_steps(self, user_id: str) -> list[StepDict]:
        return []

    async def upsert_feedback(self, feedback: Feedback) -> str:
        return ""

    async def delete_feedback(self, feedback_id: str) -> bool:
        return False

    async def create_element(self, element: Element) -> None: ...

    async def delete_element(self, element_id: str, thread_id: str | None = None) -> None: ...

    async def create_step(self, step_dict: StepDict) -> None: ...

    async def update_step(self, step_dict: StepDict) -> None: ...

    async def delete_step(self, step_id: str) -> None: ...

    async def build_debug_url(self) -> str:
        return ""

    async def close(self) -> None: ...


@contextmanager
def _told() -> Generator[None]:
    """Errors of the service as responses of Chainlit's routes."""
    try:
        yield
    except ServiceError as error:
        raise HTTPException(status_code=404, detail=str(error)) from error


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).isoformat()


def _asker() -> str:
    here = visitor()
    return here.id if here else ""


def _listed(
    thread: ThreadInfo, steps: list[StepDict], elements: list[ElementDict] | None = None
) -> ThreadDict:
    return ThreadDict(
        id=thread.id,
        createdAt=thread.updated_at.isoformat(),
        name=thread.title,
        userId=_asker(),
        userIdentifier=_asker(),
        tags=None,
        metadata={"excerpt": thread.excerpt},
        steps=steps,
        elements=elements or [],
    )
