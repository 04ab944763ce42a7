"""Titles of columns in the language of a question, from the labels of semantic models."""

from collections.abc import Iterable, Iterator

from serving.models.embedded.chat.tabulating import Titled
from tools.language.pack import ENGLISH
from tools.language.telling import Telling
from tools.sql.schema import Schema


def titles_in(to: Telling, schemas: Iterable[Schema]) -> Titled:
    """Tells a column's title: its label in the language, where a model has one.

    Of what a statement works out, "total amount", each part is told.
    """
    if to.code == ENGLISH:
        return str
    known = {_plain(title): label for schema in schemas for title, label in _labels(schema, to)}

    def titled(column: str) -> str:
        if label := known.get(_plain(column)):
            return label
        function, _, rest = _plain(column).partition(" ")
        said = f"{function} {{what}}"
        if said not in to.pack.told:
            return column
        return to.say(said, what=known.get(rest, rest))

    return titled


def _labels(schema: Schema, to: Telling) -> Iterator[tuple[str, str]]:
    for table in schema.tables:
        parts = (table.meaning, *(c.meaning for c in (*table.columns, *table.fields)))
        for meaning in parts:
            if label := meaning.label_in(to.code):
                yield from ((name, label) for name in (meaning.label, meaning.name) if name)
    for metric in schema.glossary.metrics:
        if label := metric.label_in(to.code):
            yield from ((name, label) for name in (metric.label, metric.name))


def _plain(name: str) -> str:
    return name.replace("_", " ").lower()
