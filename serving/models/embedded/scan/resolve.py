"""The likeliest joint meanings of a question's mentions, best first."""

import heapq
from dataclasses import dataclass

from serving.models.embedded.english.periods import Period
from serving.models.embedded.english.triggers import Kind, Trigger
from serving.models.embedded.english.words import name_stems, stem
from serving.models.embedded.scan.mentions import Meaning, Mention, Option, Scan
from serving.models.embedded.schema.joins import Joins, sides
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.targets import (
    ColumnRef,
    Deadline,
    Formula,
    NullMeaning,
    Shortage,
    TableRef,
    is_date,
    is_numeric,
    is_year,
)
from serving.models.embedded.schema.values import Stored

_BEAM = 8
_NUMERIC_BEFORE = (Kind.AGGREGATE, Kind.SUPERLATIVE, Kind.COMPARE, Kind.MOST)
_NUMBER_AFTER = (Kind.COMPARE, Kind.BETWEEN, Kind.TOP)
_STEP, _OWN, _BREATH = 0.09, 0.2, 0.06
"""What a join on the way costs; what it earns to be named beside its table, or beside a fellow."""
_ALIKE, _WHOLE = 0.15, 0.97
"""What a table loses to an amount of its own that is called alike, and the quality of such a name."""
_FAR_FROM, _FAR = 3, 0.15
"""Joins from which something is far from all that is spoken of, and what that costs."""


@dataclass(frozen=True, slots=True)
class Item:
    """A mention with the meaning it was given."""

    text: str
    start: int
    end: int
    lead: tuple[str, ...]
    meaning: Meaning
    quality: float

    @property
    def kind(self) -> Kind | None:
        """The kind of operation, None for anything else."""
        return self.meaning.kind if isinstance(self.meaning, Trigger) else None


@dataclass(frozen=True, slots=True)
class Resolved:
    """One meaning for every mention, and how well they fit together."""

    items: tuple[Item, ...]
    score: float


def table_of(meaning: Meaning) -> str | None:
    """The table that a meaning speaks of."""
    match meaning:
        case TableRef() | ColumnRef() | NullMeaning() | Deadline() | Shortage() | Formula():
            return meaning.table
        case Stored():
            return meaning.column.table
        case _:
            return None


def without_doers(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """The items without a "by" before a value: "insured by Nordkasse" asks for no groups."""
    after = [*items[1:], None][: len(items)]
    return tuple(
        item
        for item, follower in zip(items, after, strict=True)
        if item.kind is not Kind.BY or not (follower and isinstance(follower.meaning, Stored))
    )


class Resolver:
    """Chooses jointly: tables that are named plainly pull ambiguous names and values near them."""

    def __init__(self, scan: Scan, lexicon: Lexicon, joins: Joins) -> None:
        self.mentions, self.lexicon, self.joins = scan.mentions, lexicon, joins
        self.named = {m.table for m in scan.mentions if m.table}
        if not self.named:
            only = [{table_of(o.meaning) for o in m.options} for m in scan.mentions]
            self.named = {t for tables in only if len(tables) == 1 for t in tables if t}

    def best(self, count: int) -> list[Resolved]:
        """The `count` best choices."""
        beam: list[Resolved] = [Resolved((), 0.0)]
        for at, mention in enumerate(self.mentions):
            grown = [
                Resolved(
                    (*state.items, _item(mention, option)),
                    state.score + self._fit(at, option, state.items),
                )
                for state in beam
                for option in self._allowed(at, state.items)
            ]
            beam = heapq.nlargest(max(_BEAM, count), grown, key=lambda state: state.score)
        return beam[:count]

    def _allowed(self, at: int, before: tuple[Item, ...]) -> tuple[Option, ...]:
        options = self.mentions[at].options
        last = before[-1] if before else None
        if last is not None and last.kind in _NUMBER_AFTER and len(self.mentions[at].lead) <= 2:
            numbers = tuple(o for o in options if isinstance(o.meaning, float))
            return numbers or options
        return options

    def _fit(self, at: int, option: Option, before: tuple[Item, ...]) -> float:
        mention, meaning = self.mentions[at], option.meaning
        fit = option.quality
        table = table_of(meaning)
        if table is not None:
            fit -= self._cost(table, before)
        if isinstance(meaning, ColumnRef):
            fit += self._beside(at, meaning, before) + self._typed(at, meaning, before)
        if isinstance(meaning, Stored):
            fit += self._beside_value(at, meaning, before)
        if isinstance(meaning, TableRef):
            fit += self._thing(at, before) - _ALIKE * self._is_measure(at, meaning, before)
        if isinstance(meaning, float) and before and before[-1].kind in _NUMBER_AFTER:
            fit += 0.3
        return fit * max(1, sum(1 for _ in mention.text.split())) ** 0.5

    def _thing(self, at: int, before: tuple[Item, ...]) -> float:
        """What speaks for a table: a plural, a count of it, the name "of" it."""
        mention, last = self.mentions[at], before[-1] if before else None
        gain = 0.1 * mention.text.lower().endswith("s")
        if last is not None and last.kind is Kind.COUNT:
            gain += 0.05
        if last is not None and isinstance(last.meaning, ColumnRef) and "of" in mention.lead:
            gain += 0.1
        return gain

    def _is_measure(self, at: int, thing: TableRef, before: tuple[Item, ...]) -> bool:
        """Whether a table's own amounts are called as it is, and are not counted: "the word rates"."""
        if before and before[-1].kind in (Kind.COUNT, Kind.MOST):
            return False
        named = (o.meaning for o in self.mentions[at].options if o.quality >= _WHOLE)
        return any(
            isinstance(one, ColumnRef)
            and one.table == thing.table
            and is_numeric(self.lexicon.column(one))
            and not self.lexicon.is_key(one)
            for one in named
        )

    def _cost(self, table: str, before: tuple[Item, ...]) -> float:
        """The way from what is named plainly, else from what was chosen before."""
        anchors = self.named or {t for item in before if (t := table_of(item.meaning))}
        if not anchors or table in anchors:
            return 0.0
        nearest = min(self.joins.distance(anchor, table) for anchor in anchors)
        return _STEP * (1 + nearest if self.named else nearest) + _FAR * (nearest >= _FAR_FROM)

    def _beside(self, at: int, column: ColumnRef, before: tuple[Item, ...]) -> float:
        """What stands before it ("singer name"), or after an "of" ("the name of the singer")."""
        gain = 0.0
        last = before[-1] if before else None
        follower = self.mentions[at + 1] if at + 1 < len(self.mentions) else None
        near = last is not None and not set(self.mentions[at].lead) - {"the", "s", "their", "its"}
        if last is not None and self.mentions[at - 1].table and near:
            gain += _OWN * (self.mentions[at - 1].table == column.table)
        else:
            earlier = next(
                (i.meaning for i in reversed(before) if isinstance(i.meaning, ColumnRef)), None
            )
            gain += _BREATH * (earlier is not None and earlier.table == column.table)
        gain += _OWN * (self._owner(at) == column.table)
        if follower and any(
            isinstance(o.meaning, Stored) and o.meaning.column == column for o in follower.options
        ):
            gain += _OWN
        return gain

    def _owner(self, at: int) -> str | None:
        """The thing whose columns are listed: "the name and age of the singer"."""
        for mention in self.mentions[at + 1 :]:
            if mention.table:
                return mention.table if mention.lead and not set(mention.lead) - _OF else None
            first = mention.options[0].meaning
            if not isinstance(first, ColumnRef) or not set(mention.lead) <= _LISTED:
                return None
        return None

    def _beside_value(self, at: int, stored: Stored, before: tuple[Item, ...]) -> float:
        last = before[-1] if before else None
        held = sides(name_stems(stored.column.column))
        asked = sides([stem(word) for word in self.mentions[at].lead[-2:]]) or self._side_before(at)
        role = 0.0 if not (held and asked) else 0.3 if held & asked else -0.2
        return role + self._held(stored, last) + _OWN * self._is_fellow(at, stored, last)

    def _is_fellow(self, at: int, stored: Stored, last: Item | None) -> bool:
        """Whether it is the other end of a value of the same column: "from Hamburg to Genoa"."""
        if last is None or not isinstance(last.meaning, Stored):
            return False
        is_other_end = "from" in last.lead and self.mentions[at].lead == ("to",)
        return is_other_end and last.meaning.column == stored.column

    def _side_before(self, at: int) -> frozenset[int]:
        """The side that the value right before it is on: "from Dallas (DAL)"."""
        if at and not self.mentions[at].lead and self.mentions[at].text.isupper():
            return sides([stem(word) for word in self.mentions[at - 1].lead[-2:]])
        return frozenset()

    def _held(self, stored: Stored, last: Item | None) -> float:
        if last is None:
            return 0.0
        if isinstance(last.meaning, ColumnRef):
            is_own = last.meaning.table == stored.column.table
            if last.meaning == stored.column or (
                is_own and _is_unit_of(stored.column, last.meaning)
            ):
                return 0.3
            return _BREATH * is_own
        if isinstance(last.meaning, TableRef):
            is_name = stored.column in self.lexicon.display(stored.column.table)
            return 0.1 * (last.meaning.table == stored.column.table) * (1 + is_name)
        return 0.0

    def _typed(self, at: int, column: ColumnRef, before: tuple[Item, ...]) -> float:
        """Whether the column's values are of the kind that the operation before it works on."""
        last = before[-1] if before else None
        kind = self.lexicon.column(column)
        is_measure = is_numeric(kind) and not self.lexicon.is_key(column)
        gain = 0.0
        if last is not None and last.kind in _NUMERIC_BEFORE:
            is_time = is_date(kind) or is_year(kind)
            gain += 0.12 if is_measure else 0.0 if is_time else -0.1
        if last is not None and last.kind is Kind.COUNT and self.lexicon.is_key(column):
            gain -= 0.1
        follower = self.mentions[at + 1] if at + 1 < len(self.mentions) else None
        first = follower.options[0].meaning if follower and follower.options else None
        if isinstance(first, Trigger) and first.kind in (Kind.COMPARE, Kind.BETWEEN):
            gain += 0.12 if is_measure else -0.05
        if isinstance(first, Period):
            # "Adopted in the last 90 days" is when that was, and no state that is stored.
            is_deed = self.mentions[at].text.lower().endswith("ed")
            gain += (0.1 + 0.35 * is_deed) * (is_date(kind) or is_year(kind))
        words = self.lexicon.words_of(column)
        if not COUNTS.isdisjoint(words):
            # "How many GPUs" and "more than 2 GPUs" ask for gpu_count rather than gpu_memory.
            gain += (
                0.15
                if last is not None and (last.kind is Kind.COUNT or isinstance(last.meaning, float))
                else 0.02
            )
        # The very words rather than ones that share their stems.
        return gain + 0.04 * (set(self.mentions[at].text.lower().split()) <= words)


def _is_unit_of(column: ColumnRef, measure: ColumnRef) -> bool:
    """Whether a column says what an amount is in: `fee_currency` of `fee`, "fees in EUR"."""
    said = name_stems(column.column)
    is_named_after = not set(said[:-1]).isdisjoint(name_stems(measure.column))
    return said[-1] in _IN and (is_named_after or len(said) == 1)


_IN = frozenset(map(stem, ("currency", "unit", "währung", "einheit")))
COUNTS = frozenset({"count", "quantity", "num", "number"})
_LISTED = frozenset({"and", ",", "the", "their", "its"})
_OF = frozenset("of the for all each every any a an that these those s in our in from".split())


def _item(mention: Mention, option: Option) -> Item:
    return Item(
        mention.text, mention.start, mention.end, mention.lead, option.meaning, option.quality
    )
