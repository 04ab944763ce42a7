"""What a semantic model says of a database's tables, columns and figures."""

import re
from dataclasses import dataclass

from tools.language.telling import IN_ENGLISH, Telling

_LACKING = re.compile(r"\b(?:NULLIF|CASE|IIF|IF)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the company calls a table or column, and how to read it.

    `name` is an identifier made of the model's own name, `label` a title for people; `synonyms` are
    further names, in any language. Of a column, `codes` are its stored values with their meanings,
    `expression` is what to read instead of the column itself (in the engine's SQL), `kind` the
    model's type and `aggregation` what its values are put together by. Of a table, `filter` is what
    its rows must meet where a question does not say otherwise. `labels` are titles by language. `stored` is the name in the database,
    of what stands in a copy of the schema under the model's name.
    """

    name: str = ""
    label: str = ""
    synonyms: tuple[str, ...] = ()
    codes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    expression: str = ""
    kind: str = ""
    aggregation: str = ""
    filter: str = ""
    is_key: bool = False
    stored: str = ""
    labels: tuple[tuple[str, str], ...] = ()

    def label_in(self, language: str) -> str:
        """What it is called in a language, where the model says so."""
        return dict(self.labels).get(language, "")

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that people call it."""
        return tuple(filter(None, (self.label, *self.synonyms)))

    @property
    def values(self) -> tuple[str, ...]:
        """The meanings of its codes."""
        return tuple(word for _, words in self.codes for word in words)

    def in_words(self, name: str, to: Telling = IN_ENGLISH) -> list[str]:
        """What is worth saying of something that is stored under `name`, for a prompt or a person."""
        said: list[str] = []
        title = self.label_in(to.code) or self.label
        if title and _plain(title) != _plain(name):
            said.append(title)
        if others := [other for other in self.names if other != title]:
            said.append(to.say("also called {names}", names=", ".join(others)))
        if self.codes:
            listed = (f"{code} = {words[0]}" for code, words in self.codes if words)
            said.append(to.say("values: {values}", values=", ".join(listed)))
        if self.expression:
            read = "as a date: {expression}" if self.is_date else "read as: {expression}"
            said.append(to.say(read, expression=self.expression))
        if self.filter:
            only = "unless asked otherwise, only rows with {filter}"
            said.append(to.say(only, filter=self.filter))
        return said

    @property
    def may_lack(self) -> bool:
        """Whether the expression reads some of what is stored as nothing: an empty text, a 0."""
        return _LACKING.search(self.expression) is not None

    @property
    def is_date(self) -> bool:
        """Whether the model calls the values days or moments."""
        return self.kind in ("Date", "DateTime", "DateTimeTz")


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


UNSAID = Meaning()
"""The meaning of what no model speaks of."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure with one definition.

    `expression` is its aggregate in the engine's SQL, columns qualified by their tables; `meant`
    is the same in the model's own names, and in no engine's SQL. `tables` are those it reads, as
    stored; `columns` are (table, column), in the model's names.
    """

    name: str
    label: str
    expression: str
    meant: str
    tables: tuple[str, ...]
    columns: tuple[tuple[str, str], ...] = ()
    synonyms: tuple[str, ...] = ()
    description: str = ""
    labels: tuple[tuple[str, str], ...] = ()

    def label_in(self, language: str) -> str:
        """What it is called in a language, where the model says so."""
        return dict(self.labels).get(language, "")

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that people call it."""
        return (self.label, *self.synonyms)

    def in_words(self) -> str:
        """The definition in a line, for a prompt."""
        names = ", ".join(dict.fromkeys(self.names))
        about = f" -- {self.description}" if self.description else ""
        return f"{names} = {self.expression}{about}"


@dataclass(frozen=True, slots=True)
class Glossary:
    """What a model says of the database as a whole.

    The fiscal year begins with the month `fiscal_year_start`, 0 where the model does not say; with
    `fiscal_year_by_end` it is called after the year in which it ends. `version` is that of the model,
    which changes with its text.
    """

    metrics: tuple[Metric, ...] = ()
    instructions: str = ""
    fiscal_year_start: int = 0
    fiscal_year_by_end: bool = False
    version: str = ""

    def in_words(self) -> str:
        """What a writer of SQL is told, in lines; empty where that is nothing."""
        lines = [f"  {metric.in_words()}" for metric in self.metrics]
        if lines:
            lines.insert(0, "figures, each with the one expression that defines it:")
        if self.fiscal_year_start > 1:
            end = "ends" if self.fiscal_year_by_end else "begins"
            named = f"and is called after the year in which it {end}."
            lines.append(f"The fiscal year begins with month {self.fiscal_year_start} {named}")
        return "\n".join([*lines, *filter(None, [self.instructions])])


NO_GLOSSARY = Glossary()
"""The glossary of a database without a model."""
