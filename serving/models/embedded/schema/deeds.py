"""The actions that the dates of a schema stand for, by their names and those of a semantic model."""

import re
from collections.abc import Iterator, Sequence

from serving.models.embedded.english.deeds import is_participle
from serving.models.embedded.english.words import thing_words
from serving.models.embedded.schema.targets import ColumnRef, is_date, is_year
from tools.sql.schema import Column, Schema
from tools.sql.words import name_words

_OF_DATES = frozenset(
    "at on date time ts dt day year timestamp datetime until in of the am datum tag zum".split()
)
"""Words of a date's name that say nothing of what was done then."""
_DATE_OF = re.compile(r"(\w{4,}?)s?(?:datum|tag|zeitpunkt)")
"""A German name of a date: "Anmeldedatum", "Kündigungstag"."""


def dated_deeds(schema: Schema) -> Iterator[tuple[ColumnRef, tuple[str, ...]]]:
    """The columns of dates, each with the words for what was done then."""
    for table in schema.tables:
        own = thing_words(table.name)
        for column in (c for c in table.columns if is_date(c) or is_year(c)):
            this = ColumnRef(table.name, column.name)
            named = [w for w in name_words(column.name) if w not in _OF_DATES]
            if words := tuple(w for w in named if w not in own) or tuple(named):
                yield this, words
            yield from ((this, (deed,)) for deed in _said_deeds(column) if (deed,) != words)


def _said_deeds(column: Column) -> Iterator[str]:
    """The deeds that a semantic model names a date by: "raised", "Anmeldedatum"."""
    for _, label in column.meaning.labels:
        if deed := _DATE_OF.fullmatch(label.lower()):
            yield deed[1]
    for name in column.meaning.names:
        said = [word for word in name.lower().split() if word not in _OF_DATES]
        if len(said) == 1 and is_participle(said[0]):
            yield said[0]


def is_done_on(column: Column, words: Sequence[str]) -> bool:
    """Whether a date is named by what was done then: "received", which things are as well."""
    said = [word for word in words if word not in _OF_DATES]
    return is_date(column) and len(said) == 1 and is_participle(said[0])
