"""What is asked for by a question word alone: "when is the appointment of Ann Hale", "… and who did it?"."""

import re
from collections.abc import Sequence

from serving.models.embedded.english.deeds import is_participle
from serving.models.embedded.english.words import OF_ENDS, OF_LIVES, PLACES, name_stems
from serving.models.embedded.rules.deeds import date_of_deed
from serving.models.embedded.rules.people import doers, roles_of
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.scan.resolve import table_of
from serving.models.embedded.schema.targets import ColumnRef, TableRef, is_date
from serving.models.embedded.schema.values import Stored

_WHEN_IS = re.compile(r"\W*when (?:is|are|was|were|will)\b", re.IGNORECASE)
_TOO = re.compile(r"(?:[?,;.]|\band\b)\s*(?:and )?(when|who|where)\b[^,;?]*\W*$", re.IGNORECASE)


def read_when(now: Reading) -> None:
    """Show the only date of the things that follow a "when is".

    That date does not say when a stored state, such as "cancelled", was reached.
    """
    frame = now.frame
    things = table_of(now.items[0].meaning) if now.items else None
    if things is None or not _WHEN_IS.match(now.question) or _asks_more(now, things):
        return
    is_plain = not (frame.columns or frame.measures or frame.groups or frame.order or frame.having)
    is_done = any(isinstance(i.meaning, Stored) and is_participle(i.text) for i in now.items)
    dates = _dates(now, things)
    if is_plain and not is_done and len(dates) == 1:
        frame.columns += dates


def _asks_more(now: Reading, things: str) -> bool:
    """Whether more is named than the things themselves, or a single one of them by its name."""
    first, *rest = (item.meaning for item in now.items)
    if isinstance(first, TableRef):
        return False
    is_one = isinstance(first, Stored) and first.column in now.lexicon.display(things)
    return not (is_one and all(meaning == TableRef(things) for meaning in rest))


def read_too(now: Reading) -> None:
    """Show the only date, place or person of the things too, where nothing is named behind the word."""
    found, frame, head = _TOO.search(now.question), now.frame, now.frame.head
    if found is None or head is None or frame.measures or frame.groups:
        return
    word = found[1].lower()
    at = max((n for n, one in enumerate(now.words) if one.lower == word), default=0)
    behind = [n for n, item in enumerate(now.items) if item.start > at]
    if any(table_of(now.items[n].meaning) != head for n in behind):
        return
    now.use(*behind)  # "… and who ordered them": what was done is the rows' own
    shown: Sequence[ColumnRef] = ()
    if word == "who":
        people = doers(now, head)
        alone = roles_of(now, head)
        shown = now.lexicon.display(people) if people else alone if len(alone) == 1 else ()
    else:
        deed = date_of_deed(now, len(now.items) - 1) if word == "when" else None
        own = [deed] if deed else _dates(now, head) if word == "when" else _places(now, head)
        shown = own if len(own) == 1 else ()
    frame.columns += (
        [*(() if frame.columns else now.lexicon.display(head)), *shown] if shown else ()
    )
    frame.is_asked_too = bool(shown)


def asks_too(question: str) -> bool:
    """Whether a question ends with a further one: "… and when?"."""
    return _TOO.search(question) is not None


def _dates(now: Reading, table: str) -> list[ColumnRef]:
    return [
        ColumnRef(table, column.name)
        for column in now.lexicon.table(table).columns
        if is_date(column) and (OF_LIVES | OF_ENDS).isdisjoint(name_stems(column.name))
    ]


def _places(now: Reading, table: str) -> list[ColumnRef]:
    columns = now.lexicon.table(table).columns
    named = (one.name for one in columns if not PLACES.isdisjoint(name_stems(one.name)))
    return [ColumnRef(table, name) for name in named]
