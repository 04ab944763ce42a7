"""What a "not" speaks of."""

from collections.abc import Iterator

from serving.models.embedded.english.deeds import is_participle, same_deed
from serving.models.embedded.english.periods import Period
from serving.models.embedded.english.triggers import OF_WORD, Kind, Trigger
from serving.models.embedded.english.words import name_stems, thing_words
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.rules.roles import role_missing
from serving.models.embedded.scan.resolve import table_of
from serving.models.embedded.schema.targets import (
    ColumnRef,
    TableRef,
)
from serving.models.embedded.schema.values import Stored

_ONES = frozenset("a an any one single".split())
_OF_WORD = Trigger(Kind.NOT, OF_WORD)
_PENDING = "not yet"


def read_denials(now: Reading) -> None:
    """Put what a "not" speaks of under it: a value, a comparison, a thing that must be absent."""
    of_words = [n for n, item in enumerate(now.items) if item.meaning == _OF_WORD]
    now.turned_round.update(at + 1 for at in of_words if _is_followed(now, at))
    now.use(*(at - 1 for at in now.turned_round))
    for at in [at for at in now.waiting(Kind.NOT) if at not in of_words]:
        if _denies_last(now, at):
            now.use(at)
            continue
        after = now.next(at)
        while after is not None and after + 1 < len(now.items) and _leads_on(now, after):
            after += 1
        if after is None:
            continue
        if now.table(after) and after + 1 < len(now.items) and now.is_modifier(after):
            after += 1
        now.denied.add(after)
        now.use(at)
        if role_missing(now, after):
            pass
        elif table := now.table(after):
            _leave_out(now, table, after)
        elif table := _done_elsewhere(now, after) or _never_done(now, at, after):
            _leave_out(now, table)
            _use_deed(now, after)
        elif isinstance(now.items[after].meaning, Stored):
            _deny_list(now, after)
        now.denied.update(n for n in range(after + 1, len(now.items)) if "nor" in now.items[n].lead)


def _leave_out(now: Reading, table: str, *places: int) -> None:
    """No row of this table may be there; the items at the places say so."""
    now.frame.absent.add(table)
    now.frame.context.append(table)
    now.use(*places)


def _use_deed(now: Reading, at: int) -> None:
    again = [n for n in range(at + 1, len(now.items)) if _says_again(now, at, n)]
    now.use(at, *again)  # "picked up"
    if any(isinstance(one.meaning, Period) for one in now.items[at + 1 :]):
        now.used.discard(again[-1] if again else at)  # the period speaks of that day


def _says_again(now: Reading, deed: int, at: int) -> bool:
    """Whether an item is the rest of what says that something was done: its particle."""
    return now.items[at].meaning == now.items[deed].meaning


def _is_followed(now: Reading, at: int) -> bool:
    """Whether the rest of a word that denies has a place: "un-paid" says nothing without it."""
    return at + 1 < len(now.items) and now.items[at + 1].start == now.items[at].end


def _denies_last(now: Reading, at: int) -> bool:
    """Read "English is not the official language" denies the value named before."""
    lead = now.items[at].lead
    before = now.last(at)
    if before is None or not lead or lead[-1] not in {"is", "are", "was", "were"}:
        return False
    if {"but", "and"} & set(lead):  # "had surgery but were not vaccinated": of the next thing
        return False
    if not isinstance(now.items[before].meaning, Stored) or _stands_behind(now, now.next(at)):
        return False
    now.denied.add(before)
    return True


def _stands_behind(now: Reading, at: int | None) -> bool:
    """Whether a "not" has what it denies right behind it: "cats that are not neutered"."""
    if at is None or now.items[at].lead:
        return False
    return now.is_quality(at) or isinstance(now.items[at].meaning, Stored)


def _leads_on(now: Reading, at: int) -> bool:
    """Whether what is denied stands further on: "not built by Ford", "except stadiums with …"."""
    if now.items[at].kind in (Kind.BY, Kind.WITH, Kind.DISTINCT, Kind.NOT):
        return True
    if now.table(at) and now.table(at) == now.frame.head and at > 1:
        now.use(at)
        return True
    if _is_deed_with_object(now, at):
        now.use(at)
        return True
    return _is_column_of_next(now, at)


def _is_deed_with_object(now: Reading, at: int) -> bool:
    """Whether a date only says what was done to the thing behind it: "never opened a ticket"."""
    column = now.column(at, accept=now.is_time)
    behind = now.table(at + 1) if at + 1 < len(now.items) else None
    if column is None or behind is None or not is_participle(now.items[at].text):
        return False
    # "Never signed a lease": a lease of theirs is missing, whenever they themselves signed.
    is_theirs = column.table == now.frame.head and now.has_many(behind)
    return behind == column.table or (is_theirs and not _ONES.isdisjoint(now.items[at + 1].lead))


def _done_elsewhere(now: Reading, at: int) -> str | None:
    """The table of whose rows none must be there: "suppliers who never delivered" have no delivery.

    A deed of the listed thing's own is a date that is missing, or nothing that can be denied.
    """
    column = now.column(at, accept=now.is_time)
    others = [table for item in now.items[:at] if (table := table_of(item.meaning))]
    others = others or [table for table in (now.frame.head,) if table]
    # "Not paid yet" is said of what is there and waits; "never delivered", of what is not there.
    waits = now.items[at - 1].text.lower() == _PENDING
    if column is None or not others or column.table in others:
        return None
    if waits and now.lexicon.column(column).nullable:
        return None
    text = now.items[at].text
    is_done = is_participle(text) or any(same_deed(text, one) for one in name_stems(column.column))
    return column.table if is_done else None


def _never_done(now: Reading, at: int, after: int) -> str | None:
    """The table of whose rows none must be there, whatever state they are in: "never booked"."""
    stored, text = now.items[after].meaning, now.items[after].text
    if now.items[at].text.lower() != "never" or not isinstance(stored, Stored):
        return None
    table = stored.column.table
    is_its_deed = is_participle(text) and same_deed(text, thing_words(table)[-1])
    return table if is_its_deed and table != now.frame.head else None


def denied_in_vain(now: Reading) -> Iterator[int]:
    """The items under a "not" of which no condition and no missing row came."""
    done = {one.place for one in now.frame.filters if one.is_denied}
    for at in now.denied - done:
        if at < len(now.items) and table_of(now.items[at].meaning) not in now.frame.absent:
            yield at


def _is_column_of_next(now: Reading, at: int) -> bool:
    """Whether a name stands there only for the value, number or comparison after it."""
    if at + 1 >= len(now.items):
        return False
    here, after = now.items[at].meaning, now.items[at + 1].meaning
    if isinstance(here, Trigger):
        return here.kind in (Kind.DISTINCT, Kind.WITH)
    if "nor" in now.items[at + 1].lead and isinstance(here, ColumnRef | TableRef):
        return False  # "neither delivered nor cancelled"
    if isinstance(after, Stored) and isinstance(here, ColumnRef | TableRef):
        return table_of(here) == after.column.table or isinstance(here, TableRef)
    is_compared = now.items[at + 1].kind in (Kind.COMPARE, Kind.LIKE) or isinstance(after, float)
    return isinstance(here, ColumnRef) and is_compared


def _deny_list(now: Reading, at: int) -> None:
    """Read "not novels or poetry" denies both."""
    first = now.items[at].meaning
    for n in range(at + 1, len(now.items)):
        meaning = now.items[n].meaning
        is_next = set(now.items[n].lead) <= {"or", "and", "nor"} and bool(now.items[n].lead)
        if not (isinstance(meaning, Stored) and isinstance(first, Stored) and is_next):
            return
        if meaning.column != first.column:
            return
        now.denied.add(n)
