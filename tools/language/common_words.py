"""Words that English text commonly has: the whole words among BERT's word pieces."""

from functools import cache
from pathlib import Path

WORD_PIECES = Path(__file__).parent / "wordpieces" / "vocab.txt"
"""One piece a line; the pieces within words begin with ##."""
_SHORTEST = 3


@cache
def common_words() -> frozenset[str]:
    """Some 20,000 words in lower case."""
    pieces = WORD_PIECES.read_text("utf-8").splitlines()
    return frozenset(word for word in pieces if word.isalpha() and len(word) >= _SHORTEST)
