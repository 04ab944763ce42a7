"""What the sources have on a question, for a language model that chooses between them."""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent.advice import Advice, SourceMatch
from agent.calls import Call, QueryCall, SearchCall, new_call_id
from agent.sources.asked import asked_about
from agent.sources.manual import describe_call
from serving.models.embedded.chat.choosing import (
    Plan,
    placed_share,
    plan,
    source_names,
)
from serving.models.embedded.chat.clauses import clauses_of
from serving.models.embedded.chat.heard import Quotable, quotable
from serving.models.embedded.chat.preview import DocumentPreview, preview_of, unseen
from serving.models.embedded.chat.quotations import SPOKEN_OF, aboutness, quotations
from serving.models.embedded.choose.cache import Readers
from serving.models.embedded.choose.reader import Reader
from serving.models.embedded.english.languages import other_language
from serving.models.embedded.english.length import in_one_line
from serving.models.embedded.scan.mentions import Meaning
from serving.models.embedded.schema.targets import ColumnRef, TableRef
from serving.models.embedded.schema.values import Stored
from tools.caller import Caller
from tools.documents.passage import FoundPassage
from tools.sql.run import Database
from tools.text_match import TextMatcher

_PASSAGES = 3
_NAMES = 8
"""Passages and names that are shown of one source."""
_SENTENCE = 160
_NAMED = 0.7
"""Letters of a sentence that are shown, and the quality from which a name is."""


@dataclass(frozen=True, slots=True)
class EmbeddedAdvisor:
    """Advises by the embedded chat model's own rules, on behalf of the caller.

    `matcher` tells what sentences mean, None where only their words are known.
    """

    databases: Mapping[str, Database]
    readers: Readers
    matcher: TextMatcher | None = None

    async def advise(
        self,
        question: str,
        *,
        databases: Collection[str],
        has_documents: bool,
        passages: Sequence[FoundPassage] | None,
        caller: Caller,
    ) -> Advice:
        """What the readers place of a question, and the sentences that are about it."""
        question = in_one_line(question)
        chosen = {name: self.databases[name] for name in databases if name in self.databases}
        known = await self.readers.of_each(chosen, caller, question)
        found = None if passages is None else [quotable(n, p) for n, p in enumerate(passages, 1)]
        preview = unseen if found is None else preview_of(found, self.matcher)
        return await asyncio.to_thread(
            _advice, question, known, found or [], preview if has_documents else None
        )

    def is_about(self, question: str, passages: Sequence[FoundPassage]) -> bool:
        """Whether some sentence of these passages speaks of what is asked; True where unknown."""
        if other_language(question):  # its words are other ones than those of the passages
            return True
        shown = [quotable(n, p) for n, p in enumerate(passages, 1)]
        found = aboutness(question, shown)
        if found is None or found >= SPOKEN_OF:
            return True
        return preview_of(shown, self.matcher).means(question) > 0


def _advice(
    question: str,
    readers: Mapping[str, Reader],
    passages: Sequence[Quotable],
    preview: DocumentPreview | None,
) -> Advice:
    """`preview` is None where there are no documents, and `unseen` where they were not searched."""
    if asked := asked_about(question, lambda: source_names(readers)):
        return Advice(calls=(describe_call(asked),), is_clear=True, is_one=True)
    planned = plan(question, readers, preview)
    return Advice(
        {name: _known(question, reader) for name, reader in readers.items()},
        SourceMatch(preview(question), tuple(_said(question, passages))) if preview else None,
        tuple(_calls(planned)),
        planned.is_clear and preview is not unseen,
        is_one=len(clauses_of(question)) == 1,
    )


def _known(question: str, reader: Reader) -> SourceMatch:
    return SourceMatch(placed_share(question, reader), tuple(_mentioned(question, reader))[:_NAMES])


def _mentioned(question: str, reader: Reader) -> Iterator[str]:
    """The names and stored values that a question speaks of, each once."""
    found = reader.scanned(question)
    seen = dict.fromkeys(
        text
        for mention in found.mentions
        for option in mention.options[:1]
        if option.quality >= _NAMED and (text := _named(option.meaning))
    )
    yield from seen


def _named(meaning: Meaning) -> str:
    match meaning:
        case TableRef():
            return f"table {meaning.table}"
        case ColumnRef():
            return f"column {meaning.table}.{meaning.column}"
        case Stored():
            column = meaning.column
            return f"{column.table}.{column.column} = {meaning.values[0]!r}"
        case _:
            return ""


def _said(question: str, passages: Sequence[Quotable]) -> Iterator[str]:
    """The best sentence of each of the first passages, with where it stands."""
    for passage in passages[:_PASSAGES]:
        best = quotations(question, [passage])
        text = best[0].text if best and best[0].score else passage.text
        place = " / ".join(filter(None, (passage.title, passage.section)))
        yield f"{place}: {' '.join(text.split())[:_SENTENCE]}"


def _calls(planned: Plan) -> Iterator[Call]:
    """The calls of a plan; what the database declines is looked up by the machine itself."""
    if planned.ask and planned.database is not None:
        yield QueryCall(new_call_id(), planned.ask, planned.database, planned.waits)
    if planned.look_up and not planned.waits:
        yield SearchCall(new_call_id(), planned.look_up)
