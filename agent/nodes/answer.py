from collections.abc import Sequence
from dataclasses import dataclass, field

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage, HumanMessage

from agent.events import AnswerToken, emit, step
from agent.evidence import render_within
from agent.fallback import NOT_FOUND, NOTHING, has_fallback, is_not_found, not_found
from agent.prompting import as_notes, prompt, recent_history, with_sampling
from agent.quoting import STANDS_IN, PassageReader
from agent.reply import Reply
from agent.state import AgentState, AgentUpdate
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
    reader: PassageReader | None = None

    async def __call__(self, state: AgentState) -> AgentUpdate:
        with step("answer"):
            if not state.get("used"):
                return await self._stream(state, await self._talk(state))
            found = await self.ledger.read(state.get("evidence", []))
            evidence = [one.in_words() if isinstance(one, QueryResult) else one for one in found]
            described = "\n\n".join(state.get("described", []))
            if described and not evidence:
                return _said(described)
            if not evidence:
                return _nothing(state.get("notes", []), state.get("question", ""))
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
        question = state.get("standalone", "")
        if self.reader is None or not self.reader.is_asked(question, evidence):
            return await self._stream(state, messages, self._teller(evidence))
        update = await self._stream(state, messages, keeps_back=True)
        if not is_not_found(update.get("answer", "")):
            return update
        if quoted := await self.reader.quote(question, evidence):
            warnings = [*update.get("warnings", []), STANDS_IN]
            return {**update, **_said(quoted), "warnings": warnings}
        if not has_fallback({**state, **update}):
            emit(AnswerToken(update.get("answer", "")))
        return update

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
        return {"answer": reply.text, "warnings": warnings, "usage": reply.usage}


def _task(state: AgentState, evidence: Sequence[Evidence]) -> ModelTask:
    notes = tuple(state.get("notes", []))
    return ModelTask("answer", state.get("standalone", ""), evidence=tuple(evidence), notes=notes)


def _why_empty(reply: Reply) -> str:
    if reply.is_cut and reply.has_thought:
        return ONLY_THOUGHT
    return CALLED if reply.has_called else EMPTY


def _nothing(notes: list[str], question: str) -> AgentUpdate:
    """Decline without asking a model, which could only invent, in the question's language."""
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
