from dataclasses import dataclass

from agent.events import step
from agent.nodes.answer import NOT_FOUND
from agent.state import AgentState, AgentUpdate, Exchange, Status
from agent.support import unsupported
from agent.toolbox import EvidenceLedger


@dataclass(frozen=True, slots=True)
class Check:
    """Compare what the answer claims with the evidence, and close the turn."""

    ledger: EvidenceLedger

    async def __call__(self, state: AgentState) -> AgentUpdate:
        with step("check") as working:
            status, warnings = await self._judge(state)
            working.outcome = status
        exchange = Exchange(question=state.get("standalone", ""), answer=state.get("answer", ""))
        return {"status": status, "warnings": warnings, "history": [exchange], "calls": []}

    async def _judge(self, state: AgentState) -> tuple[Status, list[str]]:
        answer = state.get("answer", "")
        if answer.startswith(NOT_FOUND):
            return "declined", []
        if not state.get("used"):
            return "answered", []
        evidence = await self.ledger.read(state.get("evidence", []))
        question = f"{state['question']} {state.get('standalone', '')}"
        spans = unsupported(answer, question=question, evidence=evidence)
        warnings = [f"Not found in the evidence: {span.text!r} ({span.reason})." for span in spans]
        return ("unverified" if spans else "answered"), warnings
