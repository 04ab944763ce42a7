"""A statement without its literals and without what people are free to choose in it.

Two statements of one outline do the same with other values: names of results, the sides of a
comparison, the order of joins and conditions and a key beside what it stands for do not count.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from sqlglot import exp

from tools.sql.guard import Admitted
from tools.sql.schema import Schema

_PARTS = frozenset(
    "kind expressions from_ joins where group order limit distinct operation_modifiers".split()
)
"""What a SELECT may have; another has its own words only."""
_SIGNS: dict[type[exp.Expr], str] = {exp.GT: "<", exp.GTE: "<=", exp.LT: "<", exp.LTE: "<="}
"""How comparisons are written, the smaller side first."""
_FUNCTIONS = frozenset("count sum avg min max".split())

Said = tuple[str, tuple[exp.Literal, ...]]
"""A piece of a statement with "?" for each literal, and these in their order."""


@dataclass(frozen=True, slots=True)
class StatementOutline:
    """What a statement reads, keeps, groups and orders by, and its literals in order.

    `figures` are the results that are worked out, `shown` the others.
    """

    form: tuple[object, ...]
    figures: frozenset[str]
    shown: frozenset[str]
    literals: tuple[exp.Literal, ...]
    is_ranking: bool

    def is_of(self, other: "StatementOutline") -> bool:
        """Whether two statements are one but for literals, and columns beside those they share.

        A ranking need not show what it ranks by.
        """
        figures = self.figures == other.figures or (
            self.is_ranking and not (self.figures and other.figures)
        )
        some, others = sorted((self.shown, other.shown), key=len)
        return self.form == other.form and figures and some <= others and bool(some) == bool(others)


def outline_of(admitted: Admitted, schema: Schema) -> StatementOutline | None:
    """The outline of one plain SELECT; None of a statement that does more, or reads a table twice."""
    tree = admitted.tree
    if not isinstance(tree, exp.Select):
        return None
    read = [table.name.lower() for table in tree.find_all(exp.Table)]
    if len(set(read)) != len(read):
        return None
    made = _Making(admitted.names.table_of, schema)
    return made.outline(tree) if all(map(_is_plain, tree.find_all(exp.Query))) else None


def _is_plain(query: exp.Query) -> bool:
    if isinstance(query, exp.Subquery):
        return not query.args.get("joins")
    has = {name for name, value in query.args.items() if value}
    return isinstance(query, exp.Select) and has <= _PARTS


@dataclass(frozen=True)
class _Making:
    table_of: Callable[[exp.Column], str]
    schema: Schema

    def outline(self, tree: exp.Select) -> StatementOutline | None:
        """The outline of a SELECT, of the whole statement or inside it."""
        results = [(self._said(each), _has_figure(each)) for each in tree.expressions]
        order, limit, group = (tree.args.get(one) for one in ("order", "limit", "group"))
        first = order.expressions[0] if order is not None and limit is not None else None
        conditions = sorted(chain(self._conditions(tree), self._joined(tree)), key=_text)
        ordered = self._ordered(first, tree) if first is not None else ("", ())
        most = self._said(limit.expression) if limit is not None else ("", ())
        grouped = self._without_keys(group.expressions) if group is not None else []
        literals = [one for piece in (*conditions, ordered, most) for one in piece[1]]
        if (group is not None and not grouped) or any(said[1] for said, _ in results):
            return None
        read = tree.find_all(exp.Table)
        own = sorted(one.name.lower() for one in read if one.find_ancestor(exp.Select) is tree)
        form = (
            tuple(own),
            tuple(text for text, _ in conditions),
            frozenset(text for text, _ in map(self._said, grouped)),
            ordered[0],
            most[0],
        )
        figures = frozenset(said[0] for said, is_figure in results if is_figure)
        shown = frozenset(said[0] for said, is_figure in results if not is_figure)
        return StatementOutline(form, figures, shown, tuple(literals), first is not None)

    def _conditions(self, tree: exp.Select) -> Iterator[Said]:
        where = tree.args.get("where")
        is_list = tree.find_ancestor(exp.In) is not None
        selected = {self._said(each)[0] for each in tree.expressions} if is_list else set[str]()
        for one in _conjuncts(where.this) if where is not None else ():
            text, literals = self._said(one)
            # Nothing that is missing is one of a list: a guard, and no condition.
            is_guard = text.removeprefix("not ").removesuffix(" is null()") in selected
            if not (text.startswith("not ") and text.endswith(" is null()") and is_guard):
                yield text, literals

    def _joined(self, tree: exp.Select) -> Iterator[Said]:
        for join in tree.args.get("joins") or ():
            side, on = join.args.get("side"), join.args.get("on")
            if side or on is None or join.args.get("using"):
                yield f"{join.sql().lower()}", ()
            else:
                yield from map(self._said, _conjuncts(on))

    def _ordered(self, first: exp.Expr, tree: exp.Select) -> Said:
        key = first.this if isinstance(first, exp.Ordered) else first
        named = {each.alias: each.this for each in tree.expressions if each.alias}
        if isinstance(key, exp.Column) and not key.table and key.name in named:
            key = named[key.name]
        text, literals = self._said(key)
        return f"{text} {'desc' if first.args.get('desc') else 'asc'}", literals

    def _without_keys(self, groups: Sequence[exp.Expr]) -> list[exp.Expr]:
        """What rows are grouped by; a key says no more than the name of its row beside it."""
        columns = [one for one in groups if isinstance(one, exp.Column)]
        named = {self.table_of(one).lower() for one in columns if not self._is_key(one)}
        return [
            one
            for one in groups
            if not (
                isinstance(one, exp.Column)
                and self._is_key(one)
                and self.table_of(one).lower() in named
            )
        ]

    def _is_key(self, column: exp.Column) -> bool:
        table = self.schema.table(self.table_of(column))
        found = table.column(column.name) if table is not None else None
        return found is not None and (found.primary_key or found.meaning.is_key)

    def _said(self, node: exp.Expr) -> Said:
        """An expression as text; columns with their tables, and "?" for each literal."""
        match node:
            case exp.Literal():
                return "?", (node,)
            case exp.Column():
                return f"{self.table_of(node)}.{node.name}".lower(), ()
            case exp.Alias() | exp.Paren():
                return self._said(node.this)
            case exp.Subquery():
                return self._inside(node.this)
            case exp.Select():
                return self._inside(node)
            case _:
                return self._compared(node)

    def _compared(self, node: exp.Expr) -> Said:
        """A comparison, one way round; what else there is goes on to `_other`."""
        match node:
            case exp.EQ() | exp.NEQ():
                name = " = " if isinstance(node, exp.EQ) else " <> "
                return _joined(name, sorted(map(self._said, (node.left, node.right)), key=_text))
            case exp.GT() | exp.GTE():
                sides = map(self._said, (node.right, node.left))
                return _joined(f" {_SIGNS[type(node)]} ", [*sides])
            case exp.LT() | exp.LTE():
                sides = map(self._said, (node.left, node.right))
                return _joined(f" {_SIGNS[type(node)]} ", [*sides])
            case exp.Not():
                text, literals = self._said(node.this)
                is_equal = isinstance(node.this, exp.EQ)
                return (text.replace(" = ", " <> ") if is_equal else f"not {text}"), literals
            case exp.Is():
                return _joined(" is ", [*map(self._said, (node.this, node.expression))])
            case _:
                return self._other(node)

    def _other(self, node: exp.Expr) -> Said:
        parts = [self._said(one) for one in node.iter_expressions()]
        name = node.name.lower() if isinstance(node, exp.Anonymous) else node.key
        values = [value for value in node.args.values() if isinstance(value, str | bool)]
        inner = _joined(", ", parts)
        told = "" if isinstance(node, exp.Anonymous) else "".join(map(str, values)).lower()
        return f"{name}{told}({inner[0]})", inner[1]

    def _inside(self, query: exp.Expr) -> Said:
        found = self.outline(query) if isinstance(query, exp.Select) else None
        if found is None:
            return query.sql().lower(), tuple(query.find_all(exp.Literal))
        return f"({found.form} {sorted(found.figures)} {sorted(found.shown)})", found.literals


def _joined(between: str, parts: Sequence[Said]) -> Said:
    return between.join(text for text, _ in parts), tuple(one for _, some in parts for one in some)


def _conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.And):
        yield from _conjuncts(node.left)
        yield from _conjuncts(node.right)
    elif isinstance(node, exp.Paren):
        yield from _conjuncts(node.this)
    else:
        yield node


def _has_figure(node: exp.Expr) -> bool:
    called = (n.name.lower() if isinstance(n, exp.Anonymous) else n.key for n in node.walk())
    return not _FUNCTIONS.isdisjoint(called)


def _text(said: Said) -> str:
    return said[0]
