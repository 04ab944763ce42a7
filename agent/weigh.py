"""What is made of the rows of a statement before they are evidence: how sure they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from agent.choices import question_between
from agent.confidence import AnswerConfidence, Known
from agent.same_rows import is_empty
from agent.second import SecondReader, TwoReadings
from agent.state import QueryState
from agent.toolbox import SqlTask
from agent.verified import SURE, VERIFIED
from tools.language.telling import Telling
from tools.sql.paraphrase import ONLY_SQL, paraphrase
from tools.sql.run import QueryResult

NOT_SURE = "I am not sure enough that I read {question} right ({sure}, where {bar} is asked for)."
READ_SO = " I read it so: {words}"
STANDS_IN = "The statement that answers is of {} instead."


@dataclass(frozen=True, slots=True)
class Weigh:
    """Has a question read a second time, where there is a reader, and says how sure its rows are.

    `writer` names who writes the statements. Below the confidence that `risk` takes, the share of
    wrong answers that is accepted, or below `least`, rows are not given.
    """

    writer: str = ""
    second: SecondReader | None = None
    risk: float | None = None
    least: float | None = None
    confidence: AnswerConfidence = field(default_factory=AnswerConfidence.fitted)

    async def read(self, state: QueryState, result: QueryResult, task: SqlTask) -> TwoReadings:
        """The rows that are to be given, with their confidence; a person's own have none."""
        if state.get("edited"):
            return TwoReadings(result, "only")
        if (use := state.get("verified")) is not None:
            given = replace(result, writer=VERIFIED, confidence=SURE, verified=use)
            return TwoReadings(given, "only", SURE)
        return self._sure(state, await self._compared(state, result, task))

    async def instead(
        self, state: QueryState, task: SqlTask, error: str
    ) -> tuple[TwoReadings | None, Mapping[str, int]]:
        """What other statements agree on where the first one failed, and what asking for them cost."""
        is_first = not (task.attempts or state.get("edited") or state.get("failure"))
        if self.second is None or not is_first or state.get("verified") is not None:
            return None, {}
        found, usage = await self.second.instead(task)
        if found is None:
            return None, usage
        if found.agreement == "stands_in":
            said = (error, STANDS_IN.format(found.result.writer))
            found = replace(found, warnings=said)
        return self._sure(state, replace(found, usage=usage)), {}

    def alone(self, state: QueryState, result: QueryResult) -> QueryResult:
        """The rows with their confidence as they stand, without a second reading."""
        reading = TwoReadings(replace(result, writer=self.writer), "alone", state.get("likelihood"))
        return self._sure(state, reading).result

    def _sure(self, state: QueryState, reading: TwoReadings) -> TwoReadings:
        known = Known(
            reading.agreement,
            reading.likelihood,
            repairs=len(state.get("attempts", [])),
            is_empty=is_empty(reading.result),
            votes=reading.votes,
        )
        sure = replace(reading.result, confidence=self.confidence.of(known))
        return replace(reading, result=sure)

    async def _compared(self, state: QueryState, result: QueryResult, task: SqlTask) -> TwoReadings:
        likelihood = state.get("likelihood")
        if self.second is None:
            return TwoReadings(replace(result, writer=self.writer), "only", likelihood)
        if failure := state.get("failure"):
            name = self.second.writer.name
            said = (
                failure,
                STANDS_IN.format(name),
            )  # apart: each is told in the question's language
            return TwoReadings(replace(result, writer=name), "stands_in", likelihood, said)
        return await self.second.compare(task, replace(result, writer=self.writer))

    async def doubt(self, reading: TwoReadings, task: SqlTask) -> str:
        """Why rows are not sure enough to be given; empty where they are, or any are accepted.

        Where two readings differ in one place, it asks which is meant.
        """
        confidence, bar = reading.result.confidence, self._bar
        if bar is None or confidence is None or confidence >= bar:
            return ""
        said = partial(_doubted, reading, task, bar)
        return await task.database.in_a_thread(said, caller=task.caller)

    @property
    def _bar(self) -> float | None:
        """The least confidence with which rows are given, None for any."""
        if self.least is not None or self.risk is None:
            return self.least
        return self.confidence.bar(self.risk)


def _doubted(reading: TwoReadings, task: SqlTask, bar: float) -> str:
    sql, dialect = reading.result.sql, task.database.dialect
    if reading.other and (asked := question_between(sql, reading.other, task.database)):
        return asked
    to = Telling.of(task.question)
    words = paraphrase(sql, dialect=dialect, to=to)
    read = to.say(READ_SO, words=words) if to.say(ONLY_SQL) not in words else ""
    sure = f"{reading.result.confidence:.2f}"
    return to.say(NOT_SURE, question=repr(task.question), sure=sure, bar=f"{bar:.2f}") + read
