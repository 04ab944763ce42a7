"""A database's semantic model, laid over every version of its schema."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tools.sql.schema import Schema
from tools.sql.semantic.apply import apply, hidden_columns
from tools.sql.semantic.file import SemanticFile, read_model

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SemanticLayer:
    """What a model's file says; without a file it says nothing, and changes nothing."""

    file: SemanticFile | None = None

    @classmethod
    def read(cls, path: Path | None) -> Self:
        """The layer of a file, where there is one.

        Raises:
            BadInput: the file cannot be read or is not of Ossie's form; the message says where.
        """
        return cls(read_model(path) if path is not None else None)

    @property
    def hidden(self) -> tuple[str, ...]:
        """The columns that the model closes, as `denied_columns` writes them."""
        return hidden_columns(self.file) if self.file is not None else ()

    @property
    def time_zone(self) -> str:
        """Where "today" begins, empty where the model does not say."""
        return self.file.time_zone if self.file is not None else ""

    def over(self, schema: Schema) -> Schema:
        """The schema as the model describes it; what does not fit is logged and left out."""
        if self.file is None:
            return schema
        applied = apply(self.file, schema)
        for problem in applied.problems:
            _LOG.warning("%s", self.file.at(problem.place, problem.text))
        return applied.schema


NO_LAYER = SemanticLayer()
"""The layer of a database without a model."""
