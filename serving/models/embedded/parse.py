"""Mentions read in order into a frame; a trigger that finds nothing to work on makes it unreadable."""

from dataclasses import replace

from serving.models.embedded.attributes import attribute, formula
from serving.models.embedded.comparing import take_number
from serving.models.embedded.complete import complete
from serving.models.embedded.conditions import Unreadable
from serving.models.embedded.frame import Bucket, Frame
from serving.models.embedded.joins import Joins
from serving.models.embedded.lexicon import Lexicon
from serving.models.embedded.mentions import Mention
from serving.models.embedded.patterns import take_pattern
from serving.models.embedded.periods import Period
from serving.models.embedded.reading import Comparison, Reading, Time
from serving.models.embedded.resolve import Chosen, Pattern, Resolver
from serving.models.embedded.targets import (
    ColumnRef,
    Formula,
    NullMeaning,
    TableRef,
    is_date,
    is_numeric,
)
from serving.models.embedded.things import deny_last, take_null, take_stored, take_table
from serving.models.embedded.triggers import Kind, Trigger
from serving.models.embedded.values import Stored


def read(
    mentions: tuple[Mention, ...],
    lexicon: Lexicon,
    joins: Joins,
    *,
    asks_when: bool = False,
    variant: int = 0,
) -> Frame:
    """One reading of a question; each variant above 0 takes the second meaning of one mention.

    Raises:
        Unreadable: an operation has nothing to work on.
        IndexError: there are no more variants.
    """
    chosen = Resolver(mentions, lexicon, joins).choose(variant)
    now = Reading(chosen, lexicon, joins, asks_when)
    for item, following in zip(chosen, [*chosen[1:], None], strict=True):
        now.either = now.either or item.link == "or"
        if not isinstance(item.meaning, Stored):
            now.denied = None
        _read(now, item, following)
        now.before = item.end
    complete(now)
    return now.frame


def _read(now: Reading, item: Chosen, following: Chosen | None) -> None:
    match item.meaning:
        case Trigger():
            _trigger(now, item, item.meaning, following)
        case Period():
            held = now.last if now.last and is_date(now.lexicon.column(now.last)) else None
            now.times.append(Time(item.meaning, held, now.anchor, now.either))
            now.either = False
        case float() | int():
            take_number(now, item.meaning, item, following)
        case Stored():
            take_stored(now, item.meaning, item)
        case TableRef() if following and following.start == item.end and _is_modifier(item):
            take_table(now, item, item.meaning.table, following.meaning)
        case TableRef():
            take_table(now, item, item.meaning.table)
        case ColumnRef():
            attribute(now, item.meaning, item, following)
        case Pattern():
            take_pattern(now, item.meaning)
        case NullMeaning() | Formula():
            _defined(now, item.meaning)


def _defined(now: Reading, meaning: NullMeaning | Formula) -> None:
    if isinstance(meaning, NullMeaning):
        take_null(now, meaning)
    else:
        formula(now, meaning)


def _is_modifier(item: Chosen) -> bool:
    """Whether a noun may belong to the one after it: "car makers", not "members borrowed"."""
    return not item.text.lower().endswith("s")


def _trigger(now: Reading, item: Chosen, trigger: Trigger, following: Chosen | None) -> None:
    """Triggers wait for what they work on, except the ones that look back or only set a mark."""
    if trigger.kind in (Kind.ORDER, Kind.DIRECTION):
        now.take(Kind.SORT)
    if _mark(now, trigger):
        return
    match trigger.kind:
        case Kind.COMPARE | Kind.BETWEEN:
            _open_comparison(now, item, trigger)
        case Kind.AGGREGATE | Kind.SUPERLATIVE if now.comparison and not now.comparison.is_ready:
            now.comparison.against = {"DESC": "MAX", "ASC": "MIN"}.get(trigger.value, trigger.value)
        case Kind.SUFFIX if now.lone is not None or now.comparison:
            now.comparison = now.comparison or Comparison("", now.lone, column=now.last)
            now.comparison.operator, now.lone = trigger.value, None
        case Kind.BUCKET:
            _bucket(now, item, trigger)
        case Kind.NOT if item.link == "is" and deny_last(now):
            pass
        case Kind.BY if now.take(Kind.SORT) or (now.direction and now.before == item.start):
            now.pending.append(replace(item, meaning=Trigger(Kind.ORDER, "ASC")))
        case Kind.BY if following and isinstance(following.meaning, Stored):
            pass
        case _:
            _wait(now, item, trigger)


def _mark(now: Reading, trigger: Trigger) -> bool:
    match trigger.kind:
        case Kind.DISTINCT:
            now.frame.distinct = True
        case Kind.DIRECTION:
            now.direction = trigger.value
        case Kind.TOP:
            now.ranked = trigger
        case Kind.SOLD:
            now.sold = now.sold or trigger
        case Kind.BOTH:
            now.both = True
        case Kind.EVERYTHING:
            now.everything = True
        case _:
            return False
    return True


def _open_comparison(now: Reading, item: Chosen, trigger: Trigger) -> None:
    now.take(Kind.WITH)
    held = now.last if now.last and is_numeric(now.lexicon.column(now.last)) else None
    is_measured = now.measured and now.measured.expression is not None
    if is_measured and now.frame.groups and item.start - now.before <= 1:
        held = None
    now.comparison = Comparison(trigger.value or "between", column=held, hints=trigger.hints)


def _wait(now: Reading, item: Chosen, trigger: Trigger) -> None:
    now.take(Kind.WITH)
    superlatives = (Kind.SUPERLATIVE, Kind.MOST, Kind.BEST_SELLING)
    number = now.lone if now.lone is not None else now.said
    if trigger.kind in superlatives and number is not None:
        now.frame.limit, now.lone, now.said = int(number), None, None
    if trigger.kind is Kind.BEST_SELLING:
        now.sold = trigger
    else:
        now.take(trigger.kind if trigger.kind is Kind.COUNT else Kind.WITH)
        now.pending.append(item)


def _bucket(now: Reading, item: Chosen, trigger: Trigger) -> None:
    asked = now.take(Kind.GROUP, Kind.BY)
    if not asked and item.text.lower() in {"month", "year"} and now.pending[:1]:
        raise Unreadable(f"I cannot tell what “{item.text}” refers to")
    now.frame.groups.append(Bucket(ColumnRef("", ""), 7 if trigger.value == "month" else 4))
