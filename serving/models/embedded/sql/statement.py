"""A frame written as a statement, and what can be asked of the statement."""

import pickle
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlglot import exp

from serving.models.embedded.form.frame import Frame
from serving.models.embedded.schema.joins import Joins
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.numerals import Numerals
from serving.models.embedded.schema.targets import ColumnRef
from serving.models.embedded.sql.build import build
from serving.models.embedded.sql.dates import moment, sortable
from serving.models.embedded.sql.nodes import column_node, in_namespaces, number, table_node
from serving.models.embedded.sql.rows import BESIDE
from serving.models.embedded.sql.stored import (
    OF_ALL,
    asks_for_uncounted,
    in_stored_names,
    with_default_filters,
)
from tools.sql.dates import EPOCH, EPOCH_MS
from tools.sql.schema import Schema

_AS_NUMBER = (exp.AggFunc, exp.Ordered, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)
_AS_NUMBERS_ALONE = (
    *_AS_NUMBER,
    exp.Mul,
    exp.Div,
    exp.Add,
    exp.Sub,
    exp.Cast,
    exp.Is,
    exp.Coalesce,
)
_NUMBERS = ("integer", "real")
"""What SQLite calls the types of numbers."""


@dataclass(frozen=True, eq=False)
class Statement:
    """A SELECT in the dialect of its schema; what is worked out of its tree is kept.

    Where it was pickled, `built` is the pickled tree: of most readings only the text is looked at.
    """

    built: exp.Select | bytes
    schema: Schema

    def __getstate__(self) -> dict[str, Any]:
        state = {**self.__dict__}
        state.pop("tree", None)
        if not isinstance(self.built, bytes):
            state["built"] = pickle.dumps(self.built, protocol=pickle.HIGHEST_PROTOCOL)
        return state

    @cached_property
    def tree(self) -> exp.Select:
        """The statement as sqlglot has it."""
        if isinstance(self.built, bytes):
            return pickle.loads(self.built)  # noqa: S301  # our own bytes, from this memory
        return self.built

    @cached_property
    def sql(self) -> str:
        """The statement as text, tables of other namespaces written with them."""
        stored = in_stored_names(self.tree.copy(), self.schema)
        whole = in_namespaces(with_default_filters(stored, self.schema), self.schema)
        return whole.sql(self.schema.dialect)

    @property
    def is_of_uncounted(self) -> bool:
        """Whether it is of rows that do not count elsewhere: "void loans"."""
        return asks_for_uncounted(in_stored_names(self.tree.copy(), self.schema), self.schema)

    def ranked(self, rows: int) -> "Statement | None":
        """The first so many rows, by what they are ranked by, which stands last; None without a winner.

        A winner is the one row of a statement that ranks its rows. Every turn that has one asks.
        """
        if rows not in self._ranked:
            self._ranked[rows] = self._with_rank(rows)
        return self._ranked[rows]

    @cached_property
    def _ranked(self) -> "dict[int, Statement | None]":
        return {}

    def _with_rank(self, rows: int) -> "Statement | None":
        limit, order = self.tree.args.get("limit"), self.tree.args.get("order")
        is_one = limit is not None and limit.expression == number(1)
        if not (is_one and order) or self.tree.args.get("distinct"):
            return None
        by = order.expressions[0].this.copy()
        return Statement(self.tree.select(by.as_("ranked_by")).limit(rows), self.schema)

    @property
    def is_later(self) -> bool:
        """Whether it is of another place than the first."""
        return self.tree.args.get("offset") is not None

    def at(self, place: int) -> "Statement | None":
        """The row at a place of the ranking, from 1, in place of the first; None without a ranking."""
        if self.ranked(1) is None:
            return None
        return Statement(self.tree.offset(place - 1), self.schema)

    @cached_property
    def joins(self) -> int:
        """Joins in it that what was asked needs, those of nested statements included."""
        selects = list(self.tree.find_all(exp.Select))
        return sum(len(s.args.get("joins") or ()) - s.meta.get(BESIDE, 0) for s in selects)

    @cached_property
    def nested(self) -> int:
        """Statements inside it."""
        return sum(1 for _ in self.tree.find_all(exp.Select)) - 1


def statement(frame: Frame, lexicon: Lexicon, joins: Joins, numerals: Numerals) -> Statement:
    """The statement of a frame; it works with numbers where text holds them, or stands among them.

    Raises:
        Unreadable: tables are not connected, or a sum would count rows twice.
    """
    tree = _cast(build(frame, lexicon, joins), numerals)
    tree = _without_text(_with_dates(tree, lexicon.schema), lexicon.schema)
    return Statement(tree, lexicon.schema)


def divide(part: Statement, whole: Statement, factor: int, *, is_share: bool) -> Statement | None:
    """The ratio of two statements, times a factor; None unless both are one number.

    The share of what does not count elsewhere ("cancelled") is one of all rows.
    """
    sides = (part.tree, whole.tree)
    if any(len(side.selects) != 1 or side.args.get("group") for side in sides):
        return None
    above = exp.cast(exp.Subquery(this=part.tree.copy()), "double")
    if factor != 1:
        above = exp.Mul(this=above, expression=number(factor))
    all_of = whole.tree.copy()
    all_of.meta[OF_ALL] = is_share and part.is_of_uncounted
    below = exp.func("NULLIF", exp.Subquery(this=all_of), number(0))
    tree = exp.select(exp.Div(this=above, expression=below).as_("ratio"))
    return Statement(tree, part.schema)


def is_part(part: Statement, whole: Statement) -> bool:
    """Whether a statement measures the same as another one, of fewer of the same rows."""
    measured = [side.tree.selects for side in (part, whole)]
    kept, all_of = (_conditions(side.tree) for side in (part, whole))
    return measured[0] == measured[1] and part.sql != whole.sql and all_of <= kept


def _conditions(tree: exp.Select) -> set[exp.Expr]:
    where = tree.args.get("where")
    return (
        set(where.this.flatten() if isinstance(where.this, exp.And) else [where.this])
        if where
        else set()
    )


def distinct_values(column: ColumnRef, limit: int, schema: Schema) -> str:
    """The statement that reads the different values of a column, at most so many."""
    query = exp.select(column_node(column)).distinct().from_(table_node(column.table))
    query = query.where(column_node(column).is_(exp.null()).not_()).limit(limit)
    return in_namespaces(in_stored_names(query, schema), schema).sql(schema.dialect)


def _cast(tree: exp.Select, numerals: Numerals) -> exp.Select:
    for node in list(tree.find_all(exp.Column)):
        column = ColumnRef(node.table, node.name)
        missing = numerals.get(column)
        is_counted = isinstance(node.parent, exp.Count)
        if missing is None or is_counted or not isinstance(node.parent, _AS_NUMBER):
            continue
        value: exp.Expr = column_node(column)
        for word in missing:
            value = exp.func("NULLIF", value, exp.Literal.string(word))
        node.replace(exp.cast(value, "double"))
    return tree


def _with_dates(tree: exp.Select, schema: Schema) -> exp.Select:
    """The statement with dates put in order as dates, and shown as such where they are numbers."""
    kept = {(t.name, c.name): c for t in schema.tables for c in t.columns if c.dates}
    for node in list(tree.find_all(exp.Column)) if kept else ():
        column = kept.get((node.table, node.name))
        if column is None:
            continue
        if isinstance(node.parent, exp.Ordered | exp.Min | exp.Max):
            node.replace(sortable(node.copy(), column))
        shown = node.parent if isinstance(node.parent, exp.Min | exp.Max) else node
        is_shown = isinstance(shown.parent, exp.Select | exp.Alias) and shown.arg_key != "group"
        if is_shown and column.dates in (EPOCH, EPOCH_MS):
            dated = moment(shown.copy(), column, schema)
            is_named = isinstance(shown.parent, exp.Alias)
            shown.replace(dated if is_named else dated.as_(node.this.copy()))
    return tree


def _without_text(tree: exp.Select, schema: Schema) -> exp.Select:
    """The statement with only the numbers of a SQLite column that has text among them."""
    mixed = {(t.name, c.name) for t in schema.tables for c in t.columns if c.strays}
    for node in list(tree.find_all(exp.Column)) if mixed else ():
        is_used = isinstance(node.parent, _AS_NUMBERS_ALONE) and not isinstance(
            node.parent, exp.Count
        )
        if is_used and (node.table, node.name) in mixed:
            kinds = [exp.Literal.string(kind) for kind in _NUMBERS]
            is_number = exp.Typeof(this=node.copy()).isin(*kinds)
            node.replace(exp.Case(ifs=[exp.If(this=is_number, true=node.copy())]))
    return tree
