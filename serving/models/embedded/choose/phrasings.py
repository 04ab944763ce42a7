"""Questions that a schema itself suggests, as whole English sentences.

They are made of the schema's names and values, and of nothing that a person wrote, so that no word
of a question that could not be read comes back in the one that is offered instead.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from serving.models.embedded.english.plurals import in_plural, in_singular, is_plural
from serving.models.embedded.english.triggers import PRICE, Kind
from serving.models.embedded.english.words import MONEY, UNITS, thing_words, written_out
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.targets import (
    ColumnRef,
    Formula,
    TableRef,
    is_date,
    is_numeric,
    is_year,
    truth,
)
from serving.models.embedded.schema.values import Stored
from tools.language.pack import ENGLISH
from tools.language.telling import IN_ENGLISH, Telling
from tools.sql.schema import Column, Table
from tools.sql.words import name_words

Topic = TableRef | ColumnRef | Formula | Stored | Kind | str
"""What a question is about: a thing, a measure, a value, an operation, or a period as written."""
_ID = re.compile(r"[a-z]?[a-z]?id", re.IGNORECASE)
"""A number that tells rows apart, as it is often named: "id", "uid", "aid"."""
_PLACES = frozenset("latitude longitude lat lng lon zip zipcode postcode".split())
"""Words of numbers that say where something is, of which no average says anything."""
_AMOUNTS = frozenset({*PRICE, "revenue", "value", "budget"})
"""Words for what is in money: a salary is no "salary price"."""
_NO_THINGS = frozenset("in of has have is by to for with and made received".split())


@dataclass(frozen=True, slots=True)
class Phrasing:
    """A question with the stored names that its statement must have, and what it is about."""

    text: str
    stored: frozenset[str]
    topics: frozenset[Topic]


@dataclass(frozen=True, slots=True)
class Phrasings:
    """The questions about the tables of a schema."""

    lexicon: Lexicon
    to: Telling = IN_ENGLISH

    def of(
        self, table: Table, *, stored: Sequence[Stored] = (), periods: Sequence[str] = ()
    ) -> Iterator[Phrasing]:
        """The questions about a table; `stored` are values and `periods` times to speak of."""
        return (made for made in self._all(table, stored, periods) if made.text)

    def _all(
        self, table: Table, stored: Sequence[Stored], periods: Sequence[str]
    ) -> Iterator[Phrasing]:
        for period in periods if self._dates(table) else ():
            asked = self._asked(table, "How many {things} were there {period}?", period=period)
            yield self._made(table, asked, self._dates(table)[:1], Kind.COUNT, period)
        yield from self._by_formula(table, periods)
        yield from self._by_value(table, stored) if self._is_english else ()
        yield from self._by_measure(table) if self._is_english else self._averages(table)
        yield from self._by_kind(table)
        yield from self._by_group(table) if self._is_english else ()
        if len(self._dates(table)) == 1:
            of_years = self._asked(table, "How many {things} are there per year?")
            yield self._made(table, of_years, self._dates(table), Kind.COUNT, Kind.BUCKET)
        asked = self._asked(table, "How many {things} are there?")
        yield self._made(table, asked, (), Kind.COUNT)
        if self._is_named(table):
            shown = self.lexicon.display(table.name)
            asked = self._asked(table, "Which {things} are there?")
            yield self._made(table, asked, shown)

    def _by_formula(self, table: Table, periods: Sequence[str]) -> Iterator[Phrasing]:
        """The measures that a comment defines: "revenue is unit price * quantity"."""
        for formula in self._formulas(table):
            name = formula.name.lower() if formula.is_whole else f"total {formula.name}"
            for period in periods if self._is_english else ():
                yield self._made(table, f"What was the {name} {period}?", (), formula, period)
            called = name if self._is_english else self._figure(formula)
            per_year = self._asked(table, "What is the {figure} per year?", figure=called)
            yield self._made(table, per_year, (), formula, Kind.BUCKET)
            asked = self._asked(table, "What is the {figure}?", figure=called)
            yield self._made(table, asked, (), formula)

    def _by_value(self, table: Table, stored: Sequence[Stored]) -> Iterator[Phrasing]:
        for held in stored:
            value, ref = held.values[0], held.column
            if ref.table != table.name:
                continue
            if ref in self.lexicon.display(table.name):
                for other in self.lexicon.describing(table.name):
                    asked = f"What is the {_name(other)} of {value}?"
                    yield self._made(table, asked, (other, ref), held, other)
                yield from self._of_one(table, held)
                continue
            asked = f"How many {many(table)} have the {_name(ref)} “{value}”?"
            yield self._made(table, asked, (ref,), Kind.COUNT, held, ref)
            if self._is_named(table):
                asked = f"Which {many(table)} have the {_name(ref)} “{value}”?"
                yield self._made(table, asked, (ref,), held, ref)

    def _of_one(self, table: Table, held: Stored) -> Iterator[Phrasing]:
        """What belongs to a thing that is named: "the orders of Kestrel Freight"."""
        for other in self.referring(table):
            asked = f"How many {many(other)} does {held.values[0]} have?"
            yield self._made(other, asked, (held.column,), Kind.COUNT, held, TableRef(table.name))

    def _by_measure(self, table: Table) -> Iterator[Phrasing]:
        for column in self._measures(table):
            ref = ColumnRef(table.name, column.name)
            if self._is_named(table):
                most = "most" if is_plural(_name(ref).split()[-1]) else "highest"
                asked = f"Which {self._ranked(table, ref)} has the {most} {_name(ref)}?"
                yield self._made(table, asked, (ref,), Kind.MOST, ref)
            if is_plural(_name(ref).split()[-1]):
                continue
            of = "" if _name(ref).split()[-1] == one(table) else f" of the {many(table)}"
            asked = f"What is the average {_name(ref)}{of}?"
            yield self._made(table, asked, (ref,), Kind.AGGREGATE, ref)
            for kind in self._kinds(table):
                asked = f"What is the average {_name(ref)} per {_name(kind)}?"
                yield self._made(table, asked, (ref, kind), Kind.AGGREGATE, Kind.GROUP, ref, kind)

    def _ranked(self, table: Table, measure: ColumnRef) -> str:
        """What the rows are of: no salary has a salary, but the employee whose it is."""
        names = self.lexicon.display(table.name)
        is_itself = one(table).split()[-1] in _name(measure).split()
        return _name(names[0]) if is_itself and names else one(table)

    def _averages(self, table: Table) -> Iterator[Phrasing]:
        english = "What is the average {measure} of the {things}?"
        for column in self._measures(table):
            ref = ColumnRef(table.name, column.name)
            asked = self._asked(table, english, measure=self._title(ref))
            yield self._made(table, asked, (ref,), Kind.AGGREGATE, ref)

    @property
    def _is_english(self) -> bool:
        return self.to.code == ENGLISH

    def _by_kind(self, table: Table) -> Iterator[Phrasing]:
        for kind in self._kinds(table):
            per = "How many {things} are there per {kind}?"
            asked = self._asked(table, per, kind=self._title(kind))
            yield self._made(table, asked, (kind,), Kind.COUNT, Kind.GROUP, kind)

    def _by_group(self, table: Table) -> Iterator[Phrasing]:
        for key in table.foreign_keys:
            other = self.lexicon.schema.table(key.referred_table)
            if other is None or not self._is_named(other) or other.name == table.name:
                continue
            topics = (Kind.COUNT, TableRef(other.name))
            asked = f"Which {one(other)} has the most {many(table)}?"
            yield self._made(table, asked, (), *topics, Kind.MOST)
            asked = f"How many {many(table)} are there per {one(other)}?"
            yield self._made(table, asked, (), *topics, Kind.GROUP)

    def _formulas(self, table: Table) -> list[Formula]:
        senses = (sense.target for senses in self.lexicon.phrases.values() for sense in senses)
        return list(
            dict.fromkeys(t for t in senses if isinstance(t, Formula) and t.table == table.name)
        )

    def _kinds(self, table: Table) -> list[ColumnRef]:
        """The column that says what kind a row is, where several rows are of one."""
        found = [(ref, self.lexicon.column(ref)) for ref in self.lexicon.describing(table.name)]
        most = max(2, table.rows or 0)
        return [ref for ref, kind in found if truth(kind) is None and len(kind.samples) < most]

    def referring(self, table: Table) -> list[Table]:
        """The tables whose rows belong to one of this table."""
        return [
            other
            for other in self.lexicon.schema.tables
            if other.name != table.name
            and any(key.referred_table == table.name for key in other.foreign_keys)
        ]

    def _measures(self, table: Table) -> list[Column]:
        return [
            column
            for column in table.columns
            if is_numeric(column)
            and truth(column) is None
            and not self.lexicon.is_id(ColumnRef(table.name, column.name))
            and not self.lexicon.is_numbering(ColumnRef(table.name, column.name))
            and not is_year(column)
            and not self._refers(table, column)
            and not _ID.fullmatch(column.name)
            and _PLACES.isdisjoint(name_words(column.name))
        ]

    def _refers(self, table: Table, column: Column) -> bool:
        """Whether the column is called as another table or its key: the account of a booking."""
        called = written_out(column.name)
        others = (each for each in self.lexicon.schema.tables if each.name != table.name)
        return any(
            called == one(other)
            or any(c.primary_key and c.name == column.name for c in other.columns)
            for other in others
        )

    def _dates(self, table: Table) -> list[ColumnRef]:
        return [ColumnRef(table.name, c.name) for c in table.columns if is_date(c)]

    def _is_named(self, table: Table) -> bool:
        """Whether people know a row by a name rather than a number."""
        return not any(self.lexicon.is_id(ref) for ref in self.lexicon.display(table.name))

    def _made(
        self, table: Table, text: str, columns: Sequence[ColumnRef], *topics: Topic
    ) -> Phrasing:
        names = [table.meaning.stored or table.own_name, *map(self._stored, columns)]
        topics_of = frozenset({TableRef(table.name), *topics})
        return Phrasing(text, frozenset(filter(None, names)), topics_of)

    def _asked(self, table: Table, english: str, **named: str) -> str:
        """A question in the language that is spoken; empty where it has no such sentence."""
        if self._is_english:
            return english.format(things=many(table), **named)
        things = table.meaning.label_in(self.to.code)
        is_told = things and all(named.values()) and english in self.to.pack.told
        return self.to.say(english, things=things, **named) if is_told else ""

    def _title(self, ref: ColumnRef) -> str:
        if self._is_english:
            return _name(ref)
        return self.lexicon.column(ref).meaning.label_in(self.to.code)

    def _figure(self, formula: Formula) -> str:
        metrics = self.lexicon.schema.glossary.metrics
        found = (metric for metric in metrics if metric.label == formula.name)
        return next((metric.label_in(self.to.code) for metric in found), "")

    def _stored(self, ref: ColumnRef) -> str:
        """The column's name in the database; empty where it is worked out of others."""
        meaning = self.lexicon.column(ref).meaning
        return "" if meaning.expression else meaning.stored or ref.column


def is_thing(table: Table) -> bool:
    """Whether a table's name is one for things, and not "has_pet" or "payments_received"."""
    *before, _ = words = name_words(table.own_name)
    return _NO_THINGS.isdisjoint(words) and not any(is_plural(word) for word in before)


def many(table: Table) -> str:
    """The things in a table: "order items"."""
    *before, last = thing_words(table.own_name)
    return " ".join([*before, last if any(map(is_plural, before)) else in_plural(last)])


def one(table: Table) -> str:
    """One of the things in a table: "order item"."""
    *before, last = thing_words(table.own_name)
    return " ".join([*before, in_singular(last)])


def _name(column: ColumnRef) -> str:
    """A column's name as it is spoken: "hourly price" of `hourly_usd`, "salary" of `salary_eur`, "memory" of `memory_gib`."""
    *before, last = written_out(column.column).split()
    if before and last in MONEY:
        is_said = not _AMOUNTS.isdisjoint(map(in_singular, before))
        return " ".join(before if is_said else [*before, "price"])
    if before and last in UNITS and not last.endswith("s"):
        return " ".join(before)
    return " ".join([*before, last])
