"""What a verified statement does, so that other words for it can be told from other questions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from tools.sql.guard import Admitted

Kind = Literal["figure", "grouped", "ranking", "list"]
_FUNCTIONS: dict[type[exp.Expr], str] = {
    exp.Count: "COUNT",
    exp.Sum: "SUM",
    exp.Avg: "AVG",
    exp.Max: "MOST",
    exp.Min: "LEAST",
}
_TOO_MUCH = (exp.SetOperation, exp.With, exp.Window, exp.Case, exp.Div, exp.Having, exp.Or)
_CALLED = {"count": "COUNT", "sum": "SUM", "avg": "AVG", "max": "MOST", "min": "LEAST"}


@dataclass(frozen=True, slots=True)
class StatementShape:
    """What a statement works out, of what, in which order; things are `t:table` and `c:table.column`.

    `function` is the class of words that ask for it, empty where nothing is worked out. `measured` are
    the things that say what is counted, added up or ordered by. `outputs` are the columns that a list
    shows, `restricted` those that are compared with something, by the literals that they are compared with.
    """

    kind: Kind
    function: str
    measured: frozenset[str]
    descends: bool
    outputs: tuple[str, ...]
    restricted: tuple[tuple[str, tuple[bool, str]], ...]
    main: str


def shape_of(admitted: Admitted) -> StatementShape | None:
    """The shape of one plain SELECT; None of what does more, which only its own words may ask for."""
    tree = admitted.tree
    if not isinstance(tree, exp.Select) or tree.find(*_TOO_MUCH):
        return None
    figures = [one for each in tree.expressions for one in each.walk() if _function(one)]
    if len(figures) > 1 or any(_is_free(query) for query in tree.find_all(exp.Select)):
        return None
    things = _Things(admitted)
    order, group = tree.args.get("order"), tree.args.get("group")
    has_limit = tree.args.get("limit") is not None
    if has_limit != (order is not None) and has_limit:
        return None
    first = order.expressions[0] if order is not None and has_limit else None
    function = _function(figures[0]) if figures else ""
    kind: Kind = "ranking" if has_limit else "grouped" if group else "figure" if figures else "list"
    by = _ordered_by(first, tree) if first is not None else None
    measures = [*figures] if figures else [by] if by is not None else []
    return StatementShape(
        kind,
        function,
        frozenset(thing for one in measures for thing in things.measured(one)),
        bool(first is not None and first.args.get("desc")),
        tuple(thing for each in tree.expressions for thing in things.of(each)),
        tuple(things.restricted()),
        things.main,
    )


def _function(node: exp.Expr) -> str:
    for kind, name in _FUNCTIONS.items():
        if isinstance(node, kind):
            return name
    return _CALLED.get(node.name.lower(), "") if isinstance(node, exp.Anonymous) else ""


def _is_free(query: exp.Select) -> bool:
    """Whether a query inside is something else than what rows must, or must not, have."""
    outer = query.find_ancestor(exp.Select)
    return outer is not None and not query.find_ancestor(exp.In, exp.Exists)


def _ordered_by(first: exp.Expr, tree: exp.Select) -> exp.Expr | None:
    key = first.this if isinstance(first, exp.Ordered) else first
    if isinstance(key, exp.Column):
        named = [one.this for one in tree.expressions if one.alias and one.alias == key.name]
        return named[0] if named else key
    return key if isinstance(key, exp.Expr) else None


class _Things:
    def __init__(self, admitted: Admitted) -> None:
        self._tree = admitted.tree
        self._table_of: Callable[[exp.Column], str] = admitted.names.table_of
        source = self._tree.args.get("from_")
        name = source.this.name if source is not None else ""
        owns = (one for one in admitted.tables if one.rpartition(".")[2].lower() == name.lower())
        self.main = f"t:{next(owns, name)}".lower()

    def of(self, node: exp.Expr) -> Iterator[str]:
        """The stored columns in an expression."""
        for column in node.find_all(exp.Column):
            if table := self._table_of(column):
                yield f"c:{table}.{column.name}".lower()

    def measured(self, node: exp.Expr) -> Iterator[str]:
        """What a figure is worked out of: columns, or of what is counted the table."""
        if _function(node) != "COUNT":
            yield from self.of(node)
            return
        columns = list(self.of(node))
        tables = {f"t:{one[2:].rpartition('.')[0]}" for one in columns}
        yield from tables or {self.main}

    def restricted(self) -> Iterator[tuple[str, tuple[bool, str]]]:
        """The columns that rows are chosen by, with each literal that they are compared with."""
        for literal in self._tree.find_all(exp.Literal):
            compared = literal.find_ancestor(exp.Binary, exp.Between, exp.In)
            if compared is None or not isinstance(literal.this, str):
                continue
            for thing in self.of(compared):
                yield thing, (bool(literal.is_string), literal.name)
