from dataclasses import dataclass
from functools import cached_property

from tools.sql.dates import FORMS
from tools.sql.meaning import NO_GLOSSARY, UNSAID, Glossary, Meaning


@dataclass(frozen=True, slots=True)
class Column:
    """A column as a model may see it.

    `samples` are all stored values of a low-cardinality text column, most frequent first; `range`
    is the first and the last of a date column, as they are stored. Of a number column in SQLite,
    `strays` counts the cells that hold text, and `is_flag` says that it holds only 0 and 1. `dates`
    is how a column of another type keeps dates, a key of `tools.sql.dates.FORMS`. `meaning` is what
    a semantic model says of it.
    """

    name: str
    type: str
    nullable: bool
    primary_key: bool = False
    comment: str = ""
    samples: tuple[str, ...] = ()
    range: tuple[str, str] | None = None
    strays: int = 0
    is_flag: bool = False
    dates: str = ""
    meaning: Meaning = UNSAID

    @property
    def kind(self) -> str:
        """The type without a length or the values of an enumeration: `ENUM` of `ENUM('a', 'b')`."""
        return self.type.partition("(")[0]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`columns` of the table that has it refer to `referred_columns` of `referred_table`.

    What is not declared in the database is said by a semantic model.
    """

    columns: tuple[str, ...]
    referred_table: str
    referred_columns: tuple[str, ...]
    is_declared: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view; `rows` is an estimate, None where the engine gives none.

    `namespace` is empty for the database's own; another namespace is also part of `name`. `fields`
    are what a semantic model works out of the columns: no statement can name them.
    """

    name: str
    columns: tuple[Column, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    comment: str = ""
    is_view: bool = False
    rows: int | None = None
    namespace: str = ""
    meaning: Meaning = UNSAID
    fields: tuple[Column, ...] = ()

    @property
    def own_name(self) -> str:
        """The name without its namespace."""
        return self.name.removeprefix(f"{self.namespace}.") if self.namespace else self.name

    def column(self, name: str) -> Column | None:
        """The column of that name, compared without case."""
        return next((c for c in self.columns if c.name.lower() == name.lower()), None)


@dataclass(frozen=True)
class Schema:
    """The visible schema of a database, without denied tables and columns.

    `dialect` is sqlglot's name of the engine's SQL ("sqlite", "postgres", …); `fingerprint`
    changes when a table, column, type or key does; `timezone` is the zone of the database's
    sessions, empty for this machine's; `glossary` is what a semantic model says of all of it.
    """

    dialect: str
    tables: tuple[Table, ...]
    fingerprint: str
    timezone: str = ""
    glossary: Glossary = NO_GLOSSARY

    def table(self, name: str) -> Table | None:
        """The table of that name, compared without case."""
        return next((t for t in self.tables if t.name.lower() == name.lower()), None)

    def describe(self) -> str:
        """The schema as text for a prompt or a terminal: a line a column, a block a table."""
        return self._described

    def outline(self) -> str:
        """What there is, without how it is stored: a line a table, with the names of its columns."""
        return "\n".join(map(_outline_of, self.tables))

    @cached_property
    def _described(self) -> str:
        blocks = [*map(_describe_table, self.tables), self.glossary.in_words()]
        return "\n\n".join(filter(None, blocks))


def _outline_of(table: Table) -> str:
    comment = f" ({table.comment})" if table.comment else ""
    return f"{table.name}{comment}: {', '.join(column.name for column in table.columns)}"


def _describe_table(table: Table) -> str:
    kind = "view" if table.is_view else "table"
    rows = "" if table.rows is None else f" ({table.rows:,} rows)"
    known = "; ".join(filter(None, [*table.meaning.in_words(table.own_name), table.comment]))
    comment = f": {known}" if known else ""
    lines = [f"{kind} {table.name}{rows}{comment}"]
    lines += [_describe_column(column) for column in table.columns]
    lines += [f"  -- {'; '.join(one.meaning.in_words(''))}" for one in table.fields]
    lines += [
        f"  {', '.join(key.columns)} -> {key.referred_table}({', '.join(key.referred_columns)})"
        for key in table.foreign_keys
    ]
    return "\n".join(lines)


def _describe_column(column: Column) -> str:
    parts = [f"  {column.name} {column.type}"]
    if column.primary_key or column.meaning.is_key:
        parts.append("primary key")
    elif not column.nullable:
        parts.append("not null")
    parts += [f"-- {said}" for said in column.meaning.in_words(column.name)]
    if column.comment:
        parts.append(f"-- {column.comment}")
    if column.samples and not column.meaning.codes:
        parts.append(f"-- values: {', '.join(column.samples)}")
    if column.strays:
        parts.append(f"-- {column.strays} cells hold text instead of a number")
    if column.is_flag:
        parts.append("-- 1: yes, 0: no")
    if column.dates and not column.meaning.expression:
        parts.append(f"-- dates as {FORMS[column.dates]}")
    if column.range:
        parts.append(f"-- from {column.range[0]} to {column.range[1]}")
    return " ".join(parts)
