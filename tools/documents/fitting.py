"""Passages made to fit the embedding model: what is too long for it is cut here, and not there."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import hypot

from tools.documents.block import CELL_BREAK
from tools.documents.chunk import passage_id, sentences
from tools.documents.embedding import TokenCounter, embedded_text
from tools.documents.passage import Passage
from tools.documents.table_text import above_rows
from tools.embeddings import EmbeddingModel

_BREAKS = (re.compile(r"\n+"), re.compile(r"(?<=[.!?…])\s+"), re.compile(r"\s+"))
"""Where a text may be parted, best first."""
SHORTEST = 40
"""Characters: a text that is not longer is left for the server to refuse."""


def fit_to_model(passages: Sequence[Passage], counter: TokenCounter) -> list[Passage]:
    """The passages with those parted that have more tokens, headings included, than the model takes.

    Parts of prose repeat a sentence, as passages do. Where nothing is too long, the passages are
    those that were given; otherwise they are renumbered.
    """
    parts = [part for each in _counted(passages, counter) for part in _parted(*each, counter)]
    if len(parts) == len(passages):
        return list(passages)
    return [
        replace(part, ordinal=n, id=passage_id(part.document_id, part.content_hash, n))
        for n, part in enumerate(parts)
    ]


def embed_whole(passages: Sequence[Passage], model: EmbeddingModel) -> list[list[float]]:
    """A vector for each passage; of one that is too long for the model, the mean of its parts'.

    Raises:
        Unavailable: the model cannot be loaded, or its server does not answer.
    """
    if not isinstance(model, TokenCounter):
        return model.embed_documents([embedded_text(passage) for passage in passages])
    parts = [list(_parted(*each, model)) for each in _counted(passages, model)]
    texts = [embedded_text(part) for of in parts for part in of]
    vectors = iter(model.embed_documents(texts))
    return [_mean([next(vectors) for _ in of]) for of in parts]


def _mean(vectors: Sequence[Sequence[float]]) -> list[float]:
    if len(vectors) == 1:
        return list(vectors[0])
    summed = [sum(numbers) for numbers in zip(*vectors, strict=True)]
    length = hypot(*summed) or 1.0
    return [number / length for number in summed]


def _counted(passages: Sequence[Passage], counter: TokenCounter) -> list[tuple[Passage, int]]:
    counts = counter.count_tokens([embedded_text(passage) for passage in passages])
    return list(zip(passages, counts, strict=True))


def _parted(passage: Passage, tokens: int, counter: TokenCounter) -> Iterator[Passage]:
    if tokens <= counter.longest_text() or len(passage.text) <= SHORTEST:
        yield passage
        return
    first, second = halves(passage.text)
    above = above_rows(passage.text) if CELL_BREAK in second.partition("\n")[0] else ""
    if above and len(above) < len(first) and len(above) < len(passage.text) // 3:
        second = f"{above}\n{second}"
    parts = [replace(passage, text=text) for text in (first, second)]
    for half, count in _counted(parts, counter):
        yield from _parted(half, count, counter)


def halves(text: str) -> tuple[str, str]:
    """A text in two at the best break near its middle; of prose, the second repeats a sentence."""
    middle = len(text) // 2
    for is_prose, pattern in zip((False, True, False), _BREAKS, strict=True):
        breaks = [b for b in pattern.finditer(text) if abs(b.start() - middle) <= len(text) // 4]
        if breaks:
            chosen = min(breaks, key=lambda found: abs(found.start() - middle))
            first, second = text[: chosen.start()], text[chosen.end() :]
            last = sentences(first.rpartition("\n")[2])[-1:] if is_prose else []
            repeated = last[0] if last and len(last[0]) <= len(text) // 8 else ""
            return first, f"{repeated}{chosen.group() if repeated else ''}{second}"
    return text[:middle], text[middle:]
