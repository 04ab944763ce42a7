"""Who is meant: the people that "who" and "how many people" ask for."""

from collections.abc import Sequence

from serving.models.embedded.english.deeds import same_deed
from serving.models.embedded.english.triggers import Kind, Trigger
from serving.models.embedded.english.words import PERSONAL, PLACES, ROLES, name_stems, stem
from serving.models.embedded.form.conditions import Unreadable
from serving.models.embedded.form.frame import Group
from serving.models.embedded.rules.deeds import deed_tables
from serving.models.embedded.rules.reading import PEOPLE, Reading
from serving.models.embedded.scan.mentions import Meaning
from serving.models.embedded.scan.resolve import table_of
from serving.models.embedded.schema.actors import may_act
from serving.models.embedded.schema.roles import own_words
from serving.models.embedded.schema.targets import ColumnRef, is_text
from serving.models.embedded.schema.values import Stored

_AMONG = frozenset("is are was were for in at with from on by".split())
"""Words between "who" and a name that ask who it is, or who belongs to it."""


def read_people(now: Reading) -> None:
    """Take the people that a question asks for as what it is about.

    Raises:
        Unreadable: nothing here tells of people.
    """
    head = now.frame.head
    if head and _counts_roles(now, head):
        now.frame.head = doers(now, head) or head
    if head and now.asks_who:
        in_charge = _in_charge(now, head)
        now.frame.columns += in_charge
        now.frame.head = head if in_charge else _who(now, head) or head
    if _counts_nobody(now):
        raise Unreadable("it asks how many people, and I find no people there")


def _counts_roles(now: Reading, head: str) -> bool:
    """Whether people are counted by what they do: "how many drivers", where shifts have a driver."""
    match now.items:
        case (asked, counted, *_) if asked.kind is Kind.COUNT:
            stored, text = counted.meaning, counted.text.lower()
        case _:
            return False
    is_role = stem(text) in ROLES and text.endswith("s")
    is_its = isinstance(stored, Stored) and stored.column.table == head
    return is_role and is_its and not _is_personal(now, head)


def doers(now: Reading, table: str) -> str | None:
    """The people whose rows these are, where that can be only one table."""
    near = {step.right for step in now.joins.steps[table] if step.is_single}
    found = [one for one in near if _has_name(now, one) and _is_personal(now, one)]
    found = [one for one in found if len(now.lexicon.display(one)) > 1] or found
    return found[0] if len(found) == 1 else None


def owners(now: Reading, counted: set[str]) -> list[Group]:
    """Whose rows are counted where nobody is named: "who has the most invoices".

    Raises:
        Unreadable: several may be meant, or none.
    """
    if now.frame.having:
        return []
    found = {s.right for table in counted for s in now.joins.steps[table] if s.is_single}
    if now.asks_who:
        people: list[Group] = [ref for table in counted for ref in roles_of(now, table)]
        if len(people) == 1:
            return people
        found = {table for table in found if not _is_place(table)}
        found = {table for table in found if may_act(now.lexicon, table)} or found
    if len(found) != 1:
        raise Unreadable("it does not say whose are counted")
    return [found.pop()]


def roles_of(now: Reading, table: str) -> list[ColumnRef]:
    """The columns that say who did something for a row, or looks after it: "account manager"."""
    return [
        ColumnRef(table, column.name)
        for column in now.lexicon.table(table).columns
        if is_text(column) and name_stems(column.name)[-1] in ROLES
    ]


def _in_charge(now: Reading, head: str) -> list[ColumnRef]:
    """The only column that says who is in charge of the one thing named: "who looks after Hale Ltd?"."""
    named = [item for item in now.items if _is_name_of(now, item.meaning, head)]
    if not len(named) == 1 == len(now.items):
        return []
    before = now.words[max(0, named[0].start - 1)].lower
    people = roles_of(now, head)
    return people if len(people) == 1 and before not in _AMONG else []


def _who(now: Reading, head: str) -> str | None:
    """Who is meant by what is named of them: those in a team, those whose invoices were paid."""
    steps, spoken = now.joins.steps[head], [table_of(item.meaning) for item in now.items]
    doer = _by_role(now, head) or _doer(now, spoken)
    if doer is not None:
        return doer
    if not _has_name(now, head):
        near = {s.right for s in steps if s.is_single} - set(spoken)
        near = {table for table in near if not _is_place(table)}
    elif any(_is_name_of(now, item.meaning, head) for item in now.items):
        near = {s.right for s in steps if not s.is_single}
    else:
        return None
    named = [table for table in near if _has_name(now, table)]
    named = [table for table in named if table in spoken] or named
    personal = [table for table in named if len(now.lexicon.display(table)) > 1] or named
    if now.counts_people or len(personal) > 1:
        personal = [table for table in personal if _is_personal(now, table)]
    if not named and all(isinstance(i.meaning, Stored | Trigger) for i in now.items):
        raise Unreadable("it asks who, and I find no people there")
    return personal[0] if len(personal) == 1 else None


def _by_role(now: Reading, head: str) -> str | None:
    """Who is called by what was done: "who handled ticket 4" is asked of its `handler_id`."""
    found = {
        key.referred_table
        for key in now.lexicon.table(head).foreign_keys
        if any(same_deed(word.lower, role) for word in now.words for role in own_words(key))
    }
    return found.pop() if len(found) == 1 and found != {head} else None


def _doer(now: Reading, spoken: Sequence[str | None]) -> str | None:
    """Who did what a verb says, where the rows of it have only one somebody: "who bought a lamp?".

    Raises:
        Unreadable: it is asked who did it most, and several may have.
    """
    done = deed_tables(now)
    near = {step.right for table in done for step in now.joins.steps[table] if step.is_single}
    found = [table for table in near - done - set(spoken) if _has_name(now, table)]
    found = [table for table in found if not _is_place(table)]
    found = [table for table in found if may_act(now.lexicon, table)] or found
    if len(found) > 1 and any(True for _ in now.waiting(Kind.MOST)):
        raise Unreadable("it does not say whose are counted")
    return found[0] if len(found) == 1 else None


def _is_place(table: str) -> bool:
    return not PLACES.isdisjoint(name_stems(table))


def _counts_nobody(now: Reading) -> bool:
    """Whether people are counted where no table tells of any."""
    at = next((n for n, word in enumerate(now.words) if word.lower in PEOPLE), None)
    is_placed = any(at is not None and item.start <= at < item.end for item in now.items)
    head = now.frame.head
    return now.counts_people and not is_placed and not (head and _is_personal(now, head))


def _is_personal(now: Reading, table: str) -> bool:
    """Whether the columns of a table tell of people: their age, their first names."""
    stems = {s for column in now.lexicon.table(table).columns for s in name_stems(column.name)}
    own = {*name_stems(table)}
    return len(now.lexicon.display(table)) > 1 or not PERSONAL.isdisjoint(stems | own)


def _has_name(now: Reading, table: str) -> bool:
    return all(is_text(now.lexicon.column(ref)) for ref in now.lexicon.display(table))


def _is_name_of(now: Reading, meaning: Meaning, table: str) -> bool:
    return isinstance(meaning, Stored) and meaning.column in now.lexicon.display(table)
