"""Counts, aggregates, ratios: what is measured."""

from dataclasses import replace

from serving.models.embedded.english.triggers import AMOUNTS, Kind, Trigger
from serving.models.embedded.english.words import name_stems, stem
from serving.models.embedded.form.conditions import Unreadable
from serving.models.embedded.form.measures import Measure, Quotient
from serving.models.embedded.rules.kinds import kind_named
from serving.models.embedded.rules.money import amount_of, speaks_of_money
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.schema.targets import (
    ColumnRef,
    Formula,
    TableRef,
    is_date,
    is_year,
)
from serving.models.embedded.schema.values import Stored
from tools.sql.words import name_words

_QUANTITY = frozenset(map(stem, ("quantity", "qty", "units", "copies")))
_SUPERLATIVES = (Kind.SUPERLATIVE, Kind.MOST)
_SHARES = frozenset("percent percentage pct rate ratio share".split())
_BUYING = frozenset({"bought", "buy", "buys", "purchased"})
_AUXILIARY = frozenset("have has had ever already also actually did do".split())
_BETWEEN = frozenset(", of the in for all and a an their by to whose any each".split())

Measured = tuple[Measure | ColumnRef, tuple[int, ...]]


def read_attributes(now: Reading) -> None:
    """Read "How old is …": the column that the adjective measures, unless it is named itself."""
    for at in list(now.waiting(Kind.HOW)):
        trigger, after = now.items[at].meaning, now.next(at)
        while after is not None and now.items[after].kind is Kind.AGGREGATE:
            after = now.next(after)
        if now.column(after, accept=now.is_measure):
            now.use(at)
            continue
        thing = thing_at(now, at)
        column = now.hinted(trigger.hints, thing) if isinstance(trigger, Trigger) else None
        if column is not None:
            _take_attribute(now, column)
            now.use(at)


def _take_attribute(now: Reading, column: ColumnRef) -> None:
    """Show a column, or what an aggregate at the question's end makes of it: "… on average"."""
    last = len(now.items) - 1
    trigger = now.items[last].meaning
    if last in list(now.waiting(Kind.AGGREGATE)) and isinstance(trigger, Trigger):
        now.frame.measures.append(now.aggregate(column, trigger.value))
        now.use(last)
    else:
        now.frame.columns.append(column)


def read_amounts(now: Reading) -> None:
    """Read "how much did we spend on repairs": the sum of what the things are worth."""
    head = now.frame.head
    is_asked = asks_how_much(now.question) or speaks_of_money(now.question)
    if not is_asked or head is None or now.frame.measures or now.frame.order:
        return
    if any(now.column(at, accept=now.is_measure) for at in range(len(now.items))):
        return
    column = amount_of(now, head)
    if column is not None:
        now.frame.measures.append(now.aggregate(column, "SUM"))


def asks_how_much(question: str) -> bool:
    """Whether an amount is asked for."""
    return "how much " in question.lower()


def take_measure(now: Reading, at: int) -> None:
    """Add what an operation measures to the frame, if it has something to work on."""
    found = measured(now, at)
    if found is None:
        return
    by, taken = found
    now.use(*taken)
    if isinstance(by, ColumnRef):
        now.frame.columns.append(by)
    elif by not in now.frame.measures:
        now.frame.measures.append(by)


def measured(now: Reading, at: int) -> Measured | None:
    """What an operation measures, and the items that say so."""
    item = now.items[at]
    if isinstance(item.meaning, Formula):
        return _formula(item.meaning, "SUM"), (at,)
    if not isinstance(item.meaning, Trigger):
        return None
    if item.kind is Kind.COUNT:
        return _counted(now, at)
    if item.kind is Kind.BEYOND:
        return _ratio(now, at)
    return _aggregated(now, at, item.meaning.value)


def _ratio(now: Reading, at: int) -> Measured | None:
    """Read "the ratio of range to payload": of each row, on average where rows are put together."""
    over = now.next(at)
    under = now.next(over) if over is not None else None
    above, below = (now.column(place, accept=now.is_measure) for place in (over, under))
    is_ratio = now.items[at].text.lower() == "ratio of"
    if not (is_ratio and above and below and under and "to" in now.items[under].lead):
        return None
    if above.table != below.table:
        return None
    before = now.last(at)
    said = before if before is not None and now.items[before].kind is Kind.AGGREGATE else at
    return Measure(above.table, "AVG", Quotient(above, below), label="ratio"), (
        said,
        at,
        over or at,
        under,
    )


def _formula(formula: Formula, function: str) -> Measure:
    return Measure(formula.table, function, formula, label=formula.name.replace(" ", "_"))


def _aggregated(now: Reading, at: int, function: str) -> Measured | None:
    """What an aggregate works on: what stands after it, before it, or what was measured last."""
    after = now.next(at)
    run = 1
    while after is not None and now.items[after].kind in (Kind.AGGREGATE, Kind.SUPERLATIVE):
        run += 1
        after = now.next(after)
    after = now.past_qualities(after) if after is not None else None
    found = _aggregated_after(now, at, after, function) if after is not None else None
    if found is not None:
        # "minimum and maximum age": the column is left for the others.
        return (found[0], (at,)) if run > 1 and isinstance(found[0], Measure) else found
    return _aggregated_before(now, at, function, is_alone=run == 1)


def _aggregated_after(now: Reading, at: int, after: int, function: str) -> Measured | None:
    item = now.items[after]
    if _BETWEEN.issuperset(item.lead):
        if isinstance(item.meaning, Formula):
            return _formula(item.meaning, function), (at, after)
        if item.kind is Kind.COUNT:
            return _aggregated_count(now, at, after, function)
        place = column_after(now, after)
        column = now.column(place, accept=lambda c: _fits(now, c, function))
        if column is not None:
            return now.aggregate(column, function), (at, *range(after, place + 1))
    table = now.table(after)
    amount = now.hinted(AMOUNTS, table) if table and function in ("SUM", "AVG") else None
    if amount is not None and amount.table == table:
        return now.aggregate(amount, function), (at,)
    return None


def _aggregated_count(now: Reading, at: int, count: int, function: str) -> Measured | None:
    """An aggregate of a number that is stored, or the average of one that is counted."""
    if function == "AVG" and (found := _average_count(now, at, count)):
        return found
    counted = _counted(now, count)
    if counted is None:
        return None
    by, taken = counted
    if isinstance(by, ColumnRef):
        return now.aggregate(by, function), (at, *taken)
    return replace(by, function=function) if by.function == "SUM" else by, (at, *taken)


def _aggregated_before(now: Reading, at: int, function: str, *, is_alone: bool) -> Measured | None:
    before = _before_values(now, at)
    column = now.column(before, accept=lambda c: _fits(now, c, function))
    if column is not None and before is not None:
        return now.aggregate(column, function), (at, before)
    last = now.frame.measures[-1] if now.frame.measures else None
    by = now.frame.order.by if now.frame.order else None
    if isinstance(by, Measure) and by.function == function and before in now.used:
        now.use(at)  # "top 5 by total amount; return the name and the total"
        return None
    if last is not None and last.expression is not None and is_alone:
        return Measure(last.table, function, last.expression), (at,)
    if function == "SUM" and _is_asked_apart(now, at):
        return _total_of_counted(now), (at,)
    if function == "SUM" and (last is not None or any(True for _ in now.waiting(Kind.COUNT))):
        now.use(at)  # "in total" repeats what a count or a sum already says
    return None


def _before_values(now: Reading, at: int) -> int | None:
    """The item before an aggregate, past values and things at the end: "what does a night ride cost on average"."""
    before = now.last(at)
    is_last = at + 1 == len(now.items) or now.items[at + 1].kind in (Kind.GROUP, Kind.BY)
    while is_last and before and isinstance(now.items[before].meaning, Stored | TableRef):
        before = now.last(before)
    return before


def _is_asked_apart(now: Reading, at: int) -> bool:
    """Whether a total is a question of its own behind a count: "and what is the total?"."""
    is_counted = any(one.expression is None for one in now.frame.measures)
    return is_counted and {"and", "what"} <= set(now.items[at].lead)


def _total_of_counted(now: Reading) -> Measure:
    """What the things that were counted are worth together.

    Raises:
        Unreadable: they have no amount, or several.
    """
    head = now.frame.head
    amount = now.hinted(AMOUNTS, head)
    if amount is None or amount.table != head:
        raise Unreadable("it does not say of what the total is asked")
    return now.aggregate(amount, "SUM")


def column_after(now: Reading, at: int) -> int:
    """The place of the column, past a noun that says whose it is: "average singer age", "ticket price"."""
    if at + 1 >= len(now.items) or now.items[at + 1].lead:
        return at
    own = now.column(at, accept=now.is_measure)
    after = now.column(at + 1, accept=now.is_measure)
    is_of_own = own is not None and after is not None and own != after and own.table == after.table
    return at + 1 if now.table(at) or is_of_own else at


def _fits(now: Reading, column: ColumnRef, function: str) -> bool:
    """Whether an aggregate makes sense of a column.

    Raises:
        Unreadable: it adds up shares of something.
    """
    if function == "SUM" and now.is_measure(column) and _is_share(column):
        name = repr(" ".join(name_words(column.column)))
        raise Unreadable("{name} cannot be added up", name=name)
    if function in ("MAX", "MIN"):
        return now.is_ordered(column)
    return now.is_measure(column)


def _is_share(column: ColumnRef) -> bool:
    """Whether a column holds percentages or rates, which can be averaged and not added up."""
    return not _SHARES.isdisjoint(name_words(column.column))


def _average_count(now: Reading, at: int, count: int) -> Measured | None:
    """Read "the average number of pets per student": rows for a row of another table."""
    after = now.next(count)
    table = now.table(after)
    if table is None or after is None:
        return None
    for n in now.waiting(Kind.GROUP, Kind.BY):
        group = now.next(n)
        per = now.table(group)
        if per and per != table and n > at:
            return Measure(table, "AVG", per=per), (at, count, after, n, group or n)
    return None


def _counted(now: Reading, at: int) -> Measured | None:
    """How many: rows of a table, different words, or a stored number."""
    after = now.next(at)
    distinct = [n for n in range(at + 1, after or at) if now.items[n].kind is Kind.DISTINCT]
    if after is None or now.items[after].kind in (Kind.GROUP, Kind.BY, Kind.ORDER):
        ranked = now.frame.order.by if now.frame.order else None
        if now.frame.measures or isinstance(ranked, Measure):
            now.use(at)  # "… and the number": of what was counted
            return None
        table = now.frame.head
        return (now.counting(table), (at,)) if table else None
    after = now.past_qualities(after)  # "how many official languages"
    if now.table(after) and now.is_modifier(after):
        place = after + 1
        if now.column(place, accept=lambda _: True) or now.table(place):
            now.use(after)
            after = place
    column = now.column(after, accept=lambda _: True)
    if column is not None:
        return _counted_column(now, at, after, column, tuple(distinct))
    table = now.table(after) or kind_named(now.items, after, now.lexicon) or now.frame.head
    if table is None:
        return None
    if (quantity := _sold(now, table)) and not _is_buyer(now, after):
        return quantity, (at, after)
    if quantity is not None and quantity.table != table:
        now.frame.context.append(quantity.table)  # what they bought is not what they own
    taken = (at, after, *distinct) if now.table(after) else (at, *distinct)
    return now.counting(table), taken


def _is_group(now: Reading, at: int) -> bool:
    """Whether a number only says what to group by: "for each number of cylinders"."""
    return at > 0 and now.items[at - 1].kind in (Kind.GROUP, Kind.BY) and at - 1 not in now.used


def _counted_column(
    now: Reading, at: int, after: int, column: ColumnRef, distinct: tuple[int, ...]
) -> Measured | None:
    if now.is_truth(after):
        return now.counting(column.table), (at, *distinct)  # "how many admins": rows marked so
    if now.is_measure(column) and _is_group(now, at):
        return None
    taken = (at, after, *distinct)
    kind = now.lexicon.column(column)
    if now.is_measure(column) and not distinct and not is_year(kind):
        if now.picks_row(column.table) or any(
            n < at for n in now.waiting(*_SUPERLATIVES, Kind.TOP)
        ):
            return column, taken
        return now.aggregate(column, "SUM"), taken
    if now.lexicon.is_key(column) and not distinct and column in now.lexicon.own_keys(column.table):
        return now.counting(column.table), taken
    # "How many registrations" are as many as there are days of one, not as different days.
    is_day = is_date(kind) and not distinct
    return now.aggregate(column, "COUNT", distinct=not is_day), taken


def _sold(now: Reading, table: str) -> Measure | None:
    """Selling is measured in units: "how many … were sold" sums a quantity."""
    if not any(item.kind in (Kind.SOLD, Kind.BEST_SELLING) for item in now.items):
        return None
    quantity = quantity_near(now, table)
    return now.aggregate(quantity, "SUM") if quantity else None


def _is_buyer(now: Reading, at: int) -> bool:
    """Whether what is counted does the buying: "how many customers have bought …"."""
    behind = now.items[at + 1] if at + 1 < len(now.items) else None
    is_next = behind is not None and behind.text.lower() in _BUYING and now.table(at) is not None
    return is_next and _AUXILIARY.issuperset(behind.lead if behind else ())


def quantity_near(now: Reading, thing: str) -> ColumnRef | None:
    """The nearest column that holds units sold of a thing."""
    found = [
        ColumnRef(table.name, column.name)
        for table in now.lexicon.schema.tables
        for column in table.columns
        if name_stems(column.name)[0] in _QUANTITY
        or {"sold", "bought"} & set(column.comment.lower().split())
    ]
    found = [ref for ref in found if now.is_measure(ref)]
    near = [ref for ref in found if now.joins.distance(thing, ref.table) < 4]
    return min(near, key=lambda ref: now.joins.distance(thing, ref.table), default=None)


def thing_at(now: Reading, at: int) -> str | None:
    """The table of the thing that an adjective speaks of."""
    after = now.next(at)
    if now.table(after) and after is not None and now.is_close(after):
        return now.table(after)
    for n in range(at - 1, -1, -1):
        if now.table(n):
            return now.table(n)
    return now.frame.head
