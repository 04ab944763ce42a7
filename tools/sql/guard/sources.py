"""The sources of a query: what its FROM names, found in the schema and written down in the tree."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from sqlglot import exp

from tools.errors import Refused
from tools.sql.access import VisibleSchema
from tools.sql.dialects import Allowed
from tools.sql.guard.columns import ALIASES, ColumnResolver
from tools.sql.guard.growth import NUMBER, ROWS, SERIES, STORED, rows_made
from tools.sql.guard.hints import suggest, suggest_table
from tools.sql.guard.loosely import loose
from tools.sql.guard.own_names import OwnNames
from tools.sql.guard.pivots import pivoted
from tools.sql.guard.records import with_whole_records
from tools.sql.guard.scopes import Ctes, FromItem, Output, QueryScope, Result
from tools.sql.schema import Column, Table

MOST_READS = 200
TOO_MANY_READS = (
    "It reads too many tables, or the same subqueries too many times over. Reduce the nesting."
)
_SHORT_TYPE = re.compile(r"INT|NUM|DEC|DATE|TIME|BOOL|REAL|FLOA|DOUB|UUID|YEAR", re.IGNORECASE)

JudgeQuery = Callable[[exp.Expr, QueryScope | None, Ctes], Result]


class SourceResolver:
    """Resolves FROM. `query` judges subqueries in it.

    `tables` are the stored tables that were read, each once, in order.
    """

    def __init__(
        self,
        sight: VisibleSchema,
        allowed: Allowed,
        columns: ColumnResolver,
        query: JudgeQuery,
        own_names: OwnNames,
    ) -> None:
        self.tables: dict[str, None] = {}
        self._sight = sight
        self._allowed = allowed
        self._dialect = sight.schema.dialect
        self._columns = columns
        self._query = query
        self._own_names = own_names

    def add(self, node: exp.Expr, scope: QueryScope) -> None:
        """Put an item of FROM, and what is joined to it, among the sources of a scope."""
        is_named = bool(node.args.get("alias"))
        match node:
            case exp.Table(this=exp.Identifier()):
                self._table(node, scope)
            case exp.Unnest() if self._dialect == "bigquery":
                self._values_of(node, scope)
            case exp.Table(this=exp.Anonymous() | exp.JSONTable()) | exp.Unnest():
                self._function(node, scope)
            case exp.Lateral(this=exp.Anonymous() | exp.Unnest()):
                self._function(node, scope)
            case exp.Lateral(this=exp.Subquery() as query):
                self._derived(node, query, scope, scope)
            case exp.Subquery(this=exp.Table() as table):
                self._bracketed(node, table, scope)
            case exp.Values() | exp.Subquery():
                is_lateral = self._dialect == "duckdb"  # it reads the sources before it, unasked
                self._derived(node, node, scope, scope if is_lateral else scope.outer)
            case _:
                raise Refused("FROM may have tables, subqueries and listed functions. Use those.")
        if node.args.get("pivots"):
            self._pivot(node, scope, is_named=is_named)
        for join in node.args.get("joins") or () if isinstance(node, exp.Table) else ():
            self.add(join.this, scope)
            self.match_join(join, scope)

    def _pivot(self, node: exp.Expr, scope: QueryScope, *, is_named: bool) -> None:
        """Turn the source that was added last, under the name that is given behind PIVOT."""
        pivot, *others = node.args["pivots"]
        source = scope.sources.pop()
        if others or isinstance(node.this, exp.Table):
            raise Refused("Write one PIVOT for one table or subquery.")
        self._columns.cover([source])
        turned = Result(
            pivoted(pivot, source, self._dialect, self._columns.column_key), source.rows
        )
        given = pivot.args.get("alias")
        if given is None or given.this is None:
            given = exp.TableAlias(this=exp.to_identifier(f"_p{len(scope.sources)}"))
            pivot.set("alias", given)
        if not is_named and self._dialect != "tsql":  # there, a name behind PIVOT is enough
            node.set("alias", None)
        self._add(scope, given.this, self.renamed(pivot, turned), given)

    def _bracketed(self, join: exp.Subquery, table: exp.Table, scope: QueryScope) -> None:
        if join.alias:
            raise Refused("Write the join without an alias around it.")
        before = len(scope.sources)
        self.add(table, scope)
        if self._dialect == "sqlite" and any(s.hidden for s in scope.sources[before:]):
            raise Refused(
                "SQLite reads every column of a join in parentheses, and some are closed here. "
                "Remove the parentheses, or write a SELECT in them."
            )

    def _derived(
        self, node: exp.Expr, query: exp.Expr, scope: QueryScope, seen: QueryScope | None
    ) -> None:
        result = self.renamed(node, self._query(query, seen, scope.ctes))
        given = node.args.get("alias")
        if given is None or given.this is None:
            given = exp.TableAlias(this=exp.to_identifier(f"_q{len(scope.sources)}"))
            node.set("alias", given)
        self._add(scope, given.this, result, given)

    def _read(self, scope: QueryScope, count: int) -> None:
        scope.reads += count
        if scope.reads > MOST_READS:
            raise Refused(TOO_MANY_READS)

    def _add(
        self, scope: QueryScope, alias: exp.Identifier, result: Result, given: exp.TableAlias
    ) -> None:
        self._read(scope, 1 + result.reads)
        name = self._columns.table_key(alias)
        alias = self._own_names.given_to(given)
        scope.sources.append(FromItem(alias, name, result.outputs, rows=result.rows))

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
        result = self.renamed(node, result)
        self._add(scope, alias, result, self._name_it(node, alias))

    def _stored(self, node: exp.Table, alias: exp.Identifier) -> FromItem:
        namespace = self._columns.table_key(node.args["db"]) if node.args.get("db") else ""
        table = self._sight.named(namespace, self._columns.table_key(node.this))
        if table is None and self._dialect == "oracle" and _is_dual(node):
            return self._dual(node, alias)
        if table is None:
            raise Refused(self._no_such_table(node))
        if node.args.get("alias") and node.alias_column_names:
            raise Refused(f"Write {node.name!r} without new names for its columns.")
        self._check_hints(node, table)
        self.tables.setdefault(table.name)
        name = self._columns.table_key(alias)
        alias = self._own_names.given_to(self._name_it(node, alias))
        node.set("this", exp.to_identifier(table.own_name, quoted=True))
        if where := table.namespace or self._sight.namespace:
            node.set("db", exp.to_identifier(where, quoted=True))
        hidden = with_whole_records(self._sight.hidden_of(table.name), self._dialect)
        return FromItem(
            alias,
            name,
            tuple(o for o in map(self._stored_column, table.columns) if o.name not in hidden),
            rows=ROWS if table.rows is None else float(max(table.rows, 1)),
            hidden=hidden,
            table=table.name,
            namespace=table.namespace or self._sight.namespace,
            has_row_ids=self._dialect == "sqlite",
        )

    def _dual(self, node: exp.Table, alias: exp.Identifier) -> FromItem:
        """Oracle's table of one row, which is everybody's; no other one of its name is read."""
        name = self._columns.table_key(alias)
        alias = self._own_names.given_to(self._name_it(node, alias))
        node.set("db", exp.to_identifier("SYS", quoted=True))
        return FromItem(alias, name, (Output("DUMMY", NUMBER),), rows=1.0, namespace="SYS")

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

    def _name_it(self, node: exp.Table, alias: exp.Identifier) -> exp.TableAlias:
        if not node.args.get("alias"):
            node.set("alias", exp.TableAlias(this=alias.copy()))
        return node.args["alias"]

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
        rows = rows if name in SERIES else max(rows, size / 2)
        self._add(scope, alias.this, Result(outputs, rows), alias)

    def _values_of(self, node: exp.Unnest, scope: QueryScope) -> None:
        """BigQuery's UNNEST, whose name is that of each value, and no source's."""
        array, *others = node.expressions
        if others:
            raise Refused("UNNEST takes one array. Write one UNNEST for each.")
        self._columns.find(array, scope, "none")
        alias = node.args.get("alias")
        columns = list(alias.columns) if alias is not None else []
        offset = node.args.get("offset")
        if offset and not isinstance(offset, exp.Identifier):
            raise Refused("Give the offset of UNNEST a name: WITH OFFSET AS name.")
        value = columns[0] if columns else exp.to_identifier(f"_u{len(scope.sources)}")
        size = self._columns.size(array, scope)
        outputs = [Output(self._columns.column_key(value), size)]
        if offset:
            outputs.append(Output(self._columns.column_key(offset), NUMBER))
        self._read(scope, 1)
        rows = max(rows_made(array), size / 2)
        name = self._columns.table_key(value)
        scope.sources.append(FromItem(value, name, tuple(outputs), rows=rows, is_value=True))

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

    def renamed(self, node: exp.Expr, result: Result) -> Result:
        """With the names that `AS name(a, b)` gives, from the first column on."""
        alias = node.args.get("alias")
        columns = alias.columns if isinstance(alias, exp.TableAlias) else []
        declared = [self._columns.column_key(column) for column in columns]
        outputs = result.outputs
        if len(declared) > len(outputs):
            raise Refused(f"{node.alias!r} has {len(outputs)} columns, and more are named.")
        renamed = [replace(o, name=name) for name, o in zip(declared, outputs, strict=False)]
        return replace(result, outputs=(*renamed, *outputs[len(declared) :]))

    def keep_apart(self, scope: QueryScope) -> None:
        """Refuse two sources of one name."""
        names = [source.name for source in scope.sources]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise Refused(f"Two tables are called {twice!r} here. Give each a name: … AS name.")
        if self._dialect == "bigquery":  # a path that begins with a source's name is a field of it
            spaces = {loose(table.namespace) for table in self._sight.schema.tables}
            spaces.add(loose(self._sight.namespace))
            taken = next((name for name in names if name and loose(name) in spaces), None)
            if taken is not None:
                raise Refused(
                    f"{taken!r} is the name of a dataset. Give the table another: … AS name."
                )

    def match_join(self, join: exp.Join, scope: QueryScope) -> None:
        """Find the columns that a join compares, by ON, USING or NATURAL."""
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
        asked = f"{node.db}.{node.name}" if node.db else node.name
        written = exp.table_(node.this.copy(), db=node.args.get("db")).sql()
        if self._dialect == "bigquery" and "*" in node.name:
            return (
                f"Wildcard tables such as {written!r} are not read: a table that is made tomorrow may "
                "match. Name each table, and join them with UNION ALL."
            )
        return f"There is no table {written!r} to read. {suggest_table(asked, self._sight.schema)}"


def _is_dual(node: exp.Table) -> bool:
    return node.name == "DUAL" and node.db in ("", "SYS")


def _may_share_closed(sources: Sequence[FromItem]) -> bool:
    """Whether a closed column of one source could have its name in another."""
    closing = [source for source in sources if source.hidden]
    known = Counter(name for each in sources for name in {*each.columns, *each.hidden})
    unnamed = sum(len(source.columns) < len(source.outputs) for source in sources)
    return any(
        any(known[name] > 1 for name in source.hidden)
        or unnamed > (len(source.columns) < len(source.outputs))
        for source in closing
    )
