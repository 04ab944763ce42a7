"""Misspelt words of a question, replaced by the nearest word that means something in a schema."""

from rapidfuzz import fuzz, process

from serving.models.embedded.english import triggers
from serving.models.embedded.english.words import STOP, Word, is_weak, stem
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.values import Values
from tools.language.common_words import common_words

_LONGEST = 60
"""Words of the longest question whose spelling is looked into: each word costs most of 1 ms."""
_SPELT = 4
"""Letters of the shortest word whose spelling is looked into."""


_NEAR = 83
"""How alike two spellings must be, of 100."""


def repaired(words: tuple[Word, ...], lexicon: Lexicon, values: Values) -> tuple[Word, ...]:
    """The words with misspelt ones replaced by the nearest name or word of an operation."""
    if len(words) > _LONGEST:
        return words
    names = (*lexicon.spellings, *values.words)
    vocabulary = (*names, *triggers.WORDS, *STOP)
    # "Late" is no misspelt "later", but "costumers" may be customers.
    return tuple(
        word
        if _is_known(word, lexicon, values)
        else _nearest(word, names if word.lower in common_words() else vocabulary)
        for word in words
    )


def _is_known(word: Word, lexicon: Lexicon, values: Values) -> bool:
    lower = word.lower
    return (
        word.is_quoted
        or len(lower) < _SPELT
        or not lower.isalpha()
        or lower in STOP | triggers.WORDS
        or is_weak(word)
        or (word.stem,) in lexicon.phrases
        or lower in values.spelt
        or bool(values.named((word,)))
    )


def _nearest(word: Word, vocabulary: tuple[str, ...]) -> Word:
    size, initial = len(word.lower), word.lower[0]
    near_ones = [w for w in vocabulary if w[0] == initial and abs(len(w) - size) <= 2]
    found = process.extractOne(word.lower, near_ones, scorer=fuzz.ratio, score_cutoff=_NEAR)
    if found is None or word.lower[-2:] == "ly" != found[0][-2:]:  # "completely" is not "completed"
        return word
    return Word(found[0], found[0], stem(found[0]))
