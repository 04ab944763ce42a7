"""What every name in a statement reaches; one that reaches nothing open is refused.

Names are looked up as engines do: in the FROM of their own query, then in those around it. What is
found is written down in the tree: a column gets its source's name in front, a stored table its
namespace. So the engine can only read what was found, or fail.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Literal

from sqlglot import exp

from tools.errors import Refused
from tools.sql.access import Sight
from tools.sql.dialects import Allowed
from tools.sql.folding import ascii_lower
from tools.sql.guard.growth import LARGEST, MADE, ROWS, STORED, Sizes, rows_made

_ROW_IDS = frozenset({"rowid", "oid", "_rowid_"})
_MOST_READS = 200
_MATCHES = 10.0
_GROUPS = 100.0

_SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})

Aliases = Literal["none", "whole", "inside"]
"""Where a query's own results may be named: nowhere, as a whole expression, or inside of one."""

_ALIASES: Mapping[str, Mapping[str, Aliases]] = {
    "sqlite": {"where": "inside", "on": "inside", "group": "inside", "having": "inside", "order": "inside"},
    "mysql": {"group": "inside", "having": "inside", "order": "inside"},
    "postgres": {"group": "whole", "order": "whole", "distinct": "whole"},
    "trino": {"order": "inside"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Output:
    """One column that a query gives: its folded name (None: it cannot be named), and its size."""

    name: str | None
    size: float = STORED


@dataclass(frozen=True, slots=True)
class Result:
    """What a query gives: its columns, about how many rows, and how many sources it reads in all."""

    outputs: tuple[Output, ...]
    rows: float = 1.0
    reads: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """One item of a FROM under the name it has there.

    `table` is the stored table's own name, empty for anything else.
    """

    alias: exp.Identifier
    name: str
    outputs: tuple[Output, ...]
    hidden: frozenset[str] = frozenset()
    table: str = ""
    namespace: str = ""
    has_row_ids: bool = False
    rows: float = ROWS

    @property
    def columns(self) -> tuple[str, ...]:
        """The names that can be read, in order."""
        return tuple(output.name for output in self.outputs if output.name is not None)

    def size_of(self, column: str) -> float:
        """The most that a value of the column measures."""
        return next((o.size for o in self.outputs if o.name == column), STORED)

    def has(self, column: str) -> bool:
        """Whether the column may be read; a row's number may stand for a denied key."""
        if column in self.columns:
            return True
        return self.has_row_ids and not self.hidden and column in _ROW_IDS


@dataclass(slots=True)
class _Scope:
    """The sources of one query, and the query around it whose sources it sees too."""

    outer: "_Scope | None"
    ctes: Mapping[str, "Result | None"]
    sources: list[Source] = field(default_factory=list[Source])
    merged: set[str] = field(default_factory=set[str])
    is_natural: bool = False
    aliases: Mapping[str, float] = field(default_factory=dict[str, float])
    reads: int = 0
    rows: float = 1.0

    def levels(self) -> Iterator["_Scope"]:
        scope: _Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.outer


Ctes = Mapping[str, Result | None]
"""The queries of WITH that can be read; None while one is still being defined."""


class Names:
    """The names of one statement, found and written down in its tree."""

    def __init__(self, tree: exp.Query, sight: Sight, allowed: Allowed) -> None:
        self._sight = sight
        self._allowed = allowed
        self._dialect = sight.schema.dialect
        self._tables: dict[str, None] = {}
        self._bindings: dict[int, Source] = {}
        self._known: dict[int, float] = {}
        self._query(tree, None, {})

    @property
    def tables(self) -> tuple[str, ...]:
        """The stored tables that are read, each once, in order."""
        return tuple(self._tables)

    def table_of(self, column: exp.Column) -> str:
        """The stored table that a column is read from, empty where it is something else's."""
        source = self._bindings.get(id(column))
        return source.table if source is not None else ""

    # Queries

    def _query(self, query: exp.Expr, outer: _Scope | None, ctes: Ctes) -> Result:
        ctes = self._with(query, outer, ctes)
        match query:
            case exp.Select():
                result = self._select(query, outer, ctes)
            case exp.SetOperation():
                result = self._combined(query, outer, ctes)
            case exp.Subquery() if isinstance(query.this, exp.Query | exp.Values):
                result = self._query(query.this, outer, ctes)
                self._end(query, _Scope(outer, ctes, aliases=_named(result.outputs)))
            case exp.Values():
                result = self._values(query, _Scope(outer, ctes))
            case _:
                raise Refused("Write a SELECT here.")
        if result.reads > _MOST_READS:
            raise Refused("It reads the same subqueries too many times over. Reduce the nesting.")
        self._known[id(query)] = max((output.size for output in result.outputs), default=0.0)
        return result

    def _with(self, query: exp.Expr, outer: _Scope | None, ctes: Ctes) -> Ctes:
        prepared = query.args.get("with_")
        if prepared is None:
            return ctes
        is_recursive = bool(prepared.args.get("recursive")) or self._dialect == "sqlite"
        for cte in prepared.expressions:
            name = self._table_key(cte.args["alias"].this)
            if is_recursive and isinstance(cte.this, exp.SetOperation):
                result = self._recursive(cte, name, outer, ctes)
            else:
                result = self._renamed(cte, self._query(cte.this, outer, ctes))
            ctes = {**ctes, name: result}
        return ctes

    def _recursive(self, cte: exp.CTE, name: str, outer: _Scope | None, ctes: Ctes) -> Result:
        """A query that may read itself: its first arm says which columns there are.

        A value that a round makes larger than it was is as large as any can become.
        """
        union = cte.this
        inner = self._with(union, outer, {**ctes, name: None})
        first = self._renamed(cte, self._query(union.left, outer, inner))
        first = replace(first, rows=MADE)
        again = self._query(union.right, outer, {**inner, name: first})
        grown = zip(first.outputs, again.outputs, strict=False)
        sizes = [LARGEST[self._dialect] if b.size > a.size else a.size for a, b in grown]
        outputs = tuple(Output(o.name, size) for o, size in zip(first.outputs, sizes, strict=False))
        result = replace(first, outputs=outputs, reads=first.reads + again.reads)
        if any(b.size > a.size for a, b in zip(first.outputs, again.outputs, strict=False)):
            self._query(union.right, outer, {**inner, name: result})
        self._end(union, _Scope(outer, inner, aliases=_named(outputs)))
        return result

    def _combined(self, union: exp.SetOperation, outer: _Scope | None, ctes: Ctes) -> Result:
        left = self._query(union.left, outer, ctes)
        right = self._query(union.right, outer, ctes)
        results = {**_named(right.outputs), **_named(left.outputs)}
        self._end(union, _Scope(outer, ctes, aliases=results))
        arms = zip(left.outputs, right.outputs, strict=False)
        outputs = tuple(Output(a.name, max(a.size, b.size)) for a, b in arms)
        return Result(outputs, left.rows + right.rows, left.reads + right.reads)

    def _end(self, query: exp.Expr, scope: _Scope) -> None:
        """What follows a combination of queries: it names their results and nothing else."""
        for part in ("order", "limit", "offset"):
            if (node := query.args.get(part)) is not None:
                self._expression(node, scope, "inside" if part == "order" else "none")

    def _select(self, select: exp.Select, outer: _Scope | None, ctes: Ctes) -> Result:
        scope = _Scope(outer, ctes)
        if (source := select.args.get("from_")) is not None:
            self._source(source.this, scope)
        joins: Sequence[exp.Join] = select.args.get("joins") or ()
        for join in joins:
            self._source(join.this, scope)
        self._keep_apart(scope)
        scope.rows = _rows_of(select, scope)
        for item in select.expressions:
            self._expression(item, scope, "none")
        scope.aliases = {
            self._column_key(item.args["alias"]): self._size(item.this, scope)
            for item in select.expressions
            if isinstance(item, exp.Alias)
        }
        for join in joins:
            self._matched(join, scope)
        for part in ("where", "group", "having", "order", "distinct", "limit", "offset"):
            if (node := select.args.get(part)) is not None:
                self._expression(node, scope, _ALIASES[self._dialect].get(part, "none"))
        for window in select.args.get("windows") or ():
            self._expression(window, scope, "none")
        outputs = tuple(o for item in select.expressions for o in self._given(item, scope))
        return Result(outputs, scope.rows, scope.reads)

    def _given(self, item: exp.Expr, scope: _Scope) -> Iterator[Output]:
        """What one item of a SELECT list gives; a star gives all that its sources have."""
        if isinstance(item, exp.Star | exp.Column) and item.is_star:
            wanted = item.args.get("table")
            for source in scope.sources:
                if wanted is None or self._table_key(wanted) == source.name:
                    yield from source.outputs
            return
        size = self._size(item, scope)
        if isinstance(item, exp.Alias):
            yield Output(self._column_key(item.args["alias"]), size)
        elif isinstance(item, exp.Column):
            yield Output(self._column_key(item.this), size)
        else:
            yield Output(self._called(item), size)

    def _size(self, node: exp.Expr, scope: _Scope) -> float:
        return Sizes(self._dialect, lambda part: self._known.get(id(part)), scope.rows).of(node)

    def _called(self, item: exp.Expr) -> str | None:
        """What PostgreSQL calls a result without an alias; elsewhere it is the text, or nothing."""
        inner = item
        while isinstance(inner, exp.Window | exp.Filter | exp.WithinGroup):
            inner = inner.this
        if self._dialect == "postgres" and isinstance(inner, exp.Anonymous):
            return inner.name.rpartition(".")[2].lower()
        return None

    # Sources

    def _source(self, node: exp.Expr, scope: _Scope) -> None:
        match node:
            case exp.Table(this=exp.Identifier()):
                self._table(node, scope)
            case exp.Table(this=exp.Anonymous() | exp.JSONTable()) | exp.Unnest():
                self._function(node, scope)
            case exp.Lateral(this=exp.Anonymous()):
                self._function(node, scope)
            case exp.Lateral(this=exp.Subquery() as query):
                self._derived(node, query, scope, scope)
            case exp.Values():
                self._derived(node, node, scope, scope.outer)
            case exp.Subquery(this=exp.Table() as table):
                if node.alias:
                    raise Refused("Write the join without a name of its own around it.")
                self._source(table, scope)
            case exp.Subquery():
                self._derived(node, node, scope, scope.outer)
            case _:
                raise Refused("FROM may have tables, subqueries and listed functions. Use those.")
        for join in node.args.get("joins") or () if isinstance(node, exp.Table) else ():
            self._source(join.this, scope)
            self._matched(join, scope)

    def _derived(self, node: exp.Expr, query: exp.Expr, scope: _Scope, seen: _Scope | None) -> None:
        result = self._renamed(node, self._query(query, seen, scope.ctes))
        given = node.args.get("alias")
        if given is None or given.this is None:
            given = exp.TableAlias(this=exp.to_identifier(f"_q{len(scope.sources)}"))
            node.set("alias", given)
        self._add(scope, given.this, result)

    def _add(self, scope: _Scope, alias: exp.Identifier, result: Result) -> None:
        scope.reads += 1 + result.reads
        scope.sources.append(
            Source(alias, self._table_key(alias), result.outputs, rows=result.rows)
        )

    def _table(self, node: exp.Table, scope: _Scope) -> None:
        key = self._table_key(node.this)
        given = node.args.get("alias")
        alias = given.this if given is not None and given.this is not None else node.this
        if node.args.get("db") or key not in scope.ctes:
            source = self._stored(node, alias)
            scope.reads += 1
            scope.sources.append(source)
            return
        result = scope.ctes[key]
        if result is None:
            raise Refused(f"{node.name!r} cannot be read before its first SELECT is complete.")
        result = self._renamed(node, result)
        self._name_it(node, alias)
        self._add(scope, alias, result)

    def _stored(self, node: exp.Table, alias: exp.Identifier) -> Source:
        namespace = self._table_key(node.args["db"]) if node.args.get("db") else ""
        table = self._sight.named(namespace, self._table_key(node.this))
        if table is None:
            raise Refused(self._no_such_table(node))
        if node.args.get("alias") and node.alias_column_names:
            raise Refused(f"Write {node.name!r} without new names for its columns.")
        self._tables.setdefault(table.name)
        self._name_it(node, alias)
        node.set("this", exp.to_identifier(table.own_name, quoted=True))
        if where := table.namespace or self._sight.namespace:
            node.set("db", exp.to_identifier(where, quoted=True))
        return Source(
            alias,
            self._table_key(alias),
            tuple(Output(self._sight.fold_column(column.name)) for column in table.columns),
            rows=ROWS if table.rows is None else float(max(table.rows, 1)),
            hidden=self._sight.hidden_of(table.name),
            table=table.name,
            namespace=table.namespace or self._sight.namespace,
            has_row_ids=self._dialect == "sqlite",
        )

    def _name_it(self, node: exp.Table, alias: exp.Identifier) -> None:
        if not node.args.get("alias"):
            node.set("alias", exp.TableAlias(this=alias.copy()))

    def _function(self, node: exp.Expr, scope: _Scope) -> None:
        """A function in FROM: its arguments see the sources before it."""
        calls = node.expressions if isinstance(node, exp.Unnest) else [node.this]
        for call in calls:
            self._expression(call, scope, "none")
        alias = node.args.get("alias")
        first = calls[0]
        name = "unnest" if isinstance(node, exp.Unnest) else getattr(first, "name", "").lower()
        if alias is None or alias.this is None:
            alias = exp.TableAlias(this=exp.to_identifier(name))
            node.set("alias", alias)
        key = self._column_key(alias.this)
        columns = self._columns_of(node, name, key)
        declared = [self._column_key(column) for column in alias.columns]
        ordinal = node.args.get("offset")
        if node.args.get("ordinality") or isinstance(ordinal, exp.Identifier):
            given = (
                self._column_key(ordinal) if isinstance(ordinal, exp.Identifier) else "ordinality"
            )
            columns = [*columns, given]
        names = [*declared, *columns[len(declared) :]]
        size = max(self._size(call, scope) for call in calls)
        outputs = tuple(Output(column, size) for column in names)
        self._add(scope, alias.this, Result(outputs, rows_made(first)))

    def _columns_of(self, node: exp.Expr, name: str, alias: str) -> list[str]:
        if isinstance(node, exp.Unnest):
            return [alias] if len(node.expressions) == 1 else []
        if isinstance(node.this, exp.JSONTable):
            return list(self._json_columns(node.this.args["schema"]))
        return list(self._allowed.table_functions.get(name, ())) or [alias]

    def _json_columns(self, schema: exp.JSONSchema) -> Iterator[str]:
        for column in schema.expressions:
            if nested := column.args.get("nested_schema"):
                yield from self._json_columns(nested)
            else:
                yield self._column_key(column.this)

    def _values(self, node: exp.Values, scope: _Scope) -> Result:
        rows = node.expressions
        for row in rows:
            self._expression(row, scope, "none")
        widths = {len(row.expressions) for row in rows}
        if len(widths) != 1:
            raise Refused("Give every row of VALUES the same number of values.")
        named = self._dialect in ("sqlite", "postgres")
        size = max(self._size(row, scope) for row in rows)
        outputs = [
            Output(f"column{place}" if named else None, size)
            for place in range(1, widths.pop() + 1)
        ]
        return Result(tuple(outputs), float(len(rows)), scope.reads)

    def _renamed(self, node: exp.Expr, result: Result) -> Result:
        """With the names that `AS name(a, b)` gives, from the first column on."""
        alias = node.args.get("alias")
        columns = alias.columns if isinstance(alias, exp.TableAlias) else []
        declared = [self._column_key(column) for column in columns]
        outputs = result.outputs
        if len(declared) > len(outputs):
            raise Refused(f"{node.alias!r} has {len(outputs)} columns, and more are named.")
        renamed = [Output(name, o.size) for name, o in zip(declared, outputs, strict=False)]
        return replace(result, outputs=(*renamed, *outputs[len(declared) :]))

    def _keep_apart(self, scope: _Scope) -> None:
        names = [source.name for source in scope.sources]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise Refused(f"Two tables are called {twice!r} here. Give each a name: … AS name.")

    def _matched(self, join: exp.Join, scope: _Scope) -> None:
        if (on := join.args.get("on")) is not None:
            self._expression(on, scope, _ALIASES[self._dialect].get("on", "none"))
        if join.method.upper() == "NATURAL":
            scope.is_natural = True
            if any(source.hidden for source in scope.sources):
                raise Refused("Write JOIN … ON … instead of NATURAL JOIN.")
        for key in join.args.get("using") or ():
            name = self._column_key(key)
            holders = [s for s in scope.sources if s.has(name)]
            if any(name in s.hidden for s in scope.sources) or not holders:
                known = [column for source in scope.sources for column in source.columns]
                raise Refused(
                    f"There is no column {key.name!r} to join on. {suggest(key.name, known)}"
                )
            scope.merged.add(name)

    # Expressions

    def _expression(self, root: exp.Expr, scope: _Scope, aliases: Aliases) -> None:
        """Find every name below the root; a list of ORDER BY or GROUP BY is many expressions."""
        waiting = [(root, True)]
        while waiting:
            node, is_whole = waiting.pop()
            match node:
                case exp.Column():
                    self._column(node, scope, aliases, is_whole=is_whole)
                case exp.Star():
                    self._star(node, scope)
                case exp.Query() | exp.Values():
                    scope.reads += self._query(node, scope, scope.ctes).reads
                case exp.Table():
                    raise Refused(f"The table {node.sql()!r} stands where none is expected.")
                case exp.Identifier() if not _names_no_column(node):
                    raise Refused(f"The name {node.name!r} stands where none is expected.")
                case _:
                    keeps = is_whole and isinstance(
                        node, exp.Order | exp.Ordered | exp.Group | exp.Distinct | exp.Paren
                    )
                    keeps = keeps or (
                        is_whole
                        and isinstance(node, exp.Tuple)
                        and isinstance(node.parent, exp.Distinct)
                    )
                    waiting += [(child, keeps) for child in node.iter_expressions()]
        self._size(root, scope)

    def _star(self, star: exp.Star, scope: _Scope) -> None:
        if isinstance(star.parent, exp.Select):
            self._cover(scope.sources)

    def _cover(self, sources: Sequence[Source]) -> None:
        for source in sources:
            if source.hidden:
                open_columns = ", ".join(sorted(source.columns))
                raise Refused(f"Name the columns instead of *; {source.name} has: {open_columns}.")

    def _column(
        self, column: exp.Column, scope: _Scope, aliases: Aliases, *, is_whole: bool
    ) -> None:
        if isinstance(column.this, exp.Star):
            self._cover([self._qualifier(column, scope)])
            return
        if column.args.get("table") is not None:
            source = self._qualifier(column, scope)
            if not source.has(self._column_key(column.this)):
                raise Refused(self._no_such_column(column, [source]))
            self._bind(column, source)
            return
        self._bare(
            column, scope, is_alias_seen=aliases == "inside" or (aliases == "whole" and is_whole)
        )

    def _qualifier(self, column: exp.Column, scope: _Scope) -> Source:
        """The source that the name before the dot means, the nearest one of that name."""
        wanted = self._table_key(column.args["table"])
        namespace = self._table_key(column.args["db"]) if column.args.get("db") else ""
        for level in scope.levels():
            for source in level.sources:
                if source.name == wanted and namespace in ("", source.namespace):
                    return source
        known = [source.name for level in scope.levels() for source in level.sources]
        if isinstance(column.this, exp.Star):
            raise Refused(f"There is no table {column.table!r} in this FROM to take * of.")
        raise Refused(
            f"No table or alias {column.table!r} is in FROM. {suggest(column.table, known)}"
        )

    def _bare(self, column: exp.Column, scope: _Scope, *, is_alias_seen: bool) -> None:
        """A name without a table: the nearest query that has it decides, unless one hides it."""
        name = self._column_key(column.this)
        is_alias = is_alias_seen and name in scope.aliases
        for level in scope.levels():
            if self._hides(level, name):
                break
            holders = [source for source in level.sources if source.has(name)]
            if holders:
                is_merged = level.is_natural or name in level.merged
                if is_alias or is_merged or len(holders) > 1:
                    self._leave(column, scope, holders[0] if not is_alias else None)
                else:
                    self._bind(column, holders[0])
                return
            if level is scope and is_alias:
                self._known[id(column)] = scope.aliases[name]
                self._leave(column, scope, None)
                return
            if self._is_whole_row(level, name):
                self._leave_row(column, scope, level, name)
                return
        sources = [source for level in scope.levels() for source in level.sources]
        raise Refused(self._no_such_column(column, sources))

    def _hides(self, level: _Scope, name: str) -> bool:
        return any(name in source.hidden for source in level.sources)

    def _is_whole_row(self, level: _Scope, name: str) -> bool:
        return self._dialect == "postgres" and any(source.name == name for source in level.sources)

    def _leave_row(self, column: exp.Column, scope: _Scope, level: _Scope, name: str) -> None:
        """PostgreSQL reads a source's name as its whole row: open if nothing of it is closed."""
        source = next(source for source in level.sources if source.name == name)
        self._cover([source])
        self._leave(column, scope, None)

    def _leave(self, column: exp.Column, scope: _Scope, source: Source | None) -> None:
        """Keep a name bare that has two meanings; none of them, however far out, may be closed."""
        name = _loose(self._column_key(column.this))
        closed = _ROW_IDS if self._dialect == "sqlite" else frozenset[str]()
        for level in scope.levels():
            for seen in level.sources:
                hidden = {_loose(each) for each in seen.hidden}
                if name in hidden or (seen.hidden and (name in closed)):
                    raise Refused(self._no_such_column(column, level.sources))
        if self._dialect == "postgres" and name in _SYSTEM_COLUMNS:
            raise Refused(self._no_such_column(column, scope.sources))
        if source is not None:
            self._bindings[id(column)] = source
            self._known[id(column)] = source.size_of(self._column_key(column.this))

    def _bind(self, column: exp.Column, source: Source) -> None:
        column.set("table", source.alias.copy())
        column.set("db", None)
        self._bindings[id(column)] = source
        self._known[id(column)] = source.size_of(self._column_key(column.this))

    # Words

    def _no_such_table(self, node: exp.Table) -> str:
        names = [table.name for table in self._sight.schema.tables]
        asked = f"{node.db}.{node.name}" if node.db else node.name
        written = exp.table_(node.this.copy(), db=node.args.get("db")).sql()
        return f"There is no table {written!r} to read. {suggest(asked, names)}"

    def _no_such_column(self, column: exp.Column, sources: Sequence[Source]) -> str:
        hint = ""
        if column.this.quoted and not column.table:
            text = exp.Literal.string(column.name).sql()
            hint = f"If it is a text and no name, write {text}. "
        known = [name for source in sources for name in source.columns]
        return f"There is no column {column.name!r} to read. {hint}{suggest(column.name, known)}"

    # Keys

    def _column_key(self, name: exp.Identifier) -> str:
        return self._sight.fold_column(name.name)

    def _table_key(self, name: exp.Identifier) -> str:
        return self._sight.fold_table(name.name)


def fold(tree: exp.Query, dialect: str) -> None:
    """Lower what PostgreSQL lowers, the ASCII letters of a name that is not quoted, in place."""
    if dialect == "postgres":
        for name in tree.find_all(exp.Identifier):
            if not name.quoted:
                name.set("this", ascii_lower(name.this))


def suggest(name: str, known: Sequence[str]) -> str:
    """A sentence with the nearest known names, or with some of them when none is near."""
    by_lower = {entry.lower(): entry for entry in sorted(known) if entry != name}
    near = get_close_matches(name.lower(), by_lower, n=5, cutoff=0.5)
    if near:
        return f"Nearest: {', '.join(by_lower[entry] for entry in near)}."
    if not by_lower:
        return "There is none to choose from."
    shown = list(by_lower.values())[:20]
    return f"Choose from: {', '.join(shown)}{', …' if len(by_lower) > len(shown) else ''}."


def _named(outputs: Sequence[Output]) -> Mapping[str, float]:
    return {output.name: output.size for output in outputs if output.name is not None}


def _rows_of(select: exp.Select, scope: _Scope) -> float:
    """About how many rows a SELECT reads for each of its results.

    A column that is compared with another joins two sources; all else multiplies them.
    """
    sizes = sorted((source.rows for source in scope.sources), reverse=True)
    parts = [select.args.get("where"), *(select.args.get("joins") or ())]
    matched = sum(
        isinstance(equal.left, exp.Column) and isinstance(equal.right, exp.Column)
        for part in parts
        if part is not None
        for equal in part.find_all(exp.EQ)
    )
    matched += sum(bool(j.args.get("using")) or bool(j.method) for j in parts[1:] if j is not None)
    rows = 1.0
    for place, size in enumerate(sizes):
        rows *= min(size, _MATCHES) if 0 < place <= matched else size
    group = select.args.get("group")
    is_split = group is not None and group.find(exp.Column) is not None
    return max(1.0, rows / _GROUPS) if is_split else rows


def _names_no_column(name: exp.Identifier) -> bool:
    """The names of aliases, windows, collations and JSON columns; those that hold a column are found."""
    match name.parent:
        case exp.Alias():
            return name.arg_key == "alias"
        case exp.Window():
            return name.arg_key in ("alias", "this")
        case exp.Collate():
            return name.arg_key == "expression"
        case exp.JSONColumnDef():
            return name.arg_key == "this"
        case _:
            return False


def _loose(name: str) -> str:
    """A name as the most generous comparison of an engine takes it."""
    return unicodedata.normalize("NFKC", name).casefold()
