"""Titles of columns in the language of a question, from labels of semantic models and headers of sheets."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import chain

from serving.models.embedded.chat.tabulating import AGGREGATES, Titled
from tools.language.pack import ENGLISH
from tools.language.telling import Telling
from tools.sheets.infer import plain_name
from tools.sql.meaning import Meaning, Metric
from tools.sql.schema import Schema

_WORD = re.compile(r"[^\W\d_]+")


def titles_in(question: str, schemas: Iterable[Schema]) -> Titled:
    """Tells a column's title in the question's language: its label, or the name that the question gives it.

    Of what a statement works out, "total amount", each part is told. A column of a sheet has the title
    that its header has.
    """
    to, given = Telling.of(question), [*schemas]
    known = dict(chain.from_iterable(map(_headers, given)))
    if to.code == ENGLISH:
        return partial(_with_header, known)
    words = _WORD.findall(question.lower())
    said = frozenset({*words, *map(to.pack.stem, words)})
    known |= {_plain(title): name for schema in given for title, name in _named(schema, to, said)}

    def titled(column: str) -> str:
        if label := known.get(_plain(column)) or to.pack.told.get(_plain(column)):
            return label
        function, _, rest = _plain(column).partition(" ")
        said = f"{function} {{what}}"
        if said not in to.pack.told:
            return column
        return to.say(said, what=known.get(rest, rest))

    return titled


def _with_header(known: Mapping[str, str], column: str) -> str:
    """A column's header, behind what is worked out of it; the name where there is none."""
    function, _, rest = _plain(column).partition(" ")
    if rest in known and function in AGGREGATES:
        return f"{function} {known[rest]}"
    return known.get(_plain(column), column)


def _headers(schema: Schema) -> Iterator[tuple[str, str]]:
    """The columns that a sheet's header named, with what it says."""
    for table in schema.tables:
        for column in table.columns:
            if column.comment and plain_name(column.comment) == column.name:
                yield _plain(column.name), column.comment


def _named(schema: Schema, to: Telling, said: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Each name in the language of the schema with what to call it in another."""
    parts: list[Meaning | Metric] = [*schema.glossary.metrics]
    for table in schema.tables:
        parts += [table.meaning, *(c.meaning for c in (*table.columns, *table.fields))]
    for part in parts:
        if label := part.label_in(to.code) or _spoken(part, to, said):
            yield from ((name, label) for name in (part.label, part.name) if name)


def _spoken(part: Meaning | Metric, to: Telling, said: frozenset[str]) -> str:
    """The synonym that stands in the question, as it is if it does, else with another ending."""
    for form in (str, to.pack.stem):
        for name in part.synonyms:
            if said.issuperset(map(form, _WORD.findall(name.lower()))):
                return name
    return ""


def _plain(name: str) -> str:
    return name.replace("_", " ").lower()
