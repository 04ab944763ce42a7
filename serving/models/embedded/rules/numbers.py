"""Numbers on their own: what they are the value of, or count."""

from collections.abc import Iterable

from serving.models.embedded.english.triggers import Kind
from serving.models.embedded.english.words import stem
from serving.models.embedded.form.conditions import (
    AnyOf,
    Compare,
)
from serving.models.embedded.form.measures import Having
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.scan.resolve import COUNTS
from serving.models.embedded.schema.targets import (
    ColumnRef,
    is_date,
    is_text,
)
from serving.models.embedded.schema.values import Stored

_EQUAL = frozenset("is are was were equal equals to of as number code value exactly id".split())


def read_numbers(now: Reading) -> None:
    """Numbers on their own: the value of the column beside them, or a number of partners."""
    for at, item in enumerate(now.items):
        if at in now.used or not isinstance(item.meaning, float):
            continue
        value, before, after = item.meaning, now.last(at), now.next(at)
        left = now.column(before, accept=lambda c: c not in now.frame.columns)
        right = now.column(after, accept=now.is_measure)
        if after is not None and right is not None and now.is_close(after):
            now.restrict(at, right.table, Compare(right, "=", value))
            now.use(at, after)
        elif (counted := _counted_with(now, after)) and now.is_close(after or 0):
            now.restrict(at, counted.table, Compare(counted, "=", value))
            now.use(at)
        elif left is not None and _is_given(now, at, before) and _holds_numbers(now, left):
            is_word = is_text(now.lexicon.column(left))
            test = AnyOf(left, (item.text,)) if is_word else Compare(left, "=", value)
            now.restrict(at, left.table, test)
            now.use(at, before)
        elif now.table(after) and now.is_close(after or 0) and item.lead[-1:] == ("the",):
            now.use(at)  # "the two customers": how many there are restricts nothing
        elif (key := _numbered(now, at, before)) and value.is_integer():
            now.restrict(at, key.table, Compare(key, "=", value))
            now.use(at)
        elif (table := now.table(after)) and now.is_close(after or 0) and _is_exact(now, at):
            now.frame.having.append(Having(now.counting(table), "=", value))
            now.use(at, after)


def _numbered(now: Reading, at: int, before: int | None) -> ColumnRef | None:
    """The number that tells the things right before apart: "ticket 57"."""
    table = now.table(before) if set(now.items[at].lead) <= {"number", "no"} else None
    keys = now.lexicon.keys(table) if table else ()
    is_plural = before is not None and now.items[before].text.lower().endswith("s")
    own = [key for key in keys if len(keys) == 1 and not is_text(now.lexicon.column(key))]
    return None if is_plural else next(iter(own), None)


def _counted_with(now: Reading, at: int | None) -> ColumnRef | None:
    """The column that says how many of a value a row has: "8 V100s" of an accelerator."""
    stored = now.items[at].meaning if at is not None else None
    if not isinstance(stored, Stored):
        return None
    own, table = now.lexicon.words_of(stored.column), stored.column.table
    refs = [ColumnRef(table, column.name) for column in now.lexicon.table(table).columns]
    counts = [ref for ref in refs if now.is_measure(ref) and now.lexicon.words_of(ref) & COUNTS]
    named = [ref for ref in counts if not _stems(now.lexicon.words_of(ref)).isdisjoint(_stems(own))]
    return named[0] if len(named) == 1 else None


def _stems(words: Iterable[str]) -> set[str]:
    return {stem(word) for word in words}


def _is_exact(now: Reading, at: int) -> bool:
    """Whether a number of partners is said to be all there are: "only one", "has 3"."""
    held = at > 0 and now.items[at - 1].kind is Kind.WITH
    return held or not {"only", "exactly", "just"}.isdisjoint(now.items[at].lead)


def _is_given(now: Reading, at: int, before: int | None) -> bool:
    is_new = before is not None and before not in now.used
    return is_new and _EQUAL.issuperset(now.items[at].lead)


def _holds_numbers(now: Reading, column: ColumnRef) -> bool:
    kind = now.lexicon.column(column)
    return not is_date(kind) and (not is_text(kind) or now.lexicon.is_key(column))
