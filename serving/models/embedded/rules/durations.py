"""How long things take: the days from a row's first date to its last."""

import re

from serving.models.embedded.english.deeds import same_deed
from serving.models.embedded.english.triggers import Kind
from serving.models.embedded.english.words import name_stems
from serving.models.embedded.form.measures import Elapsed, Measure
from serving.models.embedded.rules.endings import end_of
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.schema.deadlines import DUE, is_called
from serving.models.embedded.schema.targets import ColumnRef, is_date

_ASKED = re.compile(
    r"\bhow (?:long|quickly|fast|soon)\b(?! (?:can|could|may|might|must|should|will|would)\b)|\b(?:how many|number of|average|mean) days\b|\bdays (?:between|from|until|does it take)\b"
    r"|\b(?:average|mean|typical|longest|shortest|fastest|slowest)\b.{0,20}\b(?:time|duration)\b"
    r"|\btime (?:to|between|from|until)\b",
    re.IGNORECASE,
)
_FUNCTIONS = (
    ("MAX", re.compile(r"\b(?:longest|slowest|maximum|at most)\b", re.IGNORECASE)),
    ("MIN", re.compile(r"\b(?:shortest|fastest|quickest|minimum|at least)\b", re.IGNORECASE)),
)
_SPEAKING = (Kind.HOW, Kind.COUNT, Kind.AGGREGATE, Kind.SUPERLATIVE)


def read_durations(now: Reading) -> None:
    """Read "how many days does it take to close a ticket": on average, where nothing else is said."""
    asked = _ASKED.search(now.question)
    end = end_of(now, is_said=True) if asked else None
    start = _start_of(now, end) if end else None
    if asked is None or end is None or start is None:
        return
    function = next((name for name, said in _FUNCTIONS if said.search(now.question)), "AVG")
    measure = Measure(end.table, function, Elapsed(start, end), label=f"days_{function.lower()}")
    now.frame.measures.append(measure)
    for at, item in enumerate(now.items):
        is_speaking = item.kind in _SPEAKING and _is_of_time(now, at)
        if is_speaking or item.meaning in (start, end):
            now.use(at)


def _start_of(now: Reading, end: ColumnRef) -> ColumnRef | None:
    """The first date of the same row, which is always there."""
    dates = [
        column
        for column in now.lexicon.table(end.table).columns
        if is_date(column)
        and not (column.name == end.column or column.nullable or is_called(column, DUE))
    ]
    said = [
        c
        for c in dates
        if any(same_deed(w.lower, n) for w in now.words for n in name_stems(c.name))
    ]
    chosen = said if len(said) == 1 else dates
    return ColumnRef(end.table, chosen[0].name) if len(chosen) == 1 else None


def _is_of_time(now: Reading, at: int) -> bool:
    """Whether an operation speaks of the time: none counts or measures another thing."""
    after = now.next(at)
    return after is None or (now.table(after) is None or now.items[at].kind is not Kind.COUNT)
