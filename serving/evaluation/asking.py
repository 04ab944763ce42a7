"""Asks the cases of a run that have no answer yet, several at once."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from serving.client import ServiceError
from serving.evaluation.case import SetCase
from serving.evaluation.doors import Door, NotAnswered, Told
from serving.evaluation.folder import Answers
from serving.evaluation.record import Record
from serving.wire.answer import Answer
from serving.wire.question import Question
from tools.errors import Unavailable

_SENTENCE_END = re.compile(r"(?<=[.!?])\s|\n")


@dataclass(slots=True)
class Questioning:
    """Asks cases through a door and keeps each answer as it arrives.

    `note` is told of each.
    """

    door: Door
    answers: Answers
    note: Callable[[Record], None]
    _texts: dict[str, str] = field(default_factory=dict[str, str])

    async def ask_all(self, cases: Sequence[SetCase], *, concurrency: int) -> None:
        """Ask each case once; if stopped, keep the answers so far.

        Raises:
            Unavailable: an answer cannot be kept.
        """
        waiting = iter(cases)

        async def work() -> None:
            for case in waiting:
                record = await self._record(case)
                self.answers.add(record)
                self.note(record)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(concurrency):
                    group.create_task(work())
        except ExceptionGroup as failed:
            full, _ = failed.split(Unavailable)
            if full is None:
                raise
            raise full.exceptions[0] from failed

    async def _record(self, case: SetCase) -> Record:
        began, thread = time.perf_counter(), uuid4().hex
        try:
            told = await self._told(case, thread)
            stands = await self._standing(told.answer)
        except (NotAnswered, ServiceError) as error:
            return Record(id=case.id, error=str(error), seconds=time.perf_counter() - began)
        finally:
            await self.door.forget(thread)
        return Record(
            id=case.id,
            answer=told.answer,
            found=list(told.found),
            stands=stands,
            seconds=told.answer.timings.get("total", 0.0),
        )

    async def _told(self, case: SetCase, thread: str) -> Told:
        """The answer to the question, after those that come before it on its thread."""
        for earlier in case.after:
            await self._ask(earlier, case, thread)
        return await self._ask(case.question, case, thread)

    async def _ask(self, question: str, case: SetCase, thread: str) -> Told:
        return await self.door.ask(
            Question(
                question=question,
                thread_id=thread,
                mode=case.mode,
                databases=list(case.databases) or None,
                collections=list(case.collections) or None,
            )
        )

    async def _standing(self, answer: Answer) -> dict[int, bool]:
        """Whether each cited passage is still in its document.

        It does if all its sentences do: passages that follow each other are cited as one.
        """
        found: dict[int, bool] = {}
        for cited in answer.citations:
            text = await self._text(cited.document_id)
            found[cited.number] = all(
                _plain(one) in text for one in _SENTENCE_END.split(cited.text)
            )
        return found

    async def _text(self, document_id: str) -> str:
        if document_id not in self._texts:
            content = await self.door.document(document_id)
            passages = content.passages if content else []
            self._texts[document_id] = " ".join(_plain(one.text) for one in passages)
        return self._texts[document_id]


def _plain(text: str) -> str:
    return " ".join(text.split())
