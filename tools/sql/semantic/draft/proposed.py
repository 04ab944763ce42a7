"""Descriptions and synonyms that a language model proposes, for a person to look at."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from tools.sql.schema import Table

_OBJECT = re.compile(r"\{.*\}", re.DOTALL)
_LONGEST, _LONGEST_NAME, _MOST = 200, 40, 3
"""Characters of a description and of a synonym, and synonyms of one thing."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """What a model says of a table or column."""

    description: str = ""
    synonyms: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.description or self.synonyms)


@dataclass(frozen=True, slots=True)
class ProposedTable:
    """What a model says of a table and, by their stored names, of its columns."""

    table: Proposed = Proposed()
    columns: Mapping[str, Proposed] = field(default_factory=dict[str, Proposed])


NOTHING = ProposedTable()


def read_proposal(reply: str, table: Table) -> ProposedTable:
    """What a reply says, nothing where it is not as it was asked for; columns that are not there go."""
    found = _OBJECT.search(reply)
    try:
        said = cast("dict[str, Any]", json.loads(found.group())) if found else {}
    except ValueError:
        return NOTHING
    columns = said.get("columns")
    named = cast("dict[str, Any]", columns) if isinstance(columns, dict) else {}
    known = {name: table.column(name) for name in named}
    return ProposedTable(
        _proposed(said),
        {column.name: _proposed(named[name]) for name, column in known.items() if column},
    )


def _proposed(said: Any) -> Proposed:
    if not isinstance(said, dict):
        return Proposed()
    told = cast("dict[str, Any]", said)
    names = told.get("synonyms")
    words = cast("list[object]", names) if isinstance(names, list) else []
    return Proposed(_line(told.get("description"), _LONGEST), tuple(_names(words)))


def _names(words: Iterable[object]) -> list[str]:
    lines = [_line(word, _LONGEST_NAME) for word in words]
    return list(dict.fromkeys(filter(None, lines)))[:_MOST]


def _line(said: object, longest: int) -> str:
    """A text in one line; empty where it is none, or too long to be what was asked for."""
    text = " ".join(said.split()) if isinstance(said, str) else ""
    return text if len(text) <= longest else ""
