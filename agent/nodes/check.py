from dataclasses import dataclass

from agent.events import step
from agent.nodes.answer import NOT_FOUND
from agent.state import AgentState, AgentUpdate, Exchange, Status
from agent.support import CITATION, claims_unasked, rests_on_evidence, unsupported
from agent.toolbox import EvidenceLedger

UNASKED = "Nothing was looked up for this answer: no document and no database bears it out."
UNLIKE = "The answer cites no evidence, and no statement of it resembles what was found."


@dataclass(frozen=True, slots=True)
class Check:
    """Compare what the answer claims with the evidence, and close the turn."""

    ledger: EvidenceLedger

    async def __call__(self, state: AgentState) -> AgentUpdate:
        with step("check") as working:
            status, warnings = await self._judge(state)
            working.outcome = status
        exchange = Exchange(
            question=state.get("standalone", ""), answer=state.get("answer", ""), status=status
        )
        return {"status": status, "warnings": warnings, "history": [exchange], "calls": []}

    async def _judge(self, state: AgentState) -> tuple[Status, list[str]]:
        described = "\n\n".join(state.get("described", []))
        answer = state.get("answer", "").removesuffix(described)
        if not answer:
            return "answered", []
        if answer.startswith(NOT_FOUND):
            return "declined", []
        if not state.get("used"):
            claims = claims_unasked(answer, question=state["question"], earlier=_borne_out(state))
            return ("unverified", [UNASKED]) if claims else ("answered", [])
        evidence = await self.ledger.read(state.get("evidence", []))
        question = f"{state['question']} {state.get('standalone', '')}"
        spans = unsupported(answer, question=question, evidence=evidence)
        warnings = [f"Not found in the evidence: {span.text!r} ({span.reason})." for span in spans]
        if not CITATION.search(answer) and not rests_on_evidence(answer, evidence):
            warnings.append(UNLIKE)
        return ("unverified" if warnings else "answered"), warnings


def _borne_out(state: AgentState) -> str:
    """What was said on the thread and checked: it may be said again."""
    checked = (one for one in state.get("history", []) if one.get("status") == "answered")
    return "\n".join(f"{one['question']}\n{one['answer']}" for one in checked)
