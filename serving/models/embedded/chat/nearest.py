"""The sentences of passages that are nearest to a question in meaning, whatever words they have."""

from collections.abc import Sequence

from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.sentences import units_of
from tools.embeddings import Embeddings

NEAR = 0.4
"""The least cosine of a sentence that is shown. It keeps out what is far, and does not tell an answer."""
MOST = 2
_LONGEST, _SENTENCES = 600, 120
"""Characters of a sentence that are read, and sentences at most: a person waits for them."""


def nearest(
    question: str, passages: Sequence[Quotable], embeddings: Embeddings
) -> list[tuple[int, str]]:
    """At most two sentences or rows, the nearest first, each with the number of its passage.

    Raises:
        Unavailable: the embedding model does not answer.
    """
    told = {
        unit.text: unit.number for rank, one in enumerate(passages) for unit in units_of(one, rank)
    }
    units = list(told.items())[:_SENTENCES]
    if not units:
        return []
    asked = embeddings.embed_query(question[:_LONGEST])
    vectors = embeddings.embed_documents([text[:_LONGEST] for text, _ in units])
    cosines = [sum(a * b for a, b in zip(asked, each, strict=True)) for each in vectors]
    ranked = sorted(zip(cosines, units, strict=True), key=lambda one: -one[0])
    return [(number, text) for cosine, (text, number) in ranked[:MOST] if cosine >= NEAR]
