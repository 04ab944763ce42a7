"""The rows of a statement, with what is known of how it was written."""

from dataclasses import dataclass, replace

from tools.sql.golden import VerifiedUse
from tools.sql.source import Value


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The rows of a statement that ran; `truncated` says that a cap held further rows back.

    `sql` is the statement as it was written; `elapsed_s` is the engine's time and the fetch's.
    `total_rows` are all that the statement has, where they were counted. The rest is what is known
    of how it was written: `writer` names the writer, `confidence` (0 to 1) is how likely it answers
    its question, `confirmed` says whether a second reading of the question gave the same rows. They
    are None where that is unknown. `metrics` are the (name, expression) that a semantic model
    defines and that stand in the statement, whoever wrote it, and `model_version` is that model's;
    `codes` are the (column, value,
    meaning) that it gives for the values of columns. `verified` is the query that a person verified
    and whose statement this is, with the question's own values. `origins` are the (document's id,
    source, sheet) of tables that were loaded from documents.
    """

    database: str
    sql: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    truncated: bool
    elapsed_s: float
    total_rows: int | None = None
    writer: str = ""
    confidence: float | None = None
    confirmed: bool | None = None
    metrics: tuple[tuple[str, str], ...] = ()
    codes: tuple[tuple[str, str, str], ...] = ()
    verified: VerifiedUse | None = None
    model_version: str = ""
    origins: tuple[tuple[str, str, str], ...] = ()

    def in_words(self) -> "QueryResult":
        """The same for a reader: codes are what they mean."""
        if not self.codes:
            return self
        known = [self.meanings.get(column, {}) for column in self.columns]
        rows = tuple(
            tuple(words.get(str(value), value) for words, value in zip(known, row, strict=True))
            for row in self.rows
        )
        return replace(self, rows=rows)

    @property
    def meanings(self) -> dict[str, dict[str, str]]:
        """What the values of each column of codes mean."""
        found: dict[str, dict[str, str]] = {}
        for column, value, meaning in self.codes:
            found.setdefault(column, {})[value] = meaning
        return found
