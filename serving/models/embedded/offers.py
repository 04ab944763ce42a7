"""Questions that can be answered, for one that cannot and for somebody who knows none yet."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest

from agent.toolbox import Offered
from serving.models.embedded.chat.heard import quotable
from serving.models.embedded.chat.nearest import nearest
from serving.models.embedded.chat.overlap import needed_words
from serving.models.embedded.chat.quotations import quotations
from serving.models.embedded.chat.wording import QuestionWords
from serving.models.embedded.choose.cache import Readers
from serving.models.embedded.choose.phrasings import Phrasing, Phrasings, Topic, is_thing, many
from serving.models.embedded.choose.reader import Reader, StatementCandidate
from serving.models.embedded.english.languages import other_language
from serving.models.embedded.english.periods import Period
from serving.models.embedded.english.triggers import Kind, Trigger
from serving.models.embedded.scan.cutting import scan
from serving.models.embedded.scan.mentions import Mention, Scan
from serving.models.embedded.scan.resolve import table_of
from serving.models.embedded.schema.targets import ColumnRef, Formula, TableRef, is_date
from serving.models.embedded.schema.values import Stored
from tools.caller import Caller
from tools.documents.passage import FoundPassage
from tools.documents.terms import query_terms
from tools.embeddings import Embeddings
from tools.errors import Correctable, Unavailable
from tools.language.telling import IN_ENGLISH, Telling
from tools.sql.run import Database
from tools.sql.schema import Table

_NUMBERED = re.compile(r"^(?:\d+(?:\.\d+)*[.)]?|§ ?\d+\w?)\s+")
FOREIGN = (
    "The question seems to be in {}. Without a language model, questions to a database are read in "
    "English only."
)
BY_NAMES = (
    "The question seems to be in {}. Without a language model, the tables and columns of a database "
    "are found by their own names, and not by translations of them."
)
"""The same for a language whose small words are read."""
_ON_SECTION = "What does “{title}” say about “{section}”?"
_WORD = re.compile(r"[^\W\d_][\w-]*")
_READ = 32
"""Questions that are read before no more are offered."""
_PLAIN = 0.9
"""The quality of the best name in a question that says what it is about."""
_WEIGHTS: dict[type, float] = {
    Stored: 3.0,
    Formula: 3.0,
    ColumnRef: 2.5,
    str: 2.5,
    TableRef: 2.0,
}
_MOST = frozenset({Kind.TOP, Kind.SUPERLATIVE, Kind.BEST_SELLING, Kind.COMMON})
"""Operations that ask for the first of several, as "most" does."""
_RARE = frozenset({Kind.BUCKET})
"""Operations that nobody wants who did not ask for them."""
_NAMED = 0.7
"""The quality from which a name is what a question is about."""
_LEADS = ("in ", "on ", "since ", "before ", "after ", "until ", "between ", "during ", "from ")
_STRANGE = 0.2
"""What a question loses for each thing that was not asked for."""
_SHOWN_TABLES = 6


@dataclass
class QuestionOffers:
    """Finds questions that are read for certain and that the caller may run.

    `is_alone` says that no language model reads questions beside the embedded reader. `embeddings`
    are those of sentences, where it is known what their cosines mean.
    """

    readers: Readers = field(default_factory=Readers)
    is_alone: bool = True
    embeddings: Embeddings | None = None

    async def near(
        self, question: str, *, database: Database, caller: Caller, limit: int
    ) -> Offered:
        """The questions most like this one, and its words that the database has no place for."""
        try:
            reader = await self.readers.of(database, caller, question)
        except Unavailable:
            return Offered()
        plain = await asyncio.to_thread(reader.plain, question)
        found = await asyncio.to_thread(scan, plain, reader.lexicon, reader.values, reader.today)
        to = Telling.of(question)
        is_spoken = to.code in reader.languages
        language = "" if is_spoken else other_language(question)
        asked = _Subject.of(found, is_foreign=bool(language))
        phrased = sorted(
            asked.phrasings(reader, to if is_spoken else IN_ENGLISH),
            key=lambda one: -asked.likeness(one),
        )
        near = [one for one in phrased if asked.is_near(one)]
        kept = await self._working(near, reader, database, caller, limit)
        if database.origins:  # sheets are documents too, which a database's words would puzzle
            return Offered(tuple(kept))
        if language:
            said = FOREIGN if to.code == IN_ENGLISH.code else BY_NAMES
            return Offered(tuple(kept), note=said.format(language) if self.is_alone else "")
        lost = (word.text for word in found.unplaced if word.lower in question.lower())
        return Offered(tuple(kept), tuple(lost))

    async def examples(
        self,
        *,
        database: Database,
        caller: Caller,
        about: str,
        limit: int,
        to: Telling = IN_ENGLISH,
    ) -> list[str]:
        """Questions of several kinds about a table, or about the largest ones."""
        try:
            # Of a large schema, a reader sees the tables that its question names.
            known = await asyncio.to_thread(database.schema)
            spoken = about or " ".join(many(table) for table in _largest(known.tables))
            reader = await self.readers.of(database, caller, spoken)
        except Unavailable:
            return []
        to = to if to.code in reader.languages else IN_ENGLISH
        schema, phrasings = reader.lexicon.schema, Phrasings(reader.lexicon, to)
        named = [table for table in schema.tables if about in (table.name, table.meaning.stored)]
        tables = named if about and named else _largest(schema.tables)
        each = [list(phrasings.of(table)) for table in tables]
        varied = [_varied(some, start) for start, some in enumerate(each)]
        mixed = [one for row in zip_longest(*varied) for one in row if one]
        return await self._working(mixed, reader, database, caller, limit)

    def of_passages(self, question: str, passages: Sequence[FoundPassage]) -> list[str]:
        """Those about the sections that the question speaks of, as their headings say it."""
        asked = set(query_terms(question).split())
        near = [found for found in passages if asked & set(query_terms(_heading(found)).split())]
        return list(dict.fromkeys(filter(None, map(_about_section, near))))

    def missing(self, question: str, passages: Sequence[FoundPassage]) -> list[str]:
        """The words of the question that none of these passages has, as they are written there."""
        wording = QuestionWords.of(question)
        _, asked = needed_words(question, wording)
        said = wording.stems("\n".join(quotable(0, one).around for one in passages))
        lost = frozenset(s for s in asked if s not in said and not wording.nearness(s, said))
        words = dict.fromkeys(_WORD.findall(question))
        return [word for word in words if wording.terms(word) & lost]

    async def nearest(
        self, question: str, passages: Sequence[FoundPassage]
    ) -> list[tuple[FoundPassage, str]]:
        """At most two sentences, the nearest first; none without embeddings.

        Raises:
            Unavailable: the embedding model does not answer.
        """
        if self.embeddings is None:
            return []
        read = [quotable(at, one) for at, one in enumerate(passages)]
        near = await asyncio.to_thread(nearest, question, read, self.embeddings)
        return [(passages[at], sentence) for at, sentence in near]

    def language_of(self, question: str) -> str:
        """Which language other than English a question is in: its English name, or empty."""
        return other_language(question)

    def is_quotable(self, question: str, passages: Sequence[FoundPassage]) -> bool:
        """Whether these passages have a sentence that answers it."""
        read = [quotable(number, one) for number, one in enumerate(passages, start=1)]
        return bool(quotations(question, read))

    async def _working(
        self,
        phrased: Sequence[Phrasing],
        reader: Reader,
        database: Database,
        caller: Caller,
        limit: int,
    ) -> list[str]:
        """Those that are read as they are meant, and find something."""
        kept: list[str] = []
        statements: set[str] = set()
        may_run = database.name not in self.readers.approved
        for one in phrased[:_READ]:
            read = await asyncio.to_thread(_certain, one, reader)
            if read is None or read.sql in statements:
                continue
            if may_run and not await _finds(read, database, caller):
                continue
            statements.add(read.sql)
            kept.append(one.text)
            if len(kept) == limit:
                break
        return kept


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a question that cannot be answered is about, as far as it was read."""

    topics: frozenset[Topic]
    tables: tuple[str, ...]
    stored: tuple[Stored, ...]
    periods: tuple[str, ...]

    @staticmethod
    def of(found: Scan, *, is_foreign: bool = False) -> "_Subject":
        """Of another language's words, only whole names say something here."""
        mentions = [m for m in found.mentions if not is_foreign or m.options[0].quality >= _PLAIN]
        topics = [topic for mention in mentions for topic in _topics(mention)]
        stored = [topic for topic in topics if isinstance(topic, Stored)]
        tables = [mention.table for mention in mentions if mention.table]
        tables += [t for topic in topics if (t := _table(topic))]
        periods = [topic for topic in topics if type(topic) is str]
        return _Subject(
            frozenset(topics), tuple(dict.fromkeys(tables)), tuple(stored), tuple(periods)
        )

    def phrasings(self, reader: Reader, to: Telling) -> Iterator[Phrasing]:
        """All questions about the tables that are spoken of."""
        phrasings = Phrasings(reader.lexicon, to)
        for name in self.tables:
            table = reader.lexicon.schema.table(name)
            if table is not None:
                yield from phrasings.of(table, stored=self.stored, periods=self.periods)
                for other in phrasings.referring(table):
                    yield from phrasings.of(other, periods=self.periods)

    def is_near(self, one: Phrasing) -> bool:
        """Whether it keeps anything, and asks for no years where nobody did."""
        return self.likeness(one) > 0 and not (_RARE & one.topics - self.topics)

    def likeness(self, one: Phrasing) -> float:
        """How much of the question a phrasing keeps."""
        shared = sum(_WEIGHTS.get(type(topic), 1.0) for topic in one.topics & self.topics)
        others = one.topics - self.topics
        strange = sum(type(topic) in _WEIGHTS for topic in others)
        return shared - _STRANGE * strange


def _topics(mention: Mention) -> Iterator[Topic]:
    """What a mention is about, where its name says so plainly."""
    for option in mention.options[:1]:
        match option.meaning:
            case Trigger() as trigger:
                yield Kind.MOST if trigger.kind in _MOST else trigger.kind
            case Period():
                yield (
                    mention.text
                    if mention.text.lower().startswith(_LEADS)
                    else f"in {mention.text}"
                )
            case TableRef() | ColumnRef() | Formula() | Stored() if option.quality >= _NAMED:
                yield option.meaning
            case _:
                continue


def _table(topic: Topic) -> str | None:
    return table_of(topic) if isinstance(topic, TableRef | ColumnRef | Formula | Stored) else None


def _certain(one: Phrasing, reader: Reader) -> StatementCandidate | None:
    """The statement of a question that is read for certain and as it is meant."""
    fresh = reader.on(reader.today)
    for read in fresh.read(one.text)[:1]:
        is_plain = read.features["strongest"] >= _PLAIN
        is_whole = fresh.is_sure(read) and not (read.unplaced or read.idle)
        if is_plain and is_whole and _names(read.sql, one.stored):
            return read
    return None


def _names(sql: str, names: Iterable[str]) -> bool:
    told = set(re.findall(r"\w+", sql.lower()))
    return all(set(re.findall(r"\w+", name.lower())) <= told for name in names)


async def _finds(read: StatementCandidate, database: Database, caller: Caller) -> bool:
    try:
        rows = (await database.arun(read.sql, caller=caller)).rows
    except (Correctable, Unavailable):
        return False
    return bool(rows) and any(cell not in (None, 0) for cell in rows[0])


def _heading(found: FoundPassage) -> str:
    return f"{found.passage.title} {found.passage.section}"


def _about_section(found: FoundPassage) -> str:
    """A question about a passage's section, in its language; a heading that is one asks itself."""
    section = _NUMBERED.sub("", found.passage.section.split(" > ")[-1]).strip()
    if section.endswith("?"):
        return section
    is_told = section and section.lower() != found.passage.title.lower()
    to, title = Telling.of(found.passage.text), found.passage.title
    return to.say(_ON_SECTION, title=title, section=section) if is_told else ""


def _varied(phrased: Sequence[Phrasing], start: int) -> Iterator[Phrasing]:
    """The first question of each kind before the second of any, from another kind each time."""
    kinds: dict[frozenset[Topic], list[Phrasing]] = {}
    for one in phrased:
        kind = frozenset(topic for topic in one.topics if isinstance(topic, Kind))
        kinds.setdefault(kind, []).append(one)
    named = sorted(kinds, key=lambda kind: (Kind.MOST not in kind, len(kind) == 0, -len(kind)))
    turned = [*named[start % len(named) :], *named[: start % len(named)]] if named else []
    for row in zip_longest(*(kinds[kind] for kind in turned)):
        yield from (one for one in row if one)


def _largest(tables: Sequence[Table]) -> list[Table]:
    """The largest tables of things; those that only tie others together come last."""
    plain = (table for table in tables if not table.is_view and is_thing(table))
    by_size = sorted(plain, key=lambda each: (_only_ties(each), -(each.rows or 0)))
    return list(islice(by_size, _SHOWN_TABLES))


def _only_ties(table: Table) -> bool:
    return len(table.foreign_keys) > 1 and not any(map(is_date, table.columns))
