"""A small exam in choosing: does a chat model look things up where they stand?"""

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.language_models import BaseChatModel
from pydantic import BaseModel, ConfigDict

from agent.advice import Advice, SourceMatch
from agent.calls import QUERY_DATABASE, SEARCH_DOCUMENTS, Call, ConnectedSources, SearchCall
from agent.choosing import ToolChoice
from agent.events import sending_to
from agent.ledger import MemoryLedger
from agent.state import AgentState
from agent.window import UnboundedWindow

PASSED = 10
"""Right choices of the twelve from which a model decides alone."""
_DOCUMENTS = frozenset({SEARCH_DOCUMENTS})
_ROWS = frozenset({QUERY_DATABASE})
_BOTH = _DOCUMENTS | _ROWS
_NEITHER = frozenset[str]()


class ExamReport(BaseModel):
    """How many choices were right; `wrong` are the questions of the others."""

    model_config = ConfigDict(frozen=True)

    right: int
    asked: int
    wrong: tuple[str, ...] = ()

    @property
    def has_passed(self) -> bool:
        """Whether the model may decide alone."""
        return self.right >= PASSED

    def __str__(self) -> str:
        verdict = "decides" if self.has_passed else "decides together with the embedded rules"
        return f"{verdict}: {self.right} of {self.asked} choices between sources were right"


@dataclass(frozen=True, slots=True)
class ExamCase:
    """A question, the tools that it needs, and what a library's sources mention of it."""

    question: str
    wanted: frozenset[str]
    passages: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


SOURCES = ConnectedSources(
    {
        "library": "Books, readers and loans of a town library\n"
        "books: id, title, author, genre, year, shelf\n"
        "readers: id, name, city, joined_on\n"
        "loans: id, book_id, reader_id, lent_on, due_on, returned_on, fine"
    },
    "Their titles: Lending rules; House rules; Opening hours; Staff handbook; Donations.",
)
CASES = (
    ExamCase(
        "How many books were lent in March?",
        _ROWS,
        ("Lending rules / Limits: A reader may borrow ten books at a time.",),
        ("table books", "table loans", "column loans.lent_on"),
    ),
    ExamCase(
        "How many books may I borrow at once?",
        _DOCUMENTS,
        ("Lending rules / Limits: A reader may borrow ten books at a time.",),
        ("table books",),
    ),
    ExamCase(
        "Which author has the most books on our shelves?",
        _ROWS,
        ("House rules / Shelves: Put books back on the cart, not on the shelf.",),
        ("column books.author", "table books", "column books.shelf"),
    ),
    ExamCase(
        "What does it cost to return a book late?",
        _DOCUMENTS,
        ("Lending rules / Fines: A late book costs 20 cents a day.",),
        ("table books", "column loans.returned_on"),
    ),
    ExamCase(
        "How much did readers from Tromsø pay in fines last year?",
        _ROWS,
        ("Lending rules / Fines: A late book costs 20 cents a day.",),
        ("table readers", "readers.city = 'Tromsø'", "column loans.fine"),
    ),
    ExamCase(
        "May I bring my dog into the reading room?",
        _DOCUMENTS,
        ("House rules / Animals: Only assistance dogs may enter the reading room.",),
    ),
    ExamCase(
        "List the readers who joined in 2024.",
        _ROWS,
        ("Lending rules / Joining: A reader joins with proof of address.",),
        ("table readers", "column readers.joined_on"),
    ),
    ExamCase(
        "Why are donated books sometimes refused?",
        _DOCUMENTS,
        ("Donations / Limits: Books with mould or missing pages are refused.",),
        ("table books",),
    ),
    ExamCase(
        "Which book is lent most often, and how long may it be kept?",
        _BOTH,
        ("Lending rules / Time: A book may be kept for four weeks.",),
        ("table books", "table loans"),
    ),
    ExamCase(
        "What is the average fine, and who may waive one?",
        _BOTH,
        ("Staff handbook / Fines: The head of lending may waive a fine.",),
        ("column loans.fine",),
    ),
    ExamCase("Hello, nice to meet you!", _NEITHER),
    ExamCase("Thanks, that was all.", _NEITHER),
)


async def hold_exam(chat: BaseChatModel, cases: Sequence[ExamCase] = CASES) -> ExamReport:
    """Have a model choose for each case; a short request each, one after the other.

    Raises:
        Unavailable: the server does not answer.
        BadInput: it cannot be asked this way.
    """
    choice = ToolChoice(chat, MemoryLedger(), UnboundedWindow())
    wrong = [case.question for case in cases if not await _is_right(choice, case)]
    return ExamReport(right=len(cases) - len(wrong), asked=len(cases), wrong=tuple(wrong))


async def _is_right(choice: ToolChoice, case: ExamCase) -> bool:
    state: AgentState = {"question": case.question, "standalone": case.question}
    advice = Advice(
        {"library": SourceMatch(float(bool(case.names)), case.names)},
        SourceMatch(float(bool(case.passages)), case.passages),
    )
    with sending_to(lambda _: None):
        chosen = await choice.ask(state, SOURCES, None, advice)
    return frozenset(map(_tool_of, chosen.calls)) == case.wanted


def _tool_of(call: Call) -> str:
    return SEARCH_DOCUMENTS if isinstance(call, SearchCall) else QUERY_DATABASE
