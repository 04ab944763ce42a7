"""A question is read once, however many others are asked in between."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

from serving.models.embedded.choose.confidence import Confidence
from serving.models.embedded.choose.reader import Reader, StatementCandidate
from serving.models.embedded.schema.joins import Joins
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.values import index
from tools.language.telling import Telling
from tools.sql.schema import Column, Schema, Table

TODAY = date(2026, 3, 15)
KEY = Column("id", "INTEGER", nullable=False, primary_key=True)
SCHEMA = Schema(
    dialect="sqlite",
    tables=(
        Table(
            "owls",
            (
                KEY,
                Column("name", "TEXT", nullable=True),
                Column("weight", "INTEGER", nullable=True),
            ),
        ),
        Table("roofs", (KEY, Column("slope", "INTEGER", nullable=True))),
    ),
    fingerprint="owls",
)
LISTED = "The heaviest owl"
UNREADABLE = "names of owls with slope 40"
OTHERS = [f"owls with weight {number}" for number in range(100)]


@dataclass(frozen=True, slots=True)
class Weighing(Confidence):
    """Notes each statement that is weighed, as each one that is read is."""

    weighed: list[Mapping[str, float]] = field(default_factory=list[Mapping[str, float]])

    def of(self, features: Mapping[str, float]) -> float:
        self.weighed.append(features)
        return 0.9


def reader(weighing: Weighing) -> Reader:
    return Reader(Lexicon.of(SCHEMA), Joins.of(SCHEMA), index([]), TODAY, weighing)


def test_a_question_is_not_read_again_after_a_hundred_others() -> None:
    weighing = Weighing()
    asked = reader(weighing)
    for question in (LISTED, *OTHERS):
        asked.read(question)
    before = len(weighing.weighed)

    asked.read(LISTED)

    assert before >= len(OTHERS)
    assert len(weighing.weighed) == before


def test_what_was_read_before_a_hundred_others_is_the_same() -> None:
    asked = reader(Weighing())
    first = asked.read(LISTED)
    for question in OTHERS:
        asked.read(question)

    again = asked.read(LISTED)

    assert again == first
    assert [whole(one) for one in again] == [whole(one) for one in first]
    assert again[0].statement.schema is SCHEMA


def test_the_ranking_behind_a_winner_is_made_once_however_many_are_asked_in_between() -> None:
    asked = reader(Weighing())
    made = asked.read(LISTED)[0].statement.ranked(3)
    assert made is not None
    text = made.sql
    for question in OTHERS:
        asked.read(question)

    [again, *_] = asked.read(LISTED)

    assert again.statement.ranked(3) is again.statement.ranked(3)
    assert vars(again.statement.ranked(3))["sql"] == text


def whole(candidate: StatementCandidate) -> tuple[object, ...]:
    statement = candidate.statement
    ranked = statement.ranked(3)
    return statement.tree, statement.sql, ranked and ranked.sql


def test_why_a_question_cannot_be_read_is_told_alike_after_a_hundred_others() -> None:
    asked, german = reader(Weighing()), Telling.of("Welche Eulen gibt es?")
    asked.read(UNREADABLE)
    first = [problem.told(german) for problem in asked.problems]
    for question in OTHERS:
        asked.read(question)
    asked.problems.clear()

    asked.read(UNREADABLE)

    assert first
    assert [problem.told(german) for problem in asked.problems] == first


def test_threads_that_read_at_the_same_time_all_get_their_readings() -> None:
    asked = reader(Weighing())
    expected = {question: [one.sql for one in asked.read(question)] for question in OTHERS[:60]}

    def read(number: int) -> bool:
        question = OTHERS[number % 60]
        found = asked.on(TODAY).read(question)
        return [one.sql for one in found] == expected[question]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(600)))
