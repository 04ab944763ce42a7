"""What the words of a question may mean in one schema: its names, comments and derived measures."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from serving.models.embedded.english.deeds import is_participle, same_deed
from serving.models.embedded.english.words import (
    MONEY,
    ROLES,
    STOP,
    SYNONYMS,
    name_stems,
    spelled_out,
    split,
    stem,
    thing_stems,
)
from serving.models.embedded.schema.called import Entry, called, model_words
from serving.models.embedded.schema.deadlines import deadlines
from serving.models.embedded.schema.deeds import dated_deeds, is_done_on
from serving.models.embedded.schema.roles import own_words, role_senses
from serving.models.embedded.schema.shortages import shortages
from serving.models.embedded.schema.shorts import Short, Shorts, has_labels, is_clipped, shorts
from serving.models.embedded.schema.targets import (
    ColumnRef,
    Formula,
    NullMeaning,
    Sense,
    TableRef,
    Target,
    is_text,
    truth,
)
from tools.sql.schema import Column, Schema, Table
from tools.sql.words import name_words

_UNITS = frozenset(
    map(
        stem,
        """usd eur gb gib mb tb kg cm km mm gbps mbps pct percent litres liters metres meters miles
        tonnes tons grams hectares knots nm kwh mwh m l g sqm sqft qm ha""".split(),
    )
)
_TAILS = _UNITS | frozenset(
    map(
        stem,
        """on at date time ts count quantity number num amount months days hours minutes years name""".split(),
    )
)
DISPLAY = tuple(map(stem, ("name", "title", "subject", "code", "label", "description")))
"""Last words of what rows are called, the likeliest first."""
_PERSONAL = tuple((stem(word), stem("name")) for word in ("first", "last"))
_NULL = re.compile(r"\bNULL (while|until|if|when|for) ([\w ]+)")
_CURRENT = re.compile(r"\bNULL (?:while|if|for) [\w ]*\b(?:current|in force|valid)")
_MEASURE = re.compile(r"\b([a-z][a-z ]{2,24}) is ([\w .*+/()-]*[*+/-][\w .*+/()-]*)")
_EMPTY = frozenset(map(stem, "data info information list table detail record log ref".split()))
"""Words that a table's name could do without."""
_NUMBERING = frozenset({"id", "number", "no", "code", "key"})
"""Last words of the names of numbers that tell things apart rather than measure them."""
_ARITHMETIC = (
    ast.Expression, ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div,
    ast.Name, ast.Load, ast.Constant,
)  # fmt: skip
"""The nodes of a formula that a comment may hold."""
_MAIL = frozenset(map(stem, ("email", "mail")))
_KINDS = 12
"""Values that a column may have to be called a kind."""
_FEWEST_NAMED = 3
"""Rows of a table from which on a text that is another in each of them is no chance."""


@dataclass(frozen=True)
class Lexicon:
    """The phrases of a schema, by their stems."""

    schema: Schema
    phrases: dict[tuple[str, ...], tuple[Sense, ...]]
    words: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()
    deeds: tuple[tuple[ColumnRef, tuple[str, ...]], ...] = ()
    shorts: Shorts = field(default_factory=dict[str, Sequence[Short]])
    """`words` are the stems that are a phrase alone, `spellings` the words of the names as written.

    `deeds` are the columns of dates, each with the words for what was done then; `shorts` are names
    that are put together from clipped words.
    """

    @cached_property
    def has_labels(self) -> bool:
        """Whether names are in another language than English as well."""
        return has_labels(self.schema)

    @staticmethod
    def of(schema: Schema) -> "Lexicon":
        """The lexicon of a schema."""
        best: dict[tuple[str, ...], dict[Target, float]] = defaultdict(dict)
        lexicon = Lexicon(schema, {})
        for table in schema.tables:
            shown = [ref for ref in lexicon.display(table.name) if not lexicon.is_id(ref)]
            named = [((stem("name"),), ref, 0.9) for ref in shown]
            for phrase, target, quality in (
                *_entries(table),
                *named,
                *deadlines(table),
                *shortages(table),
            ):
                if phrase and quality > best[phrase].get(target, 0):
                    best[phrase][target] = quality
        for phrase, target, quality in called(schema):
            best[phrase][target] = max(quality, best[phrase].get(target, 0))
        return Lexicon(
            schema,
            {
                phrase: tuple(Sense(*item) for item in sorted(found.items(), key=_by_quality))
                for phrase, found in best.items()
            },
            tuple(phrase[0] for phrase in best if len(phrase) == 1),
            _spellings(schema),
            tuple(dated_deeds(schema)),
            shorts(schema),
        )

    def table(self, name: str) -> Table:
        """A table that is known to exist."""
        found = self.schema.table(name)
        if found is None:
            raise KeyError(name)
        return found

    def column(self, ref: ColumnRef | NullMeaning) -> Column:
        """A column that is known to exist."""
        found = self.table(ref.table).column(ref.column)
        if found is None:
            raise KeyError(ref.column)
        return found

    def done_on(self, word: str) -> tuple[ColumnRef, ...]:
        """The columns of dates on which what a word says was done: of "sold", the day of the sale."""
        return tuple(
            column
            for column, deeds in self.deeds
            if all(
                same_deed(word, deed) or (self.shorts and is_clipped(deed, word)) for deed in deeds
            )
        )

    def done_by(self, word: str) -> tuple[str, ...]:
        """The table of those who do what a word says, where keys name them so: of "handled", `handler_id`."""
        keys = (key for table in self.schema.tables for key in table.foreign_keys)
        named = {k.referred_table for k in keys if any(same_deed(word, w) for w in own_words(k))}
        return tuple(named) if len(named) == 1 else ()

    def marked(self, phrase: str) -> tuple[ColumnRef, ...]:
        """The columns of yes and no that a stem names."""
        named = (sense.target for sense in self.phrases.get((phrase,), ()))
        columns = (ref for ref in named if isinstance(ref, ColumnRef))
        return tuple(ref for ref in columns if truth(self.column(ref)) is not None)

    @staticmethod
    def words_of(ref: ColumnRef) -> set[str]:
        """The words of a column's name, as written."""
        return set(name_words(ref.column))

    def keys(self, table: str) -> tuple[ColumnRef, ...]:
        """The primary key, or nothing."""
        return tuple(ColumnRef(table, c.name) for c in self.table(table).columns if c.primary_key)

    def own_keys(self, table: str) -> tuple[ColumnRef, ...]:
        """The columns that identify a row of the table, declared or not."""
        return (
            self.keys(table)
            or tuple(
                ColumnRef(table, name)
                for other in self.schema.tables
                for key in other.foreign_keys
                if key.referred_table == table
                for name in key.referred_columns
            )[:1]
        )

    def is_key(self, ref: ColumnRef) -> bool:
        """Whether the column identifies a row, here or in another table."""
        return ref.column in self._foreign(ref.table) or (
            self.column(ref).primary_key and not is_text(self.column(ref))
        )

    def is_id(self, ref: ColumnRef) -> bool:
        """Whether the column is a key that is not a word: nobody calls it a name."""
        return self.is_key(ref) or name_words(ref.column)[-1] == "id"

    @staticmethod
    def is_numbering(ref: ColumnRef) -> bool:
        """Whether the column's numbers are names of a kind: "flight number", "version number"."""
        words = name_words(ref.column)
        return len(words) > 1 and words[-1] in _NUMBERING

    def _foreign(self, table: str) -> set[str]:
        return {name for key in self.table(table).foreign_keys for name in key.columns}

    def current(self, table: str) -> ColumnRef | None:
        """The column whose NULL marks the row in force, where a comment says so."""
        return next(
            (
                ColumnRef(table, c.name)
                for c in self.table(table).columns
                if _CURRENT.search(c.comment)
            ),
            None,
        )

    def display(self, table: str) -> tuple[ColumnRef, ...]:
        """The columns by which a person knows a row: a name or title, first and last names, else the key."""
        columns = self.table(table).columns
        foreign = self._foreign(table)
        texts = [c for c in columns if is_text(c) and (c.name not in foreign or c.primary_key)]
        whole = [c for c in texts if name_stems(c.name)[-1] in DISPLAY]
        own = thing_stems(table)[-1:]
        whole.sort(key=lambda c: _display_rank(c, own))
        personal = [c for c in texts if spelled_out(c.name) in _PERSONAL]
        bare = [c for c in texts if c.name not in foreign]
        called = [c for c in bare if _is_called_after(c, self.table(table)) or _is_number(c, own)]
        keys = [c for c in columns if c.primary_key]
        apart = _telling_apart(texts, self.table(table)) if not any(map(is_text, keys)) else []
        if [spelled_out(c.name) for c in personal] == [*_PERSONAL[:1]]:
            personal = [*dict.fromkeys([*whole[:1], *personal])]  # a company has no first name
        chosen = personal[:2] or whole[:1] or called[:1] or apart or keys or texts[:1]
        return tuple(ColumnRef(table, column.name) for column in chosen or columns[:1])

    def describing(self, table: str) -> tuple[ColumnRef, ...]:
        """The first column that says what kind of thing a row is: few values, none of them its name."""
        display = {ref.column for ref in self.display(table)}
        kinds = [
            column.name
            for column in self.table(table).columns
            if is_text(column) and column.name not in display and 1 < len(column.samples) <= _KINDS
        ]
        return tuple(ColumnRef(table, name) for name in kinds[:1])


def _is_called_after(column: Column, table: Table) -> bool:
    """Whether the column tells rows apart by what the table is called: "language", "instance_type"."""
    stems, own = name_stems(column.name), thing_stems(table.name)
    is_own = stems[0] in own or stems[0] == own[-1][-len(stems[0]) :]
    is_apart = not column.samples or len(column.samples) == table.rows
    return is_own and (len(stems) == 1 or stems[1:] == ("type",)) and is_apart


def _telling_apart(texts: Sequence[Column], table: Table) -> list[Column]:
    """The one text that is another in every row, which says more to a person than a number."""
    rows = table.rows or 0
    found = [c for c in texts if rows >= _FEWEST_NAMED and len(c.samples) == rows]
    return found if len(found) == 1 else []


def _is_number(column: Column, own: tuple[str, ...]) -> bool:
    """Whether a text is a number that people give rows: "ref_no", "policy_no" of a policy."""
    full = spelled_out(column.name)
    is_own = full[:-1] in ((), own, (stem("reference"),), (stem("serial"),), ("ref",))
    return full[-1] in map(stem, ("number", "reference", "ref")) and is_own


def _spellings(schema: Schema) -> tuple[str, ...]:
    names = [t.name for t in schema.tables] + [c.name for t in schema.tables for c in t.columns]
    words = (word for name in names for word in name_words(name))
    return tuple(dict.fromkeys((*words, *model_words(schema))))


def _display_rank(column: Column, own: tuple[str, ...]) -> tuple[bool, int, int]:
    stems = name_stems(column.name)
    return (stems[:-1] not in ((), own), DISPLAY.index(stems[-1]), len(stems))


def _entries(table: Table) -> Iterator[Entry]:
    own = thing_stems(table.name)
    this = TableRef(table.name)
    yield name_stems(table.name), this, 1.0
    yield own, this, 1.0
    yield own[-1:], this, 0.9
    yield from ((own[at:], this, 0.95) for at in range(1, len(own) - 1))
    yield own[:1], this, 0.45
    if len(own) > 1 and (own[-1] in _EMPTY or is_participle(name_words(table.name)[-1])):
        yield own[:-1], this, 0.9  # `spare_part_used`
        yield from _alike(own[:-1], this, 0.8)
    yield from _alike(own[-1:], this, 0.8)
    yield from _alike(own, this, 0.8) if len(own) > 1 else ()
    for phrase in _comment_phrases(table.comment):
        yield phrase, this, 0.3 + 0.1 * len(phrase)
    foreign = {name for key in table.foreign_keys for name in key.columns}
    yield from ((words, sense.target, sense.quality) for words, sense in role_senses(table))
    for column in table.columns:
        stems = name_stems(column.name)
        if not is_done_on(column, name_words(column.name)):  # "jobs received in 2023" are jobs
            yield (*own, *stems), ColumnRef(table.name, column.name), 1.0
        if column.primary_key or column.name in foreign:
            yield stems, ColumnRef(table.name, column.name), 0.9 if len(stems) > 1 else 0.6
            if column.primary_key and column.name.lower().endswith("id"):
                yield (*own[-1:], "id"), ColumnRef(table.name, column.name), 1.0
                yield (*own[-1:], stem("number")), ColumnRef(table.name, column.name), 0.95
            yield stems[-1:] if column.primary_key else (), ColumnRef(table.name, column.name), 0.6
            is_other = ROLES.union(("id",)).intersection(stems[-1:]) or _names_parent(table, column)
            if is_text(column) and not is_other:
                yield from _column_entries(table, column)
        else:
            yield from _column_entries(table, column)


def _names_parent(table: Table, column: Column) -> bool:
    """Whether a foreign key is called like the thing it refers to, which then is what is meant."""
    parents = (key.referred_table for key in table.foreign_keys if column.name in key.columns)
    return any(set(name_stems(column.name)) <= set(name_stems(parent)) for parent in parents)


def _column_entries(table: Table, column: Column) -> Iterator[Entry]:
    own, stems = thing_stems(table.name), name_stems(column.name)
    this = ColumnRef(table.name, column.name)
    core = stems
    while len(core) > 1 and core[0] in own:
        core = core[1:]
        yield core, this, 0.95
    core = core[1:] if core[:1] in (("is",), ("has",)) and core[1:] else core
    trimmed = core
    if "per" in trimmed[1:]:
        trimmed = trimmed[: trimmed.index("per")]
    while len(trimmed) > 1 and trimmed[-1] in _TAILS:
        trimmed = trimmed[:-1]
    yield stems, this, 1.0
    yield (*stems, stem("address")) if stems[-1] in _MAIL else (), this, 0.95
    yield (stem("".join(name_words(column.name))),), this, 0.97
    yield core, this, 0.9 if core != stems and stems[0] == stem("has") else 0.97
    if (full := spelled_out(column.name)) != stems:
        yield full, this, 0.95
        yield full[:1] if full in _PERSONAL else (), this, 0.92
        yield full[len(own) :] if full[: len(own)] == own else full[-1:], this, 0.6
    yield trimmed, this, 0.92
    yield (*own, *trimmed), this, 0.92
    yield own if stems[:-1] == own and stems[-1] in _UNITS else (), this, 0.97
    if not MONEY.isdisjoint(name_words(column.name)):
        price = stem("price")
        yield (price,), this, 0.75 - 0.02 * len(stems)
        yield from _alike((price,), this, 0.7 - 0.02 * len(stems))
    for at, word in enumerate(core):
        yield (word,), this, 0.62 if at == len(trimmed) - 1 else 0.55
        yield from _alike((word,), this, 0.65 if len(trimmed) == 1 else 0.5)
    yield from _comment_entries(table, column)


def _comment_entries(table: Table, column: Column) -> Iterator[Entry]:
    for phrase in _comment_phrases(column.comment):
        yield phrase, ColumnRef(table.name, column.name), 0.3 + 0.1 * len(phrase)
    for match in _NULL.finditer(column.comment):
        meaning = NullMeaning(table.name, column.name, is_null=match[1] != "until")
        words = tuple(w.stem for w in split(match[2]) if w.lower not in {"the", "a", "an"})
        yield words, meaning, 0.9
        yield tuple(s for s in words if s not in map(stem, STOP)), meaning, 0.85
    for match in _MEASURE.finditer(column.comment):
        if (formula := _formula(table, match[1].strip(), match[2])) is not None:
            words = tuple(w.stem for w in split(match[1]) if w.lower not in STOP)
            yield words, formula, 1.0
            yield from _alike(words, formula, 0.9)


def _formula(table: Table, name: str, text: str) -> Formula | None:
    """Arithmetic over columns of the table, None for anything else; Python writes it the same way."""
    try:
        nodes = list(ast.walk(ast.parse(text.strip(" ."), mode="eval")))
    except (SyntaxError, ValueError):
        return None
    named = [node.id for node in nodes if isinstance(node, ast.Name)]
    known = tuple(
        ColumnRef(table.name, c.name) for n in named if (c := table.column(n)) is not None
    )
    if len(known) < max(2, len(named)) or not all(isinstance(node, _ARITHMETIC) for node in nodes):
        return None
    return Formula(table.name, name, text.strip(" ."), known)


def _comment_phrases(comment: str) -> Iterator[tuple[str, ...]]:
    """Single words and pairs from a comment, examples and explanations of NULL left out."""
    for part in re.split(r"[,;:(]|such as|e\.g\.", _MEASURE.sub("", comment)):
        if "NULL" in part:
            continue
        stems = [w.stem for w in split(part) if w.lower not in STOP and not w.text.isdigit()]
        yield from ((one,) for one in stems)
        yield from pairwise(stems)


def _alike(phrase: tuple[str, ...], target: Target, quality: float) -> Iterator[Entry]:
    for other in SYNONYMS.get(phrase, ()):
        yield other, target, quality


def _by_quality(item: tuple[Target, float]) -> float:
    return -item[1]
