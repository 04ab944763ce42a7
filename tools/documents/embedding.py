from collections.abc import Mapping
from typing import Protocol


class EmbeddingModel(Protocol):
    """LangChain's `Embeddings` with a name and a width, so that a store can remember both."""

    @property
    def model_id(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    def embed_documents(self, texts: list[str]) -> list[list[float]]: ...
    def embed_query(self, text: str) -> list[float]: ...


def describe(embeddings: EmbeddingModel | None) -> dict[str, object]:
    """What a store remembers of the model it was built with, as JSON can hold it."""
    if embeddings is None:
        return {"model": None, "dimension": None}
    return {"model": embeddings.model_id, "dimension": embeddings.dimension}


def name_described(described: Mapping[str, object]) -> str:
    """What `describe` gave, in words for a person."""
    if described["model"] is None:
        return "no embeddings (BM25 alone)"
    return f"the embeddings {described['model']!r} of {described['dimension']} dimensions"
