"""The state of a running step: events in, a title and a body out."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from chainlit_app import render
from chainlit_app.texts.table import counted, words_for
from serving.schema import (
    ApprovalRequest,
    Citation,
    PassagesFound,
    Query,
    RowsRead,
    SqlWritten,
    StepFinished,
    StepStarted,
)

Kind = Literal["database", "documents", "sources", "rewrite", "decide", "thought"]
StepEvent = StepStarted | StepFinished | SqlWritten | RowsRead | PassagesFound | ApprovalRequest

_TOOLS: dict[str, Kind] = {"search_documents": "documents", "describe_sources": "sources"}
EDITED = "Edited by a person."
"""The beginning of the service's remark on a person's own statement."""
MAX_TITLE = 160
"""Characters of what came of a step, in its title."""


@dataclass(frozen=True, slots=True)
class StatementAttempt:
    """A statement, and what came of it where it was not rows."""

    sql: str
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class StepProgress:
    """One step of the page: a tool call with all its nodes, or a node of its own.

    `passages` is None until a search has come back; `seconds` sums the nodes that are done;
    `waits` says that a person has to approve before it goes on; `edit` tells what their own
    statement reads.
    """

    kind: Kind
    is_running: bool = True
    waits: bool = False
    seconds: float = 0.0
    database: str = ""
    asked: str = ""
    detail: str = ""
    edit: str = ""
    attempts: tuple[StatementAttempt, ...] = field(default=())
    query: Query | None = None
    passages: Sequence[Citation] | None = None

    @property
    def title(self) -> str:
        """The step's line, as plain text: what it does, then what came of it and when."""
        named = {"database": f" {self.database}" if self.database else ""}
        if self.waits:
            return words_for("step.database.waits", **named)
        if self.is_running:
            return words_for(f"step.{self.kind}.doing", **named)
        did = words_for(f"step.{self.kind}.did", **named)
        if self.kind == "thought":
            return did
        return f"{did}{self._outcome()} ({render.seconds(self.seconds)})"

    @property
    def is_failed(self) -> bool:
        """A call that is over and brought nothing that an answer could rest on."""
        return not (self.is_running or self.waits) and (
            (self.kind == "database" and self.query is None)
            or (self.kind == "documents" and self.passages is None)
        )

    @property
    def body(self) -> str:
        """The body of an opened step, as Markdown; empty if the title says it all."""
        match self.kind:
            case "database":
                return "\n\n".join(self._statements())
            case "documents":
                return "\n\n".join(self._search())
            case "thought":
                return render.defused(self.detail.strip())
            case "sources" | "rewrite" | "decide":
                return ""

    @property
    def brief(self) -> str:
        """Its part of the line over all steps of a turn; empty where it has none."""
        match self.kind:
            case "documents":
                return words_for(f"brief.documents.{'found' if self.passages else 'nothing'}")
            case "database" if not self.database:
                return words_for("brief.database.unnamed")
            case "database" if self.waits:
                return words_for("brief.database.waits", database=self.database)
            case "database":
                came = "read" if self.query else "nothing"
                return words_for(f"brief.database.{came}", database=self.database)
            case "sources" | "rewrite" | "decide" | "thought":
                return ""

    def after(self, event: StepEvent) -> "StepProgress":
        """The step once `event` has happened."""
        match event:
            case StepStarted():
                return replace(self, is_running=True, detail=event.detail)
            case StepFinished():
                return self._finished(event)
            case SqlWritten():
                attempts = (*self.attempts, StatementAttempt(event.sql))
                return replace(self, attempts=attempts, database=event.database)
            case RowsRead():
                return replace(self, query=event.query, database=event.query.database)
            case PassagesFound():
                return replace(self, passages=event.passages, asked=event.query)
            case ApprovalRequest():
                return replace(self, waits=True, database=event.approval.database)

    def _finished(self, event: StepFinished) -> "StepProgress":
        is_edit = event.detail.startswith(EDITED)
        done = replace(
            self,
            is_running=False,
            seconds=self.seconds + event.seconds,
            detail=event.detail or self.detail,
            edit=event.detail.removeprefix(EDITED).strip() if is_edit else self.edit,
        )
        if event.step == "run_sql" and self.attempts and self.query is None:
            refused = replace(self.attempts[-1], outcome=event.detail)
            return replace(done, attempts=(*self.attempts[:-1], refused))
        return done

    def _outcome(self) -> str:
        match self.kind:
            case "database":
                return f": {render.size(self.query) if self.query else words_for('step.database.nothing')}"
            case "documents":
                count = len(self.passages or ())
                return f": {counted(count, 'passage') if count else words_for('step.documents.nothing')}"
            case "rewrite":
                return f" {words_for('step.quoted', text=render.shortened(self.detail, MAX_TITLE))}"
            case "decide":
                return f" {render.shortened(self.detail, MAX_TITLE)}"
            case "sources" | "thought":
                return ""

    def _statements(self) -> list[str]:
        parts: list[str] = []
        for number, attempt in enumerate(self.attempts, start=1):
            if len(self.attempts) > 1:
                parts.append(words_for("step.attempt", number=number))
            parts.append(render.sql_block(attempt.sql))
            if attempt.outcome:
                parts.append(render.remark(attempt.outcome))
        if self.query:
            if not self.attempts:  # the turn was resumed: another one showed how it was written
                parts.append(render.sql_block(self.query.sql))
            if self.edit:
                parts.append(render.remark(words_for("step.edited", text=self.edit)))
            parts.append(render.table(self.query))
        elif self.is_failed and self.detail not in {attempt.outcome for attempt in self.attempts}:
            parts.append(render.remark(self.detail))
        return parts

    def _search(self) -> list[str]:
        asked = [words_for("step.searched", text=render.escaped(self.asked))] if self.asked else []
        if self.passages is None:
            return [render.remark(self.detail)] if self.is_failed and self.detail else asked
        return [*asked, render.found(self.passages)]


def kind_of(event: StepEvent) -> Kind | None:
    """The kind of step of an event; None for nodes without a step of their own."""
    match event:
        case SqlWritten() | RowsRead() | ApprovalRequest():
            return "database"
        case PassagesFound():
            return "documents"
        case StepStarted() | StepFinished():
            if event.step in {"rewrite", "decide"}:
                return "rewrite" if event.step == "rewrite" else "decide"
            if not event.call:
                return None
            return _TOOLS.get(event.step, "database")
