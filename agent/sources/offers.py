"""Questions that work: in place of one that was declined, and to begin with."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, zip_longest

from agent.once import search_once
from agent.toolbox import Offered, QuestionHelp, Toolbox
from tools.caller import Caller
from tools.documents.passage import Document, FoundPassage
from tools.errors import Unavailable, UnknownName
from tools.language.telling import IN_ENGLISH, Telling
from tools.sql.run import Database

MOST_OFFERED = 3
"""Questions in place of a declined one."""
MOST_EXAMPLES = 6
SEARCHED = "I searched the documents."
LACKS = "No passage that was found mentions {words}."
QUOTED = "“{word}”"
NO_SENTENCE = "Passages mention what the question names, but no sentence in them answers it."
_LANGUAGES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "it": "Italian",
    "nl": "Dutch",
    "pt": "Portuguese",
}
_NAMED = 4
"""Words of a question that are named as not found."""
_TITLES = 3
"""Documents from which examples are made."""
_WITHIN_S = 4.0
"""Seconds for a search for questions; a person waits for the answer meanwhile."""


@dataclass(frozen=True, slots=True)
class Offers:
    """What can be asked of the sources that one caller's question may use.

    None in `databases` or `collections` means all of them; `uses_documents` says whether documents
    may be searched.
    """

    toolbox: Toolbox
    caller: Caller
    databases: Mapping[str, Database]
    collections: Sequence[str] | None = None
    uses_documents: bool = True

    async def near(self, question: str, found: Sequence[FoundPassage]) -> Offered:
        """The questions most like one that was declined; examples where none is like it."""
        helps = self.toolbox.help
        if helps is None:
            return Offered()
        try:
            async with asyncio.timeout(_WITHIN_S):
                return await self._near(helps, question, found)
        except TimeoutError:
            return Offered()

    async def looked_for(self, question: str, found: Sequence[FoundPassage]) -> str:
        """What was looked for in the documents and not found there; empty where there are none."""
        helps, to = self.toolbox.help, Telling.of(question)
        with suppress(TimeoutError):
            async with asyncio.timeout(_WITHIN_S):
                found = found or await self._search(question)
        if helps is None or not found:
            return ""
        words = [to.say(QUOTED, word=word) for word in helps.missing(question, found)[:_NAMED]]
        lacks = to.say(LACKS, words=", ".join(words)) if words else to.say(NO_SENTENCE)
        return f"{to.say(SEARCHED)} {lacks}"

    async def nearest(
        self, question: str, found: Sequence[FoundPassage]
    ) -> list[tuple[FoundPassage, str]]:
        """The sentences of the documents nearest to a question that was declined, each once."""
        helps = self.toolbox.help
        if helps is None:
            return []
        try:
            async with asyncio.timeout(_WITHIN_S):
                return await helps.nearest(question, found or await self._search(question))
        except (TimeoutError, Unavailable):
            return []

    async def examples(self, about: str, to: Telling = IN_ENGLISH) -> list[str]:
        """Questions to begin with, of the databases and the documents in turn."""
        helps = self.toolbox.help
        if helps is None:
            return []
        try:
            async with asyncio.timeout(_WITHIN_S):
                return await self._examples(helps, about, to)
        except TimeoutError:
            return []

    async def _near(
        self, helps: QuestionHelp, question: str, found: Sequence[FoundPassage]
    ) -> Offered:
        offered = [
            await helps.near(question, database=one, caller=self.caller, limit=MOST_OFFERED)
            for one in self.databases.values()
        ]
        found = found or await self._search(question)
        told = await self._that_work(helps, helps.of_passages(question, found), MOST_OFFERED)
        mixed = _in_turn([one.questions for one in offered], [told])
        unplaced = offered[0].unplaced if len(offered) == 1 else ()
        note = next((one.note for one in offered if one.note), "")
        if not found and not note:
            note = await self._strange(helps.language_of(question))
        if not mixed:
            mixed = await self._examples(helps, "", Telling.of(question))
        return Offered(tuple(mixed[:MOST_OFFERED]), unplaced, note)

    async def _strange(self, language: str) -> str:
        """Where the question is in another language than the documents, a sentence on it."""
        known = await self._documents()
        theirs = {_LANGUAGES[each.language] for each in known if each.language in _LANGUAGES}
        if not language or not theirs or language in theirs:
            return ""
        return (
            f"The question seems to be in {language}, and the documents are in "
            f"{IN_ENGLISH.listed(sorted(theirs))}: a search compares words."
        )

    async def _examples(self, helps: QuestionHelp, about: str, to: Telling) -> list[str]:
        asked = [
            await helps.examples(
                database=one, caller=self.caller, about=about, limit=MOST_EXAMPLES, to=to
            )
            for one in self.databases.values()
        ]
        told = [] if about else await self._of_documents(helps)
        return _in_turn(asked, [told])[:MOST_EXAMPLES]

    async def _of_documents(self, helps: QuestionHelp) -> list[str]:
        within, told = await self._documents(), list[str]()
        for each in within[:: max(1, len(within) // _TITLES)][:_TITLES]:
            found = [f for f in await self._search(each.title) if f.passage.document_id == each.id]
            told += await self._that_work(helps, helps.of_passages(each.title, found), 1)
        return told

    async def _documents(self) -> list[Document]:
        documents = self.toolbox.documents if self.uses_documents else None
        if documents is None:
            return []
        try:
            known = await documents.documents(caller=self.caller)
        except Unavailable:
            return []
        return [d for d in known if self.collections is None or d.collection in self.collections]

    async def _that_work(self, helps: QuestionHelp, asked: Sequence[str], limit: int) -> list[str]:
        """Those to which a search finds a sentence that answers them."""
        kept: list[str] = []
        for question in asked:
            if len(kept) < limit and helps.is_quotable(question, await self._search(question)):
                kept.append(question)
        return kept

    async def _search(self, query: str) -> Sequence[FoundPassage]:
        documents = self.toolbox.documents if self.uses_documents else None
        if documents is None:
            return []
        try:
            found = await search_once(
                documents,
                query,
                caller=self.caller,
                collections=self.collections,
                limit=self.toolbox.passages,
            )
        except (Unavailable, UnknownName):
            return []
        return found.passages


def _in_turn(*groups: Sequence[Sequence[str]]) -> list[str]:
    """The first of each source before the second of any."""
    rows = zip_longest(*chain.from_iterable(groups))
    return list(dict.fromkeys(one for row in rows for one in row if one))
