"""Tables and stored values that a question names."""

from dataclasses import replace

from sqlglot import exp

from serving.models.embedded.conditions import negate
from serving.models.embedded.frame import Filter, Measure
from serving.models.embedded.quote import column_node
from serving.models.embedded.reading import Reading
from serving.models.embedded.resolve import Chosen
from serving.models.embedded.targets import ColumnRef, NullMeaning, TableRef
from serving.models.embedded.triggers import Kind
from serving.models.embedded.values import Stored


def take_table(now: Reading, item: Chosen, table: str, following: object = None) -> None:
    """Count, group by, deny or simply speak of a table's rows."""
    waiting = now.comparison
    if isinstance(following, TableRef) and following.table != table:
        return  # "car makers": the last word says what they are
    if isinstance(following, ColumnRef) and (now.waiting(Kind.COUNT) or now.waiting(Kind.MOST)):
        now.anchor = table  # "different shop locations"
        return
    now.anchor, now.last = table, None
    if any(column.table == table for column in now.frame.columns) and not now.frame.measures:
        now.take(Kind.BY)  # "song names by singers": of theirs
    if waiting and waiting.is_ready:
        now.require(Measure(table, "COUNT"), waiting)
    elif now.take(Kind.GROUP) or (not now.is_ranking() and now.take(Kind.BY)):
        now.frame.groups.append(table)
    elif now.waiting(Kind.COUNT) or (now.waiting(Kind.MOST) and now.sold is None):
        _count(now, table)
    elif now.take(Kind.NOT):
        now.take(Kind.BY)
        now.frame.absent.add(table)
        now.frame.context.append(table)
    else:
        now.take(Kind.WITH)
        _take_limit(now)
        if item.link == "and" and _is_listing(now, table):
            now.frame.columns += (
                now.lexicon.display(now.frame.head or table) if not now.frame.columns else ()
            )
            now.frame.columns += now.lexicon.display(table)
        now.frame.head = now.frame.head or table
        now.frame.context.append(table)


def _is_listing(now: Reading, table: str) -> bool:
    """Whether a second table is one more thing to show: "teachers and the courses they teach"."""
    is_plain = not (now.frame.filters or now.frame.measures or now.pending or now.comparison)
    return is_plain and now.frame.head not in (None, table)


def _take_limit(now: Reading) -> None:
    """The number in "the two customers" restricts nothing, unless a "most" follows."""
    if now.lone is not None and now.frame.head is None:
        now.said, now.lone = now.lone, None


def _count(now: Reading, table: str) -> None:
    now.counted = table
    now.take(Kind.COUNT)
    now.measure(Measure(table, "COUNT"))


def take_stored(now: Reading, stored: Stored, item: Chosen) -> None:
    """Restrict a column to a value; two values of one are alternatives, or both held by a row's many."""
    values = [exp.Literal.string(value) for value in stored.values]
    node = column_node(stored.column)
    test = node.eq(values[0]) if len(values) == 1 else node.isin(*values)
    now.take(Kind.WITH)
    if now.take(Kind.NOT) or now.denied == stored.column:
        now.denied = stored.column  # "not A or B" denies both
        now.either = False
        now.restrict(stored.column, test, is_denied=True)
    elif not _widen(now, stored.column, test, item.link):
        now.restrict(stored.column, test)


def _widen(now: Reading, column: ColumnRef, test: exp.Expr, link: str) -> bool:
    """Two values of one column are alternatives, unless a row has many and both are asked for."""
    for at, earlier in enumerate(now.frame.filters):
        columns = {c.name for c in earlier.condition.find_all(exp.Column)}
        is_same = isinstance(earlier.condition, exp.EQ | exp.In | exp.Or)
        is_same = is_same and not earlier.is_denied
        if is_same and earlier.table == column.table and columns == {column.column}:
            if link == "and" and _has_many(now, column.table):
                now.frame.filters[at] = replace(earlier, is_apart=True)
                now.frame.filters.append(Filter(column.table, test, now.anchor, is_apart=True))
            else:
                either = exp.or_(earlier.condition, test)
                now.frame.filters[at] = replace(earlier, condition=either)
            now.both = now.either = False
            return True
    return False


def _has_many(now: Reading, table: str) -> bool:
    head = (
        now.frame.head or now.counted or (now.frame.columns[0].table if now.frame.columns else None)
    )
    steps = now.joins.path((head,), table) if head else ()
    return any(not step.is_single for step in steps or ())


def deny_last(now: Reading) -> bool:
    """Deny the value named last, where a row has many: "English is not the official language"."""
    item = next((c for c in reversed(now.chosen) if c.end == now.before), None)
    last = now.frame.filters[-1] if now.frame.filters else None
    if item is None or last is None or not isinstance(item.meaning, Stored):
        return False
    if last.table != item.meaning.column.table or not _has_many(now, last.table):
        return False
    now.frame.filters[-1] = replace(last, is_denied=True)
    return True


def take_null(now: Reading, meaning: NullMeaning) -> None:
    """Restrict to what a comment says that NULL means."""
    column = ColumnRef(meaning.table, meaning.column)
    is_null = meaning.is_null is not (now.take(Kind.NOT) is not None)
    test = column_node(column).is_(exp.null())
    now.restrict(column, test if is_null else negate(test))
