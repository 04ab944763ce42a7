"""Who uploaded which documents, so that people tell their own from the company's."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from serving.conversations.store import ThreadStore
from serving.conversations.tables import UPLOADED
from tools.caller import Caller


@dataclass(frozen=True, slots=True)
class UploadedBook:
    """The uploads, beside the threads, which they outlast; every method waits for the database.

    Raises:
        Unavailable: from every method, when the database does not answer.
    """

    threads: ThreadStore

    def note(self, documents: Sequence[str], *, caller: Caller) -> None:
        """These documents are the caller's from now on."""
        if not documents:
            return
        rows = [{"document": document, "owner": caller.id} for document in documents]
        with self.threads.saying_why(), self.threads.records.engine.begin() as connection:
            connection.execute(delete(UPLOADED).where(UPLOADED.c.document.in_(documents)))
            connection.execute(insert(UPLOADED), rows)

    def of(self, caller: Caller) -> frozenset[str]:
        """The documents that the caller was the last to upload."""
        wanted = select(UPLOADED.c.document).where(UPLOADED.c.owner == caller.id)
        with self.threads.saying_why(), self.threads.records.engine.connect() as connection:
            return frozenset(connection.execute(wanted).scalars())
