"""One description of the sources, for one caller."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from agent.approval import UNASKED
from agent.calls import DescribeCall
from agent.permitted import permitted
from agent.sources.databases import tell_databases, tell_days, tell_tables, tell_terms
from agent.sources.documents import ingested, tell_documents, tell_documents_about
from agent.sources.offers import Offers
from agent.state import DescribeState
from agent.toolbox import Toolbox
from tools.caller import Caller
from tools.documents.passage import Document, FoundPassage
from tools.errors import Unavailable, UnknownName
from tools.language.pack import ENGLISH
from tools.language.telling import IN_ENGLISH, Telling
from tools.sql.days import Days, days_of, known_days
from tools.sql.schema import Schema, Table

_MOST_DATED = 12
"""Tables whose days are looked up, the largest ones."""
_DAYS_S = 6.0
"""Seconds for all of these looks."""
_LISTED = 8
NO_DATES = "No column of the connected databases is known to hold dates."


def nothing_called(subject: str, to: Telling = IN_ENGLISH) -> str:
    """Why there is no description of a subject."""
    return to.say("Nothing of the connected sources is called {subject}.", subject=repr(subject))


@dataclass(frozen=True, slots=True)
class Description:
    """One call, answered for one caller from the sources that the question may use."""

    toolbox: Toolbox
    state: DescribeState
    caller: Caller

    @property
    def to(self) -> Telling:
        """The language that it is told in, that of the question."""
        return Telling(self.state.get("language", ENGLISH))

    async def text(self) -> str:
        """What there is to say; empty where the subject names nothing."""
        call = self.state["call"]
        subjects = [name.strip() for name in call.subject.split(",") if name.strip()]
        match call.about:
            case "documents":
                return await self._documents(call)
            case "databases":
                schemas = await self._schemas()
                subjects = [name for name in subjects if name not in self._described()]
                return (
                    tell_tables(subjects, schemas, self.to)
                    if subjects
                    else self._databases(schemas)
                )
            case "meaning":
                return tell_terms(subjects or [call.subject], await self._schemas(), self.to)
            case "freshness":
                return await self._freshness(subjects)
            case "sources" | "questions":
                return await self._sources(is_short=call.about == "questions")

    async def examples(self) -> list[str]:
        """Questions that work, where somebody wants to know what can be asked."""
        call = self.state["call"]
        if call.about != "questions":
            return []
        databases = {name: self.toolbox.databases[name] for name in self._described()}
        offers = Offers(self.toolbox, self.caller, databases, self.state.get("collections"))
        return await offers.examples(call.subject.split(",")[0], self.to)

    async def _documents(self, call: DescribeCall) -> str:
        documents = await self._listed()
        if not call.subject or documents is None:
            return tell_documents(documents or [], self.to)
        found = await self._found(call.subject)
        return tell_documents_about(call.subject, documents, found, self.to)

    async def _sources(self, *, is_short: bool) -> str:
        documents, schemas, to = await self._listed(), await self._schemas(), self.to
        count = to.how_many(len(documents or ()), "document")
        if not is_short:
            parts = [self._databases(schemas)] if self._described() else []
            if documents:
                read = ingested(documents, to)
                told = "{documents} can be searched. {ingested}"
                parts.append(to.say(told, documents=count, ingested=read))
            return "\n\n".join(parts or [tell_documents([], to)])
        parts = [to.say("{documents} that I search", documents=count)] if documents else []
        parts += [_asked_of(name, schema, to) for name, schema in schemas.items()]
        if not parts:
            return tell_documents([], to)
        head = "I answer questions from what is connected here: {parts}."
        return to.say(head, parts="; ".join(parts))

    async def _freshness(self, subjects: Sequence[str]) -> str:
        documents, to = await self._listed(), self.to
        parts = [
            to.say(
                "**Documents.** {documents}. {ingested}",
                documents=to.how_many(len(documents), "document"),
                ingested=ingested(documents, to),
            )
            for documents in [documents]
            if documents and subjects in ([], ["documents"])
        ]
        if subjects != ["documents"]:
            schemas = await self._schemas()
            days = await self._days(schemas, subjects)
            parts += [
                to.say("**{name}.** From the first day to the last:", name=name)
                + f"\n\n{tell_days(found, schemas[name], to)}"
                for name, found in days.items()
                if found
            ]
        return "\n\n".join(parts) or to.say(NO_DATES)

    async def _days(
        self, schemas: Mapping[str, Schema], subjects: Sequence[str]
    ) -> dict[str, list[Days]]:
        return {
            name: await self._days_of(name, schema, subjects) for name, schema in schemas.items()
        }

    async def _days_of(self, name: str, schema: Schema, subjects: Sequence[str]) -> list[Days]:
        """Looked up for the caller; as the schema has them where a person is asked first."""
        tables = _dated(schema, subjects)
        if self.toolbox.rules.get(name, UNASKED).may_ask:
            return [days for table in tables for days in known_days(table)]
        database, found = self.toolbox.databases[name], list[Days]()
        try:
            async with asyncio.timeout(_DAYS_S):
                for table in tables:
                    look = partial(days_of, database, table, caller=self.caller)
                    found += await database.in_a_thread(look, caller=self.caller)
        except (TimeoutError, Unavailable):
            pass  # what was found by then is told
        return found

    def _described(self) -> dict[str, str]:
        wanted = self.state.get("databases")
        own = permitted(self.toolbox.databases, self.caller, wanted=wanted)
        return {name: database.description for name, database in own.items()}

    def _databases(self, schemas: Mapping[str, Schema]) -> str:
        return tell_databases(self._described(), schemas, self.to)

    async def _schemas(self) -> dict[str, Schema]:
        found: dict[str, Schema] = {}
        for name in self._described():
            try:
                found[name] = await asyncio.to_thread(self.toolbox.databases[name].schema)
            except Unavailable:
                continue  # it is told that it cannot be reached
        return found

    async def _listed(self) -> list[Document] | None:
        if self.toolbox.documents is None:
            return None
        try:
            documents = await self.toolbox.documents.documents(caller=self.caller)
        except Unavailable:
            return None
        wanted = self.state.get("collections")
        return [each for each in documents if wanted is None or each.collection in wanted]

    async def _found(self, subject: str) -> Sequence[FoundPassage]:
        if self.toolbox.documents is None:
            return []
        try:
            found = await self.toolbox.documents.search(
                subject,
                caller=self.caller,
                collections=self.state.get("collections"),
                limit=self.toolbox.passages,
            )
        except (Unavailable, UnknownName):
            return []
        return found.passages


def _asked_of(name: str, schema: Schema, to: Telling) -> str:
    tables = [
        table.meaning.label_in(to.code) or table.name
        for table in schema.tables
        if not table.is_view
    ]
    told = "the database **{name}** with {tables}"
    return to.say(told, name=name, tables=to.listed(tables, _LISTED))


def _dated(schema: Schema, subjects: Sequence[str]) -> list[Table]:
    """The tables asked about, else the largest; views are worked out anew by every look."""
    named = [table for table in schema.tables if table.name in subjects]
    named += [
        table
        for table in schema.tables
        if table not in named and any(table.column(subject) for subject in subjects)
    ]
    tables = [table for table in schema.tables if not table.is_view]
    return named or sorted(tables, key=lambda each: -(each.rows or 0))[:_MOST_DATED]
