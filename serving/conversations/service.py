"""A caller's own threads as they travel on the wire: list, read, rename, delete, and what was said of them."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass

from serving.conversations.dropped import without_dropped
from serving.conversations.records import KeptFeedback, KeptThread, KeptTurn, now
from serving.conversations.search import excerpt, has_all
from serving.conversations.store import ThreadStore, thread_key
from serving.wire.answer import Answer
from serving.wire.documents import UploadReport
from serving.wire.evidence import citations, queries
from serving.wire.threads import (
    Feedback,
    FeedbackRecord,
    ThreadChange,
    ThreadContent,
    ThreadDeleted,
    ThreadInfo,
    ThreadList,
    ThreadSettings,
    ThreadTurn,
    ThreadUpload,
)
from tools.caller import Caller
from tools.errors import UnknownName
from tools.sql.run import QueryResult

PAGE = 50
"""Threads in one piece of a list."""
_HAS_QUESTION = "has_question"
"""Beside the report of an upload, in what is kept of it."""


@dataclass(frozen=True, slots=True)
class Conversations:
    """Operations on a caller's threads; `alone` returns the lock that a thread's turns take.

    Raises:
        UnknownName: from every method, for a thread or an answer that is not the caller's.
        Unavailable: from every method, when the threads' database does not answer.
    """

    threads: ThreadStore
    alone: Callable[[str], asyncio.Lock]

    async def listed(
        self, *, caller: Caller, limit: int = PAGE, before: str | None = None, search: str = ""
    ) -> ThreadList:
        """The caller's threads, the latest first; `before` is the `next` of an earlier list.

        `search` leaves those whose title, questions or answers have words that begin with its words;
        those whose title has them all come first.
        """
        found, following = await self.threads.ask(
            lambda records: records.threads(caller.id, limit=limit, before=before, search=search)
        )
        listed = [ThreadInfo.model_validate(one) for one in found]
        for one, thread in zip(listed, found, strict=True):
            if search.strip() and not has_all(search, thread.title):
                one.excerpt = await self._excerpt(search, thread.thread)
        return ThreadList(threads=listed, next=following)

    async def read(self, thread_id: str, *, caller: Caller) -> ThreadContent:
        """A thread with its answers, each with the passages and rows that it rests on."""
        found = await self._find(thread_id, caller)
        turns = await self.threads.ask(lambda records: records.turns(found.thread))
        answers = without_dropped([await self._answer(turn) for turn in turns])
        trails = await self.threads.ask(lambda records: records.trails(found.thread))
        said = await self.threads.ask(lambda records: records.ratings(found.thread))
        chosen = await self.threads.ask(lambda records: records.settings(found.thread))
        added = await self.threads.ask(lambda records: records.additions(found.thread))
        unanswered = await self.threads.ask(lambda records: records.unanswered(found.thread))
        return ThreadContent(
            thread=ThreadInfo.model_validate(found),
            turns=[
                _shown(turn, answer, trails.get(turn.id), said.get(turn.id))
                for turn, answer in zip(turns, answers, strict=True)
            ],
            uploads=[_upload(moment, json.loads(report)) for moment, report in added],
            unanswered=unanswered,
            # Where a turn waits, its answer says so; an MCP client's call has none until it ends.
            awaits_approval=not turns and await self.threads.has_interrupt(found.thread),
            settings=ThreadSettings.model_validate_json(chosen or "{}"),
        )

    async def keep_upload(
        self, thread_id: str, report: UploadReport, *, caller: Caller, has_question: bool
    ) -> None:
        """Keep with a thread what was uploaded in it; a new thread is called by its files."""
        key, sources = thread_key(caller, thread_id), (each.source for each in report.files)
        if await self.threads.ask(lambda records: records.thread(key)) is None:
            named = ", ".join(sources)
            await self.threads.begin(key, owner=caller.id, id_=thread_id, question=named)
        kept = json.dumps(report.model_dump(mode="json") | {_HAS_QUESTION: has_question})
        await self.threads.ask(lambda records: records.keep_addition(key, kept))

    async def change(self, thread_id: str, change: ThreadChange, *, caller: Caller) -> ThreadInfo:
        """Give a thread another title or other settings."""
        thread, title = (await self._find(thread_id, caller)).thread, change.title
        if title is not None:
            await self.threads.ask(lambda records: records.rename(thread, title.strip()))
        if change.settings is not None:
            settings = change.settings.model_dump_json(exclude_none=True)
            await self.threads.ask(lambda records: records.keep_settings(thread, settings))
        return ThreadInfo.model_validate(await self._find(thread_id, caller))

    async def delete(self, thread_id: str, *, caller: Caller) -> ThreadDeleted:
        """Forget a thread with everything in it, once the turn that it is in has ended."""
        key = (await self._find(thread_id, caller)).thread
        async with self.alone(key):
            return ThreadDeleted(id=thread_id, deleted=await self.threads.delete(key))

    async def note(self, feedback: Feedback, *, caller: Caller) -> None:
        """Keep a word on an answer of the caller's."""
        turn = await self._turn(feedback.answer_id, caller)
        values = {
            "turn": turn.id,
            "thread": turn.thread,
            "owner": caller.id,
            "rating": feedback.rating,
            "comment": feedback.comment,
            "given_at": now(),
        }
        await self.threads.ask(lambda records: records.keep_feedback(values))

    async def result(self, answer_id: str, number: int, *, caller: Caller) -> QueryResult:
        """The rows that an answer of the caller's cites as `number`, as they were read."""
        turn = await self.threads.ask(lambda records: records.turn(answer_id, owner=caller.id))
        kept = await self.threads.read(turn.evidence) if turn else []
        found = kept[number - 1] if 0 < number <= len(kept) else None
        if not isinstance(found, QueryResult):
            raise UnknownName(
                f"Result {number} of answer {answer_id!r} is not available any more. Ask again."
            )
        return found

    async def question(self, answer_id: str, *, caller: Caller) -> str:
        """What the caller asked, to which that is the answer."""
        return (await self._turn(answer_id, caller)).question

    async def feedback(self, *, caller: Caller | None) -> list[FeedbackRecord]:
        """The caller's feedback, oldest first; None means everybody's."""
        owner = caller.id if caller else None
        found = await self.threads.ask(lambda records: records.feedback(owner=owner))
        return list(map(_record, found))

    async def require(self, thread_id: str, *, caller: Caller) -> None:
        """Check that the caller has such a thread."""
        await self._find(thread_id, caller)

    async def answer(self, answer_id: str, *, caller: Caller) -> Answer:
        """An answer of the caller's, with what it rests on."""
        return await self._answer(await self._turn(answer_id, caller))

    async def _excerpt(self, search: str, thread: str) -> str:
        turns = await self.threads.ask(lambda records: records.turns(thread))
        texts = ((turn.question, json.loads(turn.answer)["answer"]) for turn in turns)
        return excerpt(search, [text for pair in texts for text in pair])

    async def _turn(self, answer_id: str, caller: Caller) -> KeptTurn:
        turn = await self.threads.ask(lambda records: records.turn(answer_id, owner=caller.id))
        if turn is None:
            raise UnknownName(
                f"There is no answer {answer_id!r}. Use the `answer_id` of an answer."
            )
        return turn

    async def _find(self, thread_id: str, caller: Caller) -> KeptThread:
        key = thread_key(caller, thread_id)
        found = await self.threads.ask(lambda records: records.thread(key))
        if found is None:
            raise UnknownName(
                f"There is no thread {thread_id!r}. `docsql threads list` or GET /threads lists "
                "yours."
            )
        return found

    async def _answer(self, turn: KeptTurn) -> Answer:
        answer = Answer.model_validate_json(turn.answer)
        evidence = await self.threads.read(turn.evidence)
        return answer.model_copy(
            update={
                "citations": citations(evidence, answer.answer),
                "queries": queries(evidence),
            }
        )


def as_markdown(content: ThreadContent) -> str:
    """A conversation for a person to keep: questions, answers and what they rest on."""
    parts = [f"# {content.thread.title}"]
    for turn in content.turns:
        parts += [f"## {turn.question}", turn.answer.answer]
        parts += [f"[{c.number}] {c.title} ({c.source})" for c in turn.answer.citations]
        parts += [
            f"[{q.number}] {q.database}:\n\n```sql\n{q.sql}\n```" for q in turn.answer.queries
        ]
    return "\n\n".join(parts) + "\n"


def _shown(
    turn: KeptTurn, answer: Answer, steps: str | None, said: tuple[str, str] | None
) -> ThreadTurn:
    return ThreadTurn.model_validate(
        {
            "question": turn.question,
            "asked_at": turn.asked_at,
            "answer": answer,
            "steps": json.loads(steps or "[]"),
            "feedback": said and {"rating": said[0], "comment": said[1]},
        }
    )


def _upload(added_at: str, kept: dict[str, object]) -> ThreadUpload:
    has_question = kept.get(_HAS_QUESTION, False)
    return ThreadUpload.model_validate(
        {"added_at": added_at, "report": kept, _HAS_QUESTION: has_question}
    )


def _record(said: KeptFeedback) -> FeedbackRecord:
    turn, kept = said.turn, json.loads(said.turn.answer)
    return FeedbackRecord.model_validate(
        {
            "answer_id": turn.id,
            "rating": said.rating,
            "comment": said.comment,
            "given_at": said.given_at,
            "question": turn.question,
            "evidence": turn.evidence,
            **{name: kept[name] for name in ("thread_id", "answer", "status", "route", "models")},
        }
    )
