"""Keys that nobody declared, told by names and proved by values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sqlglot import exp

from tools.sql.schema import Column, Schema, Table
from tools.sql.semantic.draft.glossary import PEOPLE, ROLES
from tools.sql.semantic.draft.names import Label, column_label, singular, table_label
from tools.sql.values import is_number

Ask = Callable[[str], Sequence[tuple[object, ...]]]
"""Runs a statement through the gate; no rows where it cannot be run in time."""

_KEY_ENDINGS = frozenset("nr no num nummer number id key code".split())
_FEWEST_VALUES, _LOW = 5, 100
"""Values from which a column tells where it leads, and the number from which it does."""
_OFTEN = 0.3
"""The share of another table's rows that a number refers to, from which it does whatever it is called."""
_CODE_LETTERS = 6
"""The most letters of a code that tells rows apart."""
_NUMBERING = frozenset({"number", "id", "code", "key", "reference"})


@dataclass(frozen=True, slots=True)
class FoundKeys:
    """The column that tells the rows of each table apart, and which columns lead to which."""

    primary: Mapping[str, str]
    foreign: Sequence[tuple[str, str, str, str]]


def find_keys(schema: Schema, ask: Ask) -> FoundKeys:
    """Declared keys, and those whose names agree and whose values are all there."""
    primary = {t.name: key for t in schema.tables if (key := _primary(t, ask, schema.dialect))}
    foreign: list[tuple[str, str, str, str]] = []
    for table in schema.tables:
        for column in table.columns:
            parent = _parent(table, column, primary, schema, ask)
            if parent is not None:
                foreign.append((table.name, column.name, parent.name, primary[parent.name]))
            elif (end := _elsewhere(table, column, primary, schema, ask)) is not None:
                foreign.append((table.name, column.name, *end))
    for _, _, other, key in foreign:
        primary.setdefault(other, key)
    return FoundKeys(primary, foreign)


def _elsewhere(
    table: Table, column: Column, primary: Mapping[str, str], schema: Schema, ask: Ask
) -> tuple[str, str] | None:
    named = _named_after(table, column, schema, ask)
    return named or _told_by_values(table, column, primary, schema, ask)


def _named_after(table: Table, column: Column, schema: Schema, ask: Ask) -> tuple[str, str] | None:
    """Where a column leads that is called like a row of another table, or like a column of such a row.

    "boat" of bookings leads to the column of boats that tells them apart, whatever it is called, if
    every value is there; "skipper_licence" to the licence of skippers, "manager_employee" to employees.
    """
    if any(column.name in key.columns for key in table.foreign_keys):
        return None
    mine = _said(column.name)
    for other in schema.tables:
        thing = _thing_of(other.name)
        is_role = mine[-len(thing) :] == thing and mine[0] in ROLES
        if other == table or other.is_view or not (is_role or mine[: len(thing)] == thing):
            continue
        for key in other.columns:
            is_meant = is_role or mine in (thing, (*thing, *_said(key.name)))
            if (
                is_meant
                and is_number(column.kind) == is_number(key.kind)
                and _is_unique(other, key, ask, schema.dialect)
                and _is_within(table, column, other, key, ask, schema.dialect)
            ):
                return other.name, key.name
    return None


def _told_by_values(
    table: Table, column: Column, primary: Mapping[str, str], schema: Schema, ask: Ask
) -> tuple[str, str] | None:
    """Where a number or a code leads whose values are those of one key alone, whatever it is called.

    Numbers that begin low are in every other key as well, and tell nothing; nor do a few values.
    """
    linked = any(column.name in key.columns for key in table.foreign_keys)
    if linked or primary.get(table.name) == column.name:
        return None
    is_numbering = _words(column, table)[-1] in _NUMBERING
    found = [
        (other.name, key.name)
        for other in schema.tables
        if other != table and (key := other.column(primary.get(other.name, ""))) is not None
        if is_number(column.kind) == is_number(key.kind)
        and _is_telling(table, column, ask, schema.dialect)
        and (is_numbering or _is_used(table, column, other, ask, schema.dialect))
        and _is_within(table, column, other, key, ask, schema.dialect)
    ]
    return found[0] if len(found) == 1 else None


def _is_telling(table: Table, column: Column, ask: Ask, dialect: str) -> bool:
    """Whether it has values enough, and they are codes, or numbers that do not begin low."""
    node = exp.column(column.name, quoted=True)
    stats = exp.select(exp.Count(this=exp.Distinct(expressions=[node])), exp.Min(this=node))
    rows = ask(stats.from_(stored_table(table)).where(_is_given(node, column)).sql(dialect))
    if not rows or int(str(rows[0][0])) < _FEWEST_VALUES:
        return False
    return not is_number(column.kind) or float(str(rows[0][1])) >= _LOW


def _is_used(table: Table, column: Column, other: Table, ask: Ask, dialect: str) -> bool:
    """Whether so many different numbers are there that they are hardly amounts; texts are told by themselves."""
    if not is_number(column.kind):
        return True
    node = exp.column(column.name, quoted=True)
    used = exp.select(exp.Count(this=exp.Distinct(expressions=[node]))).from_(stored_table(table))
    rows = ask(used.sql(dialect))
    return bool(rows) and int(str(rows[0][0])) >= _OFTEN * (other.rows or 0)


def _is_given(node: exp.Expr, column: Column) -> exp.Expr:
    """Neither null nor what stands for nothing: 0, or an empty text."""
    nothing = exp.Literal.number(0) if is_number(column.kind) else exp.Literal.string("")
    return exp.and_(node.is_(exp.null()).not_(), exp.NEQ(this=node.copy(), expression=nothing))


# Every column is compared with every table, so labels are kept.


@cache
def _said(name: str) -> tuple[str, ...]:
    return tuple(column_label(name).text.split())


@cache
def _thing_of(table: str) -> tuple[str, ...]:
    """What one row of a table is called."""
    return tuple(map(singular, _said(_rows_of(table).text)))


@cache
def _rows_of(table: str) -> Label:
    return table_label(table)


@cache
def _label_of(column: str, table: str) -> Label:
    return column_label(column, table=table)


def _primary(table: Table, ask: Ask, dialect: str) -> str:
    declared = [column.name for column in table.columns if column.primary_key]
    if declared or table.is_view:
        return declared[0] if len(declared) == 1 else ""
    named = [c for c in table.columns if _words(c, table)[-1] in _NUMBERING]
    own = {word[:3] for word in _rows_of(table.name).words}
    named.sort(key=lambda c: own.isdisjoint(word[:3] for word in _words(c, table)))
    named += table.columns[:1] if _holds_codes(table.columns[0]) else ()
    return next((c.name for c in named if _is_unique(table, c, ask, dialect)), "")


def _holds_codes(column: Column) -> bool:
    """Whether texts are short ones in capitals, as initials are."""
    return bool(column.samples) and all(
        value.isupper() and value.isalnum() and len(value) <= _CODE_LETTERS
        for value in column.samples
    )


def _words(column: Column, table: Table) -> tuple[str, ...]:
    return _label_of(column.name, table.own_name).words


def _is_unique(table: Table, column: Column, ask: Ask, dialect: str) -> bool:
    node = exp.column(column.name, quoted=True)
    counts = (exp.Count(this=exp.Star()), exp.Count(this=exp.Distinct(expressions=[node])))
    rows = ask(exp.select(*counts).from_(stored_table(table)).sql(dialect))
    return bool(rows) and rows[0][0] == rows[0][1] and rows[0][0] != 0


def _parent(
    table: Table, column: Column, primary: Mapping[str, str], schema: Schema, ask: Ask
) -> Table | None:
    if any(column.name in key.columns for key in table.foreign_keys):
        return None
    others = [other for other in schema.tables if other.name in primary and other != table]
    for other in sorted(
        others, key=lambda other: primary[other.name].lower() != column.name.lower()
    ):
        key = other.column(primary[other.name])
        is_own = primary.get(table.name) == column.name and not _is_shared(table, other, column)
        if (
            key
            and not is_own
            and _may_refer(table, column, key, other)
            and _is_within(table, column, other, key, ask, schema.dialect)
        ):
            return other
    return None


def _is_shared(table: Table, other: Table, column: Column) -> bool:
    """Whether the key of a table is named after another one, whose rows it continues."""
    words = _words(column, table)

    def named(one: Table) -> bool:
        return any(word[:3] == w[:3] for word in _rows_of(one.name).words for w in words)

    return named(other) and not named(table)


def _may_refer(table: Table, column: Column, key: Column, other: Table) -> bool:
    if is_number(column.kind) != is_number(key.kind):
        return False
    mine, theirs = _words(column, table), _words(key, other)
    is_of_people = not PEOPLE.isdisjoint(map(singular, _rows_of(other.name).words))
    if is_of_people and mine[-1] in ROLES:
        return True
    if mine == theirs or column.name.lower() == key.name.lower():
        return not _NUMBERING.issuperset(mine)
    if _is_short_for(column.name.lower(), key.name.lower()):
        return True
    if mine[-1] not in _NUMBERING:
        return False
    thing = tuple(word.rstrip("s") for word in _rows_of(other.name).words)
    is_named = tuple(word.rstrip("s") for word in mine[:-1]) in (thing, thing[-1:])
    return is_named or (not PEOPLE.isdisjoint(thing) and mine[0] in ROLES)


def _is_short_for(name: str, key: str) -> bool:
    """Whether a column is called as a key without the ending that says it is one: FS for FSNR."""
    ending = key.removeprefix(name).strip("_")
    return len(name) > 1 and key.startswith(name) and ending in _KEY_ENDINGS


def _is_within(
    table: Table, column: Column, other: Table, key: Column, ask: Ask, dialect: str
) -> bool:
    """Whether every value is one of the key's, but for what stands for nothing."""
    value, there = exp.column(column.name, quoted=True), exp.column(key.name, quoted=True)
    known = exp.select(there).from_(stored_table(other)).where(there.is_(exp.null()).not_())
    strange = exp.select(exp.Count(this=exp.Star())).from_(stored_table(table))
    strange = strange.where(_is_given(value, column), value.isin(query=known).not_())
    used = exp.select(exp.Count(this=value)).from_(stored_table(table))
    used = used.where(_is_given(value, column))
    lost, all_of = ask(strange.sql(dialect)), ask(used.sql(dialect))
    return [row[0] for row in lost] == [0] and any(row[0] for row in all_of)


def stored_table(table: Table) -> exp.Table:
    """A table as a statement names it."""
    return exp.table_(table.own_name, db=table.namespace or None, quoted=True)
