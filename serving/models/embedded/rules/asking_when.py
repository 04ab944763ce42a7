"""The date that "when" asks for if none is named: "when is the appointment of Ann Hale"."""

import re

from serving.models.embedded.english.deeds import is_participle
from serving.models.embedded.english.words import OF_ENDS, OF_LIVES, name_stems
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.schema.targets import ColumnRef, TableRef, is_date
from serving.models.embedded.schema.values import Stored

_WHEN_IS = re.compile(r"\W*when (?:is|are|was|were|will)\b", re.IGNORECASE)


def read_when(now: Reading) -> None:
    """Show the only date of the things that follow a "when is".

    That date does not say when a stored state, such as "cancelled", was reached.
    """
    frame = now.frame
    things = now.items[0].meaning if now.items else None
    if not isinstance(things, TableRef) or not _WHEN_IS.match(now.question):
        return
    is_plain = not (frame.columns or frame.measures or frame.groups or frame.order or frame.having)
    is_done = any(isinstance(i.meaning, Stored) and is_participle(i.text) for i in now.items)
    dates = [
        ColumnRef(things.table, column.name)
        for column in now.lexicon.table(things.table).columns
        if is_date(column) and (OF_LIVES | OF_ENDS).isdisjoint(name_stems(column.name))
    ]
    if is_plain and not is_done and len(dates) == 1:
        frame.columns += dates
