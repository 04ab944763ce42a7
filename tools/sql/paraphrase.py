"""A statement in plain words for the person who approves it, written without a model.

Parts without words are shown as SQL, and omissions are mentioned: the words may be clumsy, but they
never claim less than the statement does.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from tools.language.telling import IN_ENGLISH, Telling
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
    exp.EQ: "{left} is {right}",
    exp.NEQ: "{left} is not {right}",
    exp.GT: "{left} is more than {right}",
    exp.GTE: "{left} is at least {right}",
    exp.LT: "{left} is less than {right}",
    exp.LTE: "{left} is at most {right}",
    exp.Like: "{left} is like {right}",
    exp.ILike: "{left} is like {right}",
}
_AGGREGATED: dict[type[exp.Expr], str] = {
    exp.Sum: "the sum of {what}",
    exp.Avg: "the average of {what}",
    exp.Min: "the smallest {what}",
    exp.Max: "the largest {what}",
    exp.Count: "the number of {what}",
}
_COMBINED: dict[type[exp.Expr], str] = {
    exp.Union: "adds what this gives",
    exp.Intersect: "keeps only what this gives too",
    exp.Except: "takes away what this gives",
}


def paraphrase(sql: str, *, dialect: str, to: Telling = IN_ENGLISH) -> str:
    """A SELECT as one or a few sentences: what it reads, filters, groups and returns.

    `dialect` is sqlglot's name of the engine's SQL, `to` the language of whoever reads it.
    """
    try:
        tree = read_as(sql, dialect)
        sentences = list(_Words(dialect, to).query(tree)) if isinstance(tree, exp.Query) else []
    except Exception:  # noqa: BLE001  # words are a help; a statement that has none is shown as SQL
        return to.say(ONLY_SQL)
    if not sentences:
        return to.say(ONLY_SQL)
    text = " ".join(f"{sentence[:1].upper()}{sentence[1:]}." for sentence in sentences)
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}… {to.say(ONLY_SQL)}"


def in_words(node: exp.Expr, *, dialect: str) -> str:
    """One condition or expression of a statement in words, as SQL where it has none."""
    words = _Words(dialect, IN_ENGLISH)
    match node:
        case exp.Condition() if isinstance(node, exp.Predicate | exp.Connector | exp.Not):
            return words.condition(node)
        case _:
            return words.expression(node)


class _Words:
    def __init__(self, dialect: str, to: Telling) -> None:
        self._writer, self._to, self._say = writer_of(dialect), to, to.say

    def query(self, tree: exp.Query) -> Iterator[str]:
        """The sentences of a query: what it prepares first, then the query itself."""
        for prepared in tree.ctes:
            steps = "; ".join(self.query(prepared.this))
            yield self._say("first prepares {name}: {steps}", name=prepared.alias, steps=steps)
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
                yield self._say("takes {sql}", sql=self._sql(tree))

    def _combined(self, tree: exp.SetOperation) -> Iterator[str]:
        yield from self.query(tree.left)
        kind = self._say(next(said for type_, said in _COMBINED.items() if isinstance(tree, type_)))
        right = "; ".join(self.query(tree.right))
        stay = "" if tree.args.get("distinct") else self._say(" (repeated rows stay)")
        end = [*self._order(tree), *self._limit(tree)]
        then = self._say("then {kind}{stay}: {right}", kind=kind, stay=stay, right=right)
        yield "; ".join([then, *end])

    def _clauses(self, select: exp.Select) -> Iterator[str]:
        source = select.args.get("from_")
        read = self._source(source.this) if source else ""
        yield self._say("reads {source}", source=read) if source else self._say("reads no table")
        yield from (self._join(join) for join in select.args.get("joins") or ())
        if where := select.args.get("where"):
            kept = self.condition(where.this)
            yield self._say("keeping rows where {condition}", condition=kept)
        if group := select.args.get("group"):
            yield self._say("grouped by {keys}", keys=self._grouping(group, _named_in(select)))
        if having := select.args.get("having"):
            kept = self.condition(having.this)
            yield self._say("keeping groups where {condition}", condition=kept)
        given = self._listed([self.expression(each) for each in select.expressions])
        yield self._say("and gives {once}{given}", once=self._once(select), given=given)
        yield from self._order(select)
        yield from self._limit(select)
        if any(value for name, value in select.args.items() if name not in _WORDED):
            yield self._say(MORE)

    def _once(self, select: exp.Select) -> str:
        match select.args.get("distinct"):
            case exp.Distinct(args={"on": exp.Expr() as keys}):
                return self._say("for each different {keys} the first ", keys=self._sql(keys))
            case None:
                return ""
            case _:
                return self._say("each different ")

    def _source(self, source: exp.Expr) -> str:
        given = {name for name, value in source.args.items() if value}
        alias = self._say(" as {alias}", alias=source.alias) if source.alias else ""
        match source:
            case exp.Table(this=exp.Identifier()) if given <= {"this", "alias", "db", "catalog"}:
                return f"{'.'.join(part.name for part in source.parts)}{alias}"
            case exp.Subquery(this=exp.Query()) if given <= {"this", "alias"}:
                steps = "; ".join(self.query(source.this))
                return self._say("the result{alias} of ({steps})", alias=alias, steps=steps)
            case _:
                return self._sql(source)

    def _join(self, join: exp.Join) -> str:
        if not _has_only(join, "this on using side kind method") or join.kind.upper() not in _KINDS:
            return self._say("with {source}", source=self._sql(join))
        source, matched = self._source(join.this), self._matched(join)
        side = join.side.upper()
        if side == "LEFT":
            return self._say("with {source}, if any,{matched}", source=source, matched=matched)
        if side in {"RIGHT", "FULL"}:
            said = "with all of {source}, matched or not,{matched}"
            return self._say(said, source=source, matched=matched)
        if not matched:
            return self._say("with every row of {source}", source=source)
        return f"{self._say('with {source}', source=source)}{matched}"

    def _matched(self, join: exp.Join) -> str:
        if on := join.args.get("on"):
            return self._say(" where {condition}", condition=self.condition(on))
        if using := join.args.get("using"):
            keys = self._listed([key.name for key in using])
            return self._say(" where both have the same {keys}", keys=keys)
        return self._say(" where columns of one name agree") if join.method else ""

    def condition(self, node: exp.Expr) -> str:
        """A condition in words."""
        match node:
            case exp.And() | exp.Or():
                word = self._say("and" if isinstance(node, exp.And) else "or")
                said = f"{self.condition(node.left)} {word} {self.condition(node.right)}"
            case exp.Paren():
                said = f"({self.condition(node.this)})"
            case exp.Not(this=exp.Is(expression=exp.Null())) if _has_only(node.this, _TWO):
                said = self._say("{what} is not empty", what=self.expression(node.this.this))
            case exp.Is(expression=exp.Null()) if _has_only(node, f"{_TWO} negate"):
                empty = "{what} is not empty" if node.args.get("negate") else "{what} is empty"
                said = self._say(empty, what=self.expression(node.this))
            case exp.Not():
                said = self._say("not ({condition})", condition=self.condition(node.this))
            case exp.Between() if _has_only(node, "this low high"):
                ends = {end: self.expression(node.args[end]) for end in ("low", "high")}
                what = self.expression(node.this)
                said = self._say("{what} is between {low} and {high}", what=what, **ends)
            case exp.In() if _has_only(node, "this expressions") and node.expressions:
                values = ", ".join(self.expression(value) for value in node.expressions)
                what = self.expression(node.this)
                said = self._say("{what} is one of {values}", what=what, values=values)
            case exp.Binary() if type(node) in _COMPARED and _has_only(node, _TWO):
                left, right = self.expression(node.left), self.expression(node.right)
                said = self._say(_COMPARED[type(node)], left=left, right=right)
            case _:
                said = self._sql(node)
        return said

    def expression(self, node: exp.Expr) -> str:
        """An expression in words."""
        match node:
            case exp.Alias():
                alias = self._say(" as {alias}", alias=node.alias)
                said = f"{self.expression(node.this)}{alias}"
            case exp.Star() if not any(node.args.values()):
                said = self._say("all columns")
            case exp.Count(this=exp.Star()):
                said = self._say("the number of rows")
            case exp.AggFunc() if type(node) in _AGGREGATED and _has_only(node, "this big_int"):
                said = self._say(_AGGREGATED[type(node)], what=self._counted(node.this))
            case exp.Column() if isinstance(node.this, exp.Star):
                said = self._say("all columns of {table}", table=node.table)
            case exp.Substring(
                args={"start": exp.Literal(this="1"), "length": exp.Literal() as size}
            ):
                what = self.expression(_without_cast_to_text(node.this))
                said = self._say("the first {number} characters of {what}", number=size, what=what)
            case exp.Extract(this=exp.Var() as part) if _has_only(node, _TWO):
                what = self.expression(node.expression)
                said = self._say("the {part} of {what}", part=part.name.lower(), what=what)
            case exp.Column():
                said = ".".join(part.name for part in node.parts)
            case _:
                said = self._sql(node)
        return said

    def _counted(self, node: exp.Expr) -> str:
        if isinstance(node, exp.Distinct):
            what = self._listed([self.expression(each) for each in node.expressions])
            return self._say("different {what}", what=what)
        return self.expression(node)

    def _grouping(self, group: exp.Group, named: Mapping[exp.Expr, str]) -> str:
        plain = all(not value for name, value in group.args.items() if name != "expressions")
        if not plain:
            return self._sql(group).removeprefix("GROUP BY ").strip()
        return self._listed(
            [named.get(each) or self.expression(each) for each in group.expressions]
        )

    def _order(self, query: exp.Query) -> Iterator[str]:
        order = query.args.get("order")
        if not order:
            return
        named = _named_in(query) if isinstance(query, exp.Select) else {}
        keys: list[str] = []
        for key in order.expressions:
            descends = self._say(" (descending)") if key.args.get("desc") else ""
            is_plain = not _SAYS_MORE.search(self._sql(key))
            said = f"{named.get(key.this) or self.expression(key.this)}{descends}"
            keys.append(said if is_plain else self._sql(key))
        yield self._say("sorted by {keys}", keys=self._listed(keys))

    def _limit(self, query: exp.Query) -> Iterator[str]:
        if offset := query.args.get("offset"):
            yield self._say("after the first {number} rows", number=self._sql(offset.expression))
        match query.args.get("limit"):
            case exp.Limit() as limit:
                most = self._sql(limit.expression)
                said = "at most {number} row" if most == "1" else "at most {number} rows"
                yield self._say(said, number=most)
            case exp.Expr() as fetch:
                yield self._sql(fetch)
            case _:
                return

    def _listed(self, parts: Sequence[str]) -> str:
        return self._to.listed(parts, most=len(parts))

    def _sql(self, node: exp.Expr) -> str:
        return self._writer.generate(node)


def _named_in(select: exp.Select) -> dict[exp.Expr, str]:
    """What a query calculates row by row, by names of its own: the words say each in full once."""
    columns = {column.name for column in select.find_all(exp.Column)}
    return {
        each.this: each.alias
        for each in select.expressions
        if isinstance(each, exp.Alias)
        and each.alias not in columns
        and not isinstance(each.this, exp.Column | exp.Literal)
        and not each.find(exp.AggFunc, exp.Window, exp.Query)
    }


def _without_cast_to_text(node: exp.Expr) -> exp.Expr:
    """What is read as text, of which characters are taken."""
    is_cast = isinstance(node, exp.Cast) and node.is_type(*exp.DataType.TEXT_TYPES)
    return node.this if is_cast and _has_only(node, "this to") else node


def _has_only(node: exp.Expr, names: str) -> bool:
    """Whether nothing else of the node is set: what has no words here is shown as SQL."""
    return {name for name, value in node.args.items() if value} <= set(names.split())
