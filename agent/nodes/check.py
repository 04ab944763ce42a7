from collections.abc import Sequence
from dataclasses import dataclass, replace

from langchain_core.runnables import RunnableConfig

from agent.caller import caller_of, thread_of
from agent.calls import QUERY_DATABASE
from agent.events import AnswerToken, emit, step
from agent.fallback import NO_REST, is_not_found
from agent.once import search_once
from agent.parts import answer_parts
from agent.quoting import EvidenceReader, doubts_of, unsure_rows, unsure_words
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
from agent.support.contradiction import Contradiction, contradiction
from agent.toolbox import DocumentSearch, Evidence, EvidenceLedger
from agent.weigh import NOT_SURE
from tools.documents.passage import FoundPassage
from tools.errors import Unavailable, UnknownName
from tools.language.telling import is_told
from tools.sql.result import QueryResult

UNASKED = "Nothing was looked up for this answer: no document and no database bears it out."
PARTLY = "A part of the question is not answered."
UNLIKE = "The answer cites no evidence, and no statement of it resembles what was found."


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of an answer: its status, what a person is warned of, and the text to keep.

    `evidence` is what was found beside that of the turn.
    """

    status: Status
    answer: str
    warnings: Sequence[str] = ()
    evidence: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """Compare what the answer claims with the evidence, add citations, and close the turn.

    What was streamed stays as it was; the answer that the turn ends with has the further citations.
    Where one row of a database answers and a sentence of the `documents` says otherwise, the answer
    says so. An answer from passages that the `reader` reads otherwise is unverified, and with
    `weighs_rows` one from rows whose confidence is too low.
    """

    ledger: EvidenceLedger
    documents: DocumentSearch | None = None
    limit: int = 6
    reader: EvidenceReader | None = None
    weighs_rows: bool = False

    async def __call__(self, state: AgentState, config: RunnableConfig) -> AgentUpdate:
        described = "\n\n".join(state.get("described", []))
        with step("check") as working:
            checked = await self._judge(state, state.get("answer", "").removesuffix(described))
            other = await self._contradicted(state, checked, config)
            if other:
                checked = await self._with(other, state, checked, config)
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
            "evidence": [*checked.evidence],
            "calls": [],
        }

    async def _contradicted(
        self, state: AgentState, checked: Checked, config: RunnableConfig
    ) -> Contradiction | None:
        """What the documents say otherwise, where they were free to be asked and were not."""
        is_free = state.get("mode", "auto") == "auto" and state.get("use_knowledge", True)
        is_of_rows = {*state.get("used", [])} == {QUERY_DATABASE} and not state.get("described")
        if self.documents is None or not (is_free and is_of_rows and checked.status == "answered"):
            return None
        match await self.ledger.read(state.get("evidence", [])):
            case [QueryResult() as result] if len(result.rows) == 1:
                question = state.get("standalone", "")
                return contradiction(question, result, await self._beside(question, state, config))
            case _:
                return None

    async def _beside(
        self, question: str, state: AgentState, config: RunnableConfig
    ) -> Sequence[FoundPassage]:
        if self.documents is None:
            return []
        try:
            found = await search_once(
                self.documents,
                question,
                caller=caller_of(config),
                collections=state.get("collections"),
                limit=self.limit,
            )
        except (Unavailable, UnknownName):
            return []  # the rows answer, whatever becomes of the documents
        return found.passages

    async def _with(
        self, other: Contradiction, state: AgentState, checked: Checked, config: RunnableConfig
    ) -> Checked:
        """The answer with what contradicts it, cited as the next piece of evidence."""
        ids = await self.ledger.record(thread_of(config), [other.passage])
        number = len(state.get("evidence", [])) + 1
        title = " ".join(other.passage.passage.title.split())
        said = f"\n\nA document says otherwise ({title}): {other.sentence} [{number}]"
        emit(AnswerToken(said))
        return replace(checked, answer=f"{checked.answer.rstrip()}{said}", evidence=ids)

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
        checked = _unless_unsure(_compared(state, answer, evidence), self._unsure(state, evidence))
        return await self._read_again(state, checked, evidence)

    def _unsure(self, state: AgentState, evidence: Sequence[Evidence]) -> list[str]:
        """Warnings about evidence that may answer another question."""
        has_rows = any(isinstance(one, QueryResult) for one in evidence)
        is_second = QUERY_DATABASE in state.get("used", []) and not has_rows
        said = unsure_words(state.get("confidence"), is_second=is_second)
        return (
            [*said, *unsure_rows(state.get("answer", ""), evidence)] if self.weighs_rows else said
        )

    async def _read_again(
        self, state: AgentState, checked: Checked, evidence: Sequence[Evidence]
    ) -> Checked:
        question, reader = state.get("standalone", ""), self.reader
        if reader is None or not reader.doubts(question):
            return checked
        checked = _unless_unsure(checked, doubts_of(checked.answer, question, evidence))
        if rows := await reader.left_out(checked.answer, question, evidence):
            return _with_more(checked, rows)
        answer, asked = checked.answer, question
        for part in answer_parts(state, evidence):
            if part.is_rows:
                told = part.cited((await reader.quote(part.question, part.evidence)).text)
                answer = answer.removeprefix(told)
            else:
                asked, evidence = part.question, part.evidence
        doubt, quoted = await reader.doubt(answer, asked, evidence)
        if not doubt:
            return checked
        warned = replace(checked, status="unverified", warnings=[*checked.warnings, doubt])
        return _with_more(warned, quoted)


def _unless_unsure(checked: Checked, doubts: Sequence[str]) -> Checked:
    """The answer as it is, or `unverified` with these warnings added."""
    if not doubts:
        return checked
    return replace(checked, status="unverified", warnings=[*checked.warnings, *doubts])


def _with_more(checked: Checked, text: str) -> Checked:
    """The answer with what is told after it."""
    if not text:
        return checked
    emit(AnswerToken(f"\n\n{text}"))
    return replace(checked, answer=f"{checked.answer.rstrip()}\n\n{text}")


def _says_that_nothing_fits(answer: str, question: str) -> bool:
    """Whether it declines in words of its own: "The passages do not mention it"."""
    is_about_evidence = speaks_of_evidence(answer) and not CITATION.search(answer)
    return is_about_evidence and only_declines(answer, question)


def _compared(state: AgentState, answer: str, evidence: Sequence[Evidence]) -> Checked:
    question, notes = f"{state['question']} {state.get('standalone', '')}", state.get("notes", [])
    cited = with_citations(answer, question=question, evidence=evidence, notes=notes)
    told = " ".join(note for note in notes if note in answer)  # its numbers are our own
    spans = unsupported(cited.text, question=f"{question} {told}", evidence=evidence)
    unlike = [
        one for one in cited.uncited if not any(one.start <= s.start < one.end for s in spans)
    ]
    warnings = [f"Not found in the evidence: {s.text!r} ({s.reason})." for s in (*spans, *unlike)]
    if not CITATION.search(cited.text) and not rests_on_evidence(cited.text, evidence):
        warnings = [*(w for w in warnings if "(statement)" not in w), UNLIKE]
    if is_told(NOT_SURE, told) or is_told(NO_REST, answer):
        warnings.append(PARTLY)
    return Checked("unverified" if warnings else "answered", cited.text, warnings)


def _borne_out(state: AgentState) -> str:
    """What was said on the thread and checked: it may be said again."""
    checked = (one for one in state.get("history", []) if one.get("status") == "answered")
    return "\n".join(f"{one['question']}\n{one['answer']}" for one in checked)
