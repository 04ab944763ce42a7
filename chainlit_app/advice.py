"""What goes wrong, in words for people who cannot run commands.

The service names the setting or the command that helps. Whoever reads the page from another machine can
neither set nor run it: there those parts of a text give way to word that the operator can help.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from pydantic import BaseModel

from chainlit_app.texts.table import words_for

_FIELDS = frozenset({"detail", "error", "message", "problem", "reason", "warnings"})
"""The fields of what travels that say what went wrong."""
_FOR_OPERATORS = re.compile(r"\bDOCSQL_[A-Z]|`docsql |\bdocsql (?:ingest|serve|sync|doctor|keys)\b")
_ENDS = re.compile(r"(?<=[.;:!?])(?=\s)|(?=, (?:or|oder) )")

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ReaderAdvice:
    """`is_operators`: whoever sees the page can run commands on its machine."""

    is_operators: bool

    def told(self, text: str) -> str:
        """A text without what only the operator can do."""
        if self.is_operators or not _FOR_OPERATORS.search(text):
            return text
        kept, is_cut = "", False
        for part in _ENDS.split(text):
            is_cut = bool(_FOR_OPERATORS.search(part)) or (is_cut and part.startswith(","))
            if is_cut:
                kept = f"{kept.rstrip(';:.!?')}." if kept else ""
            else:
                kept += part
        return f"{kept}{words_for('answer.operator_can_fix')}".strip()

    def all_told(self, sent: object, field: str = "") -> object:
        """The same of everything in a message that says what went wrong."""
        if self.is_operators:
            return sent
        if isinstance(sent, str):
            return self.told(sent) if field in _FIELDS else sent
        if isinstance(sent, Mapping):
            named = cast("Mapping[str, object]", sent)
            return {name: self.all_told(each, name) for name, each in named.items()}
        if isinstance(sent, Sequence):
            return [self.all_told(each, field) for each in cast("Sequence[object]", sent)]
        return sent

    def told_in(self, model: M) -> M:
        """The same of a whole model."""
        if self.is_operators:
            return model
        return type(model).model_validate(self.all_told(model.model_dump(mode="json")))
