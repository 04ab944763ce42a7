from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from tools.documents.passage import Passage
from tools.documents.rows import particulars_beside
from tools.embeddings import EmbeddingModel

_LONGEST_HEADING = 300


@runtime_checkable
class TokenCounter(Protocol):
    """An embedding model that says how long a text is for it, and how long one may be, in tokens."""

    def longest_text(self) -> int: ...
    def count_tokens(self, texts: list[str]) -> list[int]: ...


def embedded_text(passage: Passage) -> str:
    """The text that is embedded: the document's title and particulars, the headings, the passage."""
    headings = (
        passage.title[:_LONGEST_HEADING],
        particulars_beside(passage)[:_LONGEST_HEADING],
        passage.section[-_LONGEST_HEADING:],
    )
    return "\n".join(filter(None, [*headings, passage.text]))


def describe_model(embeddings: EmbeddingModel | None) -> dict[str, object]:
    """The identity of the embedding model that a store was built with, as JSON."""
    if embeddings is None:
        return {"model": None, "dimension": None}
    return {"model": embeddings.model_id, "dimension": embeddings.dimension}


def described_name(described: Mapping[str, object]) -> str:
    """The result of `describe_model` in words."""
    if described["model"] is None:
        return "no embeddings (BM25 alone)"
    return f"the embeddings {described['model']!r} of {described['dimension']} dimensions"
