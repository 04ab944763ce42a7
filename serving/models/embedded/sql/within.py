"""A ranking within groups: "the two cheapest models of each family"."""

from collections import Counter
from collections.abc import Callable

from sqlglot import exp

from serving.models.embedded.form.frame import Frame
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.targets import ColumnRef
from serving.models.embedded.sql.nodes import column_node

_RANKED, _PLACE = "ranked", "place"


def group_within(frame: Frame, lexicon: Lexicon) -> tuple[list[exp.Column], list[exp.Column]]:
    """What is shown of the group that rows are ranked in, and what it is told apart by."""
    within = frame.within
    if isinstance(within, ColumnRef):
        return [column_node(within)], [column_node(within)]
    shown = [column_node(column) for column in lexicon.display(within)] if within else []
    own = [column_node(column) for column in lexicon.own_keys(within)] if within else []
    return [*shown], [*own, *shown]


def ranked_within(
    tree: exp.Select, frame: Frame, lexicon: Lexicon, ordering: Callable[[exp.Expr], exp.Ordered]
) -> exp.Select:
    """The first rows of a limited, ordered statement in each group of the frame, ties among them.

    `ordering` says how a column is sorted.
    """
    shown, keys = group_within(frame, lexicon)
    order, most = tree.args["order"].expressions[0], tree.args["limit"].expression
    tree.set("order", None)
    tree.set("limit", None)
    names = _name_apart(tree)
    window = exp.Window(
        this=exp.Rank(),
        partition_by=[key.copy() for key in keys],
        order=exp.Order(expressions=[order.copy()]),
    )
    inner = tree.select(window.as_(_PLACE)).subquery(_RANKED)
    sorted_by = [ordering(exp.column(name, quoted=True)) for name in (*names[: len(shown)], _PLACE)]
    return (
        exp.select(*(exp.column(name, quoted=True) for name in names))
        .from_(inner)
        .where(exp.LTE(this=exp.column(_PLACE, quoted=True), expression=most.copy()))
        .order_by(*sorted_by)
    )


def _name_apart(tree: exp.Select) -> list[str]:
    """The names of what is selected, each given to one column alone.

    Each is written: where a semantic model has names of its own, a stored column has another one.
    """
    given = Counter(node.alias_or_name for node in tree.selects)
    names: list[str] = []
    for node in list(tree.selects):
        bare, name = node.unalias(), node.alias_or_name
        if given[name] > 1 and isinstance(bare, exp.Column):
            name = f"{bare.table}_{name}"
        if name in (*names, _PLACE):
            name = f"{name}_{len(names)}"
        node.replace(bare.copy().as_(name, quoted=True))
        names.append(name)
    return names
