"""One meaning for every mention, chosen by what stands around it."""

from dataclasses import dataclass

from serving.models.embedded.joins import Joins
from serving.models.embedded.lexicon import (
    Candidate,
    ColumnRef,
    Lexicon,
    Target,
    is_date,
    is_numeric,
)
from serving.models.embedded.mentions import Mention
from serving.models.embedded.periods import Period
from serving.models.embedded.triggers import Kind, Trigger
from serving.models.embedded.values import Stored

Meaning = Trigger | Period | float | Stored | Target
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


def _spelling(text: str, candidate: Candidate) -> float:
    """A little more for the very word than for one that only shares its stem."""
    target = candidate.target
    if not isinstance(target, ColumnRef) or candidate.quality < _WHOLE:
        return 0.0
    words = target.column.lower().split("_")
    # "How many GPUs" and "with a GPU" ask for gpu_count rather than gpu_memory.
    return (0.1 if text.lower() in words else 0.0) + (0.02 if _COUNTS & set(words) else 0.0)


class Resolver:
    """Chooses jointly: tables that are named plainly pull ambiguous names and values near them."""

    def __init__(self, mentions: tuple[Mention, ...], lexicon: Lexicon, joins: Joins) -> None:
        self.mentions, self.lexicon, self.joins = mentions, lexicon, joins
        self.tables = [(m.start, m.table) for m in mentions if m.table and not m.values]
        if not self.tables:
            self.tables = [(m.start, m.table) for m in mentions if m.table]
        if not self.tables:
            # A name stored in one place only says what is being spoken of.
            stored = [(m.start, m.values) for m in mentions if len(m.values) == 1 and not m.names]
            self.tables = [(start, v[0].column.table) for start, v in stored if v[0].whole]

    def choose(self, variant: int) -> list[Chosen]:
        """The meanings in order; variant n > 0 takes the second best of the nth ambiguous mention.

        Raises:
            IndexError: fewer mentions than that are ambiguous.
        """
        ranked = [self._ranked(at) for at in range(len(self.mentions))]
        ambiguous = [at for at, meanings in enumerate(ranked) if len(meanings) > 1]
        second = ambiguous[variant - 1] if variant else -1
        return [
            Chosen(m.text, m.start, m.end, *self._with_quality(m, ranked[at][at == second]))
            for at, m in enumerate(self.mentions)
            if ranked[at]
        ]

    @staticmethod
    def _with_quality(mention: Mention, meaning: Meaning) -> tuple[Meaning, float]:
        same = (c.quality for c in mention.names if c.target == meaning)
        return meaning, next(same, 1.0)

    def _ranked(self, at: int) -> list[Meaning]:
        mention = self.mentions[at]
        if (mention.trigger and not self._is_column(at)) or mention.period:
            found = mention.trigger or mention.period
            return [found] if found else []
        scored: list[tuple[float, Meaning]] = [
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
        return [meaning for _, meaning in scored]

    def _follows(self, at: int, column: ColumnRef) -> bool:
        """Whether the mention before may be this column: then even a number is one of its values."""
        before = self.mentions[at - 1] if at else None
        return before is not None and any(c.target == column for c in before.names)

    def _is_column(self, at: int) -> bool:
        """Whether a word of aggregation is a column's name: nothing after it could be aggregated."""
        after = self.mentions[at + 1] if at + 1 < len(self.mentions) else None
        return bool(self.mentions[at].names) and not (after and after.names)

    def _cost(self, table: str, start: int) -> float:
        if not self.tables:
            return 0.0
        return min(
            0.12 * min(self.joins.distance(named, table), 4) + 0.004 * abs(start - place)
            for place, named in self.tables
        )

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
