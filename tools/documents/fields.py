"""The fields that a store keeps of a passage and their indexes, in whatever kind of Milvus."""

from collections.abc import Mapping
from typing import Any

from tools.documents.ranking import K1, B

TEXT_FIELDS: Mapping[str, int] = {
    "id": 64,
    "document_id": 64,
    "collection": 512,
    "source": 8_192,
    "title": 8_192,
    "content_hash": 64,
    "section": 16_384,
    "text": 65_535,
    "company": 512,
    "period": 512,
    "kind": 512,
    "terms": 65_535,
    "language": 16,
    "access": 8_192,
}
"""The text fields with the longest value of each, in bytes."""
NUMBER_FIELDS = ("ordinal", "passages", "ingested_at")
OPTIONAL_NUMBER_FIELDS = ("page", "modified_at")
PLACE_FIELDS = ("id", "document_id", "collection", "access")
"""What a search filters by."""


def index_params(*, dense: bool) -> dict[str, dict[str, Any]]:
    """The indexes by field. FLAT: up to 100,000 vectors, Milvus Lite's others are not faster."""
    words = {
        "index_type": "SPARSE_INVERTED_INDEX",
        "metric_type": "BM25",
        "params": {"bm25_k1": K1, "bm25_b": B},
    }
    return {"sparse": words, **vector_index_params()} if dense else {"sparse": words}


def vector_index_params() -> dict[str, dict[str, Any]]:
    """The index of vectors alone, by field."""
    return {"dense": {"index_type": "FLAT", "metric_type": "COSINE"}}
