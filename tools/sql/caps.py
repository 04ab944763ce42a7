"""The limits of one statement."""

from dataclasses import dataclass

SCHEMA_TOKENS = 3_000
"""Default prompt tokens for a schema; the rest of the prompt stays below 1,000."""


@dataclass(frozen=True, slots=True)
class StatementCaps:
    """Limits of one statement: rows and bytes of its result, seconds, and plan cost.

    `schema_tokens` is what a schema may take of the prompt for it.
    """

    rows: int
    bytes: int
    seconds: float
    cost: float | None = None
    schema_tokens: int = SCHEMA_TOKENS
