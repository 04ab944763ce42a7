import operator
from typing import Annotated, Literal, NotRequired

from typing_extensions import TypedDict

from agent.calls import Call, DescribeCall, QueryCall, SearchCall
from agent.toolbox import Attempt
from tools.sql.golden import VerifiedUse

Mode = Literal["auto", "chat", "sql", "documents"]
Status = Literal["answered", "declined", "needs_approval", "unverified"]
Counts = dict[str, int]
MAX_ROUNDS = 3
"""Times that `decide` is asked in one turn."""


def add_counts(left: Counts, right: Counts) -> Counts:
    """Sum by key, so that parallel branches may report what they used."""
    return {key: left.get(key, 0) + right.get(key, 0) for key in {*left, *right}}


def add_new(left: list[str], right: list[str]) -> list[str]:
    """Append what is not there yet: two searches may find one passage, which keeps its number."""
    return list(dict.fromkeys([*left, *right]))


class Exchange(TypedDict):
    """A finished turn of the thread, as a follow-up sees it; without a status, as a client tells it."""

    question: str
    answer: str
    status: NotRequired[Status]


class AgentInput(TypedDict):
    """The input of a turn; None and a missing key mean the same.

    `history` has earlier exchanges that the thread does not know.
    """

    question: str
    mode: NotRequired[Mode]
    use_knowledge: NotRequired[bool]
    databases: NotRequired[list[str] | None]
    collections: NotRequired[list[str] | None]
    temperature: NotRequired[float | None]
    max_tokens: NotRequired[int | None]
    history: NotRequired[Annotated[list[Exchange], operator.add]]


class AgentUpdate(TypedDict, total=False):
    """The thread's memory (`history`) and the working state of one turn (the rest).

    `chooser` is who chose the first calls, where somebody did, and `fallback` what is tried where the
    model finds no answer in what they gave. `confidence` is how likely quoted sentences answer, None
    where nothing tells. `evidence` holds ids of the toolbox's ledger in the order of their citation numbers, never the
    rows and passages themselves: a checkpoint is written after every step.
    """

    history: Annotated[list[Exchange], operator.add]
    standalone: str
    rounds: int
    calls: list[Call]
    chooser: Literal["model", "embedded"]
    fallback: list[Call]
    evidence: Annotated[list[str], add_new]
    notes: Annotated[list[str], operator.add]
    described: Annotated[list[str], add_new]
    warnings: Annotated[list[str], operator.add]
    usage: Annotated[Counts, add_counts]
    used: Annotated[list[str], operator.add]
    settled: Annotated[list[str], operator.add]
    answer: str
    confidence: float | None
    status: Status
    suggestions: Annotated[list[str], add_new]


class AgentState(AgentInput, AgentUpdate):
    """All that a node can read."""


def found_nothing(state: AgentState) -> bool:
    """Whether calls were made in the last round, and all came back empty or failed."""
    settled, calls = state.get("settled", []), state.get("calls", [])
    return bool(calls) and not any(call.id in settled for call in calls)


def was_ended(state: AgentState) -> bool:
    """Whether a person rejected what was to answer, or its rows were not sure enough to be given."""
    settled, calls = state.get("settled", []), state.get("calls", [])
    found = bool(state.get("evidence") or state.get("described"))
    return bool(calls) and not found and all(call.id in settled for call in calls)


class Branch(TypedDict, total=False):
    """The result of a tool call.

    `notes` say why a call returned nothing; `described` are finished texts about the sources, and
    `suggestions` questions that work; `used` names the tools that were called; `warnings` are shown
    to the person directly. `settled` has the id of a call that found something, that a person
    ended, or whose rows were not sure enough: no other tool is tried in its place.
    """

    evidence: Annotated[list[str], add_new]
    notes: Annotated[list[str], operator.add]
    described: Annotated[list[str], add_new]
    suggestions: Annotated[list[str], add_new]
    warnings: Annotated[list[str], operator.add]
    usage: Annotated[Counts, add_counts]
    used: Annotated[list[str], operator.add]
    settled: Annotated[list[str], operator.add]


class SearchState(TypedDict):
    """The input of one document search."""

    call: SearchCall
    collections: list[str] | None


class DescribeState(TypedDict):
    """The input of one description, with what the question is narrowed to."""

    call: DescribeCall
    databases: list[str] | None
    collections: list[str] | None
    language: NotRequired[str]


class QueryInput(TypedDict):
    """The input of one database call."""

    call: QueryCall


class QueryUpdate(Branch, total=False):
    """The working state of a database call: a draft, earlier attempts, and their results.

    `approved` is the statement that may run, empty while none may; `edited` says that a person
    wrote `sql`. `empty` is the evidence of one that found nothing, kept while another is written.
    `likelihood` is how likely the writer thinks `sql` right. `spare` says that another writer can
    be turned to, and `failure` why it was: the first one has no statement that runs. `verified` is
    the verified query that `sql` is made of.
    """

    sql: str
    approved: str
    edited: bool
    empty: str
    attempts: list[Attempt]
    likelihood: float | None
    spare: bool
    verified: VerifiedUse | None
    failure: str


class QueryState(QueryInput, QueryUpdate):
    """All that a node of a database call can read."""
