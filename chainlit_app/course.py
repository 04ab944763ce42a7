"""All steps of a turn, and the one line that they fold into."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from chainlit_app import render
from chainlit_app.progress import Kind, StepEvent, StepProgress, kind_of
from chainlit_app.texts.table import words_for
from serving.schema import (
    Answer,
    ApprovalRequest,
    Query,
    Reasoning,
    RowsRead,
    StepStarted,
    TurnStep,
)

ICONS: dict[Kind, str] = {
    "database": "database",
    "documents": "file-search",
    "sources": "library",
    "rewrite": "message-square-text",
    "decide": "split",
    "thought": "lightbulb",
}
FOLD_ICON = "list-checks"


@dataclass(slots=True)
class Course:
    """The steps in the order in which they began, each under a key of its own."""

    steps: dict[str, StepProgress] = field(default_factory=dict[str, StepProgress])
    is_written: bool = False
    _nodes: int = 0
    _thoughts: int = 0

    def take(self, event: StepEvent) -> str | None:
        """Take in an event; the key of its step, None where it has none on the page."""
        kind = kind_of(event)
        if kind is None:
            return None
        call = event.approval.call if isinstance(event, ApprovalRequest) else event.call
        key = call or self._key_of_node(kind, event)
        self.steps[key] = self.steps.get(key, StepProgress(kind)).after(event)
        return key

    def think(self, text: str) -> str:
        """Take in a whole thought; its key."""
        self._thoughts += 1
        key = f"thought {self._thoughts}"
        self.steps[key] = StepProgress("thought", is_running=False, detail=text)
        return key

    @property
    def is_worth_a_line(self) -> bool:
        """Whether anything was looked up or thought about: a greeting needs no line."""
        return any(each.kind in {"database", "documents", "thought"} for each in self.shown())

    @property
    def now(self) -> str:
        """What is going on, as a line."""
        running = [each.title for each in self.steps.values() if each.is_running]
        idle = "step.writing" if self.is_written else "step.working"
        return running[-1] if running else words_for(idle)

    def shown(self) -> list[StepProgress]:
        """The steps so far."""
        return list(self.steps.values())

    def line(self, seconds: float) -> str:
        """What was done, in one line, once it is over."""
        briefs = dict.fromkeys(filter(None, (each.brief for each in self.shown())))
        said = ", ".join(briefs) or words_for("brief.thought")
        took = "" if any(each.waits for each in self.shown()) else f" · {render.seconds(seconds)}"
        return f"{said[0].upper()}{said[1:]}{took}"

    @property
    def seconds(self) -> float:
        """The time that the steps took, where nobody measured the whole turn."""
        return sum(each.seconds for each in self.shown())

    def _key_of_node(self, kind: Kind, event: StepEvent) -> str:
        """A node outside of calls may run once a round, and then is a step of its own."""
        if isinstance(event, StepStarted):
            self._nodes += 1
        return f"{kind} {self._nodes}"


def course_of(steps: Sequence[TurnStep], answer: Answer) -> Course:
    """The steps of an earlier turn, with the rows that its answer has."""
    course = Course()
    for event in steps:
        match event:
            case Reasoning():
                course.think(event.text)
            case RowsRead():
                course.take(event.model_copy(update={"query": _with_rows(event.query, answer)}))
            case _:
                course.take(event)
    for waiting in answer.approvals:
        if step := course.steps.get(waiting.call):
            course.steps[waiting.call] = replace(step, waits=True, database=waiting.database)
    return course


def _with_rows(query: Query, answer: Answer) -> Query:
    same = (q for q in answer.queries if (q.database, q.sql) == (query.database, query.sql))
    return next(same, query)
