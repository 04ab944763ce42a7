"""What the sources know about a question, and who chooses between them."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from agent.calls import Call
from tools.caller import Caller
from tools.documents.passage import FoundPassage
from tools.language.pack import ENGLISH, pack_for

Ahead = Literal["documents", "all", "none"]
"""What is begun while the model decides: the search, the likeliest statement as well, or nothing."""
Decider = Literal["model", "together", "embedded"]
"""Who chooses the tools: the chat `model`, the `embedded` advisor, or both `together`. Together, the
advisor chooses if the source is clear. If not, an English question is asked of both sources, and the
model chooses for any other."""


@dataclass(frozen=True, slots=True)
class SourceMatch:
    """What one source has on a question.

    `share` is how much of the question it explains, from 0 to about 1.5; `found` are the best
    sentences of passages, or the names and stored values of a database that the question mentions.
    """

    share: float
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """What each source has on a question, and the calls that follow from it by rules.

    `documents` is None where they are not connected or cannot be searched now. `is_clear` says that
    such rules are almost always right where they saw as much as here, and `is_one` that the question
    asks one thing.
    """

    databases: Mapping[str, SourceMatch] = field(default_factory=dict[str, SourceMatch])
    documents: SourceMatch | None = None
    calls: tuple[Call, ...] = ()
    is_clear: bool = False
    is_one: bool = False

    def likeliest(self) -> str | None:
        """The database that explains most of the question; None where none knows a word of it."""
        known = [name for name, match in self.databases.items() if match.share]
        return max(known, key=lambda name: self.databases[name].share, default=None)

    def lines(self) -> list[str]:
        """What a model is told of it: data of others, one JSON object a source."""
        lines = [
            {"source": f"database {name}", "mentions": list(match.found)}
            for name, match in self.databases.items()
            if match.found
        ]
        if self.documents is not None and self.documents.found:
            lines.insert(0, {"source": "documents", "mentions": list(self.documents.found)})
        return [json.dumps(line, ensure_ascii=False) for line in lines]


class Advisor(Protocol):
    """Knows what the sources have on a question, without a language model."""

    async def advise(
        self,
        question: str,
        *,
        databases: Collection[str],
        has_documents: bool,
        passages: Sequence[FoundPassage] | None,
        caller: Caller,
    ) -> Advice:
        """What these sources have; `passages` is None where the documents were not searched."""
        ...

    def is_about(self, question: str, passages: Sequence[FoundPassage]) -> bool:
        """Whether some sentence of these passages speaks of what is asked; True where unknown."""
        ...


@dataclass(slots=True)
class Deciding:
    """How the tools of a turn are chosen; `by` changes when the chat model has been examined.

    Without an `advisor` the chat model knows nothing but what is connected. A turn in which nothing
    was found `falls_back` to the tool that was not tried, unless the model has looked at both.
    """

    advisor: Advisor | None = None
    by: Decider = "model"
    ahead: Ahead = "none"
    falls_back: bool = True

    def doubts_model(self, question: str) -> bool:
        """Whether the advisor comes before the model: it failed its exam, and the question is English."""
        return self.by == "together" and pack_for(question).code == ENGLISH
