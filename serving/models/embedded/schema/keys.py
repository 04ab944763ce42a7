"""Foreign keys that nobody declared, told by the names of columns."""

import re
from dataclasses import replace

from serving.models.embedded.english.words import name_stems, spelled_out, stem
from serving.models.embedded.schema.targets import is_text
from tools.sql.schema import Column, ForeignKey, Schema, Table

_IDENTIFYING = frozenset({"id", "code", "key", stem("name")})
_NUMBERING = frozenset({stem("number"), stem("code"), stem("reference"), "ref"})
_BEGUN = 3
"""Letters that a key's name and its table's begin with alike."""
_LONG = 4
"""Letters of a key's name that another column's name may end with: "sender_account_no"."""


def with_inferred_keys(schema: Schema) -> Schema:
    """The schema with a foreign key wherever a column is named like the key of another table."""
    tables = tuple(
        replace(table, foreign_keys=table.foreign_keys + _inferred(table, schema))
        for table in schema.tables
    )
    return replace(schema, tables=tables)


def _inferred(table: Table, schema: Schema) -> tuple[ForeignKey, ...]:
    declared = {name for key in table.foreign_keys for name in key.columns}
    found: list[ForeignKey] = []
    for column in table.columns:
        is_own = column.name in declared or (
            _is_own_key(column, table) and not _is_of_other(column, table, schema)
        )
        parents = () if is_own else _parents(table, column, schema)
        near = min(parents, key=lambda parent: _strangeness(column, *parent), default=None)
        if near is not None:
            found.append(ForeignKey((column.name,), near[0].name, (near[1].name,)))
    return tuple(found)


def _parents(table: Table, column: Column, schema: Schema) -> list[tuple[Table, Column]]:
    others = [parent for parent in schema.tables if parent.name != table.name]
    keys = [(parent, key) for parent in others for key in (_key(parent), _number(parent)) if key]
    return [(parent, key) for parent, key in keys if _refers(column, parent, key)]


def _number(table: Table) -> Column | None:
    """The number or code by which people know a row besides its key: "policy_no" of a policy."""
    own = name_stems(table.name)
    numbers = (c for c in table.columns if spelled_out(c.name)[-1] in _NUMBERING)
    return next((c for c in numbers if spelled_out(c.name)[:-1] in (own, own[-1:])), None)


def _key(table: Table) -> Column | None:
    """The column that identifies a row: the primary key, else the one named like it."""
    declared = [column for column in table.columns if column.primary_key]
    if declared:
        return declared[0] if len(declared) == 1 else None
    own = name_stems(table.name)
    initial = re.compile(rf"{table.name[:1]}_?id", re.I)
    named = [c for c in table.columns if _names_key(c, own) or initial.fullmatch(c.name)]
    linking = [c for c in table.columns if re.fullmatch(r"\w_?id", c.name, re.I)]
    if named:
        return named[0] if len(linking) < 2 or len(own) == 1 else None
    for first in table.columns[:1]:
        stems = spelled_out(first.name)
        if len(stems) > 1 and stems[-1] in _IDENTIFYING | _NUMBERING:
            return first
    return None


def _is_own_key(column: Column, table: Table) -> bool:
    if column.primary_key:
        return column == _key(table)
    own, stems = name_stems(table.name), name_stems(column.name)
    return column == _key(table) and (len(own) == 1 or stems[:-1] in ((), own))


def _is_of_other(column: Column, table: Table, schema: Schema) -> bool:
    """Whether the key of another table has this name, which is made of that table's and not of this one's."""
    if column.primary_key or _is_named_after(column, table):
        return False
    others = [other for other in schema.tables if other.name != table.name]
    keys = ((other, _key(other)) for other in others if _is_named_after(column, other))
    return any(key and name_stems(key.name) == name_stems(column.name) for _, key in keys)


def _is_named_after(column: Column, table: Table) -> bool:
    first = name_stems(column.name)[0]
    return any(own[:_BEGUN] == first[:_BEGUN] for own in name_stems(table.name))


def _names_key(column: Column, own: tuple[str, ...]) -> bool:
    stems = name_stems(column.name)
    return stems == ("id",) or (
        stems[-1] in {"id", "code", "key"} and stems[:-1] in (own, own[-1:])
    )


def _refers(column: Column, parent: Table, key: Column) -> bool:
    mine, theirs, own = name_stems(column.name), name_stems(key.name), name_stems(parent.name)
    if mine == theirs:
        is_number = key == _number(parent)
        is_key = theirs[-1] in _IDENTIFYING or theirs[-1].endswith("id")
        return theirs != ("id",) and (is_key or is_number)
    is_named = mine[-1] in {"id", "code", "key"} and mine[:-1] in (own, own[-1:])
    is_worded = is_text(column) and is_text(key)  # a "list_price" is not a row of prices
    full = spelled_out(column.name)
    is_role = len(full) > 1 and full[-1:] == own and is_worded and not column.primary_key
    is_long = len(key.name) >= _LONG and column.name.lower().endswith(key.name.lower())
    return is_named or is_role or (is_long and len(theirs) > 1)


def _strangeness(column: Column, parent: Table, key: Column) -> tuple[bool, bool, int]:
    """Less for the table that the key is named after, and for a short name."""
    is_other = not set(name_stems(parent.name)) & set(name_stems(column.name))
    return (not key.primary_key, is_other, len(parent.name))
