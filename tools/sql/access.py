from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Self

from tools.sql.folding import ascii_lower
from tools.sql.schema import Schema, Table


@dataclass(frozen=True, slots=True)
class Access:
    """The tables, columns and functions that the operator allows; names are case-insensitive.

    `allowed_tables` None means every table of the database's own namespace (PostgreSQL's schema,
    MariaDB's database). Another namespace's are written `namespace.table`, or `namespace.*`. A
    denied column is written `table.column`, or `column` alone to deny it wherever it occurs, and
    `table.*` denies a whole table; `*.column` also denies what no table has yet. Denied wins over allowed.
    `functions` are user-defined ones, `namespace.name` or `namespace.*`. `modelled` are the denied
    names that come from a semantic model.
    """

    allowed_tables: frozenset[str] | None
    denied_columns: frozenset[str]
    functions: frozenset[str] = frozenset()
    modelled: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        allowed_tables: Collection[str] | None,
        denied_columns: Collection[str],
        functions: Collection[str] = (),
        modelled: Collection[str] = (),
    ) -> Self:
        """Take the names as somebody wrote them into the settings, and into a semantic model."""
        tables = None if allowed_tables is None else frozenset(map(str.lower, allowed_tables))
        denied = frozenset(map(str.lower, denied_columns))
        hidden = frozenset(map(str.lower, modelled))
        called = frozenset(map(str.lower, functions))
        return cls(tables, denied | hidden, called, hidden - denied)

    @property
    def namespaces(self) -> list[str]:
        """The namespaces that are written before open tables, in lower case."""
        parted = (name.rpartition(".")[0] for name in self.allowed_tables or ())
        return sorted(set(filter(None, parted)))

    def within(self, namespace: str) -> "Access":
        """The same for a database whose own namespace this is: it need not be written."""
        own = f"{namespace.lower()}."
        allowed = self.allowed_tables
        if allowed is not None:
            allowed = frozenset(name.removeprefix(own) for name in allowed)
        denied = frozenset(name.removeprefix(own) for name in self.denied_columns)
        modelled = frozenset(name.removeprefix(own) for name in self.modelled)
        return Access(allowed, denied, self.functions, modelled)

    def opens(self, function: str) -> bool:
        """Whether a user-defined function, with its namespace, may be called."""
        namespace = function.lower().rpartition(".")[0]
        return not self.functions.isdisjoint((function.lower(), f"{namespace}.*"))

    def shows(self, table: str) -> bool:
        """Whether the table or view is open at all; another namespace's has it in its name."""
        if self.allowed_tables is None or table.lower() in self.allowed_tables:
            return True
        namespace, dot, _ = table.lower().rpartition(".")
        return f"{namespace}{dot}*" in self.allowed_tables

    def denies(self, table: str, column: str) -> bool:
        """Whether the column is closed, by its own name or by its table's in any namespace."""
        return not self.denied_columns.isdisjoint(denying_names(table, column))


def denying_names(table: str, column: str) -> tuple[str, ...]:
    """Every way in which `denied_columns` may name a column, in lower case."""
    plain, whole = column.lower(), table.lower()
    own = whole.rpartition(".")[2]
    return plain, f"*.{plain}", f"{whole}.{plain}", f"{own}.{plain}", f"{whole}.*", f"{own}.*"


@dataclass(frozen=True, slots=True)
class VisibleSchema:
    """An `Access` laid over a database as it is now: what the gate's layers decide by.

    Names outside the schema are folded as the engine compares them. `hidden` has the denied columns
    that open tables really have. `lent` has, for an open view, the (table, column) pairs it reads from tables that
    are not open themselves: readable through that view and no other way. `closed` has the tables
    and views that exist and are not in the schema. `namespace` is what may be written before a
    table's name; tables of other namespaces have theirs in their names, up to the last dot.
    `functions` are the user-defined ones that are open, with their schema; `operators` are those
    that somebody defined under the name of one of PostgreSQL's own. `unknown` has a sentence for each
    allowed table that does not exist. `stamp` is that of the files it was read from, where they
    may be replaced at any time.
    """

    schema: Schema
    hidden: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    lent: Mapping[str, frozenset[tuple[str, str]]] = field(
        default_factory=dict[str, frozenset[tuple[str, str]]]
    )
    closed: frozenset[str] = frozenset()
    namespace: str = "main"
    functions: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()
    unknown: tuple[str, ...] = ()
    stamp: Hashable = None

    def named(self, namespace: str, name: str) -> Table | None:
        """The open table that the engine means by a folded name, in this namespace or its own."""
        is_own = namespace in ("", self.namespace)
        key = name if is_own else f"{namespace}.{name}"
        found = self.table(key)
        if found is None or found.namespace != ("" if is_own else namespace):
            return None
        return found

    def table(self, name: str) -> Table | None:
        """The open table of that folded key."""
        found = self.schema.table(name)
        if found is not None and self.fold_table(found.name) == name:
            return found
        return next((t for t in self.schema.tables if self.fold_table(t.name) == name), None)

    def hidden_of(self, table: str) -> frozenset[str]:
        """The denied columns of an open table, folded."""
        return self.hidden.get(self.fold_table(table), frozenset())

    def fold_table(self, name: str) -> str:
        """A table's name, stored or written, as the engine compares it."""
        match self.schema.dialect:
            case "sqlite" | "duckdb":
                return ascii_lower(name)
            case "trino" | "tsql":
                return name.lower()
            case _:
                return name

    def fold_column(self, name: str) -> str:
        """A column's name, stored or written, as the engine compares it."""
        match self.schema.dialect:
            case "postgres" | "oracle" | "snowflake":
                return name
            case "sqlite" | "duckdb":
                return ascii_lower(name)
            case _:
                return name.lower()
