"""Which of several keys between two tables is meant: "the destination port", "branch of return"."""

from dataclasses import replace

from serving.models.embedded.english.deeds import same_deed
from serving.models.embedded.english.triggers import Kind
from serving.models.embedded.english.voices import is_active
from serving.models.embedded.english.words import stem
from serving.models.embedded.form.conditions import (
    IsNull,
    Not,
    ReferredTo,
    Unreadable,
    columns_of,
)
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.scan.resolve import table_of
from serving.models.embedded.schema.joins import Step
from serving.models.embedded.schema.roles import own_words
from serving.models.embedded.schema.targets import ColumnRef
from serving.models.embedded.schema.values import Stored

_AUXILIARIES = frozenset(("did", "does", "do"))


def read_did(now: Reading) -> None:
    """Read "how many lessons did Ann Lee arrange" as a verb, and not as a request for its date."""
    done = _did(now) if any(True for _ in now.waiting(Kind.COUNT)) else set[int]()
    for at, item in enumerate(now.items):
        is_date = now.column(at, accept=now.is_time) is not None
        if is_date and item.start in done and not item.text.lower().endswith("ed"):
            now.use(at)


def read_roles(now: Reading) -> None:
    """Note the words that name a key, by which the tables are then joined.

    Raises:
        Unreadable: two keys to the same table are named, which one join cannot follow.
    """
    for table in {t for item in now.items if (t := table_of(item.meaning))}:
        named = [_spoken(now, at) for at in range(len(now.items)) if _names(now, at, table)]
        chosen: set[Step] = set()
        named.append(_deeds(now, table))
        for roles in named:
            chosen |= {step for step in now.joins.meant(table, roles) if step.is_single}
        if len({step.left for step in chosen}) < len(chosen):
            raise Unreadable("it speaks of a row's {table} in two ways at once", table=repr(table))
        now.frame.roles |= frozenset(word for step in chosen for word in step.words)


def role_missing(now: Reading, at: int) -> bool:
    """Read "without a handler", "no destination port": the key of that name is empty."""
    table, head = now.table(at), now.frame.head
    if table is None or head is None:
        return False
    words = _spoken(now, at)
    keys = [key for key in now.lexicon.table(head).foreign_keys if key.referred_table == table]
    named = [key for key in keys if own_words(key) & words]
    if len(named) != 1:
        return False
    now.restrict(at, head, Not(IsNull(ColumnRef(head, named[0].columns[0]))))
    now.use(at)
    return True


def read_referred(now: Reading) -> None:
    """Read "the manager of Ann Lee": the row that hers refers to, which is in the same table."""
    for item in now.items:
        key = item.meaning
        if not isinstance(key, ColumnRef) or not _is_self_key(now, key):
            continue
        names = set(now.lexicon.display(key.table))
        named = [f for f in now.frame.filters if names.issuperset(columns_of(f.condition))]
        own = now.lexicon.own_keys(key.table)
        if not named or len(own) != 1 or any(one.is_denied for one in named):
            continue
        conditions = tuple(one.condition for one in named)
        last = replace(named[-1], condition=ReferredTo(own[0], key, conditions))
        now.frame.filters = [f for f in now.frame.filters if f not in named] + [last]
        now.frame.columns = [column for column in now.frame.columns if column != key]
        now.frame.head = key.table


def _is_self_key(now: Reading, column: ColumnRef) -> bool:
    return any(
        key.referred_table == column.table and key.columns == (column.column,)
        for key in now.lexicon.table(column.table).foreign_keys
    )


def _spoken(now: Reading, at: int) -> frozenset[str]:
    """The stems of an item's words and of those before it."""
    return now.roles(at).union(map(stem, now.items[at].text.split()))


def _deeds(now: Reading, table: str) -> frozenset[str]:
    """The words in names of keys that a verb means: `treated_by` for "which vets have treated a rabbit".

    Behind "did", the verb follows the person's name: "did Ann Lee treat".
    """
    done = _did(now, table)
    if table == now.frame.head:
        done |= {n for n in range(len(now.words)) if is_active(now.words, n)}
    said = [now.words[n].lower for n in done if n < len(now.words)]
    keys = {word for step in now.joins.leading_to(table) for word in step.words}
    return frozenset(key for key in keys if any(same_deed(word, key) for word in said))


def _did(now: Reading, table: str | None = None) -> set[int]:
    """The places right behind the names of those who did something: "did Ann Lee treat"."""
    names = (item for item in now.items if isinstance(item.meaning, Stored))
    behind = {i.end for i in names if table is None or table_of(i.meaning) == table}
    is_did = not _AUXILIARIES.isdisjoint(word.lower for word in now.words)
    return behind if is_did else set()


def _names(now: Reading, at: int, table: str) -> bool:
    meaning = now.items[at].meaning
    return table_of(meaning) == table and not isinstance(meaning, Stored) and at not in now.denied
