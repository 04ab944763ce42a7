"""Vectors of texts, as search, schema linking and anything else that compares meanings use them.

Two texts are the more alike the larger the dot product of their vectors, which is their cosine:
around 0 for strangers, 1 for the same text. What it means in between depends on the model.
"""

from typing import Protocol, runtime_checkable


class Embeddings(Protocol):
    """A model that gives texts of like meaning vectors of like direction; any thread may call it."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector of length one for each text, in their order: len(texts) by dimension.

        Raises:
            Unavailable: the model cannot be loaded, or its server does not answer.
            BadInput: a text is longer than the model reads.
        """
        ...

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question; some models read a question differently from a passage.

        Raises:
            Unavailable: the model cannot be loaded, or its server does not answer.
            BadInput: the question is longer than the model reads.
        """
        ...


@runtime_checkable
class KnownCosines(Protocol):
    """Embeddings of which it is known what their cosines mean, or not: models differ in scale."""

    @property
    def has_known_cosines(self) -> bool:
        """Whether strangers have cosines around 0.1, and a passage that answers one around 0.5."""
        ...


class EmbeddingModel(Embeddings, Protocol):
    """Embeddings with a name and a width, so that a store can remember whose vectors it has."""

    @property
    def model_id(self) -> str:
        """The model's name, the same wherever the model is the same."""
        ...

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        ...
