"""A way to ask, and the one in this process."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from pydantic import SecretStr

from agent.evaluation.baselines import AgentName
from serving.auth.local import LOCAL
from serving.config.data import ThreadsSettings
from serving.config.settings import Settings
from serving.evaluation.case import SetCase
from serving.parts.assembly import Parts, open_parts
from serving.parts.databases import configured_databases
from serving.parts.library import DocumentLibrary
from serving.wire.answer import Answer, Citation
from serving.wire.documents import DocumentContent, DocumentInfo
from serving.wire.events import Answered, PassagesFound
from serving.wire.question import Question
from tools.errors import BadInput, DocsqlError, UnknownName
from tools.sql.access import Access
from tools.sql.run import Database


class NotAnswered(Exception):
    """A question got no answer; the message says why."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, and the passages that the searches behind it returned."""

    answer: Answer
    found: Sequence[Citation]


class Door(Protocol):
    """Asks questions as a person would."""

    async def ask(self, question: Question) -> Told:
        """One question, answered whole.

        Raises:
            NotAnswered: it was not.
        """
        ...

    async def forget(self, thread_id: str) -> None:
        """Leave no thread behind."""
        ...

    async def documents(self) -> Sequence[DocumentInfo]:
        """All documents there are."""
        ...

    async def document(self, document_id: str) -> DocumentContent | None:
        """A document with its passages, None where there is none."""
        ...

    async def models(self) -> Mapping[str, str]:
        """The name of the model behind each part."""
        ...


@dataclass(frozen=True, slots=True)
class Here:
    """The parts of this process; threads go to a temporary folder."""

    parts: Parts

    async def ask(self, question: Question) -> Told:
        found: list[Citation] = []
        try:
            async with aclosing(
                self.parts.turns.stream(question, LOCAL, is_patient=True)
            ) as events:
                async for event in events:
                    if isinstance(event, PassagesFound):
                        found += event.passages
                    elif isinstance(event, Answered):
                        return Told(event.answer, found)
        except DocsqlError as error:
            raise NotAnswered(str(error)) from error
        raise NotAnswered("The turn ended without an answer.")

    async def forget(self, thread_id: str) -> None:
        """The whole folder is left behind instead."""

    async def documents(self) -> Sequence[DocumentInfo]:
        return await asyncio.to_thread(self._library.documents)

    async def document(self, document_id: str) -> DocumentContent | None:
        try:
            return await asyncio.to_thread(self._library.document, document_id)
        except UnknownName:
            return None

    async def models(self) -> Mapping[str, str]:
        return self.parts.models

    @property
    def _library(self) -> DocumentLibrary:
        return DocumentLibrary(self.parts.store, caller=LOCAL)


@asynccontextmanager
async def open_here(settings: Settings, agent: AgentName = "docsql") -> AsyncGenerator[Here]:
    """The parts that the settings name, in this process, with the agent of that name.

    Raises:
        Unavailable: a part cannot be opened; the message names the setting behind it.
    """
    with TemporaryDirectory(prefix="docsql-evaluation-") as scratch:
        threads = ThreadsSettings(uri=SecretStr(str(Path(scratch) / "threads.db")))
        own = settings.model_copy(update={"threads": threads})
        async with open_parts(own, agent=agent) as parts:
            yield Here(parts)


def check_hidden(
    cases: Sequence[SetCase], databases: Mapping[str, Database], settings: Settings
) -> None:
    """Check that the columns to hide are there: a question whose column stays would be answered.

    Raises:
        BadInput: one is not.
    """
    configured = configured_databases(settings)
    for one in dict.fromkeys(one for case in cases for one in case.without):
        name, _, column = one.partition(".")
        if name not in databases or "." not in column:
            known = ", ".join(databases) or "none"
            raise BadInput(
                f"{one!r} cannot be hidden. Write `database.table.column`; connected: {known}."
            )
        hiding = Access.of(None, [column])
        is_known = column in configured[name].denied_columns or any(
            hiding.denies(table.name, each.name)
            for table in databases[name].schema().tables
            for each in table.columns
        )
        if not is_known:
            raise BadInput(f"{one!r} cannot be hidden: there is no such column.")


def without_columns(settings: Settings, taken: Sequence[str]) -> Settings:
    """The settings with these columns closed, each `database.table.column`."""
    databases = configured_databases(settings)
    for one in taken:
        name, _, column = one.partition(".")
        closed = (*databases[name].denied_columns, column)
        databases[name] = databases[name].model_copy(update={"denied_columns": closed})
    return settings.model_copy(update={"databases": databases})
