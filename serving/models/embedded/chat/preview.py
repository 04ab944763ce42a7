"""What the documents could answer, seen before they are asked: evidence for the choice of a tool."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from serving.models.embedded.chat.calibration import LIKELY
from serving.models.embedded.chat.clauses import document_clauses
from serving.models.embedded.chat.heard import Heard, Quotable, quotable
from serving.models.embedded.chat.meaning import nearest_sentence
from serving.models.embedded.chat.quotations import quotations
from serving.models.embedded.chat.sentences import sentences_of
from tools.text_match import TextMatcher

_MAYBE = 0.5


@dataclass(frozen=True, slots=True)
class DocumentPreview:
    """The passages that a search for the question found; None where nothing is known of them.

    `rows` are stems of what rows are counted of, which documents state in numbers or not at all.
    `matcher` tells what sentences mean, None where only their words are known.
    """

    passages: Sequence[Quotable] | None
    rows: frozenset[str] = frozenset()
    matcher: TextMatcher | None = None
    _known: dict[str, float] = field(default_factory=dict[str, float], compare=False)

    def __call__(self, text: str) -> float:
        """How well they answer a question or a part of it: the best sentence's score, 0 for none."""
        if self.passages is None:
            return _MAYBE
        # A plan weighs the question, and the advice tells what it weighed.
        if text not in self._known:
            found = quotations(text, self.passages, rows=self.rows)
            self._known[text] = max((one.score for one in found), default=0.0)
        return self._known[text]

    def of_clauses(self, question: str) -> float:
        """How well they answer the clause of a question that they answer best; 0 where it has but one."""
        clauses = document_clauses(question)
        return max(map(self, clauses), default=0.0) if len(clauses) > 1 else 0.0

    def means(self, question: str) -> float:
        """How likely the sentence answers that means most nearly what is asked; 0 for hardly."""
        if not self.passages or self.matcher is None:
            return 0.0
        near = nearest_sentence(question, self.passages, self.matcher, rows=self.rows)
        return near.likelihood if near and near.likelihood >= LIKELY else 0.0

    def counting(self, rows: frozenset[str]) -> "DocumentPreview":
        """The same, where these are counted."""
        return replace(self, rows=rows, _known={}) if rows else self

    def sentences(self) -> Iterator[str]:
        """What they say, sentence by sentence."""
        for passage in self.passages or ():
            yield from sentences_of(passage.text)


unseen = DocumentPreview(None)
"""Nothing is known of the documents: they may answer."""


def preview_of(passages: Sequence[Quotable], matcher: TextMatcher | None = None) -> DocumentPreview:
    """What these passages could answer."""
    return DocumentPreview(passages, matcher=matcher)


async def preview_documents(heard: Heard, matcher: TextMatcher | None) -> DocumentPreview:
    """What the passages that the caller may see could answer."""
    found = await heard.search() if heard.search else None
    if found is None:
        return unseen
    shown = [quotable(number, one) for number, one in enumerate(found, start=1)]
    return preview_of(shown, matcher)
