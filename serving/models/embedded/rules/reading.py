"""A question being read: its items, what has found a place, and the frame so far."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from serving.models.embedded.english.deeds import is_participle
from serving.models.embedded.english.plurals import adds_up
from serving.models.embedded.english.triggers import LENGTH, PRICE, SIZE, Kind, Trigger
from serving.models.embedded.english.words import (
    MONEY,
    UNITS,
    Word,
    name_stems,
    ranks,
    stem,
    thing_stems,
)
from serving.models.embedded.form.conditions import AnyOf, Condition, Filter, HasPartners, Not
from serving.models.embedded.form.frame import Frame
from serving.models.embedded.form.measures import Having, Measure
from serving.models.embedded.rules.kinds import kind_first
from serving.models.embedded.rules.lists import listed_of_another
from serving.models.embedded.rules.within import without_group
from serving.models.embedded.scan.resolve import Item, Resolved, table_of, without_doers
from serving.models.embedded.schema.joins import Joins, Step
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.targets import (
    ColumnRef,
    TableRef,
    is_date,
    is_numeric,
    is_year,
    truth,
)
from serving.models.embedded.schema.values import Stored
from tools.sql.schema import Column
from tools.sql.words import name_words

_THROUGH = (Kind.DISTINCT, Kind.WITH, Kind.BOTH, Kind.SOLD)
"""Operations that what stands on their left and right is seen through."""
ARTICLES = UNITS | frozenset("the a an of their its his her all any this these those that".split())
_OWN_NAMES = frozenset(map(stem, "first last full short long nick display user common".split()))
"""Kinds of names that a row has of itself."""
PEOPLE, _OPENING = frozenset("who whom people person persons anybody anyone somebody".split()), 3
"""Words for people, and how many words a question begins with that may be one of them."""
_OF_MANY = frozenset(map(stem, "amount total value revenue rating score satisfaction".split()))
"""Stems of measures that a thing may be ranked by although another table has them: the largest
customer has the largest orders."""
_FAR, _NEAR = 4, 2
"""Steps to a measure, and to a date, that may be meant without its table."""
_NAMING = frozenset(("of", "the"))
_SAID_OF = frozenset("it they he she was were is are in which that when".split())
"""Words between a year and the column that it is the name of."""
_PLAIN = 0.5
"""The quality of a column's name that a noun before it may belong to."""


@dataclass
class Reading:
    """What has been understood so far; `used` are the items that have found their place.

    `denied` are the items under a "not", `turned_round` those that mean their opposite ("unpaid"),
    `turned` is the way to sort by what is shown.
    """

    items: tuple[Item, ...]
    lexicon: Lexicon
    joins: Joins
    question: str = ""
    words: tuple[Word, ...] = ()
    today: date = date.min
    frame: Frame = field(default_factory=Frame)
    used: set[int] = field(default_factory=set[int])
    denied: set[int] = field(default_factory=set[int])
    turned_round: set[int] = field(default_factory=set[int])
    turned: Trigger | None = None

    @staticmethod
    def of(
        resolved: Resolved,
        lexicon: Lexicon,
        joins: Joins,
        question: str,
        words: tuple[Word, ...],
        today: date,
    ) -> "Reading":
        """A reading of resolved items, with the thing the question is about."""
        reading = Reading(without_doers(resolved.items), lexicon, joins, question, words, today)
        buckets = [at for at in reading.waiting(Kind.BUCKET) if reading._says_year(at)]
        reading.items = tuple(i for at, i in enumerate(reading.items) if at not in buckets)
        reading.items, reading.frame.within = without_group(reading.items, lexicon)
        reading.frame.head = reading._head()
        return reading

    def _says_year(self, at: int) -> bool:
        """Whether a year only says again what a column is: "year of birth", "the year it opened"."""
        near = [n for n in (at - 1, at + 1) if 0 <= n < len(self.items)]
        named = {n: set(self.items[max(at, n)].lead) for n in near}
        return any(
            (lead <= _NAMING and self.column(n, accept=self.is_ordered))
            or (n > at and lead <= _NAMING | _SAID_OF and self.column(n, accept=self.is_time))
            for n, lead in named.items()
        )

    @property
    def asks_who(self) -> bool:
        """Whether people are asked for."""
        return not PEOPLE.isdisjoint(word.lower for word in self.words[:_OPENING])

    @property
    def counts_people(self) -> bool:
        """Whether it is asked how many people there are."""
        said = tuple(word.lower for word in self.words[:_OPENING])
        return said[:2] == ("how", "many") and not PEOPLE.isdisjoint(said[2:])

    def waiting(self, *kinds: Kind) -> Iterator[int]:
        """The operations of these kinds that have no place yet, in order."""
        for at, item in enumerate(self.items):
            if item.kind in kinds and at not in self.used:
                yield at

    def use(self, *places: int | None) -> None:
        """Mark items as placed."""
        self.used.update(at for at in places if at is not None)

    def next(self, at: int) -> int | None:
        """The item to the right that counts, seen through words that only tie."""
        return self._beside(range(at + 1, len(self.items)))

    def last(self, at: int) -> int | None:
        """The item to the left that counts."""
        return self._beside(range(at - 1, -1, -1))

    def _beside(self, places: range) -> int | None:
        return next((n for n in places if self.items[n].kind not in _THROUGH), None)

    def column(self, at: int | None, *, accept: Callable[[ColumnRef], bool]) -> ColumnRef | None:
        """The column that an item names, where it is one of the wanted kind."""
        meaning = self.items[at].meaning if at is not None else None
        return meaning if isinstance(meaning, ColumnRef) and accept(meaning) else None

    def table(self, at: int | None) -> str | None:
        """The table that an item names."""
        meaning = self.items[at].meaning if at is not None else None
        return meaning.table if isinstance(meaning, TableRef) else None

    def is_close(self, at: int) -> bool:
        """Whether nothing but articles stands before an item."""
        return ARTICLES.issuperset(self.items[at].lead)

    def is_measure(self, ref: ColumnRef) -> bool:
        """Whether a column holds quantities rather than identities."""
        return self._is_quantity(ref) and not self.lexicon.is_numbering(ref)

    def _is_quantity(self, ref: ColumnRef) -> bool:
        return is_numeric(self.lexicon.column(ref)) and not self.lexicon.is_key(ref)

    def is_truth(self, at: int | None) -> bool:
        """Whether an item names a column of yes and no."""
        column = self.column(at, accept=lambda _: True)
        return column is not None and truth(self.lexicon.column(column)) is not None

    def past_qualities(self, at: int) -> int:
        """The item behind what only says of what kind it is: "unpaid official invoices"."""
        while at + 1 < len(self.items) and not self.items[at + 1].lead:
            if not (self.is_quality(at) or self.items[at].kind is Kind.NOT):
                break
            at += 1
        return at

    def is_quality(self, at: int) -> bool:
        """Whether an item says what a thing is, or what was done with it: "official", "paid"."""
        column = self.column(at, accept=self.is_time)
        return self.is_truth(at) or (column is not None and is_participle(self.items[at].text))

    def is_time(self, ref: ColumnRef) -> bool:
        """Whether a column holds days or years."""
        kind = self.lexicon.column(ref)
        return is_date(kind) or is_year(kind)

    def is_ordered(self, ref: ColumnRef) -> bool:
        """Whether more and less mean something in a column."""
        return self._is_quantity(ref) or self.is_time(ref)

    def roles(self, at: int) -> frozenset[str]:
        """The stems of the words before an item, which may name the role it plays."""
        before = self.items[at - 1] if at else None
        words = [*(before.text.split() if before else ()), *self.items[at].lead]
        return frozenset(map(stem, words))

    def restrict(self, at: int, table: str, test: Condition, *, is_apart: bool = False) -> None:
        """Add a condition, the one that an item stands for."""
        is_or = "or" in self._linked(at) and at not in self.denied
        test = Not(test) if at in self.turned_round else test
        wanted = Filter(table, test, at in self.denied, is_apart, self.roles(at), at, is_or)
        known = (replace(one, roles=wanted.roles, place=at) for one in self.frame.filters)
        if wanted not in known:  # "still on sale" says the same twice
            self.frame.filters.append(wanted)

    def join_alternatives(self) -> None:
        """Put the conditions in the question's order, each "or" with the one before it."""
        ordered: list[Filter] = []
        for one in sorted(self.frame.filters, key=lambda f: f.place):
            if one.is_or and ordered:
                number = ordered[-1].either or len(ordered)
                ordered[-1] = replace(ordered[-1], either=number)
                ordered.append(replace(one, either=number))
            else:
                ordered.append(one)
        self.frame.filters = ordered

    def _linked(self, at: int) -> tuple[str, ...]:
        """The words since the last value or condition, through the names between."""
        words: list[str] = [*self.items[at].lead]
        for n in range(at - 1, max(at - 4, -1), -1):
            item = self.items[n]
            if table_of(item.meaning) is None and item.kind not in (*_THROUGH, Kind.COMPARE):
                break
            if not isinstance(item.meaning, ColumnRef | TableRef) and item.kind is None:
                break
            words += item.lead
        return tuple(words)

    def restrict_to(self, at: int, stored: Stored, *, is_apart: bool = False) -> None:
        """Add the condition that a column holds one of the values that an item stands for."""
        self.restrict(at, stored.column.table, holds(stored), is_apart=is_apart)

    def _is_its_own(self, steps: tuple[Step, ...]) -> bool:
        """Whether what a way leads to belongs to a row, and is not shared by many of many."""
        for before, step in pairwise(steps):
            keys = {ref.column for ref in self.lexicon.keys(step.left)}
            if not before.is_single and step.is_single and set(step.left_columns) != keys:
                return False
        return len(steps) < _FAR

    def hinted(self, hints: tuple[str, ...], head: str | None) -> ColumnRef | None:
        """The nearest column that an adjective measures: "older" an age."""
        words = frozenset(map(stem, hints))
        wants_date = any(hint.endswith("date") for hint in hints)
        found: list[tuple[float, ColumnRef]] = []
        for table in self.lexicon.schema.tables if head else ():
            steps = self.joins.path((head or "",), table.name)
            is_many = not all(step.is_single for step in steps or ())
            if hints == PRICE and is_many:
                continue  # what a boat's repairs cost is no price of the boat, nor is their size its own
            for column in table.columns if steps is not None and self._is_its_own(steps) else ():
                ref = ColumnRef(table.name, column.name)
                stems = {*name_stems(column.name), *_also_called(column)}
                is_own = not (stems.isdisjoint(_OF_MANY) or len(steps or ()) > _NEAR)
                if is_many and hints == SIZE and not is_own:
                    continue
                if hints == LENGTH and not stems.isdisjoint(map(stem, PRICE)):
                    continue  # an hourly rate is no length
                in_name = not words.isdisjoint(stems) or (
                    hints == PRICE and not MONEY.isdisjoint(self.lexicon.words_of(ref))
                )
                in_comment = not words.isdisjoint(map(stem, column.comment.split()))
                own = not words.isdisjoint(name_stems(table.name))
                if self.is_measure(ref) and (in_name or in_comment or own):
                    borrowed = any(step.is_single for step in steps or ())
                    best = min((hints.index(h) for h in hints if stem(h) in stems), default=9)
                    cost = 4 * len(steps or ()) + 2 * borrowed + 2 * (not in_name) - own
                    found.append((cost + best / 10, ref))
                elif wants_date and not steps and self.is_time(ref):
                    is_named = any(item.meaning == ref for item in self.items)
                    if is_named or ranks(stems, table.name, by_age="@-date" in hints):
                        found.append((2 + column.nullable - is_named, ref))
        return min(found, key=lambda item: item[0])[1] if found else None

    def counting(self, table: str) -> Measure:
        """The number of a table's rows."""
        return Measure(table, "COUNT")

    def aggregate(self, column: ColumnRef, function: str, *, distinct: bool = False) -> Measure:
        """An aggregate of a column."""
        return Measure(column.table, function, column, distinct)

    def _head(self) -> str | None:
        """The table that the question is about: the first it names for its own sake."""
        others = frozenset(listed_of_another(self.items))
        kind = kind_first(self.items, self.lexicon)
        if kind is None and (named := [n for n in range(len(self.items)) if self._thing(n)]):
            own = (n for n in named if not (n in others or self._is_kind(n) or self._is_other(n)))
            return self._thing(next(own, named[0]))
        return kind or next((t for item in self.items if (t := table_of(item.meaning))), None)

    def _thing(self, at: int) -> str | None:
        """The table of the things that an item names: its own, or those marked as "admins"."""
        marked = self.column(at, accept=lambda _: self.items[at].text[-1:] in "sS")
        return marked.table if marked and self.is_truth(at) else self.table(at)

    def _is_kind(self, at: int) -> bool:
        return self.is_modifier(at) and self.table(at + 1) is not None

    def is_modifier(self, at: int) -> bool:
        """Whether a noun only says of what the next one is: "car makers", "singer names"."""
        if at + 1 >= len(self.items) or self.items[at + 1].lead:
            return False
        after = self.items[at + 1].meaning
        if isinstance(after, ColumnRef):
            # "How many offers launched after 2024" counts offers.
            is_name = self.items[at + 1].quality >= _PLAIN
            return is_name and not self.items[at + 1].text.lower().endswith("ed")
        if is_participle(self.items[at + 1].text):
            return False  # "how often was each article ordered" speaks of no article orders
        return isinstance(after, TableRef) and not self.items[at].text.lower().endswith("s")

    def _is_other(self, at: int) -> bool:
        """Whether a table is only spoken of: what to group by, or what there must be none of."""
        before = self.last(at)
        kinds = (Kind.GROUP, Kind.BY, Kind.NOT, Kind.MOST)
        return before is not None and self.items[before].kind in kinds

    def is_own_name(self, column: ColumnRef) -> bool:
        """Whether a name is the row's own: the "donor name" of a donation is somebody else's."""
        kind, rows = self.lexicon.column(column), self.lexicon.table(column.table).rows
        if kind.samples and rows is not None and 2 * len(kind.samples) <= rows:
            return False
        stems, own = name_stems(column.column), thing_stems(column.table)
        if stems[-1] != stem("name") or len(stems) == 1 or kind.primary_key:
            return True
        whose = set(stems[:-1])
        return bool(whose & (set(own) | _OWN_NAMES)) or own[-1].startswith(stems[0][:2])

    def has_many(self, table: str) -> bool:
        """Whether a row of the thing asked for may have many rows there."""
        head = self.frame.head
        steps = self.joins.path((head,), table) if head else ()
        return any(not step.is_single for step in steps or ())

    def picks_row(self, table: str) -> bool:
        """Whether a value names one row of the table: "how many GPUs does the A2 have"."""
        return any(
            isinstance(s, Stored)
            and s.whole
            and s.column in self.lexicon.display(s.column.table)
            and self.joins.path((s.column.table,), table, single=True) is not None
            for s in (item.meaning for item in self.items)
        )

    def partner(self, table: str) -> str:
        """The table whose rows a "most common" thing is shared by: the other one spoken of."""
        others = [t for item in self.items if (t := table_of(item.meaning)) and t != table]
        if others:
            return others[0]
        many = [s.right for s in self.joins.steps.get(table, ()) if not s.is_single]
        return many[0] if many else table

    def per_head(
        self, by: Measure | ColumnRef, direction: str, trigger: Trigger, at: int
    ) -> Measure | ColumnRef:
        """What rows are ordered by, aggregated where a row of the thing has many of it.

        "The smallest bill", with the superlative at the place right before it, is a single one.
        """
        head = self.frame.head
        if isinstance(by, Measure) or head is None or head == by.table:
            return by
        steps = self.joins.path((head,), by.table) or ()
        if all(step.is_single for step in steps):
            return by
        # The dearest of things is the one of the highest price, however often it was sold, and
        # "the largest invoice" is one of them, where "the largest amount" may be that of all.
        is_named = any(item.meaning == by for item in self.items)
        is_sum = trigger.hints not in (PRICE, LENGTH) if is_named else trigger.hints == SIZE
        after = self.next(at)
        is_one = self.table(after) == by.table and not self.items[after or 0].text.endswith("s")
        is_additive = is_sum and self.is_additive(by) and not is_one
        # "The most fuel" is all of it, "the highest fuel" that of one row.
        is_additive = is_additive or (trigger.kind is Kind.MOST and not trigger.hints)
        extreme = "MAX" if direction == "DESC" else "MIN"
        return self.aggregate(by, "SUM" if is_additive else extreme)

    def is_additive(self, column: ColumnRef) -> bool:
        """Whether a semantic model, or else the name of a column, says that its numbers add up."""
        said, own = self.lexicon.column(column).meaning.aggregation, name_words(column.column)
        return said == "SUM" if said else adds_up(own)

    def having_rows(self, table: str, having: Having) -> HasPartners | None:
        """The condition that a row of the table has so many partners; None if they are not its own."""
        steps = self.joins.path((having.measure.table,), table) or ()
        if len(steps) != 1 or not steps[0].is_single:
            return None
        return HasPartners(steps[0], having)


def _also_called(column: Column) -> set[str]:
    """The stems of the further names that a semantic model has for a column."""
    return {stem(word) for name in column.meaning.synonyms for word in name.lower().split()}


def holds(stored: Stored) -> AnyOf:
    """The condition that the column holds one of the values."""
    return AnyOf(stored.column, stored.values)
