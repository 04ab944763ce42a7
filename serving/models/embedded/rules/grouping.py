"""What rows are put together by: "per genre", "for each branch and city", "by month and region"."""

from collections.abc import Mapping

from serving.models.embedded.english.triggers import Kind, Trigger
from serving.models.embedded.english.words import UNITS, is_weak, split
from serving.models.embedded.form.frame import Bucket, Group, Order, Unit
from serving.models.embedded.rules.periods import assume, date_of_counted
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.schema.targets import ColumnRef, Formula, is_year
from tools.sql.words import name_words

_UNITS: Mapping[str, Unit] = {"month": "month", "quarter": "quarter", "year": "year"}
_ALL = frozenset({"each", "every", "for each", "for every"})
_LISTED = frozenset({"list", "order", "sort", "rank"})
_KEYS = frozenset("id ids key keys number numbers no code codes".split())
_JOINED = frozenset({"and", "the", "or", ",", "per", "by", "each"})


def read_groups(now: Reading) -> None:
    """Take what each "per" and "by" is followed by, to the end of the list that it begins."""
    for at in list(now.waiting(Kind.GROUP, Kind.BY)):
        is_deed = now.items[at].kind is Kind.BY and _is_deed(now, at)
        is_each = at > 0 and now.items[at - 1].kind is Kind.BY  # "fuel used by each ship"
        is_all = now.items[at].text.lower() in _ALL and not (is_each or _is_measured(now))
        if is_deed or is_all:
            now.use(at)
            continue
        after = now.next(at)
        if after is not None and _is_rate(now, at, after):
            now.use(at)
            continue
        if after is not None and _is_deducted(now, at, after):
            now.use(at, after)
            continue
        is_first = True
        while after is not None and _take_group(now, after, is_first=is_first):
            now.use(at, after)
            after = after + 1 if after + 1 < len(now.items) else None
            is_first = False
    for at in list(now.waiting(Kind.BUCKET)):
        is_asked = now.items[at].lead[-1:] in (
            ("which",),
            ("what",),
        )  # "which month had more than 9"
        if now.items[at].text.lower().endswith("ly") or (is_asked and now.frame.having):
            take_bucket(now, at)
        else:
            _order_by_bucket(now, at)


def _order_by_bucket(now: Reading, at: int) -> None:
    """Read "per month, sorted by month": of the groups there are."""
    before = now.last(at)
    trigger = now.items[before].meaning if before is not None else None
    buckets = [group for group in now.frame.groups if isinstance(group, Bucket)]
    if buckets and isinstance(trigger, Trigger) and trigger.kind in (Kind.ORDER, Kind.BY):
        direction = now.turned.value if now.turned else trigger.value or "ASC"
        now.frame.order = now.frame.order or Order(buckets[0], direction)
        now.use(before, at)


def _is_rate(now: Reading, at: int, after: int) -> bool:
    """Whether a "per" stands in the name of a column: "price per hour", `hourly_usd`."""
    column = now.column(after, accept=now.is_measure)
    words = name_words(column.column) if column else ()
    said = now.items[after].text.lower().split()
    is_said = "per" in words and set(said) <= set(words[words.index("per") :])
    is_unit = set(said) <= UNITS and {f"{unit}ly" for unit in said} <= set(words)
    return now.items[at].text.lower() == "per" and (is_said or (bool(said) and is_unit))


def _is_deducted(now: Reading, at: int, after: int) -> bool:
    """Whether a "by" behind a figure names what the figure is made of: "Wert nach Rabatt"."""
    figure = now.items[at - 1].meaning if at else None
    if not isinstance(figure, Formula) or not figure.is_whole or now.items[at].lead:
        return False
    return now.items[after].meaning in figure.columns


def _take_group(now: Reading, at: int, *, is_first: bool) -> bool:
    lead = now.items[at].lead
    if not is_first and (
        at in now.used or not lead or not _JOINED.issuperset(lead) or lead == ("the",)
    ):
        return False
    if now.items[at].kind is Kind.BUCKET:
        return take_bucket(now, at)
    if now.items[at].kind is Kind.COUNT and at + 1 < len(now.items):
        now.use(at)  # "for each number of cylinders": a number that is stored
        return _take_group(now, at + 1, is_first=True)
    group: Group | None = now.table(at)
    if group and now.is_modifier(at):
        now.use(at)
        return _take_group(now, at + 1, is_first=True)
    group = group or now.column(at, accept=lambda c: is_first or not now.is_measure(c))
    if group is None:
        return False
    _put_together(now, _led_to(now, at, group) if isinstance(group, ColumnRef) else group)
    return True


def _led_to(now: Reading, at: int, key: ColumnRef) -> Group:
    """The thing that a key leads to, which has a name, unless the key itself is asked for."""
    if not _KEYS.isdisjoint(now.items[at].text.lower().split()):
        return key
    keys = (k for k in now.lexicon.table(key.table).foreign_keys if k.columns == (key.column,))
    led_to = next((k.referred_table for k in keys), None)
    known = now.lexicon.display(led_to) if led_to else ()
    return led_to if led_to and not any(map(now.lexicon.is_id, known)) else key


def _put_together(now: Reading, group: Group) -> None:
    if group not in now.frame.groups:
        now.frame.groups.append(group)


def _is_measured(now: Reading) -> bool:
    """Whether there is something to group: "every student" alone is all of them.

    By month, rows are counted, so that "for each region" is a further group.
    """
    is_counted = any(now.waiting(Kind.BUCKET)) or now.frame.groups
    return bool(now.frame.measures or now.frame.order or now.frame.having or is_counted)


def _is_deed(now: Reading, at: int) -> bool:
    """Whether a "by" names the doers of a deed, "owned by students", and not what to group by."""
    before = (now.items[at].lead or (now.items[at - 1].text.lower().split() if at else ()))[-1:]
    is_thing = not now.items[at].lead and now.table(at - 1 if at else None)  # "hires by boat"
    said = [w for w in before if w.endswith("ed") or (not is_thing and is_weak(split(w)[0]))]
    is_done = bool(said)
    has_measure = bool(now.frame.measures or now.frame.order)
    after = now.next(at)
    if after is not None and now.items[after].kind is Kind.BUCKET:
        return False
    is_value = after is not None and not (now.table(after) or now.column(after, accept=bool))
    return is_done or is_value or not (has_measure or _is_breakdown(now, at, after))


def _is_breakdown(now: Reading, at: int, after: int | None) -> bool:
    """Whether "customers by industry" asks how many there are of each kind, and not for a list.

    The kinds are a column's few values; "customers by name" is an order.
    """
    counted = now.table(now.last(at))
    if counted is None or after is None or not now.is_close(at):
        return False
    if _LISTED.intersection(now.items[0].lead):
        return False
    rows = now.lexicon.table(counted).rows or 0
    column, whole = now.column(after, accept=bool), now.table(after)
    if column is not None:
        kinds = len(now.lexicon.column(column).samples)
    else:
        kinds = (now.lexicon.table(whole).rows or 0) if whole and whole != counted else 0
    return 0 < kinds < rows


def take_bucket(now: Reading, at: int) -> bool:
    """Put rows together by the month, quarter or year of the date that belongs to what is counted."""
    trigger, column = now.items[at].meaning, date_of_counted(now, at)
    if column is None or not isinstance(trigger, Trigger):
        return False
    yearly = is_year(now.lexicon.column(column))
    if yearly and trigger.value != "year":
        return False
    assume(now, at, column)
    _put_together(now, column if yearly else Bucket(column, _UNITS[trigger.value]))
    now.use(at)
    return True
