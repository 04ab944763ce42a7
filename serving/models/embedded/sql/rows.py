"""What rows are shown with where nothing names them: an order, a booking, a reading."""

from collections.abc import Set

from serving.models.embedded.form.frame import Frame
from serving.models.embedded.schema.joins import Joins, Step
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.targets import ColumnRef
from serving.models.embedded.sql.nodes import column_node
from serving.models.embedded.sql.scope import Scope

BESIDE = "beside"
"""What a statement notes: how many joins only show something beside the rows that were asked for."""
_SHOWN = 8
"""Columns that a row without a name is shown with; later ones of a wide table are left out."""


def tell_rows_apart(
    scope: Scope, frame: Frame, lexicon: Lexicon, joins: Joins, through: Set[Step]
) -> None:
    """Show what tells the rows of a list apart, where only their numbers do.

    A key of another table is told by the name of the row that it leads to. No row is lost or
    repeated by that. `through` are the steps that were joined for what was asked.
    """
    head = frame.head
    if head is None or not frame.is_bare or frame.within or head not in scope.tables:
        return
    if not all(map(lexicon.is_id, lexicon.display(head))):
        return
    steps = _named_steps(head, lexicon, joins)
    added = 0
    for column in lexicon.table(head).columns[:_SHOWN]:
        shown, step = (ColumnRef(head, column.name),), steps.get(column.name)
        if step is not None and step.right not in scope.tables:
            scope.join((step,), keeps_all=True)
            added += 1
            shown = lexicon.display(step.right)
        elif step is not None and step in through:
            shown = lexicon.display(step.right)
        nodes = map(column_node, shown)
        scope.select.select(*(n for n in nodes if n not in scope.select.selects), copy=False)
    scope.select.meta[BESIDE] = added


def _named_steps(head: str, lexicon: Lexicon, joins: Joins) -> dict[str, Step]:
    """The steps to the one row that a column is the key of, where that row has a name."""
    return {
        step.left_columns[0]: step
        for step in joins.steps[head]
        if step.is_single
        and len(step.left_columns) == 1
        and not joins.is_ambiguous(step)
        and [key.column for key in lexicon.keys(step.right)] == [*step.right_columns]
        and not any(map(lexicon.is_id, lexicon.display(step.right)))
    }
