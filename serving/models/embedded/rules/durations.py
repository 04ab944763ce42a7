"""How long things take: the days from a row's first date to its last."""

import re

from serving.models.embedded.english.deeds import same_deed
from serving.models.embedded.english.triggers import LENGTH, Kind
from serving.models.embedded.english.units import unit_after
from serving.models.embedded.english.words import name_stems, stem
from serving.models.embedded.form.conditions import Lasts
from serving.models.embedded.form.measures import Elapsed, Measure
from serving.models.embedded.rules.bounds import Limit, waiting_limits
from serving.models.embedded.rules.date_order import dates_compared
from serving.models.embedded.rules.endings import end_of
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.scan.resolve import Item
from serving.models.embedded.schema.deadlines import DUE, deadlines, is_called
from serving.models.embedded.schema.targets import ColumnRef, Deadline, is_date
from serving.models.embedded.schema.values import Stored
from tools.sql.schema import Column

_ASKED = re.compile(
    r"\bhow (?:long|quickly|fast|soon)\b(?! (?:can|could|may|might|must|should|will|would)\b)|\b(?:how many|number of|average|mean) days\b|\bdays (?:between|from|until|does it take)\b"
    r"|\b(?:average|mean|typical|longest|shortest|fastest|slowest)\b.{0,20}\b(?:time|duration)\b"
    r"|\btime (?:to|between|from|until)\b",
    re.IGNORECASE,
)
Lasting = tuple[tuple[ColumnRef, ColumnRef], tuple[int, ...]]
"""The first and the last of two dates, and the places of the items that name them."""
_DAYS = {"days": 1, "weeks": 7, "week": 7}
_TOOK = re.compile(r"\b(?:took|taken|takes?|last(?:ed|s|ing)?)\b", re.IGNORECASE)
_PLAIN = frozenset(map(stem, "date day time at on".split()))
"""Stems in the names of dates that do not tell them apart."""
_FUNCTIONS = (
    ("MAX", re.compile(r"\b(?:longest|slowest|maximum|at most)\b", re.IGNORECASE)),
    ("MIN", re.compile(r"\b(?:shortest|fastest|quickest|minimum|at least)\b", re.IGNORECASE)),
)
_SPEAKING = (Kind.HOW, Kind.COUNT, Kind.AGGREGATE, Kind.SUPERLATIVE, Kind.BETWEEN, Kind.COMPARE)
_SINCE, _UNTIL = frozenset(("after", "since", "from")), frozenset(("before", "until"))
_NEAR = 2
"""Words that may stand between a preposition and the date that it speaks of, itself among them."""


def read_durations(now: Reading) -> None:
    """Read "how many days does it take to close a ticket": on average, where nothing else is said."""
    is_said = any(isinstance(one.condition, Lasts) for one in now.frame.filters)
    ends = _ends_of(now) if _ASKED.search(now.question) and not is_said else None
    if ends is None:
        return
    start, end = ends
    function = next((name for name, said in _FUNCTIONS if said.search(now.question)), "AVG")
    measure = Measure(end.table, function, Elapsed(start, end), label=f"days_{function.lower()}")
    now.frame.measures.append(measure)
    for at, item in enumerate(now.items):
        is_speaking = item.kind in _SPEAKING and _is_of_time(now, at)
        if is_speaking or item.meaning in ends or _is_deed(now, item, ends):
            now.use(at)


def read_lengths(now: Reading) -> None:
    """Read "rentals longer than 10 days", "tickets that took more than two weeks": of single rows.

    Also "more than 3 days after the due date", and "5 days late".
    """
    for limit in waiting_limits(now):
        days = _DAYS.get(unit_after(now.question, limit.number))
        found = _lasting(now, limit) if days else None
        if found is not None and days:
            ends, taken = found
            test = Lasts(*ends, limit.trigger.value, limit.number * days)
            now.restrict(limit.at, ends[0].table, test)
            now.use(limit.at, limit.behind, *taken)


def _lasting(now: Reading, limit: Limit) -> Lasting | None:
    """The two dates between which so many days pass, and the items that name them."""
    behind = now.next(limit.behind)
    if behind is not None and (ends := dates_compared(now, behind)):
        one, operator, other, taken = ends
        first = (other, one) if operator == ">" else (one, other)
        return first, (behind, *taken)
    if behind is not None and (late := _late(now, behind)):
        return (ColumnRef(late.table, late.due), ColumnRef(late.table, late.done)), (behind,)
    is_for = "for" in now.items[limit.at].lead  # "out for more than 3 days"
    is_said = is_for or limit.trigger.hints == LENGTH or _TOOK.search(now.question)
    return _own_length(now) if is_said else None


def _late(now: Reading, at: int) -> Deadline | None:
    """The dates that "late" compares, also where it is a state that is stored."""
    meaning = now.items[at].meaning
    if isinstance(meaning, Stored) and now.items[at].text.lower() == "late":
        found = deadlines(now.lexicon.table(meaning.column.table))
        return next((d for _, d, _ in found if isinstance(d, Deadline) and d.kind == "late"), None)
    return meaning if isinstance(meaning, Deadline) and meaning.kind == "late" else None


def _own_length(now: Reading) -> Lasting | None:
    """The dates between which a row itself lasts, where no column says how long that is."""
    head = now.frame.head
    if head is None or now.hinted(LENGTH, head):
        return None
    found = _ends_of(now) or _only_ends(now, head)
    named = (n for n, item in enumerate(now.items) if found and item.meaning in found)
    return (found, tuple(named)) if found else None


def _only_ends(now: Reading, table: str) -> tuple[ColumnRef, ColumnRef] | None:
    """The two dates of a row that has no others, but for the day on which it is due."""
    dates = [c for c in now.lexicon.table(table).columns if is_date(c) and not is_called(c, DUE)]
    if len(dates) != 2:
        return None
    return ColumnRef(table, dates[0].name), ColumnRef(table, dates[1].name)


def _ends_of(now: Reading) -> tuple[ColumnRef, ColumnRef] | None:
    """The first and the last date: both named, or the last alone where there is one first date."""
    if named := _both_named(now):
        return named
    end = end_of(now, is_said=True)
    start = _start_of(now, end) if end else None
    return (start, end) if start and end else None


def _both_named(now: Reading) -> tuple[ColumnRef, ColumnRef] | None:
    """The two dates of one row that are spoken of: "from booking to delivery"."""
    found: dict[str, dict[str, int]] = {}
    for table in now.lexicon.schema.tables:
        for column in filter(is_date, table.columns):
            at = next((n for n, w in enumerate(now.words) if _says(w.lower, column)), None)
            if at is not None:
                found.setdefault(table.name, {})[column.name] = at
    pairs = [(name, dates) for name, dates in found.items() if len(dates) > 1]
    own = [pair for pair in pairs if pair[0] == now.frame.head] or pairs
    if len(own) != 1 or len(own[0][1]) != 2 or len({*own[0][1].values()}) != 2:
        return None
    table, dates = own[0]
    first, second = sorted(dates, key=lambda name: dates[name])
    is_turned = _follows(now, dates[second], _SINCE) or _follows(now, dates[first], _UNTIL)
    ends = (second, first) if is_turned else (first, second)
    return ColumnRef(table, ends[0]), ColumnRef(table, ends[1])


def _says(word: str, column: Column) -> bool:
    """Whether a word speaks of what a date is the date of."""
    return any(same_deed(word, name) for name in name_stems(column.name) if name not in _PLAIN)


def _follows(now: Reading, at: int, words: frozenset[str]) -> bool:
    return not words.isdisjoint(word.lower for word in now.words[max(0, at - _NEAR) : at])


def _start_of(now: Reading, end: ColumnRef) -> ColumnRef | None:
    """The first date of the same row: the only one that is spoken of, is always there, or is there."""
    dates = [
        column
        for column in now.lexicon.table(end.table).columns
        if is_date(column) and not (column.name == end.column or is_called(column, DUE))
    ]
    said = [c for c in dates if any(_says(word.lower, c) for word in now.words)]
    kept = [column for column in dates if not column.nullable]
    chosen = next((some for some in (said, kept, dates) if len(some) == 1), None)
    return ColumnRef(end.table, chosen[0].name) if chosen else None


def _is_deed(now: Reading, item: Item, ends: tuple[ColumnRef, ColumnRef]) -> bool:
    """Whether a state that is stored only says again what one of the dates is of: "delivered"."""
    if not isinstance(item.meaning, Stored) or item.meaning.column.table != ends[0].table:
        return False
    return any(_says(item.text.lower(), now.lexicon.column(end)) for end in ends)


def _is_of_time(now: Reading, at: int) -> bool:
    """Whether an operation speaks of the time: none counts or measures another thing."""
    after = now.next(at)
    return after is None or (now.table(after) is None or now.items[at].kind is not Kind.COUNT)
