"""What a writer makes of a question: a statement, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.sql.golden import VerifiedUse


@dataclass(frozen=True, slots=True)
class SqlDraft:
    """A statement that somebody who must not be trusted wrote; the gate judges it.

    `usage` counts what writing it cost: model_calls, input_tokens, output_tokens. `note` is a
    sentence on what of the question it leaves out, for the person who asked. `thought` is what the
    writer thought before. `likelihood` is how likely its writer thinks it right, None where it
    cannot tell; `is_reviewed` says that a person has approved it for this very question, and
    `verified` is the verified query that it is made of. `is_whole` says that its writer knows it to
    leave out nothing of the question.
    """

    sql: str
    usage: Mapping[str, int] = field(default_factory=dict[str, int])
    note: str = ""
    thought: str = ""
    likelihood: float | None = None
    is_reviewed: bool = False
    verified: VerifiedUse | None = None
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class SqlDeclined:
    """The writer cannot read the question; `reason` is a sentence for the person who asked."""

    reason: str
    usage: Mapping[str, int] = field(default_factory=dict[str, int])
    thought: str = ""
