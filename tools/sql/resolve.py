"""What the names in a statement reach: its sources, scope by scope, and their columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from tools.errors import Refused
from tools.sql.access import Sight
from tools.sql.dialects import DIALECTS

_ROW_IDS = frozenset({"rowid", "oid", "_rowid_"})


@dataclass(frozen=True, slots=True)
class Source:
    """One item of a FROM under the name it has there; columns are folded."""

    name: str
    columns: frozenset[str]
    hidden: frozenset[str] = frozenset()
    has_row_ids: bool = False
    table: str = ""
    """The stored table's own name, where it is one."""

    def has(self, column: str) -> bool:
        """Whether the column may be read; a row's number may stand for a denied key."""
        if column in self.columns:
            return True
        return self.has_row_ids and not self.hidden and column in _ROW_IDS


class Resolution:
    """A parsed statement with folded names, and what every scope of it can see."""

    def __init__(self, tree: exp.Query, sight: Sight) -> None:
        self._sight = sight
        self._scopes = {id(scope.expression): scope for scope in traverse_scope(tree)}
        self._outputs: dict[int, frozenset[str]] = {}
        self._sources: dict[int, tuple[Source, ...]] = {}

    def tables(self) -> Iterator[exp.Table]:
        """The tables that stand in some scope's FROM, those that name a CTE among them."""
        for scope in self._scopes.values():
            for node, _ in scope.selected_sources.values():
                if isinstance(node, exp.Table):
                    yield node

    def stored(self) -> tuple[str, ...]:
        """The names of the stored tables that the statement reads, each once, in order."""
        sources = [s for scope in self._scopes.values() for _, s in scope.selected_sources.values()]
        found = [
            table.name
            for source in sources
            if isinstance(source, exp.Table)
            and (table := self._sight.named(source.db, source.name))
        ]
        return tuple(dict.fromkeys(found))

    def sources_near(self, node: exp.Expr) -> tuple[Source, ...]:
        """The sources of the query that the node stands in, without the enclosing ones."""
        scope = self._scope_of(node)
        return () if scope is None else self._sources_of(scope)

    def levels(self, node: exp.Expr) -> Iterator[tuple[bool, tuple[Source, ...]]]:
        """The sources around the node, the nearest query's first, and whether it sees them.

        A CTE or a subquery in FROM does not see what stands beside it, only what is further out.
        """
        scope = self._scope_of(node)
        is_seen = True
        while scope is not None:
            yield is_seen, self._sources_of(scope)
            is_seen = not (scope.is_cte or scope.is_derived_table)
            scope = scope.parent

    def table_of(self, column: exp.Column) -> str:
        """The stored table that a column is read from, empty where it is a subquery's."""
        for is_seen, level in self.levels(column):
            for source in level if is_seen else ():
                if column.table in ("", source.name) and source.has(column.name):
                    return source.table
        return ""

    def aliases(self, node: exp.Expr) -> frozenset[str]:
        """The names that enclosing queries give to their results, usable in ORDER BY and so on."""
        names: frozenset[str] = frozenset()
        scope = self._scope_of(node)
        while scope is not None:
            names |= _given_names(scope.expression)
            scope = scope.parent
        return names

    def _scope_of(self, node: exp.Expr) -> Scope | None:
        query = node.parent
        while query is not None and id(query) not in self._scopes:
            query = query.parent
        return None if query is None else self._scopes[id(query)]

    def _sources_of(self, scope: Scope) -> tuple[Source, ...]:
        known = self._sources.get(id(scope))
        if known is None:
            known = self._sources[id(scope)] = tuple(
                self._source(name, source) for name, (_, source) in scope.selected_sources.items()
            )
        return known

    def _source(self, name: str, source: exp.Expr | Scope) -> Source:
        if isinstance(source, Scope):
            return Source(name, self._outputs_of(source))
        declared = frozenset(source.alias_column_names) | {name}
        if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
            return self._stored(name, source)
        functions = DIALECTS[self._sight.schema.dialect].table_functions
        return Source(name, functions.get(source.this.name.lower(), frozenset()) | declared)

    def _stored(self, name: str, node: exp.Table) -> Source:
        table = self._sight.named(node.db, node.name)
        if table is None or node.catalog:
            raise Refused(self._no_such_table(node))
        if node.alias_column_names:
            raise Refused(f"Write {node.name!r} without new names for its columns.")
        columns = frozenset(self._sight.fold_column(column.name) for column in table.columns)
        has_row_ids = self._sight.schema.dialect == "sqlite"
        hidden = self._sight.hidden_of(table.name)
        return Source(name, columns, hidden, has_row_ids=has_row_ids, table=table.name)

    def _no_such_table(self, node: exp.Table) -> str:
        names = [table.name for table in self._sight.schema.tables]
        asked = f"{node.db}.{node.name}" if node.db else node.name
        return f"There is no table {node.sql()!r} to read. {suggest(asked, names)}"

    def _outputs_of(self, scope: Scope) -> frozenset[str]:
        """The columns a subquery gives; a recursive CTE sees its own as empty meanwhile."""
        query = scope.expression
        if id(query) not in self._outputs:
            self._outputs[id(query)] = frozenset()
            self._outputs[id(query)] = self._declared(query) or self._projected(query)
        return self._outputs[id(query)]

    def _declared(self, query: exp.Expr) -> frozenset[str]:
        """The column names in `WITH name(a, b)`; a recursive arm refers to a UNION's first arm."""
        owner = query if isinstance(query, exp.UDTF) else query.parent
        while isinstance(owner, exp.SetOperation):
            owner = owner.parent
        if isinstance(owner, exp.Subquery) and isinstance(owner.this, exp.Table) and owner.alias:
            raise Refused("Write the join without a name of its own around it.")
        is_named = isinstance(owner, exp.CTE | exp.Subquery | exp.UDTF)
        return frozenset(owner.alias_column_names) if is_named else frozenset()

    def _projected(self, query: exp.Expr) -> frozenset[str]:
        match query:
            case exp.Select():
                return frozenset(name for item in query.selects for name in self._names(item))
            case exp.SetOperation():
                return self._projected(query.left)
            case exp.Subquery() | exp.Lateral(this=exp.Subquery()):
                return self._projected(query.this)
            case exp.UDTF():
                return self._generated(query)
            case _:
                return frozenset()

    def _generated(self, query: exp.UDTF) -> frozenset[str]:
        """The columns of rows that no query makes; a single one has their alias for its name."""
        if isinstance(query, exp.Values):
            widest = max((len(row.expressions) for row in query.expressions), default=0)
            return frozenset(f"column{place}" for place in range(1, widest + 1))
        if isinstance(query, exp.Unnest):
            return frozenset({query.alias or "unnest"})
        functions = DIALECTS[self._sight.schema.dialect].table_functions
        return functions.get(query.this.name.lower(), frozenset()) | {query.alias}

    def _names(self, item: exp.Expr) -> Iterator[str]:
        """The names one item of a SELECT list contributes; a star contributes many."""
        if not item.is_star:
            yield item.alias_or_name
            return
        wanted = item.table if isinstance(item, exp.Column) else ""
        for source in self.sources_near(item):
            if wanted in ("", source.name):
                yield from source.columns


def suggest(name: str, known: list[str]) -> str:
    """A sentence with the nearest known names, or with some of them when none is near."""
    by_lower = {entry.lower(): entry for entry in sorted(known) if entry != name}
    near = get_close_matches(name.lower(), by_lower, n=5, cutoff=0.5)
    if near:
        return f"Nearest: {', '.join(by_lower[entry] for entry in near)}."
    if not by_lower:
        return "There is none to choose from."
    shown = list(by_lower.values())[:20]
    return f"Choose from: {', '.join(shown)}{', …' if len(by_lower) > len(shown) else ''}."


def _given_names(query: exp.Expr) -> frozenset[str]:
    """The aliases of a SELECT; for a UNION all names, which its ORDER BY may use."""
    if isinstance(query, exp.SetOperation):
        return _result_names(query)
    if isinstance(query, exp.Select):
        return frozenset(i.alias for i in query.selects if isinstance(i, exp.Alias))
    return frozenset()


def _result_names(query: exp.Expr) -> frozenset[str]:
    if isinstance(query, exp.SetOperation):
        return _result_names(query.left) | _result_names(query.right)
    if isinstance(query, exp.Subquery):
        return _result_names(query.this)
    if isinstance(query, exp.Select):
        return frozenset(item.alias_or_name for item in query.selects)
    return frozenset()
