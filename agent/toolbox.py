from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from langchain_core.language_models import BaseChatModel

from agent.advice import Deciding
from agent.approval import ApprovalRule
from agent.drafts import SqlDeclined, SqlDraft
from agent.window import UnboundedWindow, Window
from tools.caller import Caller
from tools.documents.passage import Document, FoundPassage, SearchResult
from tools.documents.scope import DocumentFilter
from tools.language.telling import IN_ENGLISH, Telling
from tools.sql.run import Database, QueryResult

Evidence = FoundPassage | QueryResult
"""A piece of evidence: a passage, or the rows of a query."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A statement that did not run, with the gate's or the engine's words about it.

    `is_empty` says that it ran and found nothing, and `error` what is stored instead.
    """

    sql: str
    error: str
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class SqlTask:
    """The task of a SqlWriter: one self-contained question about one database.

    `attempts` are earlier tries at the same question, oldest first; an empty tuple on the first.
    Without `may_execute`, a person is asked before anything runs: the writer may not try out what
    it has written.
    """

    question: str
    database: Database
    caller: Caller
    attempts: tuple[Attempt, ...] = ()
    may_execute: bool = True

    def afresh(self) -> "SqlTask":
        """The same for a writer that has not tried yet."""
        return replace(self, attempts=())


class SqlWriter(Protocol):
    """Turns a question into one SELECT, or says why it does not."""

    @property
    def name(self) -> str:
        """The name of the writer, for answers."""
        ...

    async def write(self, task: SqlTask) -> SqlDraft | SqlDeclined:
        """Write a statement for the task in the database's dialect.

        Raises:
            Unavailable: the model behind it does not answer.
        """
        ...


class SqlSampler(Protocol):
    """A SqlWriter that has other statements for the same question when it is asked again."""

    @property
    def name(self) -> str:
        """The name of the writer, for answers."""
        ...

    async def sample(self, task: SqlTask, *, seed: int) -> SqlDraft | SqlDeclined:
        """Write a statement for the task; another `seed` may give another one.

        Raises:
            Unavailable: the model behind it does not answer.
        """
        ...


class DocumentSearch(Protocol):
    """Finds passages that the caller may see."""

    async def search(
        self,
        query: str,
        *,
        caller: Caller,
        collections: Sequence[str] | None,
        limit: int,
        wanted: DocumentFilter | None = None,
    ) -> SearchResult:
        """The best passages, best first; `collections` None means all of them.

        Raises:
            UnknownName: a collection does not exist, or no document is as `wanted`.
            Unavailable: the vector store does not answer.
        """
        ...

    async def documents(self, *, caller: Caller) -> list[Document]:
        """The documents that a search by this caller may return passages of."""
        ...


@dataclass(frozen=True, slots=True)
class Offered:
    """Questions that can be answered, in place of one that cannot.

    `unplaced` are the words of it that the source has no place for, and `note` is a sentence on why
    they have none.
    """

    questions: tuple[str, ...] = ()
    unplaced: tuple[str, ...] = ()
    note: str = ""


class QuestionHelp(Protocol):
    """Finds questions that work: each was read for certain, and ran as the caller."""

    async def near(
        self, question: str, *, database: Database, caller: Caller, limit: int
    ) -> Offered:
        """Those most like a question that the database cannot answer."""
        ...

    async def examples(
        self,
        *,
        database: Database,
        caller: Caller,
        about: str,
        limit: int,
        to: Telling = IN_ENGLISH,
    ) -> list[str]:
        """Those to begin with, about a table or, where `about` names none, several."""
        ...

    def of_passages(self, question: str, passages: Sequence[FoundPassage]) -> list[str]:
        """Those about the sections that the question speaks of, as their headings say it."""
        ...

    def missing(self, question: str, passages: Sequence[FoundPassage]) -> list[str]:
        """The words of the question that none of these passages has, as they are written there."""
        ...

    async def nearest(
        self, question: str, passages: Sequence[FoundPassage]
    ) -> list[tuple[FoundPassage, str]]:
        """A few sentences near to the question in meaning, and where each stands; none if unknown."""
        ...

    def language_of(self, question: str) -> str:
        """Which language other than English a question is in: its English name, or empty."""
        ...

    def is_quotable(self, question: str, passages: Sequence[FoundPassage]) -> bool:
        """Whether these passages have a sentence that answers it."""
        ...


class EvidenceLedger(Protocol):
    """Keeps the evidence of a turn outside the graph's checkpoints, which would swell with rows."""

    async def record(self, thread: str, items: Sequence[Evidence]) -> list[str]:
        """Keep the items with their thread and give each an id of its own."""
        ...

    async def read(self, ids: Sequence[str]) -> list[Evidence]:
        """The items of those ids, in that order; deleted ones are left out."""
        ...


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Everything that the graph is given.

    `chat` decides, rewrites and answers; `databases` and `documents` may be empty or None, and
    then their tool is not offered. `passages` is how many of them one search hands on. `rules` say
    by database's name when a person is asked first; where there is none, nobody is. `deciding` says
    how the tools are chosen, and `window` what the chat model can read at once. `second` reads again
    what `sql_writer` has written, and instead of it where that has nothing; `chooses` says that
    `chat` can be asked which of two statements is right. `sampler` writes up to `samples` further
    statements where the first one fails or is not borne out. `risk` is the share of wrong answers that is
    accepted, None any; `least_confidence` stands in place of the confidence that this takes. `help` offers questions where one is declined.
    `plain` tells the rows of verified queries in place of `chat`.
    """

    chat: BaseChatModel
    sql_writer: SqlWriter
    documents: DocumentSearch | None
    databases: Mapping[str, Database]
    ledger: EvidenceLedger
    passages: int = 6
    rules: Mapping[str, ApprovalRule] = field(default_factory=dict[str, ApprovalRule])
    deciding: Deciding = field(default_factory=Deciding)
    window: Window = field(default_factory=UnboundedWindow)
    second: SqlWriter | None = None
    sampler: SqlSampler | None = None
    samples: int = 0
    chooses: bool = False
    risk: float | None = None
    least_confidence: float | None = None
    help: QuestionHelp | None = None
    plain: BaseChatModel | None = None
