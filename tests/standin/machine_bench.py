"""The machine with scripted models and documents that find what they are given."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import RunnableConfig
from scripted_chat import Line, ScriptedChat

from agent.advice import Advice, Deciding, SourceMatch
from agent.approval import ApprovalRule
from agent.caller import CALLER, THREAD
from agent.calls import Call
from agent.drafts import SqlDeclined, SqlDraft
from agent.evaluation.baselines import AgentName
from agent.graph import Machine
from agent.ledger import MemoryLedger
from agent.state import AgentInput
from agent.toolbox import SqlTask, SqlWriter
from agent.window import Window
from tools.caller import Caller
from tools.documents.passage import Document, FoundPassage, Passage, SearchResult
from tools.documents.scope import DocumentFilter
from tools.errors import Unavailable

ADA = Caller(id="ada", groups=frozenset({"sales"}))


def passage(text: str, *, name: str = "policy") -> FoundPassage:
    return FoundPassage(
        Passage(
            id=f"{name}-{abs(hash(text)) % 10_000}",
            document_id=name,
            collection="default",
            source=f"{name}.md",
            title=name.title(),
            content_hash="0" * 64,
            ordinal=0,
            page=None,
            section="",
            text=text,
        ),
        score=1.0,
    )


@dataclass
class FakeDocuments:
    """Finds what it was given, and remembers who asked for what."""

    found: list[FoundPassage] = field(default_factory=list[FoundPassage])
    error: Exception | None = None
    warnings: list[str] = field(default_factory=list[str])
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    wanted: list[DocumentFilter | None] = field(default_factory=list[DocumentFilter | None])

    async def search(
        self,
        query: str,
        *,
        caller: Caller,
        collections: Sequence[str] | None,
        limit: int,
        wanted: DocumentFilter | None = None,
    ) -> SearchResult:
        self.wanted.append(wanted)
        self.asked.append((caller.id, query))
        if self.error:
            raise self.error
        return SearchResult(self.found[:limit], self.warnings)

    async def documents(self, *, caller: Caller) -> list[Document]:
        if isinstance(self.error, Unavailable):
            raise self.error
        when = datetime(2026, 1, 1, tzinfo=UTC)
        return [Document("policy", "default", "policy.md", "Policy", "0" * 64, 1, when)]


@dataclass
class FixedAdvisor:
    """Gives one advice, and remembers which passages it was shown."""

    advice: Advice
    is_spoken_of: bool = True
    shown: list[Sequence[FoundPassage] | None] = field(
        default_factory=list[Sequence[FoundPassage] | None]
    )

    async def advise(
        self,
        question: str,
        *,
        databases: Collection[str],
        has_documents: bool,
        passages: Sequence[FoundPassage] | None,
        caller: Caller,
    ) -> Advice:
        del question, databases, has_documents
        assert caller == ADA
        self.shown.append(passages)
        return self.advice

    def is_about(self, question: str, passages: Sequence[FoundPassage]) -> bool:
        del question, passages
        return self.is_spoken_of


def advice(
    *planned: Call,
    is_clear: bool = False,
    is_one: bool = False,
    share: float = 0.9,
    telling: float = 0.4,
) -> Advice:
    return Advice(
        {"shop": SourceMatch(share, ("sale.city = 'Oslo'",))},
        SourceMatch(telling, ("Policy: Returns are taken within 30 days.",)),
        planned,
        is_clear,
        is_one,
    )


@dataclass
class FixedWriter:
    """Has one statement for every question, None none; keeps whether it might have run it."""

    sql: str | None
    likelihood: float = 0.8
    is_reviewed: bool = False
    name: str = "the reader"
    might_run: list[bool] = field(default_factory=list[bool])

    async def write(self, task: SqlTask) -> SqlDraft | SqlDeclined:
        self.might_run.append(task.may_execute)
        if self.sql is None:
            return SqlDeclined("I could not place it.")
        return SqlDraft(self.sql, likelihood=self.likelihood, is_reviewed=self.is_reviewed)


@dataclass
class Bench:
    """A machine with scripted models; `ask` runs one turn on a thread and gives its last state."""

    machine: Machine
    chat: ScriptedChat
    documents: FakeDocuments
    ledger: MemoryLedger

    async def ask(self, question: str, *, thread: str = "t", **more: object) -> dict[str, Any]:
        given: AgentInput = {"question": question, **more}  # pyright: ignore[reportAssignmentType]
        config = RunnableConfig(configurable={CALLER: ADA, THREAD: thread})
        return dict(await self.machine.ainvoke(given, config))


class Start(Protocol):
    """Builds a machine whose chat model says these lines, by role."""

    def __call__(
        self,
        lines: Mapping[str, Sequence[Line]],
        *,
        documents: FakeDocuments | None = None,
        connected: bool = True,
        rule: ApprovalRule = ...,
        window: Window | None = None,
        second: SqlWriter | None = None,
        risk: float | None = None,
        deciding: Deciding | None = None,
        plain: BaseChatModel | None = None,
        agent: AgentName = "docsql",
        chooses: bool = True,
        samples: int = 0,
    ) -> Bench: ...
