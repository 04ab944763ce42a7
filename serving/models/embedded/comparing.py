"""Numbers in a question, and the columns, counts and averages they are compared with."""

from dataclasses import replace

from sqlglot import exp

from serving.models.embedded.conditions import Unreadable, compare, compare_with, number
from serving.models.embedded.quote import column_node, table_node
from serving.models.embedded.reading import Comparison, Reading
from serving.models.embedded.resolve import Chosen
from serving.models.embedded.targets import ColumnRef, TableRef, is_numeric
from serving.models.embedded.triggers import Kind


def take_number(now: Reading, value: float, item: Chosen, following: Chosen | None) -> None:
    """Give a number to the ranking or comparison that waits for one, else let it stand for itself.

    Raises:
        Unreadable: an earlier number still belongs to nothing.
    """
    waiting = now.comparison
    is_ranking = now.ranked or now.waiting(Kind.SUPERLATIVE) or now.waiting(Kind.MOST)
    if is_ranking and now.frame.limit is None and waiting is None:
        now.frame.limit = int(value)
    elif waiting and waiting.number is None:
        waiting.number = value
    elif waiting and waiting.operator == "between" and waiting.high is None:
        waiting.high = value
    elif item.link == "or" and _is_alternative(now, value):
        now.either = False
    elif item.start - now.before <= 1 and now.last and is_numeric(now.lexicon.column(now.last)):
        now.restrict(now.last, compare(column_node(now.last), "=", value))
    elif now.lone is not None:
        raise Unreadable(f"I could not tell what “{now.lone:g}” should apply to")
    else:
        now.take(Kind.WITH)
        now.lone = value
    # "memory above 64" looks back, "memory and more than 8 GPUs" ahead.
    is_next = following is not None and following.start == item.end
    if (
        waiting
        and waiting.is_ready
        and not (is_next and following and _is_countable(now, following.meaning))
    ):
        _compare_back(now, waiting)


def _is_alternative(now: Reading, value: float) -> bool:
    """Whether the number is another value of the column that was restricted last."""
    earlier = now.frame.filters[-1] if now.frame.filters else None
    column = earlier.condition.find(exp.Column) if earlier else None
    if earlier is None or column is None or not earlier.condition.find(exp.EQ):
        return False
    if not is_numeric(now.lexicon.column(ColumnRef(column.table, column.name))):
        return False
    either = exp.or_(earlier.condition, compare(column, "=", value))
    now.frame.filters[-1] = replace(earlier, condition=either)
    return True


def _compare_back(now: Reading, waiting: Comparison) -> None:
    measured = now.measured
    if waiting.column:
        compare_column(now, waiting.column, waiting)
    elif measured and measured.expression and measured in now.frame.measures:
        now.frame.measures.remove(measured)
        now.require(measured, waiting)


def _is_countable(now: Reading, meaning: object) -> bool:
    if isinstance(meaning, ColumnRef):
        return is_numeric(now.lexicon.column(meaning))
    return isinstance(meaning, TableRef)


def compare_column(now: Reading, column: ColumnRef, waiting: Comparison) -> None:
    """Restrict a column by the numbers of a comparison, or by an aggregate of the column itself."""
    node = column_node(column)
    test: exp.Expr
    low, high = waiting.number or 0, waiting.high or 0
    if waiting.against:
        overall = exp.select(exp.func(waiting.against, node)).from_(table_node(column.table))
        test = compare_with(node, waiting.operator, exp.Subquery(this=overall))
    elif waiting.operator == "between":
        ends = sorted((low, high))
        test = exp.Between(this=node, low=number(ends[0]), high=number(ends[1]))
    else:
        test = compare(node, waiting.operator, low)
    now.restrict(column, test, is_denied=now.take(Kind.NOT) is not None)
    now.comparison = None
