"""The readings of a question as statements, each with what speaks for and against it."""

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from serving.models.embedded.choose.confidence import Confidence
from serving.models.embedded.choose.doubts import DOUBTFUL, DOUBTS, LOSSES, MANY, doubts
from serving.models.embedded.choose.remembered import Remembered
from serving.models.embedded.english.asides import without_asides
from serving.models.embedded.english.fiscal import in_calendar
from serving.models.embedded.english.length import MOST, TOO_LONG, is_too_long, read_part
from serving.models.embedded.english.ordinals import placed
from serving.models.embedded.english.plain import plain
from serving.models.embedded.english.ratios import Ratio, ratio
from serving.models.embedded.english.triggers import Kind
from serving.models.embedded.form.conditions import Unreadable, columns_of, is_one_value
from serving.models.embedded.form.frame import Frame
from serving.models.embedded.rules.measuring import asks_how_much
from serving.models.embedded.rules.parse import Parse, parse
from serving.models.embedded.scan.cutting import scan
from serving.models.embedded.scan.mentions import Scan
from serving.models.embedded.scan.resolve import Resolved, Resolver
from serving.models.embedded.schema.joins import Joins
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.period_columns import with_period_columns
from serving.models.embedded.schema.targets import (
    ColumnRef,
    Formula,
    TableRef,
    is_date,
    is_numeric,
    is_year,
    may_name,
)
from serving.models.embedded.schema.values import Stored, Values
from serving.models.embedded.sql.statement import Statement, divide, is_part, statement
from tools.language.rendering import in_english
from tools.sql.run import QueryResult

_SCANNED = 512
"""Questions whose spans are kept: 2 KB each."""
_READINGS = 8
"""Joint meanings that are put as statements."""
_NAMES = ColumnRef | TableRef | Stored | Formula
"""What a question names of the schema."""
_WEAK, _PLAIN, _SURE = 0.7, 0.95, 1.0
"""Qualities below which a name is doubtful, or only a part of one, and the margin from which a choice is clear."""


_WHO = re.compile(r"\s*who\b", re.IGNORECASE)
_YES_OR_NO = re.compile(r"\s*(?:is|are|was|were|do|does|did|has|have|any)\b", re.IGNORECASE)
_WHAT = re.compile(r"\s*what (?!.*\b(?:ids?|numbers?|keys?|codes?)\b)", re.IGNORECASE)
_KINDS = frozenset("kind kinds sort sorts type types".split())
_ARTICLES = frozenset("a an the its their any some same all".split())
_GROUPING = frozenset("per by each every".split())
_COPULA = frozenset("is are was were".split())
_ASKING = frozenset("who whom whose what which where when why how".split())
_RESTRICTING = frozenset("of by on with for from in at to have has had having without".split())
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
        return not is_lost and told["strongest"] >= _WEAK


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
        return in_calendar(plain(named), lexicon.schema.glossary, self.today)

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
                features = _features(found, choice, read, found_sql, resolved[0].score)
                features |= self._unsaid(question, read.frame)
                features |= doubts(question, choice, read.frame, next_best, self.lexicon.schema)
                unplaced = tuple(word.text for word in found.unplaced)
                best[sql] = StatementCandidate(
                    found_sql, read.idle, unplaced, features, assumed=read.frame.assumed
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
            "nobody": float(bool(_WHO.match(question) and kinds) and not self._is_named(frame)),
        }

    def _is_named(self, frame: Frame) -> bool:
        """Whether a statement shows what may be somebody's name, or a number that stands for one."""
        shown = frame.columns
        return any(may_name(self.lexicon.column(c)) or self.lexicon.is_id(c) for c in shown)

    def _is_measured(self, frame: Frame) -> bool:
        """Whether a statement shows an amount."""
        return bool(frame.measures) or any(
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


def _features(
    found: Scan, choice: Resolved, read: Parse, written: Statement, best: float
) -> dict[str, float]:
    named = [i for i in choice.items if isinstance(i.meaning, _NAMES)]
    asked = [i for i in choice.items if isinstance(i.meaning, ColumnRef)]
    first = min((i.start for i in named), default=len(found.words))
    lost = [at for at, word in enumerate(found.words) if word in found.unplaced]
    things = {i.end for i in choice.items if isinstance(i.meaning, TableRef | ColumnRef)}
    return {
        "gap": best - choice.score,
        "fit": sum(i.quality for i in named) / len(named) if named else 0.0,
        "worst": min((i.quality for i in named), default=0.0),
        "strongest": max((i.quality for i in named), default=0.0),
        "doubtful": float(sum(i.quality < _WEAK for i in named)),
        "parts": float(sum(isinstance(i.meaning, Stored) and not i.meaning.whole for i in named)),
        "idle": float(len(read.idle)),
        "unplaced": float(len(found.unplaced)),
        "unplaced_share": len(found.unplaced) / max(1, len(found.unplaced) + len(choice.items)),
        "unplaced_first": float(any(at < first for at in lost)),
        "unplaced_names": float(sum(found.words[at].text[:1].isupper() for at in lost)),
        "unplaced_heads": float(len(_lost_heads(found, choice, lost))),
        "unplaced_several": float(len(lost) > 1),
        "unplaced_objects": float(sum(_object_of(found, at) is not None for at in lost)),
        "unplaced_limits": float(sum(_object_of(found, at) in things for at in lost)),
        "unplaced_modifiers": float(sum(at + 1 in {i.start for i in named} for at in lost)),
        "lost_groups": float(sum(_follows(found, at, _GROUPING) for at in lost)),
        "lost_predicates": float(sum(_follows(found, at, _COPULA) for at in lost)),
        "lost_clauses": float(_lost_clauses(found, choice)),
        "unplaced_unasked": float(bool(lost) and not (asked or read.frame.measures)),
        "tied": float(len(found.tied)),
        "nothing_named": float(not named),
        "words": len(found.words) / 10,
        "joins": float(written.joins),
        "nested": float(written.nested),
        "only_spoken_of": float(len(set(read.frame.context))),
        "filters": float(len(read.frame.filters)),
        "columns": float(len(read.frame.columns)),
        "measures": float(bool(read.frame.measures)),
        "groups": float(bool(read.frame.groups)),
        "ordered": float(read.frame.order is not None),
    }


def _follows(found: Scan, at: int, words: frozenset[str]) -> bool:
    """Whether a word stands behind one of these: "per warehouse", "are microchipped"."""
    while at > 0 and found.words[at - 1].lower in _ARTICLES:
        at -= 1
    return at > 0 and found.words[at - 1].lower in words


def _lost_clauses(found: Scan, choice: Resolved) -> int:
    """Further questions of which nothing was understood: "… and who owned them"."""
    starts = [
        n
        for n, word in enumerate(found.words)
        if n and word.lower in _ASKING and found.words[n - 1].lower == "and"
    ]
    return sum(not any(item.start >= start for item in choice.items) for start in starts)


def _object_of(found: Scan, at: int) -> int | None:
    """The place behind what a lost word restricts: "orders of wolves", "with parking"."""
    while at > 0 and found.words[at - 1].lower in _ARTICLES:
        at -= 1
    return at - 1 if at > 0 and found.words[at - 1].lower in _RESTRICTING else None


def _lost_heads(found: Scan, choice: Resolved, lost: list[int]) -> list[int]:
    """Lost words that carry the sense: "opening hour", and "phone number", which is not a count."""
    described = {
        item.end
        for item in choice.items
        if isinstance(item.meaning, ColumnRef | TableRef) and item.quality < _PLAIN
    }
    numbers = {
        item.start - 1
        for item in choice.items
        if item.kind is Kind.COUNT and item.text.lower().startswith("number")
    }
    return [at for at in lost if at in described | numbers | _amounts(found)]


def _amounts(found: Scan) -> set[int]:
    """The places of what an amount or a number is asked of: "how much stock", "how many kilos"."""
    said = [word.lower for word in found.words]
    asked = (["how", "much"], ["how", "many"])
    places = (at + 2 for at in range(len(said) - 2) if said[at : at + 2] in asked)
    return {place for place in places if said[place] not in _KINDS}


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
