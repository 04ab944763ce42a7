"""What is shown: the rest of a question, and what it leaves unsaid."""

import re

from serving.models.embedded.english.triggers import PRICE, Kind
from serving.models.embedded.form.conditions import (
    Filter,
    IsNull,
    Unreadable,
    columns_of,
    is_equality,
    names_values,
)
from serving.models.embedded.form.frame import Bucket, Order
from serving.models.embedded.form.measures import Measure
from serving.models.embedded.rules.kinds import kind_named
from serving.models.embedded.rules.lists import listed
from serving.models.embedded.rules.measuring import asks_how_much
from serving.models.embedded.rules.naming import (
    asks_for_names,
    is_category,
    is_identity,
    is_object,
    says_name,
)
from serving.models.embedded.rules.orders import order_measured, turn
from serving.models.embedded.rules.people import owners
from serving.models.embedded.rules.presence import has_one
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.rules.selling import is_left_alone
from serving.models.embedded.rules.sets import read_as_sets
from serving.models.embedded.schema.targets import ColumnRef, TableRef
from serving.models.embedded.schema.values import Stored
from tools.sql.words import name_words

_MONEY = re.compile(r"\bmoney\b(?!.*\b(?:each|every|per)\b)", re.IGNORECASE)
_SO_FAR = re.compile(r"\bhow much (?:have|has|had|did) (?:we|they|you|i)\b", re.IGNORECASE)
_THEIR = frozenset(("their", "its", "the"))
"""Words before what belongs to each of the things that are listed."""


def read_rest(now: Reading) -> None:
    """Columns are shown, tables are spoken of, and a few words need no place."""
    _distinct(now)
    for at, item in enumerate(now.items):
        if at in now.used:
            continue
        if isinstance(item.meaning, ColumnRef):
            _show(now, at, item.meaning)
            now.use(at)
        elif isinstance(item.meaning, TableRef):
            if (price := _price_of(now, at, item.meaning.table)) is not None:
                now.frame.columns += [price] if price not in now.frame.columns else []
                if now.frame.order and now.frame.head == item.meaning.table:
                    now.frame.head = price.table
                now.use(at)
            elif not _is_counted_beside(now, at):
                _speak_of(now, at, item.meaning.table)
                now.use(at)
        elif item.kind in (Kind.WITH, Kind.BY):
            now.use(at)
    now.use(*(at for at in now.waiting(Kind.SOLD) if not is_left_alone(now, at)))
    if any(True for _ in now.waiting(Kind.EVERYTHING)):
        _show_everything(now)
    _complete(now)


def _price_of(now: Reading, at: int, table: str) -> ColumnRef | None:
    """The amount that "the price of …" asks for, where prices are a table of their own."""
    if now.items[at].text.lower() not in PRICE:
        return None
    # What a thing itself is sold for goes before the prices of what belongs to it.
    held = [i.meaning.column.table for i in now.items if isinstance(i.meaning, Stored)]
    for own in held:
        if (found := now.hinted(PRICE, own)) is not None and found.table == own:
            return found
    by = now.frame.order.by if now.frame.order else None
    ranked = _ranked_things(now)
    if isinstance(by, ColumnRef) and by.table != table and by.table in (ranked or [by.table]):
        # "The price of the cheapest model" is what the models are ranked by.
        return by if now.hinted(PRICE, by.table) == by else None
    price = now.hinted(PRICE, table)
    is_plain = not (now.frame.measures or now.frame.order)
    return price if price is not None and price.table == table and is_plain else None


def _distinct(now: Reading) -> None:
    for at in list(now.waiting(Kind.DISTINCT)):
        now.frame.distinct = True
        now.use(at)


def _is_counted_beside(now: Reading, at: int) -> bool:
    """Whether a second thing is to be counted as well: "how many orders and tickets"."""
    before = now.table(at - 1) if at else None
    counted = {measure.table for measure in now.frame.measures}
    return before in counted and now.items[at].lead == ("and",) and now.table(at) not in counted


def _speak_of(now: Reading, at: int, table: str) -> None:
    """What is named after an "and" is one more to show: "teachers and their courses"."""
    frame = now.frame
    is_plain = not (frame.measures or frame.having or (frame.order and frame.limit))
    is_with, lead = at > 0 and now.items[at - 1].kind is Kind.WITH, now.items[at].lead
    is_beside = at in listed(now.items) or {"and", "which"} <= set(lead)
    is_theirs = _THEIR.issuperset(lead) if lead else has_one(now, table)
    is_beside = is_beside or (is_with and is_theirs)  # "members with their team", "with team"
    if is_plain and is_beside and table != frame.head and frame.head:
        if not frame.columns:
            frame.columns += now.lexicon.display(frame.head)
        frame.columns += now.lexicon.display(table)
    frame.context.append(table)


def _show(now: Reading, at: int, column: ColumnRef) -> None:
    item = now.items[at]
    whole = now.lexicon.display(column.table)
    is_name = column in whole and item.text.lower() in {"name", "names"}
    if item.quality < 0.45 or says_name(now, at) or (at and _is_given(now, column)):
        return
    if "when" in item.lead and not now.frame.columns and now.frame.head == column.table:
        now.frame.columns += now.lexicon.display(column.table)  # "the rides and when they opened"
    if is_object(now, at, column):
        now.frame.context.append(column.table)
        return
    for ref in whole if is_name else (column,):
        if ref not in now.frame.columns:
            now.frame.columns.append(ref)


def _is_given(now: Reading, column: ColumnRef) -> bool:
    """Whether the question itself says what stands in the column."""
    return any(
        names_values(f.condition)
        and f.table == column.table
        and all(c.column == column.column for c in columns_of(f.condition))
        for f in now.frame.filters
    )


def _show_everything(now: Reading) -> None:
    head = now.frame.head
    for at in list(now.waiting(Kind.EVERYTHING)):
        if head:
            columns = now.lexicon.table(head).columns
            now.frame.columns = [ColumnRef(head, column.name) for column in columns]
            now.use(at)


def _complete(now: Reading) -> None:
    """What was asked without being said."""
    frame = now.frame
    if frame.head is None and frame.columns:
        frame.head = frame.columns[0].table
    now.join_alternatives()
    frame.names_only = any(asks_for_names(now, item) for item in now.items)
    _trailing_group(now)
    _extreme_of_row(now)
    _add_up_alone(now)
    _group_shown(now)
    _count_groups(now)
    if now.turned:
        turn(now, now.turned)
    order_measured(frame)
    _in_force(now)
    read_as_sets(frame, now.lexicon, is_both=any(True for _ in now.waiting(Kind.BOTH)))
    if frame.filters:
        now.use(*now.waiting(Kind.BOTH))
    _list_rows(now)
    _unique(now)


def _trailing_group(now: Reading) -> None:
    """Read "… and the number of concerts for each": of what is shown."""
    for at in list(now.waiting(Kind.GROUP)):
        if now.frame.measures or now.frame.order:
            now.use(at)
            if not (now.frame.columns or now.frame.groups):
                others = (
                    [t for t in now.frame.context if t != now.frame.measures[0].table]
                    if now.frame.measures
                    else []
                )
                now.frame.groups += others[:1]


def _extreme_of_row(now: Reading) -> None:
    """Read "the maximum price and the title": the row that has it."""
    frame = now.frame
    if len(frame.measures) != 1 or frame.groups or frame.order or not frame.columns:
        return
    measure = frame.measures[0]
    column = measure.expression
    if measure.function in ("MAX", "MIN") and isinstance(column, ColumnRef):
        direction = "DESC" if measure.function == "MAX" else "ASC"
        frame.measures, frame.limit = [], 1
        frame.order = Order(column, direction)
        frame.columns.append(column)


def _group_shown(now: Reading) -> None:
    """Beside a measure, what else is shown is what it is grouped by."""
    frame = now.frame
    by = frame.order.by if frame.order else None
    is_measured = bool(frame.measures or frame.having or isinstance(by, Measure))
    said = {column for m in frame.measures for column in m.columns}
    said |= {group.column for group in frame.groups if isinstance(group, Bucket)}
    frame.columns = [c for c in frame.columns if c not in said]
    if not is_measured and (things := _listed_things(now)):
        frame.groups = []
        frame.columns = list(dict.fromkeys([*now.lexicon.display(things), *frame.columns]))
    if frame.groups and not is_measured and frame.head and not frame.order:
        frame.measures += _added_up(now) or [now.counting(frame.head)]
    if frame.groups or not is_measured:
        return
    counted = {m.table for m in [*frame.measures, *([by] if isinstance(by, Measure) else [])]}
    counted |= {h.measure.table for h in frame.having}
    if frame.columns:
        named = [c for c in frame.columns if is_identity(now, c)]
        tables = dict.fromkeys(c.table for c in named)
        frame.groups = [*tables, *(c for c in frame.columns if c not in named)]
    elif isinstance(by, Measure) or frame.having:
        head = frame.head if frame.head not in counted or len(counted) > 1 else None
        others = [t for t in frame.context if t not in counted]
        if frame.measures and not head:
            return
        owner = head or next(iter(others), None)
        frame.groups = [owner] if owner else owners(now, counted)
    if frame.having and frame.measures and not frame.order and not frame.columns:
        frame.groups = []


def _listed_things(now: Reading) -> str | None:
    """The table that groups are the rows of, where each has one of what is shown: "of each farm"."""
    group = now.frame.groups[0] if len(now.frame.groups) == 1 else None
    if not isinstance(group, str) or not now.frame.columns:
        return None
    ways = (now.joins.path((group,), c.table, single=True) for c in now.frame.columns)
    return group if all(way is not None for way in ways) else None


def _added_up(now: Reading) -> list[Measure]:
    """The sums of the amounts that are shown for each group: "revenue per region".

    Raises:
        Unreadable: they are no amounts, and it is not said what is to become of them.
    """
    others = [c for c in now.frame.columns if c not in now.frame.groups and not now.is_time(c)]
    shown = [c for c in others if now.is_measure(c)]
    said = [now.lexicon.column(column).meaning.aggregation for column in shown]
    for column, function in zip(shown, said, strict=True):
        if not (function or now.is_additive(column)):
            name = repr(" ".join(name_words(column.column)))
            raise Unreadable("it does not say whether to add up {name} or to average it", name=name)
    now.frame.columns = [c for c in now.frame.columns if c not in shown]
    return [now.aggregate(c, f or "SUM") for c, f in zip(shown, said, strict=True)]


def _add_up_alone(now: Reading) -> None:
    """An amount that a model adds up is one number, asked for alone or by "how much"."""
    frame = now.frame
    is_listed = any(isinstance(item.meaning, TableRef) for item in now.items)
    is_listed = is_listed and not asks_how_much(now.question)
    is_more = frame.measures or frame.groups or frame.order or frame.having or frame.limit
    if is_listed or is_more or len(frame.columns) != 1:
        return
    column, is_money = frame.columns[0], asks_how_much(now.question) and _MONEY.search(now.question)
    is_summed = now.lexicon.column(column).meaning.aggregation == "SUM"
    is_spent = bool(is_money or _SO_FAR.search(now.question)) and now.is_measure(column)
    if is_summed or is_spent:
        frame.columns, frame.measures = [], [now.aggregate(column, "SUM")]


def _count_groups(now: Reading) -> None:
    """Count the groups that pass: "How many countries have more than two makers?"."""
    frame = now.frame
    counted = [m.table for m in frame.measures if m.expression is None and m.function == "COUNT"]
    if not frame.having or frame.groups or not counted:
        return
    for having in list(frame.having):
        nested = now.having_rows(counted[0], having)
        if nested is None:
            raise Unreadable("it counts two things at once")
        frame.filters.append(Filter(counted[0], nested))
        frame.having.remove(having)


def _unique(now: Reading) -> None:
    """An attribute that is asked for by itself is listed once a value."""
    frame = now.frame
    is_plain = len(frame.columns) == 1 and not (frame.measures or frame.groups or frame.order)
    column = frame.columns[0] if is_plain else None
    is_alone = not any(isinstance(item.meaning, TableRef) for item in now.items)
    if column and (is_category(now, column) or (is_alone and not is_identity(now, column))):
        first = next((i.meaning for i in now.items if i.kind is None), None)
        frame.distinct = frame.distinct or first == column


def _in_force(now: Reading) -> None:
    """Rows that are replaced over time, such as prices: the ones in force, unless a time is given."""
    frame = now.frame
    by = frame.order.by if frame.order else None
    measures = [m for m in [*frame.measures, by] if isinstance(m, Measure) and m.expression]
    tables = [m.table for m in measures] + [c.table for c in frame.columns]
    for table in dict.fromkeys(tables):
        mark = now.lexicon.current(table)
        if mark and all(f.table != table for f in frame.filters):
            frame.filters.append(Filter(table, IsNull(mark)))


def _names_row(now: Reading, condition: Filter) -> bool:
    """Whether a condition picks a row by what people call it, so that the name belongs beside it."""
    names = {c.column for c in columns_of(condition.condition)}
    is_own = condition.table == now.frame.columns[0].table
    is_said = is_equality(condition.condition) and not condition.is_denied
    shown = {ref.column for ref in now.lexicon.display(condition.table)}
    return is_own and is_said and not names.isdisjoint(shown)


def _ranked_things(now: Reading) -> list[str]:
    """The things that stand right behind a superlative: "the cheapest instance per hour"."""
    ranked = [at for at, item in enumerate(now.items) if item.kind in (Kind.SUPERLATIVE, Kind.TOP)]
    return [table for at in ranked if (table := now.table(now.next(at)))]


def _is_named_first(now: Reading) -> bool:
    """Whether a question begins with the things that it lists: "customers", "cakes"."""
    first = next((n for n, item in enumerate(now.items) if item.kind is None), None)
    named = now.table(first) or kind_named(now.items, first, now.lexicon)
    return named is not None and named == now.frame.head


def _list_rows(now: Reading) -> None:
    """Rows are shown by their names, with what was asked of them and what they were ordered by."""
    frame = now.frame
    by = frame.order.by if frame.order else None
    if frame.measures or frame.groups or isinstance(by, Measure):
        return
    ordered = [by] if isinstance(by, ColumnRef) and frame.limit is not None else []
    if not frame.columns and frame.head is None and isinstance(by, ColumnRef):
        frame.head = by.table
    named = [f.table for f in frame.filters if frame.columns and _names_row(now, f)]
    first = next((item.meaning for item in now.items if item.kind is None), None)
    if frame.columns and frame.head and ordered and frame.head in _ranked_things(now):
        named.append(frame.head)
    if frame.columns and (ordered or _is_named_first(now)):
        owner = frame.columns[0].table
        named += [owner] if owner in (frame.head, *(column.table for column in ordered)) else []
    if isinstance(first, TableRef) and frame.columns and now.items[0].lead[-1:] == ("which",):
        named.append(first.table)  # "which customers have an order pending, with its number"
    names = [now.lexicon.display(table) for table in dict.fromkeys(named)]
    owners = [c for name in names if frame.columns[0] not in name for c in name]
    if not frame.distinct:
        frame.columns = [c for c in owners if c not in frame.columns] + frame.columns
    if frame.columns:
        frame.columns += [] if frame.names_only else ordered
    elif frame.head:
        compared = [
            column
            for f in frame.filters
            if f.table == frame.head and not is_equality(f.condition)
            for column in columns_of(f.condition)
        ]
        frame.columns = [*now.lexicon.display(frame.head), *compared, *ordered]
        frame.is_bare = not frame.distinct
    frame.columns = list(dict.fromkeys(frame.columns))
