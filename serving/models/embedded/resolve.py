"""One meaning for every mention, chosen by what stands around it."""

from dataclasses import dataclass
from itertools import pairwise

from serving.models.embedded.joins import Joins
from serving.models.embedded.lexicon import Lexicon
from serving.models.embedded.mentions import Mention
from serving.models.embedded.periods import Period
from serving.models.embedded.targets import Candidate, ColumnRef, Target, is_date, is_numeric
from serving.models.embedded.triggers import Kind, Trigger
from serving.models.embedded.values import Stored


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a text must look like, as LIKE writes it."""

    like: str

    @staticmethod
    def of(shape: str, text: str) -> "Pattern":
        """The pattern of a trigger's shape ("%{}") around a text that is taken literally."""
        literal = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return Pattern(shape.replace("{}", literal))


Meaning = Trigger | Period | Pattern | float | Stored | Target
Scored = tuple[float, Meaning]
_BREATH = 2
"""Words between columns that are named together: "name, age and the city"."""
_BONUS = 0.2
_NUMERIC_BEFORE = (
    Kind.AGGREGATE,
    Kind.SUPERLATIVE,
    Kind.COMPARE,
    Kind.COUNT,
    Kind.GROUP,
    Kind.MOST,
    Kind.BY,
    Kind.ORDER,
)

_COUNTS = frozenset({"count", "quantity", "num", "number"})
_NEAR = 7
"""Words before a table's name within which a word is likely to be about it."""
_WHOLE = 0.9
"""The quality of a whole name, units and the like left off."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A mention with the meaning it was given."""

    text: str
    start: int
    end: int
    meaning: Meaning
    quality: float = 1.0
    link: str = ""


def _spelling(text: str, candidate: Candidate) -> float:
    """A little more for the very word than for one that only shares its stem."""
    target = candidate.target
    if not isinstance(target, ColumnRef) or candidate.quality < _WHOLE:
        return 0.0
    words = target.column.lower().split("_")
    # "How many GPUs" and "with a GPU" ask for gpu_count rather than gpu_memory.
    return (0.1 if text.lower() in words else 0.0) + (0.02 if _COUNTS & set(words) else 0.0)


def _preferring(table: str, ranked: list[Scored]) -> list[Scored]:
    return sorted(ranked, key=lambda scored: -scored[0] - _BONUS * _is_in(scored[1], table))


def _is_in(meaning: Meaning, table: str) -> bool:
    return isinstance(meaning, ColumnRef) and meaning.table == table


def _is_modifier(mention: Mention, after: Mention) -> bool:
    """Whether the noun only says what kind of thing the next one is: "car makers"."""
    is_joined = after.start == mention.end and bool(after.names)
    return is_joined and not mention.text.lower().endswith("s")


class Resolver:
    """Chooses jointly: tables that are named plainly pull ambiguous names and values near them."""

    def __init__(self, mentions: tuple[Mention, ...], lexicon: Lexicon, joins: Joins) -> None:
        self.mentions, self.lexicon, self.joins = mentions, lexicon, joins
        modifiers = {m for m, after in pairwise(mentions) if _is_modifier(m, after)}
        named = [m for m in mentions if m.table and m not in modifiers]
        self.tables = [(m.start, m.table) for m in named if m.table and not m.values]
        if not self.tables:
            self.tables = [(m.start, m.table) for m in mentions if m.table]
        if not self.tables:
            # A name stored in one place only says what is being spoken of.
            stored = [(m.start, m.values) for m in mentions if m.values and not m.names]
            stored = [(at, v) for at, v in stored if len({s.column.table for s in v}) == 1]
            self.tables = [(start, v[0].column.table) for start, v in stored if v[0].whole]

    def choose(self, variant: int) -> list[Chosen]:
        """The meanings in order; variant n > 0 takes the second best of the nth ambiguous mention.

        Raises:
            IndexError: fewer mentions than that are ambiguous.
        """
        ranked = self._agreeing([self._ranked(at) for at in range(len(self.mentions))])
        ambiguous = [at for at, meanings in enumerate(ranked) if len(meanings) > 1]
        second = ambiguous[variant - 1] if variant else -1
        return [
            Chosen(
                m.text, m.start, m.end, *self._with_quality(m, ranked[at][at == second][1]), m.link
            )
            for at, m in enumerate(self.mentions)
            if ranked[at]
        ]

    @staticmethod
    def _with_quality(mention: Mention, meaning: Meaning) -> tuple[Meaning, float]:
        same = (c.quality for c in mention.names if c.target == meaning)
        return meaning, next(same, 1.0)

    def _agreeing(self, ranked: list[list[Scored]]) -> list[list[Scored]]:
        """Columns named in one breath come from one table where that costs little."""
        for at in range(1, len(ranked)):
            before, now = self.mentions[at - 1], self.mentions[at]
            if not (ranked[at] and ranked[at - 1]) or now.start - before.end > _BREATH:
                continue
            last = ranked[at - 1][0][1]
            if isinstance(last, ColumnRef) and isinstance(ranked[at][0][1], ColumnRef):
                ranked[at] = _preferring(last.table, ranked[at])
        return ranked

    def _ranked(self, at: int) -> list[Scored]:
        mention = self.mentions[at]
        if (mention.trigger and not self._is_column(at)) or mention.period:
            found = mention.trigger or mention.period
            return [(1.0, found)] if found else []
        if mention.like:
            return [(1.0, Pattern.of(mention.like, mention.text))]
        scored: list[Scored] = [
            (
                candidate.quality
                + _spelling(mention.text, candidate)
                - self._cost(candidate.target.table, mention.start),
                candidate.target,
            )
            for candidate in mention.names[:8]
        ]
        bonus = self._value_bonus(at)
        for stored in mention.values:
            if mention.number is not None and not self._follows(at, stored.column):
                continue
            quality = (0.93 if stored.whole else 0.55) + bonus
            quality += 0.1 if mention.text in stored.values else 0
            scored.append((quality - self._cost(stored.column.table, mention.start), stored))
        if mention.number is not None:
            scored.append((0.9, mention.number))
        scored.sort(key=lambda item: -item[0])
        return scored

    def _follows(self, at: int, column: ColumnRef) -> bool:
        """Whether the mention before may be this column: then even a number is one of its values."""
        before = self.mentions[at - 1] if at else None
        return before is not None and any(c.target == column for c in before.names)

    def _is_column(self, at: int) -> bool:
        """Whether a word of aggregation is a column's name: nothing after it could be aggregated."""
        is_measuring = (Kind.AGGREGATE, Kind.COUNT)
        after = next(
            (
                m
                for m in self.mentions[at + 1 :]
                if not (m.trigger and m.trigger.kind in is_measuring)
            ),
            None,
        )
        return bool(self.mentions[at].names) and not (after and after.names)

    def _cost(self, table: str, start: int) -> float:
        if not self.tables:
            return 0.0
        return min(
            0.12 * min(self.joins.distance(named, table), 4) + 0.008 * self._gap(start, at)
            for at, (_, named) in enumerate(self.tables)
        )

    def _gap(self, start: int, at: int) -> float:
        """How far a table is mentioned: next to the word, soon after it, or as what all is about."""
        place = self.tables[at][0]
        if -_NEAR <= start - place <= 1:
            return abs(start - place)
        return _NEAR + min(at, 4) if place < start else _NEAR + 5

    def _value_bonus(self, at: int) -> float:
        """Against a value where a number is being spoken of, for it in front of the thing itself."""
        before = self.mentions[at - 1] if at else None
        after = self.mentions[at + 1] if at + 1 < len(self.mentions) else None
        names = [c.target for c in self.mentions[at].names if isinstance(c.target, ColumnRef)]
        numeric = [n for n in names if is_numeric(self.lexicon.column(n))]
        dated = [n for n in names if is_date(self.lexicon.column(n))]
        if after and after.period and dated:
            return -0.4
        if before and numeric and self.mentions[at].names[0].quality >= 0.8:
            asked = before.trigger and before.trigger.kind in _NUMERIC_BEFORE
            asked = asked or any(candidate.target in numeric for candidate in before.names)
            if asked or before.number is not None or (after and after.number is not None):
                return 0.0 if after and after.table else -0.4
        return 0.1
