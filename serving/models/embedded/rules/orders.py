"""What rows or groups are put in order by, and which way."""

from dataclasses import replace

from serving.models.embedded.english.triggers import Kind, Trigger
from serving.models.embedded.form.conditions import Unreadable
from serving.models.embedded.form.frame import Bucket, Frame, Order
from serving.models.embedded.form.measures import Measure
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.rules.superlatives import TURNED, operand
from serving.models.embedded.schema.targets import ColumnRef


def read_orders(now: Reading) -> None:
    """Read "ordered by price", "in descending order of age", "alphabetically"."""
    turned: Trigger | None = None
    for at in list(now.waiting(Kind.DIRECTION)):
        trigger = now.items[at].meaning
        turned = trigger if isinstance(trigger, Trigger) else None
        now.use(at)
    for at in list(now.waiting(Kind.ORDER, Kind.SORT)):
        trigger, start = now.items[at].meaning, at
        if trigger == Trigger(Kind.SORT):
            start = next((n for n in now.waiting(Kind.BY, Kind.ORDER) if n > at), at)
        found = operand(now, start)
        if found is None or not isinstance(trigger, Trigger):
            continue
        direction = _direction(now, found[0], turned) if turned else trigger.value or "ASC"
        now.frame.order = Order(found[0], direction)
        now.use(at, start, *found[1])
    if turned and now.frame.order is None:
        now.turned = turned
    for at in list(now.waiting(Kind.SORT)):
        now.use(at if turned or now.frame.order else None)


def _direction(now: Reading, by: Measure | ColumnRef | Bucket, turned: Trigger) -> str:
    """The way of an order; the oldest have the earliest days."""
    if isinstance(by, ColumnRef) and "@-date" in turned.hints and now.is_time(by):
        return TURNED[turned.value]
    return turned.value


def turn(now: Reading, turned: Trigger) -> None:
    """Turn the order there is, else order by what the words measure, by what is measured or shown."""
    frame = now.frame
    if frame.order is not None:
        if frame.limit is None:
            direction = _direction(now, frame.order.by, turned)
            frame.order = replace(frame.order, direction=direction)
        return
    groups = [g for g in frame.groups if isinstance(g, ColumnRef)]
    hinted = now.hinted(turned.hints, frame.head) if turned.hints else None
    shown = [*frame.measures, *([hinted] if hinted else []), *frame.columns, *groups]
    shown += now.lexicon.display(frame.head) if frame.head else ()
    if not shown:
        raise Unreadable("I find nothing to put in order")
    frame.order = Order(shown[0], _direction(now, shown[0], turned))


def order_measured(frame: Frame) -> None:
    """Groups that are put in order by a column of which an aggregate is shown: by that."""
    by = frame.order.by if frame.order else None
    if frame.order is None or not isinstance(by, ColumnRef) or by in frame.groups:
        return
    same = (m for m in frame.measures if m.expression == by)
    if frame.groups and (measure := next(same, None)):
        frame.order = replace(frame.order, by=measure)
