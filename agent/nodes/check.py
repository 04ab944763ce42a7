from collections.abc import Sequence
from dataclasses import dataclass

from agent.events import step
from agent.fallback import is_not_found
from agent.state import AgentState, AgentUpdate, Exchange, Status
from agent.support import (
    CITATION,
    claims_unasked,
    only_declines,
    rests_on_evidence,
    speaks_of_evidence,
    unsupported,
    with_citations,
)
from agent.toolbox import Evidence, EvidenceLedger

UNASKED = "Nothing was looked up for this answer: no document and no database bears it out."
UNLIKE = "The answer cites no evidence, and no statement of it resembles what was found."


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of an answer: its status, what a person is warned of, and the text to keep."""

    status: Status
    answer: str
    warnings: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """Compare what the answer claims with the evidence, add citations, and close the turn.

    What was streamed stays as it was; the answer that the turn ends with has the further citations.
    """

    ledger: EvidenceLedger

    async def __call__(self, state: AgentState) -> AgentUpdate:
        described = "\n\n".join(state.get("described", []))
        with step("check") as working:
            checked = await self._judge(state, state.get("answer", "").removesuffix(described))
            working.outcome = checked.status
        answer = state.get("answer", "")
        answer = checked.answer + (described if answer.endswith(described) else "")
        exchange = Exchange(
            question=state.get("standalone", ""), answer=answer, status=checked.status
        )
        return {
            "status": checked.status,
            "answer": answer,
            "warnings": [*checked.warnings],
            "history": [exchange],
            "calls": [],
        }

    async def _judge(self, state: AgentState, answer: str) -> Checked:
        if not answer:
            return Checked("answered", answer)
        if is_not_found(answer):
            return Checked("declined", answer)
        if not state.get("used"):
            claims = claims_unasked(answer, question=state["question"], earlier=_borne_out(state))
            if not claims and only_declines(answer, state["question"]):
                return Checked("declined", answer)
            said = [UNASKED] if claims else []
            return Checked("unverified" if said else "answered", answer, said)
        if _says_that_nothing_fits(answer, state["question"]):
            return Checked("declined", answer)
        evidence = await self.ledger.read(state.get("evidence", []))
        return _compared(state, answer, evidence)


def _says_that_nothing_fits(answer: str, question: str) -> bool:
    """Whether it declines in words of its own: "The passages do not mention it"."""
    is_about_evidence = speaks_of_evidence(answer) and not CITATION.search(answer)
    return is_about_evidence and only_declines(answer, question)


def _compared(state: AgentState, answer: str, evidence: Sequence[Evidence]) -> Checked:
    question, notes = f"{state['question']} {state.get('standalone', '')}", state.get("notes", [])
    cited = with_citations(answer, question=question, evidence=evidence, notes=notes)
    spans = unsupported(cited.text, question=question, evidence=evidence)
    unlike = [
        one for one in cited.uncited if not any(one.start <= s.start < one.end for s in spans)
    ]
    warnings = [f"Not found in the evidence: {s.text!r} ({s.reason})." for s in (*spans, *unlike)]
    if not CITATION.search(cited.text) and not rests_on_evidence(cited.text, evidence):
        warnings = [*(w for w in warnings if "(statement)" not in w), UNLIKE]
    return Checked("unverified" if warnings else "answered", cited.text, warnings)


def _borne_out(state: AgentState) -> str:
    """What was said on the thread and checked: it may be said again."""
    checked = (one for one in state.get("history", []) if one.get("status") == "answered")
    return "\n".join(f"{one['question']}\n{one['answer']}" for one in checked)
