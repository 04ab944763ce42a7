"""What a statement reads: its queries, and the sources of each.

Names are looked up as engines do: in the FROM of their own query, then in those around it. A stored
table gets its namespace in front, so that no other one is read in its place.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlglot import exp

from tools.errors import Refused
from tools.sql.access import VisibleSchema
from tools.sql.dialects import Allowed
from tools.sql.folding import ascii_lower
from tools.sql.guard.columns import ALIASES, ColumnResolver, suggest
from tools.sql.guard.growth import MADE, NUMBER, ROWS, STORED, rows_made
from tools.sql.guard.scopes import (
    Ctes,
    FromItem,
    Output,
    QueryScope,
    Result,
    grown_columns,
    named_columns,
    rows_of,
)
from tools.sql.schema import Column, Table

_MOST_READS = 200
_TOO_MANY_READS = (
    "It reads too many tables, or the same subqueries too many times over. Reduce the nesting."
)
_MOST_GROUPING_SETS = 128
_MOST_ROUNDS = 60.0
_PARTS_OF_A_ROUND = 200
_ROUNDS_MORE = 2
"""Rounds beyond one for each column, through which a value may travel before it comes back."""

_SHORT_TYPE = re.compile(r"INT|NUM|DEC|DATE|TIME|BOOL|REAL|FLOA|DOUB|UUID|YEAR", re.IGNORECASE)


class NameResolver:
    """The names of one statement, found and written down in its tree."""

    def __init__(self, tree: exp.Query, sight: VisibleSchema, allowed: Allowed) -> None:
        self._sight = sight
        self._allowed = allowed
        self._dialect = sight.schema.dialect
        self._tables: dict[str, None] = {}
        self._rounds_left = _MOST_ROUNDS
        self._columns = ColumnResolver(sight, self._inner)
        self._query(tree, None, {})
        self._columns.ledger.close()

    @property
    def tables(self) -> tuple[str, ...]:
        """The stored tables that are read, each once, in order."""
        return tuple(self._tables)

    def table_of(self, column: exp.Column) -> str:
        """The stored table that a column is read from, empty where it is something else's."""
        source = self._columns.source_of(column)
        return source.table if source is not None else ""

    # Queries

    def _inner(self, query: exp.Expr, scope: QueryScope) -> None:
        """A query inside of an expression: it sees the sources of the query around it."""
        scope.reads += self._query(query, scope, scope.ctes).reads

    def _query(self, query: exp.Expr, outer: QueryScope | None, ctes: Ctes) -> Result:
        ctes = self._with(query, outer, ctes)
        match query:
            case exp.Select():
                result = self._select(query, outer, ctes)
            case exp.SetOperation():
                result = self._combined(query, outer, ctes)
            case exp.Subquery() if isinstance(query.this, exp.Query | exp.Values):
                result = self._query(query.this, outer, ctes)
                self._end(query, QueryScope(outer, ctes, aliases=named_columns(result.outputs)))
            case exp.Values():
                result = self._values(query, QueryScope(outer, ctes))
            case _:
                raise Refused("Write a SELECT here.")
        if result.reads > _MOST_READS:
            raise Refused(_TOO_MANY_READS)
        sizes = (output.size for output in result.outputs)
        self._columns.sizes[id(query)] = max(sizes, default=0.0)
        self._columns.rows[id(query)] = result.rows
        return result

    def _with(self, query: exp.Expr, outer: QueryScope | None, ctes: Ctes) -> Ctes:
        prepared = query.args.get("with_")
        if prepared is None:
            return ctes
        is_recursive = bool(prepared.args.get("recursive")) or self._dialect == "sqlite"
        for cte in prepared.expressions:
            name = self._columns.table_key(cte.args["alias"].this)
            if is_recursive and isinstance(cte.this, exp.SetOperation):
                result = self._recursive(cte, name, outer, ctes)
            else:
                result = self._renamed(cte, self._query(cte.this, outer, ctes))
            ctes = {**ctes, name: result}
        return ctes

    def _recursive(self, cte: exp.CTE, name: str, outer: QueryScope | None, ctes: Ctes) -> Result:
        """A query that may read itself: its first arm says which columns there are.

        The second arm is judged round after round, until it makes no value larger than it was, or
        has shown how it makes them grow.
        """
        union = cte.this
        inner = self._with(union, outer, {**ctes, name: None})
        first = self._renamed(cte, self._query(union.left, outer, inner))
        floor = tuple(replace(o, size=max(o.size, NUMBER), weight=1.0) for o in first.outputs)
        result, rounds = replace(first, outputs=floor, rows=MADE), [floor]
        parts = sum(1 for _ in union.right.walk())
        while True:
            again = self._query(union.right, outer, {**inner, name: result})
            arms = zip(result.outputs, again.outputs, strict=False)
            outputs = tuple(replace(a, size=max(a.size, b.size)) for a, b in arms)
            if outputs == result.outputs:
                break
            self._rounds_left -= max(1.0, parts / _PARTS_OF_A_ROUND)
            if self._rounds_left < 0:
                raise Refused(
                    "Its recursive queries are too complex to check. Use fewer, or make them simpler."
                )
            rounds.append(outputs)
            result = replace(result, outputs=outputs)
            if len(rounds) > len(floor) + _ROUNDS_MORE:
                result = replace(result, outputs=grown_columns(rounds))
                self._query(union.right, outer, {**inner, name: result})
                break
        self._end(union, QueryScope(outer, inner, aliases=named_columns(result.outputs)))
        return replace(result, reads=first.reads + again.reads)

    def _combined(self, union: exp.SetOperation, outer: QueryScope | None, ctes: Ctes) -> Result:
        left = self._query(union.left, outer, ctes)
        right = self._query(union.right, outer, ctes)
        results = {**named_columns(right.outputs), **named_columns(left.outputs)}
        self._end(union, QueryScope(outer, ctes, aliases=results))
        arms = zip(left.outputs, right.outputs, strict=False)
        outputs = tuple(Output(a.name, max(a.size, b.size), a.weight + b.weight) for a, b in arms)
        return Result(outputs, left.rows + right.rows, left.reads + right.reads)

    def _end(self, query: exp.Expr, scope: QueryScope) -> None:
        """What follows a combination of queries: it names their results and nothing else."""
        for part in ("order", "limit", "offset"):
            if (node := query.args.get(part)) is not None:
                self._columns.find(node, scope, "inside" if part == "order" else "none")

    def _select(self, select: exp.Select, outer: QueryScope | None, ctes: Ctes) -> Result:
        scope = QueryScope(outer, ctes)
        if (source := select.args.get("from_")) is not None:
            self._source(source.this, scope)
        joins: Sequence[exp.Join] = select.args.get("joins") or ()
        for join in joins:
            self._source(join.this, scope)
        self._keep_apart(scope)
        scope.rows = rows_of(select, scope)
        for item in select.expressions:
            self._columns.find(item, scope, "none")
        scope.aliases = named_columns(
            output
            for item in select.expressions
            if isinstance(item, exp.Alias)
            for output in self._given(item, scope)
        )
        for join in joins:
            self._matched(join, scope)
        _check_groups(select)
        for part in ("where", "group", "having", "order", "distinct", "limit", "offset"):
            if (node := select.args.get(part)) is not None:
                self._columns.find(node, scope, ALIASES[self._dialect].get(part, "none"))
        for window in select.args.get("windows") or ():
            self._columns.find(window, scope, "none")
        outputs = tuple(o for item in select.expressions for o in self._given(item, scope))
        return Result(outputs, scope.rows * self._multiplied(select), scope.reads)

    def _multiplied(self, select: exp.Select) -> float:
        """How many rows the functions in a SELECT list make of each that is read."""
        calls = (call for item in select.expressions for call in item.find_all(exp.Anonymous))
        made = [rows_made(c) for c in calls if c.name.lower() in self._allowed.table_functions]
        return max(made, default=1.0)

    def _given(self, item: exp.Expr, scope: QueryScope) -> Iterator[Output]:
        """What one item of a SELECT list gives; a star gives all that its sources have."""
        if isinstance(item, exp.Star | exp.Column) and item.is_star:
            wanted = item.args.get("table")
            for source in scope.sources:
                if wanted is None or self._columns.table_key(wanted) == source.name:
                    yield from source.outputs
            return
        match item:
            case exp.Alias():
                name = self._columns.column_key(item.args["alias"])
            case exp.Column():
                name = self._columns.column_key(item.this)
            case _:
                name = self._called(item)
        yield Output(name, self._columns.size(item, scope), self._columns.weight(item))

    def _called(self, item: exp.Expr) -> str | None:
        """What PostgreSQL calls a result without an alias; elsewhere it is the text, or nothing."""
        inner = item
        while isinstance(inner, exp.Window | exp.Filter | exp.WithinGroup):
            inner = inner.this
        if self._dialect == "postgres" and isinstance(inner, exp.Anonymous):
            return inner.name.rpartition(".")[2].lower()
        return None

    # Sources

    def _source(self, node: exp.Expr, scope: QueryScope) -> None:
        match node:
            case exp.Table(this=exp.Identifier()):
                self._table(node, scope)
            case exp.Table(this=exp.Anonymous() | exp.JSONTable()) | exp.Unnest():
                self._function(node, scope)
            case exp.Lateral(this=exp.Anonymous() | exp.Unnest()):
                self._function(node, scope)
            case exp.Lateral(this=exp.Subquery() as query):
                self._derived(node, query, scope, scope)
            case exp.Values():
                self._derived(node, node, scope, scope.outer)
            case exp.Subquery(this=exp.Table() as table):
                self._bracketed(node, table, scope)
            case exp.Subquery():
                self._derived(node, node, scope, scope.outer)
            case _:
                raise Refused("FROM may have tables, subqueries and listed functions. Use those.")
        for join in node.args.get("joins") or () if isinstance(node, exp.Table) else ():
            self._source(join.this, scope)
            self._matched(join, scope)

    def _bracketed(self, join: exp.Subquery, table: exp.Table, scope: QueryScope) -> None:
        if join.alias:
            raise Refused("Write the join without an alias around it.")
        before = len(scope.sources)
        self._source(table, scope)
        if self._dialect == "sqlite" and any(s.hidden for s in scope.sources[before:]):
            raise Refused(
                "SQLite reads every column of a join in parentheses, and some are closed here. "
                "Remove the parentheses, or write a SELECT in them."
            )

    def _derived(
        self, node: exp.Expr, query: exp.Expr, scope: QueryScope, seen: QueryScope | None
    ) -> None:
        result = self._renamed(node, self._query(query, seen, scope.ctes))
        given = node.args.get("alias")
        if given is None or given.this is None:
            given = exp.TableAlias(this=exp.to_identifier(f"_q{len(scope.sources)}"))
            node.set("alias", given)
        self._add(scope, given.this, result)

    def _read(self, scope: QueryScope, count: int) -> None:
        scope.reads += count
        if scope.reads > _MOST_READS:
            raise Refused(_TOO_MANY_READS)

    def _add(self, scope: QueryScope, alias: exp.Identifier, result: Result) -> None:
        self._read(scope, 1 + result.reads)
        scope.sources.append(
            FromItem(alias, self._columns.table_key(alias), result.outputs, rows=result.rows)
        )

    def _table(self, node: exp.Table, scope: QueryScope) -> None:
        key = self._columns.table_key(node.this)
        given = node.args.get("alias")
        alias = given.this if given is not None and given.this is not None else node.this
        if node.args.get("db") or key not in scope.ctes:
            source = self._stored(node, alias)
            self._read(scope, 1)
            scope.sources.append(source)
            return
        result = scope.ctes[key]
        if result is None:
            raise Refused(f"{node.name!r} cannot be read before its first SELECT is complete.")
        result = self._renamed(node, result)
        self._name_it(node, alias)
        self._add(scope, alias, result)

    def _stored(self, node: exp.Table, alias: exp.Identifier) -> FromItem:
        namespace = self._columns.table_key(node.args["db"]) if node.args.get("db") else ""
        table = self._sight.named(namespace, self._columns.table_key(node.this))
        if table is None:
            raise Refused(self._no_such_table(node))
        if node.args.get("alias") and node.alias_column_names:
            raise Refused(f"Write {node.name!r} without new names for its columns.")
        self._check_hints(node, table)
        self._tables.setdefault(table.name)
        self._name_it(node, alias)
        node.set("this", exp.to_identifier(table.own_name, quoted=True))
        if where := table.namespace or self._sight.namespace:
            node.set("db", exp.to_identifier(where, quoted=True))
        return FromItem(
            alias,
            self._columns.table_key(alias),
            tuple(map(self._stored_column, table.columns)),
            rows=ROWS if table.rows is None else float(max(table.rows, 1)),
            hidden=self._sight.hidden_of(table.name),
            table=table.name,
            namespace=table.namespace or self._sight.namespace,
            has_row_ids=self._dialect == "sqlite",
        )

    def _check_hints(self, node: exp.Table, table: Table) -> None:
        """An index of a closed column would put the rows in that column's order."""
        named = {
            index.name.upper()
            for hint in node.args.get("hints") or ()
            for index in hint.find_all(exp.Identifier)
        }
        has_open_key = any(column.primary_key for column in table.columns)
        is_open = named <= {"PRIMARY"} and has_open_key
        if named and self._sight.hidden_of(table.name) and not is_open:
            raise Refused(f"Remove the index hint: some columns of {node.name!r} are closed.")

    def _stored_column(self, column: Column) -> Output:
        size = NUMBER if _SHORT_TYPE.search(column.kind) else STORED
        return Output(self._sight.fold_column(column.name), size)

    def _name_it(self, node: exp.Table, alias: exp.Identifier) -> None:
        if not node.args.get("alias"):
            node.set("alias", exp.TableAlias(this=alias.copy()))

    def _function(self, node: exp.Expr, scope: QueryScope) -> None:
        """A function in FROM: its arguments see the sources before it."""
        unnest = next((each for each in (node, node.this) if isinstance(each, exp.Unnest)), None)
        calls = unnest.expressions if unnest is not None else [node.this]
        for call in calls:
            self._columns.find(call, scope, "none")
        alias = node.args.get("alias")
        first = calls[0]
        name = "unnest" if unnest is not None else getattr(first, "name", "").lower()
        if alias is None or alias.this is None:
            alias = exp.TableAlias(this=exp.to_identifier(name))
            node.set("alias", alias)
        key = self._columns.column_key(alias.this)
        columns = self._columns_of(node, name, key, len(calls))
        declared = [self._columns.column_key(column) for column in alias.columns]
        ordinal = (unnest or node).args.get("offset")
        if node.args.get("ordinality") or isinstance(ordinal, exp.Identifier):
            given = (
                self._columns.column_key(ordinal)
                if isinstance(ordinal, exp.Identifier)
                else "ordinality"
            )
            columns = [*columns, given]
        names = [*declared, *columns[len(declared) :]]
        size = max(self._columns.size(call, scope) for call in calls)
        outputs = tuple(Output(column, size) for column in names)
        rows = rows_made(first)
        rows = rows if name == "generate_series" else max(rows, size / 2)
        self._add(scope, alias.this, Result(outputs, rows))

    def _columns_of(self, node: exp.Expr, name: str, alias: str, count: int) -> list[str]:
        if count > 1:
            return []
        if isinstance(node.this, exp.JSONTable):
            return list(self._json_columns(node.this.args["schema"]))
        return list(self._allowed.table_functions.get(name, ())) or [alias]

    def _json_columns(self, schema: exp.JSONSchema) -> Iterator[str]:
        for column in schema.expressions:
            if nested := column.args.get("nested_schema"):
                yield from self._json_columns(nested)
            else:
                yield self._columns.column_key(column.this)

    def _values(self, node: exp.Values, scope: QueryScope) -> Result:
        rows = node.expressions
        for row in rows:
            self._columns.find(row, scope, "none")
        widths = {len(row.expressions) for row in rows}
        if len(widths) != 1:
            raise Refused("Give every row of VALUES the same number of values.")
        named = self._dialect in ("sqlite", "postgres")
        size = max(self._columns.size(row, scope) for row in rows)
        outputs = [
            Output(f"column{place}" if named else None, size)
            for place in range(1, widths.pop() + 1)
        ]
        return Result(tuple(outputs), float(len(rows)), scope.reads)

    def _renamed(self, node: exp.Expr, result: Result) -> Result:
        """With the names that `AS name(a, b)` gives, from the first column on."""
        alias = node.args.get("alias")
        columns = alias.columns if isinstance(alias, exp.TableAlias) else []
        declared = [self._columns.column_key(column) for column in columns]
        outputs = result.outputs
        if len(declared) > len(outputs):
            raise Refused(f"{node.alias!r} has {len(outputs)} columns, and more are named.")
        renamed = [replace(o, name=name) for name, o in zip(declared, outputs, strict=False)]
        return replace(result, outputs=(*renamed, *outputs[len(declared) :]))

    def _keep_apart(self, scope: QueryScope) -> None:
        names = [source.name for source in scope.sources]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise Refused(f"Two tables are called {twice!r} here. Give each a name: … AS name.")

    def _matched(self, join: exp.Join, scope: QueryScope) -> None:
        if (on := join.args.get("on")) is not None:
            self._columns.find(on, scope, ALIASES[self._dialect].get("on", "none"))
        if join.method.upper() == "NATURAL":
            scope.is_natural = True
            if _may_share_closed(scope.sources):
                raise Refused("Write JOIN … ON … instead of NATURAL JOIN.")
        for key in join.args.get("using") or ():
            name = self._columns.column_key(key)
            holders = [s for s in scope.sources if s.has(name)]
            if any(name in s.hidden for s in scope.sources) or not holders:
                known = [column for source in scope.sources for column in source.columns]
                raise Refused(
                    f"There is no column {key.name!r} to join on. {suggest(key.name, known)}"
                )
            scope.merged.add(name)

    def _no_such_table(self, node: exp.Table) -> str:
        names = [table.name for table in self._sight.schema.tables]
        asked = f"{node.db}.{node.name}" if node.db else node.name
        written = exp.table_(node.this.copy(), db=node.args.get("db")).sql()
        return f"There is no table {written!r} to read. {suggest(asked, names)}"


def _may_share_closed(sources: Sequence[FromItem]) -> bool:
    """Whether a closed column of one source could have its name in another."""
    for source in sources:
        others = [other for other in sources if other is not source]
        if any(
            not source.hidden.isdisjoint((*other.columns, *other.hidden))
            or (source.hidden and len(other.columns) < len(other.outputs))
            for other in others
        ):
            return True
    return False


def _check_groups(select: exp.Select) -> None:
    """Each grouping set is a pass of its own over the rows; CUBE doubles them with each column."""
    group = select.args.get("group")
    sets = 1
    for part in group.find_all(exp.Cube, exp.Rollup, exp.GroupingSets) if group is not None else ():
        count = max(1, len(part.expressions))
        sets *= 2**count if isinstance(part, exp.Cube) else count + 1
        if sets > _MOST_GROUPING_SETS:
            raise Refused("It groups in too many ways at once. Group by fewer columns.")


def fold(tree: exp.Query, dialect: str) -> None:
    """Lower what PostgreSQL lowers, the ASCII letters of a name that is not quoted, in place."""
    if dialect == "postgres":
        for name in tree.find_all(exp.Identifier):
            if not name.quoted:
                name.set("this", ascii_lower(name.this))
