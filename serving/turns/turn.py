"""One question through the graph: wire in, wire out."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from contextvars import Context, copy_context
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, Protocol, TypeVar, cast
from uuid import uuid4
from weakref import WeakValueDictionary

import anyio
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import var_child_runnable_config
from langsmith import tracing_context  # pyright: ignore[reportUnknownVariableType]  # partly untyped
from opentelemetry.trace import SpanKind

from agent import events
from agent.caller import CALLER, THREAD
from agent.calls import QUERY_DATABASE
from agent.graph import Machine
from agent.once import once_a_turn
from agent.routes import route_taken
from agent.state import AgentInput, AgentState, Exchange
from serving.config.settings import NO_DATABASE, NO_DOCUMENTS
from serving.conversations.checkpoints.new_thread import NEW
from serving.conversations.records import KeptTurn, now
from serving.conversations.store import ThreadStore, thread_key
from serving.observability.metrics import Metrics
from serving.observability.spending import Bill, charged_to
from serving.turns.admission import Admission
from serving.turns.approvals import (
    DROPPED,
    Waiting,
    approval_text,
    resume_command,
    waiting_in,
    waiting_on,
)
from serving.turns.databases import no_database
from serving.turns.rewind import replacing, turns_before
from serving.turns.stream import EventStream, event_on_the_wire
from serving.turns.trail import Trail
from serving.turns.used import usage_of_turn
from serving.turns.wish import wanted
from serving.wire.answer import Answer
from serving.wire.charts import Wish
from serving.wire.events import Answered, ApprovalRequest, Event
from serving.wire.evidence import charts, citations, queries
from serving.wire.question import Question
from serving.wire.threads import ThreadSettings
from tools.caller import Caller
from tools.errors import Unavailable, UnknownName
from tools.language.telling import Telling
from tools.sql.turn_look import one_look_a_turn
from tools.tracing import span


class CollectionCatalogue(Protocol):
    """Knows the collections of documents that a caller may read, with their sizes."""

    async def collections(self, *, caller: Caller) -> Mapping[str, int]:
        """The collections by name."""
        ...


AGENT = "docsql"
T = TypeVar("T")
U = TypeVar("U")

_CHOSEN = set(ThreadSettings.model_fields)
BY_RULES = "the embedded rules"
"""Who chose the sources where the chat model was not asked."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """One question under way: whose it is, its thread by either name, and who listens."""

    question: Question
    caller: Caller
    thread_id: str
    key: str
    asked: str
    history: list[Exchange]
    outgoing: EventStream
    bill: Bill
    trail: Trail = field(default_factory=Trail)

    def graph_input(self) -> AgentInput:
        """The input of the graph."""
        question = self.question
        return {
            "question": self.asked,
            "mode": question.mode,
            "use_knowledge": question.use_knowledge,
            "databases": question.databases,
            "collections": question.collections,
            "temperature": question.temperature,
            "max_tokens": question.max_tokens,
            "history": self.history,
        }


@dataclass(frozen=True, slots=True)
class _Ran:
    """The result of a run: the state, what waits for a person, and whether a wait was dropped.

    `stood_in` are the fallback models that answered, in order.
    """

    state: AgentState
    waiting: Waiting
    has_dropped: bool
    stood_in: Sequence[events.FallbackUsed] = ()

    def models(self, named: Mapping[str, str]) -> dict[str, str]:
        """The models that really answered, where `named` says which should have."""
        chat = self.stood_in[-1].name if self.stood_in else named["chat"]
        ran = {part: chat if name == named["chat"] else name for part, name in named.items()}
        by_rules = self.state.get("chooser") == "embedded"
        return {**ran, "decides": BY_RULES} if by_rules else ran

    def warnings(self) -> list[str]:
        """Warnings about how the answer came about, in the question's language."""
        said = [f"{one.reason} {one.name} answered instead." for one in self.stood_in]
        dropped = [DROPPED] if self.has_dropped else []
        warned = [*self.state.get("warnings", []), *dropped, *said]
        return list(dict.fromkeys(map(Telling.of(self.state.get("question", "")).retold, warned)))


@dataclass(slots=True, kw_only=True)
class Turns:
    """Takes questions through the graph, one at a time on each thread.

    `models` names the model behind each part; `limit_s` is the time limit of a turn; `databases`
    and `documents` are what a question may name; `callbacks` watch model calls.
    """

    graph: Machine
    threads: ThreadStore
    models: Mapping[str, str]
    limit_s: float
    databases: Callable[[Caller], Collection[str]]
    documents: CollectionCatalogue
    metrics: Metrics
    callbacks: Sequence[BaseCallbackHandler] = ()
    admission: Admission = field(default_factory=Admission)
    _threads: WeakValueDictionary[str, asyncio.Lock] = field(
        default_factory=WeakValueDictionary[str, asyncio.Lock]
    )

    async def answer(
        self, question: Question, caller: Caller, *, is_patient: bool = False
    ) -> Answer:
        """The whole answer; with `is_patient`, wait while the service is full, as a batch does.

        Raises:
            BadInput: the question cannot be taken as it is.
            Busy: a limit is reached, or the service is stopping.
            Unavailable: a part that the turn cannot do without does not answer in time.
        """
        async with aclosing(self.stream(question, caller, is_patient=is_patient)) as events_of_turn:
            async for event in events_of_turn:
                if isinstance(event, Answered):
                    return event.answer
        raise Unavailable("The turn ended without an answer.")

    async def stream(
        self,
        question: Question,
        caller: Caller,
        *,
        history: Sequence[Exchange] = (),
        is_patient: bool = False,
    ) -> AsyncGenerator[Event]:
        """The turn as it happens; the last event is `Answered`. Raises what `answer` raises.

        `history` is what was said before, for a new thread.

        The graph runs in a task of its own, so that closing this iterator cancels the model call
        or statement behind it, whatever kind of scope the reader is in.
        """
        async with self.admission.turn(caller, is_patient=is_patient) as bill:
            outgoing = EventStream(self._shown)
            work = asyncio.create_task(
                self._work(question, caller, history, outgoing, bill), context=_outside_of_any_run()
            )
            work.add_done_callback(lambda _: outgoing.end())
            try:
                async with aclosing(outgoing.read()) as events_of_turn:
                    async for event in events_of_turn:
                        yield event
                await work
            finally:
                work.cancel()
                with anyio.CancelScope(shield=True), suppress(asyncio.CancelledError):
                    await asyncio.wait([work])

    async def _work(
        self,
        question: Question,
        caller: Caller,
        history: Sequence[Exchange],
        outgoing: EventStream,
        bill: Bill,
    ) -> None:
        if not question.resume:
            await self._check(question, caller)
        thread_id = question.thread_id or uuid4().hex
        key = thread_key(caller, thread_id)
        try:
            async with asyncio.timeout(self.limit_s), self._in_turn(key, bill):
                asked = await self._without_wish(question, key)
                async with replacing(self.threads, self.graph, key, question.replaces) as before:
                    said = list(history) if before is None else before
                    turn = _Turn(question, caller, thread_id, key, asked, said, outgoing, bill)
                    answered = await self._turn(turn)
                await self.admission.charge(caller, bill)
                outgoing.send_now(answered)
        except TimeoutError as error:
            raise Unavailable(
                f"The answer took longer than {self.limit_s:g} seconds and was stopped. "
                "Ask again, or raise DOCSQL_SERVICE__TURN_LIMIT_S."
            ) from error

    async def _check(self, question: Question, caller: Caller) -> None:
        """Check the names in a question, even if the turn may not use them."""
        databases = self.databases(caller)
        for name in question.databases or ():
            if name not in databases:
                raise no_database(name, databases)
        if question.mode == "sql" and not databases:
            raise UnknownName(NO_DATABASE)
        if not question.collections and question.mode != "documents":
            return
        collections = await self.documents.collections(caller=caller)
        for name in question.collections or ():
            if name not in collections:
                known = ", ".join(collections) or "none"
                raise UnknownName(f"There is no collection {name!r}. Available: {known}.")
        if not collections:
            raise UnknownName(NO_DOCUMENTS)

    @asynccontextmanager
    async def _in_turn(self, key: str, bill: Bill) -> AsyncGenerator[None]:
        lock = self.alone(key)
        with self.metrics.waiting():
            await lock.acquire()
        try:
            with self.metrics.turn(), tracing_context(enabled=False), charged_to(bill):
                yield
        finally:
            lock.release()

    def alone(self, key: str) -> asyncio.Lock:
        """Held while something happens on a thread."""
        return self._threads.setdefault(key, asyncio.Lock())

    async def _turn(self, turn: _Turn) -> Answered:
        with span(f"invoke_agent {AGENT}", _attributes(turn), kind=SpanKind.INTERNAL) as traced:
            answered = await self._answered(turn)
            used = answered.answer.usage
            traced.set_attribute("docsql.route", answered.answer.route)
            traced.set_attribute("docsql.status", answered.answer.status)
            traced.set_attribute("gen_ai.usage.input_tokens", used.input_tokens)
            traced.set_attribute("gen_ai.usage.output_tokens", used.output_tokens)
        self.metrics.event(answered)
        return answered

    async def _answered(self, turn: _Turn) -> Answered:
        began = perf_counter()
        asked, ran = await _both(self._asked(turn), self._run(turn))
        timings = {**turn.trail.seconds, "total": perf_counter() - began}
        wish = wanted(asked.question).wish
        answer = await self._close(ran, turn, asked.id, timings, wish)
        kept = replace(
            asked,
            answer=answer.model_dump_json(exclude={"citations", "queries"}),
            evidence=ran.state.get("evidence", []),
        )
        await self.threads.keep(kept, turn.trail.steps(), is_over=not ran.waiting)
        # Only now: who is asked may hang up and decide at once, and then it has to be there.
        for approval in ran.waiting.values():
            turn.outgoing.send_now(ApprovalRequest(approval=approval))
        return Answered(answer=answer)

    async def _without_wish(self, question: Question, key: str) -> str:
        """What is asked, without how it is to be shown; "as a bar chart" alone is of the last one."""
        asked = wanted(question.question)
        if asked.wish is None or asked.asked:
            return asked.asked
        turns = await turns_before(self.threads, key, question.replaces)
        earlier = (wanted(turn.question).asked for turn in reversed(turns))
        return next(filter(None, earlier), question.question)

    async def _asked(self, turn: _Turn) -> KeptTurn:
        """The turn as it will be kept; a decision goes on with the turn that waits for it."""
        question, key, owner = turn.question.question, turn.key, turn.caller.id
        if turn.question.resume:
            turns = await self.threads.ask(lambda records: records.turns(key))
            if turns:
                return turns[-1]
        else:
            settings = turn.question.model_dump_json(include=_CHOSEN, exclude_none=True)
            given = {"owner": owner, "id_": turn.thread_id, "question": question}
            await self.threads.begin(key, **given, settings=settings, is_asked=True)
        return KeptTurn(uuid4().hex, key, owner, now(), question, "", ())

    async def _run(self, turn: _Turn) -> _Ran:
        state, waiting, question = cast("AgentState", {}), Waiting(), turn.question
        named = {CALLER: turn.caller, THREAD: turn.key, NEW: not question.thread_id}
        config = RunnableConfig(configurable=named, callbacks=list(self.callbacks))

        def hear(event: events.GraphEvent) -> None:
            turn.trail.hear(event)
            if not isinstance(event, events.FallbackUsed):
                turn.outgoing.forward(event)

        why = self.threads.saying_why()
        with one_look_a_turn(), once_a_turn(), why, events.sending_to(hear):
            left = await waiting_on(self.graph, config) if question.thread_id else Waiting()
            async for values in self.graph.astream(
                resume_command(question.resume, left) if question.resume else turn.graph_input(),
                config,
                stream_mode="values",
                durability="exit",
            ):
                state = cast("AgentState", values)
                waiting |= waiting_in(cast("dict[str, Any]", values).get("__interrupt__", ()))
        has_dropped = bool(left) and not question.resume
        return _Ran(state, waiting, has_dropped, turn.trail.stood_in)

    def _shown(self, event: events.ShownEvent) -> Event:
        shown = event_on_the_wire(event)
        self.metrics.event(shown)
        return shown

    async def _close(
        self,
        ran: _Ran,
        turn: _Turn,
        answer_id: str,
        timings: Mapping[str, float],
        wish: Wish | None,
    ) -> Answer:
        state, approvals = ran.state, list(ran.waiting.values())
        evidence = await self.threads.read(state.get("evidence", []))
        text = approval_text(approvals) if approvals else state.get("answer", "")
        used = [*state.get("used", []), *([QUERY_DATABASE] if approvals else [])]
        return Answer(
            answer=text,
            status="needs_approval" if approvals else state.get("status", "declined"),
            approval=approvals[0] if approvals else None,
            approvals=approvals,
            citations=citations(evidence, text),
            queries=queries(evidence),
            charts=charts(evidence, wish=wish),
            warnings=ran.warnings(),
            route=route_taken(used),
            models=ran.models(self.models),
            usage=usage_of_turn(state.get("usage", {}), turn.bill.total),
            thread_id=turn.thread_id,
            answer_id=answer_id,
            suggestions=state.get("suggestions", []),
            timings={step: round(seconds, 6) for step, seconds in timings.items()},
        )


async def _both(one: Coroutine[Any, Any, T], other: Coroutine[Any, Any, U]) -> tuple[T, U]:
    """The results of two pieces of work; where one fails, the other is stopped."""
    try:
        async with asyncio.TaskGroup() as group:
            first, second = group.create_task(one), group.create_task(other)
        return first.result(), second.result()
    except BaseExceptionGroup as failed:
        failure = failed.exceptions[0]
    raise failure  # outside of the group's handler, so that its own cause is what a log tells


def _attributes(turn: _Turn) -> dict[str, str]:
    return {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": AGENT,
        "gen_ai.agent.name": AGENT,
        "gen_ai.conversation.id": turn.thread_id,
        "docsql.mode": turn.question.mode,
    }


def _outside_of_any_run() -> Context:
    """This context without LangChain's current run, which the graph would report itself to."""
    context = copy_context()
    context.run(var_child_runnable_config.set, None)
    return context
