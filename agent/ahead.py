"""Work that a turn begins before the model has decided: a search, and a statement."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from agent.calls import Call, QueryCall, SearchCall
from agent.drafts import SqlDeclined, SqlDraft
from agent.once import search_once
from agent.toolbox import DocumentSearch, SqlTask, SqlWriter
from tools.caller import Caller
from tools.documents.passage import FoundPassage, SearchResult
from tools.errors import Unavailable, UnknownName


@dataclass(slots=True)
class EarlySearch:
    """A search for the question itself, made when somebody wants to see it, and at most once."""

    documents: DocumentSearch
    question: str
    caller: Caller
    collections: Sequence[str] | None
    limit: int
    found: SearchResult | None = None

    async def passages(self) -> Sequence[FoundPassage] | None:
        """What the caller may see of it; None where nobody can tell now."""
        if self.found is None:
            try:
                self.found = await search_once(
                    self.documents,
                    self.question,
                    caller=self.caller,
                    collections=self.collections,
                    limit=self.limit,
                )
            except (Unavailable, UnknownName):
                return None
        return self.found.passages


@dataclass(frozen=True, slots=True)
class EarlyStatement:
    """A statement for the question itself that is being written for one database."""

    task: SqlTask
    writing: asyncio.Task[SqlDraft | SqlDeclined]

    async def handed_to(self, calls: Sequence[Call]) -> list[Call]:
        """The calls, with the statement where its database is asked the very question."""
        return [await self._handed_to(call) for call in calls]

    async def _handed_to(self, call: Call) -> Call:
        if not isinstance(call, QueryCall) or call.database != self.task.database.name:
            return call
        if call.question != self.task.question:
            return call
        try:
            return replace(call, written=await self.writing)
        except Unavailable:  # the call itself says so, or finds the writer back
            return call


@asynccontextmanager
async def early_statement(
    writer: SqlWriter, task: SqlTask | None
) -> AsyncGenerator[EarlyStatement | None]:
    """Have a statement written meanwhile; what nobody took in the end is cancelled."""
    if task is None:
        yield None
        return
    writing = asyncio.ensure_future(writer.write(task))
    try:
        yield EarlyStatement(task, writing)
    finally:
        writing.cancel()
        await asyncio.wait([writing])


def in_the_persons_words(calls: Sequence[Call], question: str) -> list[Call]:
    """A lone call asks what the person asked: a model's paraphrase can only lose something."""
    match calls:
        case [SearchCall(file=None, since=None, until=None, needs_followup=False) as search]:
            return [replace(search, query=question)]
        case [QueryCall(needs_followup=False) as query]:
            return [replace(query, question=question)]
        case _:
            return list(calls)
