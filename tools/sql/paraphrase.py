"""A statement in plain words for the person who approves it, written without a model.

Parts without words are shown as SQL, and omissions are mentioned: the words may be clumsy, but they
never claim less than the statement does.
"""

import re
from collections.abc import Iterator, Sequence

from sqlglot import exp

from tools.sql.guard.reading import read_as
from tools.sql.guard.writing import writer_of

ONLY_SQL = "It has no description in words; read the SQL."
MORE = "with more that only the SQL shows"
LONGEST = 1_500
"""Characters; the statement itself is shown below."""

_WORDED = frozenset(
    "kind hint distinct expressions from_ joins where group having order limit offset with_".split()
)
_TWO = "this expression"
_KINDS = frozenset({"", "INNER", "OUTER", "CROSS"})
_SAYS_MORE = re.compile(r" NULLS | WITH FILL|COLLATE", re.IGNORECASE)
_COMPARED: dict[type[exp.Expr], str] = {
    exp.EQ: "is",
    exp.NEQ: "is not",
    exp.GT: "is more than",
    exp.GTE: "is at least",
    exp.LT: "is less than",
    exp.LTE: "is at most",
    exp.Like: "is like",
    exp.ILike: "is like",
}
_AGGREGATED: dict[type[exp.Expr], str] = {
    exp.Sum: "the sum of",
    exp.Avg: "the average of",
    exp.Min: "the smallest",
    exp.Max: "the largest",
    exp.Count: "the number of",
}
_COMBINED: dict[type[exp.Expr], str] = {
    exp.Union: "adds what this gives",
    exp.Intersect: "keeps only what this gives too",
    exp.Except: "takes away what this gives",
}


def paraphrase(sql: str, *, dialect: str) -> str:
    """A SELECT as one or a few English sentences: what it reads, filters, groups and returns.

    `dialect` is sqlglot's name of the engine's SQL.
    """
    try:
        tree = read_as(sql, dialect)
        sentences = list(_Words(dialect).query(tree)) if isinstance(tree, exp.Query) else []
    except Exception:  # noqa: BLE001  # words are a help; a statement that has none is shown as SQL
        return ONLY_SQL
    if not sentences:
        return ONLY_SQL
    text = " ".join(f"{sentence[:1].upper()}{sentence[1:]}." for sentence in sentences)
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}… {ONLY_SQL}"


def in_words(node: exp.Expr, *, dialect: str) -> str:
    """One condition or expression of a statement in words, as SQL where it has none."""
    words = _Words(dialect)
    match node:
        case exp.Condition() if isinstance(node, exp.Predicate | exp.Connector | exp.Not):
            return words.condition(node)
        case _:
            return words.expression(node)


class _Words:
    def __init__(self, dialect: str) -> None:
        self._writer = writer_of(dialect)

    def query(self, tree: exp.Query) -> Iterator[str]:
        """The sentences of a query: what it prepares first, then the query itself."""
        for prepared in tree.ctes:
            yield f"first prepares {prepared.alias}: {'; '.join(self.query(prepared.this))}"
        match tree:
            case exp.SetOperation():
                yield from self._combined(tree)
            case exp.Select():
                yield ", ".join(self._clauses(tree))
            case exp.Subquery() if isinstance(tree.this, exp.Query) and _has_only(
                tree, "this with_"
            ):
                yield from self.query(tree.this)
            case _:
                yield f"takes {self._sql(tree)}"

    def _combined(self, tree: exp.SetOperation) -> Iterator[str]:
        yield from self.query(tree.left)
        kind = next(word for type_, word in _COMBINED.items() if isinstance(tree, type_))
        right = "; ".join(self.query(tree.right))
        repeated = "" if tree.args.get("distinct") else " (repeated rows stay)"
        end = [*self._order(tree), *self._limit(tree)]
        yield "; ".join([f"then {kind}{repeated}: {right}", *end])

    def _clauses(self, select: exp.Select) -> Iterator[str]:
        source = select.args.get("from_")
        yield f"reads {self._source(source.this)}" if source else "reads no table"
        yield from (self._join(join) for join in select.args.get("joins") or ())
        if where := select.args.get("where"):
            yield f"keeping rows where {self.condition(where.this)}"
        if group := select.args.get("group"):
            yield f"grouped by {self._grouping(group)}"
        if having := select.args.get("having"):
            yield f"keeping groups where {self.condition(having.this)}"
        given = _listed([self.expression(each) for each in select.expressions])
        yield f"and gives {self._once(select)}{given}"
        yield from self._order(select)
        yield from self._limit(select)
        if any(value for name, value in select.args.items() if name not in _WORDED):
            yield MORE

    def _once(self, select: exp.Select) -> str:
        match select.args.get("distinct"):
            case exp.Distinct(args={"on": exp.Expr() as keys}):
                return f"for each different {self._sql(keys)} the first "
            case None:
                return ""
            case _:
                return "each different "

    def _source(self, source: exp.Expr) -> str:
        given = {name for name, value in source.args.items() if value}
        alias = f" as {source.alias}" if source.alias else ""
        match source:
            case exp.Table(this=exp.Identifier()) if given <= {"this", "alias", "db", "catalog"}:
                return f"{'.'.join(part.name for part in source.parts)}{alias}"
            case exp.Subquery(this=exp.Query()) if given <= {"this", "alias"}:
                return f"the result{alias} of ({'; '.join(self.query(source.this))})"
            case _:
                return self._sql(source)

    def _join(self, join: exp.Join) -> str:
        if not _has_only(join, "this on using side kind method") or join.kind.upper() not in _KINDS:
            return f"with {self._sql(join)}"
        source, matched = self._source(join.this), self._matched(join)
        side = join.side.upper()
        if side == "LEFT":
            return f"with {source}, if any,{matched}"
        if side in {"RIGHT", "FULL"}:
            return f"with all of {source}, matched or not,{matched}"
        return f"with {source}{matched}" if matched else f"with every row of {source}"

    def _matched(self, join: exp.Join) -> str:
        if on := join.args.get("on"):
            return f" where {self.condition(on)}"
        if using := join.args.get("using"):
            return f" where both have the same {_listed([key.name for key in using])}"
        return " where columns of one name agree" if join.method else ""

    def condition(self, node: exp.Expr) -> str:
        """A condition in words."""
        match node:
            case exp.And() | exp.Or():
                word = "and" if isinstance(node, exp.And) else "or"
                said = f"{self.condition(node.left)} {word} {self.condition(node.right)}"
            case exp.Paren():
                said = f"({self.condition(node.this)})"
            case exp.Not(this=exp.Is(expression=exp.Null())) if _has_only(node.this, _TWO):
                said = f"{self.expression(node.this.this)} is not empty"
            case exp.Is(expression=exp.Null()) if _has_only(node, f"{_TWO} negate"):
                not_ = "not " if node.args.get("negate") else ""
                said = f"{self.expression(node.this)} is {not_}empty"
            case exp.Not():
                said = f"not ({self.condition(node.this)})"
            case exp.Between() if _has_only(node, "this low high"):
                low, high = self.expression(node.args["low"]), self.expression(node.args["high"])
                said = f"{self.expression(node.this)} is between {low} and {high}"
            case exp.In() if _has_only(node, "this expressions") and node.expressions:
                values = ", ".join(self.expression(value) for value in node.expressions)
                said = f"{self.expression(node.this)} is one of {values}"
            case exp.Binary() if type(node) in _COMPARED and _has_only(node, _TWO):
                left, right = self.expression(node.left), self.expression(node.right)
                said = f"{left} {_COMPARED[type(node)]} {right}"
            case _:
                said = self._sql(node)
        return said

    def expression(self, node: exp.Expr) -> str:
        """An expression in words."""
        match node:
            case exp.Alias():
                said = f"{self.expression(node.this)} as {node.alias}"
            case exp.Star() if not any(node.args.values()):
                said = "all columns"
            case exp.Count(this=exp.Star()):
                said = "the number of rows"
            case exp.AggFunc() if type(node) in _AGGREGATED and _has_only(node, "this big_int"):
                said = f"{_AGGREGATED[type(node)]} {self._counted(node.this)}"
            case exp.Column() if isinstance(node.this, exp.Star):
                said = f"all columns of {node.table}"
            case exp.Column():
                said = ".".join(part.name for part in node.parts)
            case _:
                said = self._sql(node)
        return said

    def _counted(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Distinct):
            return f"different {_listed([self.expression(each) for each in node.expressions])}"
        return self.expression(node)

    def _grouping(self, group: exp.Group) -> str:
        plain = all(not value for name, value in group.args.items() if name != "expressions")
        if not plain:
            return self._sql(group).removeprefix("GROUP BY ").strip()
        return _listed([self.expression(each) for each in group.expressions])

    def _order(self, query: exp.Query) -> Iterator[str]:
        order = query.args.get("order")
        if not order:
            return
        keys: list[str] = []
        for key in order.expressions:
            descends = " (descending)" if key.args.get("desc") else ""
            is_plain = not _SAYS_MORE.search(self._sql(key))
            said = f"{self.expression(key.this)}{descends}"
            keys.append(said if is_plain else self._sql(key))
        yield f"sorted by {_listed(keys)}"

    def _limit(self, query: exp.Query) -> Iterator[str]:
        if offset := query.args.get("offset"):
            yield f"after the first {self._sql(offset.expression)} rows"
        match query.args.get("limit"):
            case exp.Limit() as limit:
                most = self._sql(limit.expression)
                yield f"at most {most} row{'' if most == '1' else 's'}"
            case exp.Expr() as fetch:
                yield self._sql(fetch)
            case _:
                return

    def _sql(self, node: exp.Expr) -> str:
        return self._writer.generate(node)


def _has_only(node: exp.Expr, names: str) -> bool:
    """Whether nothing else of the node is set: what has no words here is shown as SQL."""
    return {name for name, value in node.args.items() if value} <= set(names.split())


def _listed(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
