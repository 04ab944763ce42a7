"""The material for drafts: databases, documents, and feedback on earlier answers."""

from collections.abc import Sequence
from typing import Protocol

from serving.auth.local import LOCAL
from serving.config.settings import Settings
from serving.conversations.service import Conversations
from serving.evaluation.case import SetCase
from serving.evaluation.drafts import draft_set, from_feedback, from_repairs, joined
from serving.parts.assembly import open_conversations
from serving.parts.databases import databases_of
from serving.wire.documents import DocumentContent, DocumentInfo
from serving.wire.threads import FeedbackRecord, ThreadContent

_MOST_DOCUMENTS = 200


class DocumentReader(Protocol):
    """Documents as a library and a service's client both give them."""

    def documents(self) -> Sequence[DocumentInfo]:
        """Every document."""
        ...

    def document(self, document_id: str) -> DocumentContent:
        """One with its passages."""
        ...


async def with_drafts(
    existing: list[SetCase], settings: Settings, library: DocumentReader, *, limit: int
) -> tuple[list[SetCase], int]:
    """A set with new drafts behind it, and how many these are."""
    given, threads = await _people(settings)
    with databases_of(settings) as databases:
        drafts = draft_set(databases, _spread(library), limit=limit)
    found = joined(existing, from_feedback(given), from_repairs(threads), drafts)
    return found, len(found) - len(existing)


async def _people(settings: Settings) -> tuple[list[FeedbackRecord], list[ThreadContent]]:
    """Everybody's feedback, and the local user's own threads."""
    async with open_conversations(settings) as conversations:
        given = await conversations.feedback(caller=None)
        return given, await _threads(conversations)


async def _threads(conversations: Conversations) -> list[ThreadContent]:
    listed = await conversations.listed(caller=LOCAL)
    return [await conversations.read(one.id, caller=LOCAL) for one in listed.threads]


def _spread(library: DocumentReader) -> list[DocumentContent]:
    """The documents; an even sample if there are very many."""
    every = list(library.documents())
    step = max(1, len(every) // _MOST_DOCUMENTS)
    return [library.document(one.id) for one in every[::step][:_MOST_DOCUMENTS]]
