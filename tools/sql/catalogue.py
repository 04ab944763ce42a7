"""A server's catalogue, read row by row, as the gate's layers need it."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tools.sql.access import Access, VisibleSchema
from tools.sql.introspect import fingerprint, with_visible_keys
from tools.sql.schema import Column, ForeignKey, Schema, Table
from tools.sql.values import MOST_SAMPLES, StoredValues
from tools.sql.without_effect import check_access

Denies = Callable[[str, str], bool]

Reads = Mapping[str, frozenset[tuple[str, str]] | None]
"""The (table, column) pairs behind each view; None where nobody can tell."""

_LABEL = re.compile(r"'((?:[^']|'')*)'")


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table or view; `rows` is the engine's own estimate.

    `namespace` is empty for the database's own; another namespace is also part of `name`.
    """

    name: str
    is_view: bool
    rows: int | None
    comment: str
    namespace: str = ""


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """A column with its position; `is_closed` if the login may not read it."""

    table: str
    name: str
    type: str
    nullable: bool
    is_key: bool
    comment: str
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything in the open namespaces of a server; `keys` are (table, foreign key).

    `namespace` is the database's own, which is not written in front of names. `parents` has, for
    a partition or a table that inherits, all that it is a part of. `functions` are user-defined,
    with their namespaces; `operators` by namespace. `timezone` is the session's.
    """

    namespace: str
    tables: Sequence[StoredTable]
    columns: Sequence[StoredColumn]
    keys: Sequence[tuple[str, ForeignKey]]
    reads: Reads
    parents: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    functions: frozenset[str] = frozenset()
    operators: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    timezone: str = ""


def visible_schema(
    found: Catalogue, access: Access, values: StoredValues, dialect: str
) -> VisibleSchema:
    """Lay the access over a catalogue, and look at the values of what is open.

    A view that reads something denied is left out, as is one of which nobody can tell what it
    reads while something is denied.

    Raises:
        Unavailable: a denied name matches nothing.
    """
    access = access.within(found.namespace)
    unknown = _check(found, access)
    denies = _denial(found, access)
    columns: dict[str, list[StoredColumn]] = defaultdict(list)
    for column in found.columns:
        columns[column.table].append(column)
    hidden = {
        name: frozenset(c.name for c in stored if c.is_closed or denies(name, c.name))
        for name, stored in columns.items()
    }
    shown = [
        _table(table, columns[table.name], hidden[table.name], found, values)
        for table in found.tables
        if _is_meant(table.name, access, {other.name for other in found.tables})
        and columns[table.name]
        and not (table.is_view and _reads_denied(table.name, found.reads, access, denies))
    ]
    tables = tuple(table for table in shown if table.columns)
    kept = tuple(with_visible_keys(table, tables) for table in tables)
    schema = Schema(dialect, kept, fingerprint(kept), found.timezone)
    names = {table.name for table in kept}
    closed = frozenset(table.name for table in found.tables if table.name not in names)
    bare = VisibleSchema(schema)
    really = {
        bare.fold_table(name): frozenset(map(bare.fold_column, denied))
        for name, denied in hidden.items()
        if denied and name in names
    }
    opened = frozenset(name.lower() for name in found.functions if access.opens(name))
    foreign = [
        symbols
        for namespace, symbols in found.operators.items()
        if f"{namespace.lower()}.*" not in access.functions
    ]
    operators = frozenset[str]().union(*foreign)
    return VisibleSchema(schema, really, {}, closed, found.namespace, opened, operators, unknown)


def _check(found: Catalogue, access: Access) -> tuple[str, ...]:
    columns: dict[str, list[str]] = defaultdict(list)
    for column in found.columns:
        columns[column.table].append(column.name)
    inherited = [
        (parent, column)
        for name, parents in found.parents.items()
        for parent in parents
        for column in columns[name]
    ]
    read = [pair for pairs in found.reads.values() for pair in pairs or ()]
    tables = [table.name for table in found.tables]
    return check_access(access, tables, columns, [*inherited, *read])


def _denial(found: Catalogue, access: Access) -> Denies:
    """Denials on a table extend to its partitions and to inheriting tables."""

    def denies(table: str, column: str) -> bool:
        whole = (table, *found.parents.get(table, ()))
        return any(access.denies(name, column) for name in whole)

    return denies


def _is_meant(table: str, access: Access, names: set[str]) -> bool:
    """Whether it is open; a list opens the lower-case one of two that differ by case alone."""
    is_twin = table != table.lower() and table.lower() in names
    return access.shows(table) and not (is_twin and access.allowed_tables is not None)


def _reads_denied(view: str, reads: Reads, access: Access, denies: Denies) -> bool:
    pairs = reads.get(view, frozenset())
    if pairs is None:
        return bool(access.denied_columns)
    return any(denies(table, column) for table, column in pairs)


def _table(
    table: StoredTable,
    columns: Sequence[StoredColumn],
    hidden: frozenset[str],
    found: Catalogue,
    values: StoredValues,
) -> Table:
    keys = tuple(
        key for name, key in found.keys if name == table.name and hidden.isdisjoint(key.columns)
    )
    shown = tuple(_column(column, values) for column in columns if column.name not in hidden)
    rows = None if table.is_view else values.estimate(table.name, table.rows)
    return Table(
        table.name, shown, keys, table.comment, table.is_view, rows, namespace=table.namespace
    )


def _column(stored: StoredColumn, values: StoredValues) -> Column:
    column = Column(
        stored.name, stored.type, stored.nullable, stored.is_key, comment=stored.comment
    )
    seen = values.look(stored.table, stored.name, column.kind)
    samples = _with_labels(column, seen.samples)
    return replace(column, samples=samples, range=seen.range, dates=seen.dates)


def _with_labels(column: Column, samples: tuple[str, ...]) -> tuple[str, ...]:
    """The stored values of an enumeration, and after them those that no row has yet."""
    if column.kind.upper() != "ENUM":
        return samples
    labels = [label.replace("''", "'") for label in _LABEL.findall(column.type)]
    return (*samples, *(label for label in labels if label not in samples))[:MOST_SAMPLES]
