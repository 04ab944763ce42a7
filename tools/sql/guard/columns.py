"""The columns that an expression names: each is found in a source, or the statement is refused.

Each column is qualified with its source, so that the engine reads it from there or fails.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from sqlglot import exp

from tools.errors import Refused
from tools.sql.access import VisibleSchema
from tools.sql.guard.growth import SizeEstimates, StatementCost
from tools.sql.guard.hints import stored_as, suggest, suggest_column, suggest_source
from tools.sql.guard.joined import OUTSIDE, Placed
from tools.sql.guard.loosely import bare_word, loose
from tools.sql.guard.records import left_out, names_in, put_parts
from tools.sql.guard.scopes import ROW_IDS, FromItem, Output, QueryScope, larger_of

_HEAVIEST = 50_000.0
_SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})
_NAMES_ARE_ROWS = frozenset({"duckdb", "bigquery"})
"""Where a source's name is its whole row, unless a column has that name."""

Aliases = Literal["none", "whole", "inside"]
"""Where a query's own results may be named: nowhere, as a whole expression, or inside of one."""

ALIASES: Mapping[str, Mapping[str, Aliases]] = {
    "sqlite": {"where": "inside", "on": "inside", "group": "inside", "having": "inside", "order": "inside"},
    "mysql": {"group": "inside", "having": "inside", "order": "inside"},
    "postgres": {"group": "whole", "order": "whole", "distinct": "whole"},
    "trino": {"order": "inside"},
    "tsql": {"order": "whole"},
    "oracle": {"order": "inside"},
    "bigquery": {"group": "inside", "having": "inside", "qualify": "inside", "order": "inside"},
    "snowflake": {
        "select": "inside", "where": "inside", "group": "inside", "having": "inside",
        "qualify": "inside", "order": "inside",
    },
    "duckdb": {
        "where": "inside", "group": "inside", "having": "inside", "qualify": "inside", "order": "inside",
    },
}  # fmt: skip


class ColumnResolver:
    """Finds the columns of expressions; `query` is what judges a query inside of one."""

    def __init__(self, sight: VisibleSchema, query: Callable[[exp.Expr, QueryScope], None]) -> None:
        self._sight = sight
        self._dialect = sight.schema.dialect
        self._query = query
        self._bindings: dict[int, FromItem] = {}
        self._weights: dict[int, float] = {}
        self.sizes: dict[int, float] = {}
        self.ledger = StatementCost()
        self.rows: dict[int, float] = {}

    def source_of(self, column: exp.Column) -> FromItem | None:
        """The source that a column was found in."""
        return self._bindings.get(id(column))

    def placed(self, column: exp.Column, scope: QueryScope) -> Placed | None:
        """Where in this FROM a column seems to be, and whether it is computed; judged by nobody."""
        name, table = self.column_key(column.this), column.args.get("table")
        for place, source in enumerate(scope.sources):
            is_meant = table is None or source.name == self.table_key(table)
            if is_meant and source.has(name):
                return place, source.output(name).is_computed
        return None if scope.outer is None else (OUTSIDE, False)

    def is_computed(self, item: exp.Expr, scope: QueryScope) -> bool:
        """Whether a result is no column that is passed on as it was."""
        placed = self.placed(item, scope) if isinstance(item, exp.Column) else None
        return placed is None or placed[1]

    def size(self, node: exp.Expr, scope: QueryScope) -> float:
        """The most that a value can measure.

        Raises:
            Refused: a call in it could take too long.
        """
        return SizeEstimates(
            self._dialect,
            lambda part: self.sizes.get(id(part)),
            lambda part: self.rows.get(id(part), 1.0),
            scope.rows,
            self.ledger,
        ).of(node)

    def find(self, root: exp.Expr, scope: QueryScope, aliases: Aliases) -> None:
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
                    self._query(node, scope)
                case exp.Table():
                    raise Refused(f"The table {node.sql()!r} is not expected here.")
                case exp.Identifier() if not _names_no_column(node):
                    raise Refused(f"The name {node.name!r} is not expected here.")
                case _:
                    self._refuse_closed_word(node, scope)
                    keeps = is_whole and isinstance(
                        node, exp.Order | exp.Ordered | exp.Group | exp.Distinct | exp.Paren
                    )
                    keeps = keeps or (
                        is_whole
                        and isinstance(node, exp.Tuple)
                        and isinstance(node.parent, exp.Distinct)
                    )
                    waiting += [(child, keeps) for child in node.iter_expressions()]
        self.size(root, scope)
        self.weight(root)

    def weight(self, node: exp.Expr) -> float:
        """How many parts an expression has once the columns of queries below it are written out.

        Raises:
            Refused: they are too many; an engine that writes them out could take all memory.
        """
        weight = sum(self._weights.get(id(part), 1.0) for part in node.walk())
        if weight > _HEAVIEST:
            raise Refused("It reuses computed columns too often. Simplify their expressions.")
        return weight

    def _refuse_closed_word(self, node: exp.Expr, scope: QueryScope) -> None:
        """Refuse `current_date` where a closed column has that name: an engine may read the column."""
        word = bare_word(node)
        if word and any(self._closes(seen, word) for seen in _read(scope)):
            raise Refused(f"{word!r} is the name of a closed column here. Leave it out.")

    def _star(self, star: exp.Star, scope: QueryScope) -> None:
        """A star outside of count(*) is every column; in DuckDB also the star of `* LIKE 'a%'`."""
        call = star.parent
        if not (isinstance(call, exp.Anonymous) and call.name.lower() == "count"):
            self.cover(scope.sources)
        self._star_changes(star, scope.sources, scope)

    def _star_changes(self, star: exp.Star, sources: Sequence[FromItem], scope: QueryScope) -> None:
        """What a star leaves out, and what it puts in the place of a column."""
        known = [column for source in sources for column in source.columns]
        for name in left_out(star):
            if self.column_key(name) not in known:
                raise Refused(
                    f"There is no column {name.name!r} to leave out. {suggest(name.name, known)}"
                )
        for change in star.args.get("replace") or ():
            if self.column_key(change.args["alias"]) not in known:
                raise Refused(f"There is no column {change.alias!r} to replace.")
            self.find(change.this, scope, "none")

    def cover(self, sources: Sequence[FromItem]) -> None:
        """Refuse to read all of sources of which something is closed."""
        for source in sources:
            if source.hidden:
                open_columns = ", ".join(sorted(source.columns))
                raise Refused(f"Name the columns instead of *; {source.name} has: {open_columns}.")

    def _column(
        self, column: exp.Column, scope: QueryScope, aliases: Aliases, *, is_whole: bool
    ) -> None:
        if isinstance(column.this, exp.Star):
            source = self._qualifier(column, scope)
            # An engine that compares more generously may find another of that name nearer by.
            shared = loose(source.name)
            self.cover([each for each in _read(scope) if loose(each.name) == shared])
            self._refuse_closed_record(source, scope)
            self._star_changes(column.this, [source], scope)
            if column.args["table"].name != source.alias.name:
                column.set("table", source.alias.copy())
                column.set("db", None)
            return
        if self._dialect == "bigquery" and self._field(column, scope):
            return
        if column.args.get("table") is not None:
            source = self._qualifier(column, scope)
            if not source.has(self.column_key(column.this)):
                raise Refused(self._no_such_column(column, [source], scope))
            self._bind(column, source, scope)
            return
        self._bare(
            column, scope, is_alias_seen=aliases == "inside" or (aliases == "whole" and is_whole)
        )

    def _field(self, column: exp.Column, scope: QueryScope) -> bool:
        """Find `record.field` and `source.record.field`: the record is judged as a column."""
        parts = names_in(column)
        keys = [self.table_key(part) for part in parts]
        seen = _read(scope)
        source = next((each for each in seen if each.name == keys[0]), None)
        is_row = source is not None and not source.is_value
        if len(parts) < (3 if is_row else 2) or (source is None and _is_of_namespace(keys, seen)):
            return False
        if is_row:
            record = exp.column(parts[1].copy(), table=parts[0].copy())
        elif any(each.has(self.column_key(parts[0])) for each in seen):
            record = exp.column(parts[0].copy())
        else:
            return False
        fields = parts[2 if record.args.get("table") else 1 :]
        self._column(record, scope, "none", is_whole=False)
        if not put_parts(column, [*names_in(record), *fields]):
            self._leave(exp.column(parts[0].copy()), scope, None)
        self._measure(column, Output(None))
        return True

    def _qualifier(self, column: exp.Column, scope: QueryScope) -> FromItem:
        """The source that the name before the dot means, the nearest one of that name."""
        wanted = self.table_key(column.args["table"])
        namespace = self.table_key(column.args["db"]) if column.args.get("db") else ""
        for level in scope.levels():
            for source in level.sources:
                if source.name == wanted and namespace in ("", source.namespace):
                    return source
        if isinstance(column.this, exp.Star):
            raise Refused(f"There is no table {column.table!r} in this FROM to take * of.")
        hint = suggest_source(column, _read(scope), self._sight.schema)
        raise Refused(f"No table or alias {column.table!r} is in FROM. {hint}")

    def _bare(self, column: exp.Column, scope: QueryScope, *, is_alias_seen: bool) -> None:
        """A name without a table: the nearest query that has it decides, unless one hides it."""
        name = self.column_key(column.this)
        is_alias = is_alias_seen and name in scope.aliases
        for level in scope.levels():
            if self._hides(level, name):
                break
            holders = [source for source in level.sources if source.has(name)]
            if holders:
                is_merged = level.is_natural or name in level.merged
                if is_alias or is_merged or len(holders) > 1:
                    self._leave(column, scope, holders[0] if not is_alias else None)
                    meanings = [held.output(name) for held in holders]
                    meanings += [scope.aliases[name]] if is_alias else []
                    self._measure(column, larger_of(meanings))
                else:
                    self._bind(column, holders[0], scope)
                return
            if level is scope and is_alias:
                self._measure(column, scope.aliases[name])
                self._leave(column, scope, None)
                return
            if self._is_whole_row(level, name):
                self._leave_row(column, scope, level, name)
                return
        raise Refused(self._no_such_column(column, _read(scope), scope))

    def _hides(self, level: QueryScope, name: str) -> bool:
        return any(name in source.hidden for source in level.sources)

    def _is_whole_row(self, level: QueryScope, name: str) -> bool:
        return self._dialect == "postgres" and any(source.name == name for source in level.sources)

    def _leave_row(
        self, column: exp.Column, scope: QueryScope, level: QueryScope, name: str
    ) -> None:
        """PostgreSQL reads a source's name as its whole row: open if nothing of it is closed."""
        source = next(source for source in level.sources if source.name == name)
        self.cover([source])
        self._leave(column, scope, None)

    def _leave(self, column: exp.Column, scope: QueryScope, source: FromItem | None) -> None:
        """Keep a name bare that has two meanings; none of them, however far out, may be closed."""
        key = self.column_key(column.this)
        name = loose(key)
        for level in scope.levels():
            if any(self._closes(seen, name) for seen in level.sources):
                raise Refused(self._no_such_column(column, level.sources, scope))
        is_sorted_by = source is None and _is_sort_key(column)
        if self._dialect in _NAMES_ARE_ROWS and not is_sorted_by:
            self._refuse_closed_row(name, scope)
        if self._dialect == "postgres" and name in _SYSTEM_COLUMNS:
            raise Refused(self._no_such_column(column, scope.sources, scope))
        if source is not None:
            self._bindings[id(column)] = source
            self._measure(column, source.output(key))

    def _closes(self, source: FromItem, name: str) -> bool:
        closed = ROW_IDS if self._dialect in ("sqlite", "duckdb") else frozenset[str]()
        hidden = {loose(each) for each in source.hidden}
        return name in hidden or (bool(hidden) and name in closed)

    def _refuse_closed_row(self, name: str, scope: QueryScope) -> None:
        if any(seen.hidden and loose(seen.name) == name for seen in _read(scope)):
            raise Refused(
                f"{name!r} can mean a whole row here, of which some columns are closed. "
                "Give the result, or the table, another name."
            )

    def _bind(self, column: exp.Column, source: FromItem, scope: QueryScope) -> None:
        """Name the column's source; no other source of that name, however far out, may close it.

        An engine that does not find the column in the nearest one looks further out.
        """
        name, shared = loose(self.column_key(column.this)), loose(source.name)
        namesakes = (seen for seen in _read(scope) if loose(seen.name) == shared)
        if any(self._closes(seen, name) for seen in namesakes):
            raise Refused(f"Two tables are called {source.name!r} here. Give each another name.")
        if source.is_value:
            self._leave(column, scope, source)
            return
        self._refuse_closed_record(source, scope)
        column.set("table", source.alias.copy())
        column.set("db", None)
        self._bindings[id(column)] = source
        self._measure(column, source.output(self.column_key(column.this)))

    def _refuse_closed_record(self, source: FromItem, scope: QueryScope) -> None:
        """Refuse a source called like a closed column, which engines with records may mean by it.

        DuckDB and Trino look for such a column in each query before they look further out.
        """
        shared = loose(source.name)
        for level in scope.levels():
            if self._dialect != "bigquery" and any(seen is source for seen in level.sources):
                return
            if any(self._closes(seen, shared) for seen in level.sources):
                raise Refused(f"{source.name!r} is the name of a closed column too. Write AS name.")

    def _measure(self, column: exp.Column, output: Output) -> None:
        self.sizes[id(column)] = output.size
        self._weights[id(column)] = output.weight

    def _no_such_column(
        self, column: exp.Column, among: Sequence[FromItem], scope: QueryScope
    ) -> str:
        hint, schema = "", self._sight.schema
        if column.this.quoted and not column.table:
            text, place = exp.Literal.string(column.name).sql(), stored_as(column.name, schema)
            hint = f"If it is text and not a name, write {text}. "
            hint += f"{place} has that value. " if place else ""
        hint += suggest_column(column.name, among, _read(scope), schema)
        return f"There is no column {column.name!r} to read. {hint}"

    def made_name(self, name: str) -> str:
        """A name that the engine makes up, as it stores names."""
        return name.upper() if self._dialect in ("oracle", "snowflake") else name

    def column_key(self, name: exp.Identifier) -> str:
        """A column's name as the engine compares it."""
        return self._sight.fold_column(name.name)

    def table_key(self, name: exp.Identifier) -> str:
        """The same of a table or an alias."""
        return self._sight.fold_table(name.name)


def _read(scope: QueryScope) -> list[FromItem]:
    """All sources that a query sees, its own first."""
    return [source for level in scope.levels() for source in level.sources]


def _is_of_namespace(keys: Sequence[str], seen: Sequence[FromItem]) -> bool:
    """Whether `a.b.c` is the column of a source with its namespace."""
    return len(keys) == 3 and any((s.namespace, s.name) == (keys[0], keys[1]) for s in seen)


def _is_sort_key(column: exp.Column) -> bool:
    """Whether it is, alone, what the rows of a query are sorted by: there a result goes first."""
    key = column.parent
    while isinstance(key, exp.Paren):
        key = key.parent
    order = key.parent if isinstance(key, exp.Ordered) else None
    return order is not None and isinstance(order.parent, exp.Query)


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
        case exp.Dot():  # a field
            return name.arg_key == "expression"
        case _:
            return False
