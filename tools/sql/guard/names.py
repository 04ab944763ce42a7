"""Resolves what a statement reads: its queries and their sources.

Names are looked up as engines do: in the FROM of their own query, then in those around it. A stored
table gets its namespace in front, so that no other one is read in its place.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from tools.errors import Refused
from tools.sql.access import VisibleSchema
from tools.sql.dialects import Allowed
from tools.sql.folding import ascii_lower
from tools.sql.guard.columns import ALIASES, ColumnResolver
from tools.sql.guard.growth import MADE, NUMBER, ROWS, rows_made
from tools.sql.guard.joined import rows_of
from tools.sql.guard.own_names import OwnNames
from tools.sql.guard.records import left_out
from tools.sql.guard.scopes import (
    Ctes,
    Output,
    QueryScope,
    Result,
    grown_columns,
    named_columns,
)
from tools.sql.guard.sources import MOST_READS, TOO_MANY_READS, SourceResolver

_RECURSE_UNASKED = frozenset({"sqlite", "tsql", "oracle", "snowflake"})
_MOST_GROUPING_SETS = 128
_MOST_ROUNDS = 60.0
_PARTS = (
    "where", "connect", "group", "having", "qualify", "order", "distinct", "limit", "offset",
)  # fmt: skip
_PARTS_OF_A_ROUND = 200
_ROUNDS_MORE = 2
"""Rounds beyond one for each column, through which a value may travel before it comes back."""


class NameResolver:
    """The names of one statement, found and written down in its tree."""

    def __init__(self, tree: exp.Query, sight: VisibleSchema, allowed: Allowed) -> None:
        self._allowed = allowed
        self._dialect = sight.schema.dialect
        self._rounds_left = _MOST_ROUNDS
        self._columns = ColumnResolver(sight, self._inner)
        views = {table.own_name for table in sight.schema.tables if table.is_view}
        own_names = OwnNames.for_statement(tree, self._dialect, views)
        self._sources = SourceResolver(sight, allowed, self._columns, self._query, own_names)
        self._query(tree, None, {})
        self._columns.ledger.close()

    @property
    def tables(self) -> tuple[str, ...]:
        """The stored tables that are read, each once, in order."""
        return tuple(self._sources.tables)

    def table_of(self, column: exp.Column) -> str:
        """The stored table that a column is read from, empty where it is something else's."""
        source = self._columns.source_of(column)
        return source.table if source is not None else ""

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
        if result.reads > MOST_READS:
            raise Refused(TOO_MANY_READS)
        sizes = (output.size for output in result.outputs)
        self._columns.sizes[id(query)] = max(sizes, default=0.0)
        self._columns.rows[id(query)] = result.rows
        return result

    def _with(self, query: exp.Expr, outer: QueryScope | None, ctes: Ctes) -> Ctes:
        prepared = query.args.get("with_")
        if prepared is None:
            return ctes
        is_recursive = bool(prepared.args.get("recursive")) or self._dialect in _RECURSE_UNASKED
        for cte in prepared.expressions:
            name = self._columns.table_key(cte.args["alias"].this)
            if is_recursive and isinstance(cte.this, exp.SetOperation):
                result = self._recursive(cte, name, outer, ctes)
            else:
                result = self._sources.renamed(cte, self._query(cte.this, outer, ctes))
            ctes = {**ctes, name: result}
        return ctes

    def _recursive(self, cte: exp.CTE, name: str, outer: QueryScope | None, ctes: Ctes) -> Result:
        """A query that may read itself: its first arm says which columns there are.

        The second arm is judged round after round, until it makes no value larger than it was, or
        has shown how it makes them grow.
        """
        union = cte.this
        inner = self._with(union, outer, {**ctes, name: None})
        first = self._sources.renamed(cte, self._query(union.left, outer, inner))
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
        outputs = tuple(
            Output(a.name, max(a.size, b.size), a.weight + b.weight, a.is_computed or b.is_computed)
            for a, b in arms
        )
        return Result(outputs, left.rows + right.rows, left.reads + right.reads)

    def _end(self, query: exp.Expr, scope: QueryScope) -> None:
        """ORDER BY of a set operation, which may name result columns only."""
        for part in ("order", "limit", "offset"):
            if (node := query.args.get(part)) is not None:
                self._columns.find(node, scope, "inside" if part == "order" else "none")

    def _select(self, select: exp.Select, outer: QueryScope | None, ctes: Ctes) -> Result:
        scope = QueryScope(outer, ctes)
        if (source := select.args.get("from_")) is not None:
            self._sources.add(source.this, scope)
        joins: Sequence[exp.Join] = select.args.get("joins") or ()
        for join in joins:
            self._sources.add(join.this, scope)
        self._sources.keep_apart(scope)
        scope.rows = rows_of(select, scope, lambda column: self._columns.placed(column, scope))
        if (levels := select.args.get("connect")) is not None:
            scope.rows = max(scope.rows, MADE if levels.find(exp.Prior) else ROWS)
        named = ALIASES[self._dialect].get("select", "none")  # by an item behind it
        for item in select.expressions:
            self._columns.find(item, scope, named)
            if isinstance(item, exp.Alias):
                scope.aliases = {**scope.aliases, **named_columns(self._given(item, scope))}
        for join in joins:
            self._sources.match_join(join, scope)
        _check_groups(select)
        for part in _PARTS:
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
        """The columns of one SELECT item; a star gives all columns of its sources."""
        if isinstance(item, exp.Star | exp.Column) and item.is_star:
            wanted = item.args.get("table")
            star = item if isinstance(item, exp.Star) else item.this
            without = {self._columns.column_key(name) for name in left_out(star)}
            for source in scope.sources:
                if wanted is None or self._columns.table_key(wanted) in source.names:
                    yield from (o for o in source.outputs if o.name not in without)
            return
        match item:
            case exp.Alias():
                name = self._columns.column_key(item.args["alias"])
            case exp.Column():
                name = self._columns.column_key(item.this)
            case _:
                name = self._called(item)
        size, weight = self._columns.size(item, scope), self._columns.weight(item)
        yield Output(name, size, weight, self._columns.is_computed(item.unalias(), scope))

    def _called(self, item: exp.Expr) -> str | None:
        """The name that PostgreSQL gives to a result without an alias; elsewhere the text, or none."""
        inner = item
        while isinstance(inner, exp.Window | exp.Filter | exp.WithinGroup):
            inner = inner.this
        if self._dialect == "postgres" and isinstance(inner, exp.Anonymous):
            return inner.name.rpartition(".")[2].lower()
        return None

    def _values(self, node: exp.Values, scope: QueryScope) -> Result:
        rows = node.expressions
        for row in rows:
            self._columns.find(row, scope, "none")
        widths = {len(row.expressions) for row in rows}
        if len(widths) != 1:
            raise Refused("Give every row of VALUES the same number of values.")
        named = self._dialect in ("sqlite", "postgres", "snowflake")
        size = max(self._columns.size(row, scope) for row in rows)
        outputs = [
            Output(self._columns.made_name(f"column{place}") if named else None, size)
            for place in range(1, widths.pop() + 1)
        ]
        return Result(tuple(outputs), float(len(rows)), scope.reads)


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
    """Change the letters of names that are not quoted as the engine does, in place."""
    change = _FOLDS.get(dialect)
    if change is not None:
        for name in tree.find_all(exp.Identifier):
            if not name.quoted:
                name.set("this", change(name.this))


_FOLDS: Mapping[str, Callable[[str], str]] = {
    "postgres": ascii_lower,
    "oracle": str.upper,
    "snowflake": str.upper,
}
