from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage
from langgraph.types import Overwrite

from agent.asides import split_asides
from agent.events import AnswerToken, emit, step
from agent.evidence import render_within
from agent.fallback import (
    NO_REST,
    NOT_FOUND,
    NOTHING,
    REJECTED,
    has_fallback,
    is_look_due,
    is_not_found,
    not_found,
)
from agent.parts import AnswerPart, answer_parts
from agent.prompting import as_notes, prompt, recent_history, usage_of, with_sampling
from agent.quoting import EvidenceReader
from agent.reply import Reply
from agent.rivals import likelier
from agent.state import AgentState, AgentUpdate, Counts, add_counts
from agent.support import CITATION
from agent.task import ModelTask, TaskMessage
from agent.toolbox import Evidence, EvidenceLedger
from agent.window import UnboundedWindow, Window
from tools.language.telling import Telling
from tools.sql.result import QueryResult

EMPTY = "The chat model gave an empty answer."
CALLED = (
    "The chat model asked for another look-up where it was to answer. Ask again, or in other words."
)
ONLY_THOUGHT = (
    "The chat model used all the tokens of its reply for thinking: raise DOCSQL_CHAT__MAX_TOKENS, or "
    "the question's max_tokens."
)
CUT = "The answer was cut off where it reached the most tokens that a reply may have (max_tokens)."


@dataclass(frozen=True, slots=True)
class ComposeAnswer:
    """Have the evidence put into words, or say that there is none.

    The rows of verified queries are told by `plain`, where there is one. Where the model finds no
    answer in passages, their sentences stand in for it that the `reader` finds.
    """

    chat: BaseChatModel
    ledger: EvidenceLedger
    window: Window = field(default_factory=UnboundedWindow)
    plain: BaseChatModel | None = None
    reader: EvidenceReader | None = None

    async def __call__(self, state: AgentState) -> AgentUpdate:
        if is_look_due(state):  # this is where the branches of a round meet
            return {}
        with step("answer"):
            if self.reader is None:
                return await self._composed(state)
            kept = await likelier(state, self.ledger, self.reader)
            update = await self._composed(cast(AgentState, {**state, **kept}))
        if "warnings" in kept:
            kept["warnings"] = [*kept["warnings"], *update.get("warnings", [])]
        return cast(AgentUpdate, update | {name: Overwrite(one) for name, one in kept.items()})

    async def _composed(self, state: AgentState) -> AgentUpdate:
        if not state.get("used"):
            return await self._stream(state, await self._talk(state))
        found = await self.ledger.read(state.get("evidence", []))
        evidence = [one.in_words() if isinstance(one, QueryResult) else one for one in found]
        described = "\n\n".join(state.get("described", []))
        if described and not evidence:
            return _said(described)
        if not evidence:
            return _nothing(state.get("notes", []), state.get("question", ""))
        if apart := await self._apart(state, evidence):
            return apart
        question = _asked(state)
        fixed = f"{prompt('answer').template}\n{question}"
        told, left_out = await render_within(
            evidence, self.window, fixed=fixed, reply=state.get("max_tokens")
        )
        messages: list[BaseMessage] = [
            TaskMessage.of(prompt("answer").template, _task(state, evidence)),
            HumanMessage(f"Evidence:\n{told}\n\n{question}"),
        ]
        update = await self._told(state, messages, evidence)
        if described:
            update["answer"] = f"{update.get('answer', '')}\n\n{described}"
            emit(AnswerToken(f"\n\n{described}"))
        if left_out:
            warning = f"The chat model was not shown {left_out} of {len(evidence)} pieces of evidence: they do not fit its window."
            update["warnings"] = [*update.get("warnings", []), warning]
        return update

    async def _told(
        self, state: AgentState, messages: list[BaseMessage], evidence: Sequence[Evidence]
    ) -> AgentUpdate:
        """The model's answer, or the passages' own words where it has none and they do."""
        question, teller = state.get("standalone", ""), self._teller(evidence)
        stands_in = self.reader.stands_in(question, evidence) if self.reader is not None else ""
        if self.reader is None or not stands_in:
            return await self._stream(state, messages, teller)
        update = await self._stream(state, messages, teller, keeps_back=True)
        if not is_not_found(update.get("answer", "")):
            return update
        if quoted := await self.reader.quote(question, evidence):
            warnings = [*update.get("warnings", []), stands_in]
            update.update(_said(quoted.text))
            update.update(confidence=quoted.confidence, warnings=warnings)
            return update
        if not has_fallback({**state, **update}):
            emit(AnswerToken(update.get("answer", "")))
        return update

    async def _apart(self, state: AgentState, evidence: Sequence[Evidence]) -> AgentUpdate | None:
        """Rows and passages told apart, for a weak model that answers in English.

        What a second round looked up for the first one's rows or passages is told without the model.
        """
        question, kinds = state.get("standalone", ""), {type(one) for one in evidence}
        is_mixed = len(kinds) > 1 and not state.get("described")
        if self.reader is None or not (is_mixed and self.reader.doubts(question)):
            return None
        if parts := answer_parts(state, evidence):
            return await self._in_parts(state, self.reader, parts)
        quoted = await self.reader.quote(question, evidence)
        return _said(quoted.text) if quoted else None

    async def _in_parts(
        self, state: AgentState, reader: EvidenceReader, parts: Sequence[AnswerPart]
    ) -> AgentUpdate:
        """The rows as they are, then what the model reads in the passages alone."""
        told, usage = list[str](), dict[str, int]()
        for part in parts:
            said, used = await self._part(state, reader, part)
            usage = add_counts(usage, used)
            emit(AnswerToken(f"\n\n{said}" if told else said))
            told.append(said)
        return {"answer": "\n\n".join(told), "fallback": [], "usage": usage}

    async def _part(
        self, state: AgentState, reader: EvidenceReader, part: AnswerPart
    ) -> tuple[str, Counts]:
        """What one part of a question comes to, and what it cost."""
        if part.is_rows:
            return part.cited((await reader.quote(part.question, part.evidence)).text), {}
        fixed = prompt("answer").template
        asked = f"Question: {part.question}"
        told, _ = await render_within(
            part.evidence, self.window, fixed=f"{fixed}\n{asked}", reply=state.get("max_tokens")
        )
        task = ModelTask("answer", part.question, evidence=part.evidence)
        messages = [TaskMessage.of(fixed, task), HumanMessage(f"Evidence:\n{told}\n\n{asked}")]
        reply = await with_sampling(self.chat, state).ainvoke(messages)
        said = split_asides(reply.text).said.strip()
        if not CITATION.sub("", said).strip(" .\n") or is_not_found(said):
            said = (await reader.quote(part.question, part.evidence)).text or NO_REST
        return part.cited(said), usage_of(reply)

    async def _talk(self, state: AgentState) -> list[BaseMessage]:
        task = ModelTask("talk", state["question"])
        told, asked = TaskMessage.of(prompt("talk").template, task), HumanMessage(state["question"])
        history = await recent_history(
            state.get("history", []),
            self.window,
            beside=[told, asked],
            reply=state.get("max_tokens"),
        )
        return [told, *history, asked]

    def _teller(self, evidence: Sequence[Evidence]) -> BaseChatModel:
        """Who tells it: a verified query's rows need no model."""
        is_verified = all(isinstance(one, QueryResult) and one.verified for one in evidence)
        return self.plain if self.plain is not None and is_verified else self.chat

    async def _stream(
        self,
        state: AgentState,
        messages: list[BaseMessage],
        chat: BaseChatModel | None = None,
        *,
        keeps_back: bool = False,
    ) -> AgentUpdate:
        is_kept = keeps_back or has_fallback(state)
        reply = Reply("answer", kept_back=not_found() if is_kept else ())
        async for piece in with_sampling(chat or self.chat, state).astream(messages):
            if isinstance(piece, AIMessageChunk):
                reply.take(piece)
        reply.end()
        if not CITATION.sub("", reply.text).strip(" .\n"):  # a bare [1] says nothing
            empty = f"{NOT_FOUND} an answer. {_why_empty(reply)}"
            told: AgentUpdate = {"answer": empty, "fallback": []} if keeps_back else _said(empty)
            return {**told, "usage": reply.usage}
        warnings = [CUT] if reply.is_cut else []
        return {
            "answer": reply.text,
            "confidence": reply.confidence,
            "warnings": warnings,
            "usage": reply.usage,
        }


def _task(state: AgentState, evidence: Sequence[Evidence]) -> ModelTask:
    notes = tuple(state.get("notes", []))
    return ModelTask("answer", state.get("standalone", ""), evidence=tuple(evidence), notes=notes)


def _why_empty(reply: Reply) -> str:
    if reply.is_cut and reply.has_thought:
        return ONLY_THOUGHT
    return CALLED if reply.has_called else EMPTY


def _nothing(notes: list[str], question: str) -> AgentUpdate:
    """Decline without asking a model, which could only invent, in the question's language."""
    if notes and set(notes) == {REJECTED}:
        return _said(Telling.of(question).say(REJECTED))
    text = Telling.of(question).say(NOTHING)
    if notes:
        text += "\n\n" + "\n".join(f"- {note}" for note in dict.fromkeys(notes))
    return _said(text)


def _said(text: str) -> AgentUpdate:
    """What is told in any case: no other tool is tried after it."""
    emit(AnswerToken(text))
    return {"answer": text, "fallback": []}


def _asked(state: AgentState) -> str:
    """The question, with what the calls beside the evidence's own did not find.

    Not what was tried before another tool was: a small model answers with its error.
    """
    question = f"Question: {state.get('standalone', '')}"
    notes = as_notes(state.get("notes", [])) if state.get("rounds", 0) <= 1 else ""
    return f"{question}\n\nWhat was looked for and not found:\n{notes}" if notes else question
