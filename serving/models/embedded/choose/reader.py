"""The readings of a question as statements, each with what speaks for and against it."""

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from serving.models.embedded.choose.confidence import Confidence
from serving.models.embedded.choose.doubts import (
    DOUBTFUL,
    DOUBTS,
    LOSSES,
    MANY,
    doubts,
    left_silently,
)
from serving.models.embedded.choose.features import FAINT, WEAK, known_of
from serving.models.embedded.choose.remembered import Remembered
from serving.models.embedded.english.asides import without_asides
from serving.models.embedded.english.fiscal import in_calendar
from serving.models.embedded.english.length import MOST, TOO_LONG, is_too_long, read_part
from serving.models.embedded.english.months import with_years
from serving.models.embedded.english.ordinals import placed
from serving.models.embedded.english.plain import in_force, plain, without_currency
from serving.models.embedded.english.ratios import Ratio, ratio
from serving.models.embedded.english.words import ROLES, name_stems, split
from serving.models.embedded.form.conditions import Unreadable, columns_of, is_one_value
from serving.models.embedded.form.frame import Frame
from serving.models.embedded.rules.measuring import asks_how_much
from serving.models.embedded.rules.parse import parse
from serving.models.embedded.scan.cutting import scan
from serving.models.embedded.scan.mentions import Scan
from serving.models.embedded.scan.resolve import Resolver
from serving.models.embedded.schema.actors import may_act
from serving.models.embedded.schema.joins import Joins
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.period_columns import with_period_columns
from serving.models.embedded.schema.targets import (
    ColumnRef,
    is_date,
    is_numeric,
    is_year,
    may_name,
)
from serving.models.embedded.schema.values import Values
from serving.models.embedded.sql.statement import Statement, divide, is_part, statement
from tools.language.rendering import in_english
from tools.sql.run import QueryResult

_SCANNED = 512
"""Questions whose spans are kept: 2 KB each."""
_READINGS = 8
"""Joint meanings that are put as statements."""
_SURE = 1.0
"""The margin from which a choice is clear."""


_WHO = re.compile(r"\s*who\b", re.IGNORECASE)
_WHO_ARE = re.compile(r"\s*who(?:'s|\s+(?:is|are|was|were))\s+(?!\w+ing\b)", re.IGNORECASE)
_AND_WHO = re.compile(r"\band whom?\b", re.IGNORECASE)
_YES_OR_NO = re.compile(r"\s*(?:is|are|was|were|do|does|did|has|have|any)\b", re.IGNORECASE)
_WHAT = re.compile(r"\s*what (?!.*\b(?:ids?|numbers?|keys?|codes?)\b)", re.IGNORECASE)
_COSTS = {"gap": 1.0, "idle": 0.5, "empty": 0.2, "all_null": 0.6, "echo": 0.5, "undated": 0.5}
"""What a statement loses for fitting worse than the best, and for what it leaves out or finds."""


@dataclass(frozen=True, slots=True)
class StatementCandidate:
    """A statement for a question.

    `idle` are the operations it does not carry out, `unplaced` the words that have no place in the
    schema. `features` are numbers about it, by name; `confidence` is the probability made of them
    that it answers the question. `assumed` are dates that the question does not tell from others.
    """

    statement: Statement = field(compare=False)
    idle: tuple[str, ...]
    unplaced: tuple[str, ...]
    features: Mapping[str, float]
    confidence: float = 0.0
    assumed: Mapping[ColumnRef, tuple[ColumnRef, ...]] = field(
        default_factory=dict[ColumnRef, tuple[ColumnRef, ...]]
    )

    @property
    def sql(self) -> str:
        """The statement as text."""
        return self.statement.sql

    @property
    def is_whole(self) -> bool:
        """Whether every operation is carried out and something is named plainly.

        Nothing may be lost that a name only describes (an "opening hour" is not an opening), nor all
        that was asked of the things that are named.
        """
        told = self.features
        is_lost = any(told.get(name) for name in LOSSES)
        return not is_lost and told["strongest"] >= WEAK


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What reading a question came to."""

    candidates: Sequence[StatementCandidate]
    problems: Sequence[Unreadable]
    lost: Sequence[str]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads questions to one database."""

    lexicon: Lexicon
    joins: Joins
    values: Values
    today: date
    confidence: Confidence = field(default_factory=Confidence.trained)
    problems: list[Unreadable] = field(default_factory=list[Unreadable])
    lost: list[str] = field(default_factory=list[str])
    _read_before: "Remembered[_Outcome]" = field(
        default_factory=lambda: Remembered[_Outcome](), compare=False
    )
    _scanned_before: OrderedDict[tuple[str, date], Scan] = field(
        default_factory=OrderedDict[tuple[str, date], Scan], compare=False
    )

    def on(self, today: date) -> "Reader":
        """The same reader on another day, with no problems yet."""
        return replace(self, today=today, problems=[], lost=[])

    def is_sure(self, candidate: StatementCandidate) -> bool:
        """Whether a statement is likely enough to be shown.

        Whatever the learned confidence says, it must be whole.
        """
        return candidate.is_whole and candidate.confidence >= self.confidence.threshold

    @property
    def languages(self) -> frozenset[str]:
        """The languages that the semantic model has titles in; none without one."""
        parts = [*self.lexicon.schema.tables]
        return frozenset(code for table in parts for code, _ in table.meaning.labels)

    def plain(self, question: str) -> str:
        """The question with its small words, numbers and dates in English, fiscal years as days."""
        lexicon, values = self.lexicon, self.values
        asked = self.asked(question)
        english = in_english(asked, lexicon.spellings, values.spelt, values.alone)
        named = with_period_columns(english, lexicon.schema)
        named = without_currency(named, values.alone)
        names = {word for phrase in lexicon.phrases for word in phrase}
        dated = with_years(plain(in_force(named, values.spelt, names)), self.today)
        return in_calendar(dated, lexicon.schema.glossary, self.today)

    def asked(self, question: str) -> str:
        """The question without sentences that say nothing of the data."""
        return without_asides(read_part(question), lambda one: self.scanned(one).speaks_of_data)

    def scanned(self, question: str) -> Scan:
        """The spans of a question; a turn asks for them several times, and the last ones are kept."""
        key, known = (read_part(question), self.today), self._scanned_before
        found = known.get(key)
        if found is None:
            found = known[key] = scan(key[0], self.lexicon, self.values, self.today)
            if len(known) > _SCANNED:
                known.popitem(last=False)
        return found

    def read(self, question: str) -> list[StatementCandidate]:
        """The statements that the question may mean, the likeliest first.

        Why readings of it cannot be put as statements is added to `problems`, and the words that
        have no place in the schema to `lost`. A turn reads its question several times.
        """
        if is_too_long(question):
            self.problems.append(Unreadable(TOO_LONG, most=f"{MOST:,}"))
            return []
        key = (question, self.today)
        outcome = self._read_before.get(key, self.lexicon.schema)
        if outcome is None:
            fresh = self.on(self.today)
            outcome = _Outcome(fresh._read(self.plain(question)), fresh.problems, fresh.lost)
            self._read_before.put(key, outcome)
        self.problems.extend(outcome.problems)
        self.lost.extend(outcome.lost)
        return list(outcome.candidates)

    def _read(self, question: str) -> list[StatementCandidate]:
        if (asked := ratio(question)) and (divided := self._divided(asked)):
            return [divided]
        if place := placed(question):
            return self._at_place(*place)
        found = self.scanned(question)
        self.lost.extend(word.text for word in found.unplaced)
        best: dict[str, StatementCandidate] = {}
        resolved = Resolver(found, self.lexicon, self.joins).best(_READINGS)
        next_best = resolved[1] if len(resolved) > 1 else None
        for choice in resolved:
            try:
                read = parse(choice, self.lexicon, self.joins, question, found.words, self.today)
                found_sql = statement(read.frame, self.lexicon, self.joins, self.values.numerals)
            except Unreadable as error:
                self.problems.append(error.with_traceback(None))  # which holds all of the reading
                continue
            sql = found_sql.sql
            if sql not in best:
                told = known_of(found, choice, read, found_sql, resolved[0].score)
                told |= self._unsaid(question, read.frame)
                told |= doubts(question, found, choice, read.frame, next_best, self.lexicon.schema)
                faint = [i for i in left_silently(choice, read.frame) if i.quality < FAINT]
                said = tuple(one.text for one in (*found.unplaced, *faint))
                best[sql] = StatementCandidate(
                    found_sql, read.idle, said, told, assumed=read.frame.assumed
                )
        return self.ranked(_with_margins(list(best.values())))

    def ranked(self, candidates: list[StatementCandidate]) -> list[StatementCandidate]:
        """The candidates with their confidence, the best choice first.

        The order is the resolver's, unless a statement leaves something out or finds nothing; the
        learned confidence, which is trained to tell right from wrong and not one from another,
        chose worse when it was tried.
        """
        weighed = [replace(c, confidence=self._likely(c.features)) for c in candidates]
        return sorted(weighed, key=_cost)

    def _likely(self, features: Mapping[str, float]) -> float:
        likely = self.confidence.of(features)
        return min(likely, DOUBTFUL) if any(features.get(name) for name in DOUBTS) else likely

    def _unsaid(self, question: str, frame: Frame) -> dict[str, float]:
        """Whether a statement only says what the question does, or no date where one is asked."""
        given = {
            column
            for one in frame.filters
            if is_one_value(one.condition)
            for column in columns_of(one.condition)
        }
        is_listed = bool(frame.columns) and not (frame.measures or frame.groups or frame.limit)
        echoes = is_listed and all(c in given for c in frame.columns)
        kinds = [self.lexicon.column(column) for column in frame.columns]
        is_dated = bool(frame.groups) or any(is_date(kind) or is_year(kind) for kind in kinds)
        asks_what = bool(_WHAT.match(question)) and not (frame.measures or frame.groups)
        are_keys = all(self.lexicon.is_id(column) for column in frame.columns)
        asks_when = question.lower().startswith("when ")
        return {
            "echo": float(echoes and not _YES_OR_NO.match(question)),
            "undated": float(asks_when and not is_dated),
            "unnamed": float(asks_what and bool(frame.columns) and are_keys),
            "unmeasured": float(asks_how_much(question) and not self._is_measured(frame)),
            "nobody": float(self._names_nobody(question, frame, is_read=bool(kinds))),
        }

    def _names_nobody(self, question: str, frame: Frame, *, is_read: bool) -> bool:
        """Whether a question asks for people, alone or after an "and", and the statement shows none."""
        if _AND_WHO.search(question) and not frame.is_asked_too:
            shown = [c for c in frame.columns if name_stems(c.column)[-1] in ROLES]
            return not shown and all(column.table == frame.head for column in frame.columns)
        return is_read and bool(_WHO.match(question)) and not self._is_named(frame, question)

    def _is_named(self, frame: Frame, question: str) -> bool:
        """Whether a statement shows what may be somebody's name, or a number that stands for one.

        "Who is taking two courses" does not ask for the name of a course, where there are people.
        """
        shown = frame.columns
        may_be = any(may_name(self.lexicon.column(c)) or self.lexicon.is_id(c) for c in shown)
        names = self._names_of_things({word.stem for word in split(question)})
        return may_be and (bool(_WHO_ARE.match(question)) or not names.issuperset(shown))

    def _names_of_things(self, said: set[str]) -> set[ColumnRef]:
        """What things are called that are spoken of, where others are people."""
        tables = [table.name for table in self.lexicon.schema.tables]
        actors = [table for table in tables if may_act(self.lexicon, table)]
        named = [t for t in tables if actors and t not in actors and said.issuperset(name_stems(t))]
        return {column for table in named for column in self.lexicon.display(table)}

    def _is_measured(self, frame: Frame) -> bool:
        """Whether a statement shows an amount."""
        return any(measure.function != "COUNT" for measure in frame.measures) or any(
            is_numeric(self.lexicon.column(column)) and not self.lexicon.is_key(column)
            for column in frame.columns
        )

    def _at_place(self, place: int, question: str) -> list[StatementCandidate]:
        """The readings of a question for the first of a ranking, each for another place."""
        moved = ((one, one.statement.at(place)) for one in self._read(question))
        return [replace(one, statement=there) for one, there in moved if there]

    def _divided(self, asked: Ratio) -> StatementCandidate | None:
        """The ratio of what two questions ask for, where each is one number."""
        above, below = (self.read(question)[:1] for question in (asked.part, asked.whole))
        if not (above and below):
            return None
        part, whole = above[0].statement, below[0].statement
        if asked.is_share and not is_part(part, whole):
            return None
        divided = divide(part, whole, asked.factor, is_share=asked.is_share)
        if divided is None:
            return None
        worse = min(above[0], below[0], key=lambda c: c.confidence)
        idle, unplaced = above[0].idle + below[0].idle, above[0].unplaced + below[0].unplaced
        return replace(worse, statement=divided, idle=idle, unplaced=unplaced)


def _cost(candidate: StatementCandidate) -> float:
    return sum(cost * candidate.features.get(name, 0.0) for name, cost in _COSTS.items())


def _with_margins(candidates: list[StatementCandidate]) -> list[StatementCandidate]:
    """The candidates with how far each lies before the next best one."""
    gaps = sorted(c.features["gap"] for c in candidates)
    marked: list[StatementCandidate] = []
    for one in candidates:
        others = [gap for gap in gaps if gap > one.features["gap"]]
        margin = min(_SURE, (others[0] if others else _SURE * 2) - one.features["gap"])
        marked.append(replace(one, features={**one.features, "margin": margin}))
    return marked


def judged(candidate: StatementCandidate, result: QueryResult) -> StatementCandidate:
    """The candidate with what its result says about it."""
    cells = [cell for row in result.rows for cell in row]
    seen = {
        "empty": float(not result.rows),
        "all_null": float(bool(cells) and all(cell is None for cell in cells)),
        "zero": float(len(cells) == 1 and cells[0] == 0),
        "one_row": float(len(result.rows) == 1),
        "truncated": float(result.truncated),
        "crowd": float(bool(candidate.features.get("asks_one")) and len(result.rows) > MANY),
    }
    return replace(candidate, features={**candidate.features, **seen})
