"""Embeddings and a reranker in this process, by sentence-transformers (extra `local`)."""

import asyncio
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from langchain_huggingface import HuggingFaceEmbeddings
from typing_extensions import override

from serving.compat.langchain_huggingface import loaded_model
from serving.models.local_folder import model_folder, optional
from serving.models.text.parts import best_of, in_parts, room_beside
from tools.errors import BadInput


class LocalEmbeddings(HuggingFaceEmbeddings):
    """`HuggingFaceEmbeddings` that refuses what is too long, which it would cut without a word."""

    @property
    def _loaded(self) -> Any:
        return loaded_model(self)

    @property
    def model_id(self) -> str:
        """The folder's name: its path may differ between machines."""
        return Path(self.model_name).name

    @property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return int(self._loaded.get_embedding_dimension())

    @override
    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One normalised vector per text, in the order given.

        Raises:
            BadInput: A text has more tokens than the model reads.
        """
        for text in texts:
            _require_whole(self._loaded.tokenizer, self._loaded.max_seq_length, text)
        return super().embed_documents(texts)

    @override
    def embed_query(self, text: str) -> list[float]:
        """The vector of a question; raises what `embed_documents` raises."""
        _require_whole(self._loaded.tokenizer, self._loaded.max_seq_length, text)
        return super().embed_query(text)


class LocalReranker:
    """A cross-encoder's judgement of how well each text answers a question, as TeiReranker's."""

    def __init__(self, path: str) -> None:
        folder = model_folder(path, setting="DOCSQL_RERANKER__MODEL")
        sentence_transformers, torch = optional("sentence_transformers"), optional("torch")
        self.model_id = folder.name
        self._model: Any = sentence_transformers.CrossEncoder(
            str(folder), local_files_only=True, activation_fn=torch.nn.Sigmoid()
        )

    async def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
        """A score from 0 to 1 per text, in the order given.

        Raises:
            BadInput: The query is too long for the model.
        """
        return await asyncio.to_thread(self._scores, query, texts) if texts else []

    def _scores(self, query: str, texts: Sequence[str]) -> list[float]:
        tokenizer, limit = self._model.tokenizer, self._model.max_length
        parts = [[text] for text in texts]
        longest = max(_tokens(tokenizer, query, text) for text in texts)
        if limit is not None and longest > limit:
            room = room_beside(_tokens(tokenizer, query), limit=limit)
            parts = in_parts(
                texts, room=room, count=lambda some: [_tokens(tokenizer, one) for one in some]
            )
            for part in chain.from_iterable(parts):
                _require_whole(tokenizer, limit, query, part)
        pairs = [(query, part) for part in chain.from_iterable(parts)]
        return best_of(parts, [float(score) for score in self._model.predict(pairs)])


def local_embeddings(path: str) -> LocalEmbeddings:
    """The embedding model in the folder `path`.

    Raises:
        Unavailable: The extra `local` is not installed, or the folder holds no model.
    """
    folder = model_folder(path, setting="DOCSQL_EMBEDDINGS__MODEL")
    return LocalEmbeddings(
        model=str(folder),
        model_kwargs={"local_files_only": True},
        encode_kwargs={"normalize_embeddings": True},
        query_encode_kwargs={"normalize_embeddings": True},
    )


def _require_whole(tokenizer: Any, limit: int | None, *texts: str) -> None:
    tokens = _tokens(tokenizer, *texts)
    if limit is not None and tokens > limit:
        raise BadInput(
            f"A text of {max(map(len, texts)):,} characters has {tokens} tokens, and the model "
            f"reads {limit}: cut it into smaller passages."
        )


def _tokens(tokenizer: Any, *texts: str) -> int:
    return len(tokenizer(*texts, truncation=False, verbose=False)["input_ids"])
