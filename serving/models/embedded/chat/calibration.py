"""How likely quoted sentences answer a question to a company's own documents.

The two regressions were fitted on public questions, beside passages that only seem to answer them.
A company's documents say a thing once, so both are too modest there. They were calibrated on the
answers to 258 questions about five companies, and checked on 171 others
(tests/bench/calibrate_quotations.py). Of the sentences nearest in meaning 30 of 33 with 0.8 or more
answered, and 1 of 35 below 0.2.
"""

import math

LIKELY = 0.4
"""The probability from which the sentence nearest in meaning is quoted. Of 45 answers with 0.3 to 0.4,
16 were right; 12 of the others were to questions that nothing answers."""
LIKELY_WORDS, LIKELY_REST = 0.3, 0.1
"""The same of sentences with the question's words, and where rows answer another part of it."""
_WORDS_ALONE = (0.67, 1.88)
_WORDS = (1.05, 1.28, 0.65)
_MEANING = (0.94, 0.87)
"""The bias, and the weight of each log-odds."""


def by_words(words: float, meaning: float | None) -> float:
    """The probability that sentences with the question's words answer it.

    `words` is their likelihood, `meaning` that of the sentence nearest in meaning, if known.
    """
    if meaning is None:
        return _calibrated(_WORDS_ALONE, words)
    return _calibrated(_WORDS, words, meaning)


def by_meaning(meaning: float) -> float:
    """The probability that the sentence nearest in meaning answers the question."""
    return _calibrated(_MEANING, meaning)


def _calibrated(weights: tuple[float, ...], *likelihoods: float) -> float:
    bias, *slopes = weights
    odds = bias + sum(
        slope * log_odds(likelihood) for slope, likelihood in zip(slopes, likelihoods, strict=True)
    )
    return round(min(max(1 / (1 + math.exp(-odds)), 0.01), 0.99), 2)


def log_odds(probability: float) -> float:
    """The log-odds of a probability, kept away from 0 and 1."""
    bounded = min(max(probability, 0.02), 0.98)
    return math.log(bounded / (1 - bounded))
