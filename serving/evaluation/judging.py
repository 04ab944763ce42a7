"""The judge of a run: asked about what no scorer can compare, and kept with what it was told."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from langchain_core.language_models import BaseChatModel
from pydantic import BaseModel

from agent.evaluation.dataset import read_lines
from agent.evaluation.judge import Judgement, Opinion, ToJudge, judge, judge_prompt
from serving.config.models import ChatSettings
from serving.config.settings import Settings
from serving.evaluation.case import SetCase
from serving.evaluation.folder import Run, keep_judged, read_run
from serving.evaluation.record import Judge, Judged
from serving.evaluation.scores import is_given
from serving.evaluation.verdict import judged_digest
from serving.parts.chat import chat_part
from serving.wire.answer import Answer
from tools.errors import BadInput, Unavailable

AT_ONCE = 4
"""Answers that are judged at the same time."""
SHIPPED = "judge_answers.jsonl"


class SecondVerdict(BaseModel):
    """What a second annotator, who did not see the first verdict, says of an answer."""

    verdict: Opinion
    why: str = ""


class KnownAnswer(BaseModel):
    """An answer beside the right one, with a known verdict, and perhaps a second one."""

    id: str
    question: str
    reference: str
    answer: str
    verdict: Opinion
    second: SecondVerdict | None = None

    @property
    def compared(self) -> ToJudge:
        """What the judge is shown of it."""
        return ToJudge(self.question, self.reference, self.answer)


@dataclass(frozen=True, slots=True)
class JudgingModel:
    """A model that judges, by its name."""

    chat: BaseChatModel
    name: str

    async def timed(self, compared: ToJudge) -> tuple[Judgement, float]:
        """A judgement and its seconds; a server that does not answer gives no verdict."""
        began = time.perf_counter()
        try:
            said = await judge(self.chat, compared)
        except Unavailable as error:
            said = Judgement(None, str(error), {})
        return said, time.perf_counter() - began

    async def all_of(
        self, every: Sequence[ToJudge], done: Callable[[int, Judgement, float], None]
    ) -> None:
        """Have each judged; `done` is told of each, by its place."""
        waiting = iter(enumerate(every))

        async def work() -> None:
            for place, compared in waiting:
                done(place, *await self.timed(compared))

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(work())


def judge_of(settings: Settings) -> ChatSettings:
    """The chat settings of the judge.

    Raises:
        BadInput: neither server is set, and the embedded models cannot judge.
    """
    own = settings.judge
    chosen = {"url": own.url, "api": own.api, "model": own.model, "api_key": own.api_key}
    update = {**chosen, "fallback": ()} if own.url else {}
    chat = settings.chat.model_copy(update={**update, "temperature": 0.0})
    if chat.is_embedded:
        raise BadInput(
            "The embedded models cannot judge. Set DOCSQL_JUDGE__URL, or DOCSQL_CHAT__URL for the chat "
            "model to judge."
        )
    return chat


@asynccontextmanager
async def open_judge(settings: Settings) -> AsyncGenerator[JudgingModel]:
    """The judge of the settings: its own server's model, or the chat model.

    Raises:
        BadInput: neither is set, and the embedded models cannot judge.
    """
    chat = judge_of(settings)
    part = chat_part(settings.model_copy(update={"chat": chat}), {})
    async with AsyncExitStack() as kept:
        for served in part.servers:
            await kept.enter_async_context(served.model.completions.kept())
        yield JudgingModel(part.model, part.name)


async def judge_run(run: Run, settings: Settings) -> Run:
    """Have judged what no scorer can and this judge has not judged yet."""
    async with open_judge(settings) as model:
        judging = Judge(model=model.name, prompt=judge_prompt())
        known = {**run.judged} if run.judge == judging else dict[str, Judged]()
        left = [(case, answer) for case, answer in _free(run) if not _is_of(known, case, answer)]
        with keep_judged(run.folder, judging, [*known.values()]) as keep:
            every = [ToJudge(c.question, c.reference, a.answer) for c, a in left]
            await model.all_of(every, lambda at, said, s: keep(_judged(*left[at], said, s)))
    return read_run(run.folder)


def _free(run: Run) -> Iterator[tuple[SetCase, Answer]]:
    """The answers that no scorer can compare."""
    for case in run.cases:
        answer = run.records[case.id].answer if case.id in run.records else None
        if case.needs_judge and answer is not None and is_given(answer):
            yield case, answer


def _is_of(known: Mapping[str, Judged], case: SetCase, answer: Answer) -> bool:
    said = known.get(case.id)
    return said is not None and said.opinion is not None and said.of == judged_digest(case, answer)


def _judged(case: SetCase, answer: Answer, said: Judgement, seconds: float) -> Judged:
    return Judged(
        id=case.id,
        of=judged_digest(case, answer),
        opinion=said.opinion,
        reason=said.reason,
        tokens=said.tokens,
        seconds=seconds,
    )


def known_answers(path: Path | None) -> list[KnownAnswer]:
    """Answers with a known verdict: those of a file, or the 30 that come with DocSQL.

    Raises:
        BadInput: the file cannot be read, or has none.
    """
    if path is not None:
        if not (known := read_lines(path, KnownAnswer)):
            raise BadInput(f"{str(path)!r} has no answers to judge.")
        return known
    with resources.as_file(resources.files("serving.evaluation").joinpath(SHIPPED)) as shipped:
        return read_lines(shipped, KnownAnswer)
