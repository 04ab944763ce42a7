"""Nouns in their plural, and what is a number of something because it is named by one."""

from collections.abc import Sequence

from serving.models.embedded.english.words import MONEY, stem

_IRREGULAR = {"people": "person", "children": "child", "men": "man", "women": "woman"}
_UNCOUNTED = frozenset(
    """series data information news status bonus campus address staff equipment inventory basis
    stock""".split()
) | frozenset(_IRREGULAR)
"""Nouns that end as plurals do, or have none of their own."""
_SHORTEST = 3
_ADDITIVE = frozenset(
    map(stem, ("quantity", "qty", "units", "amount", "total", "revenue", "sales"))
)
"""Words of what is summed over a thing's many, where anything else is ranked by its extreme."""
_SCALES = MONEY | frozenset("years degrees stars".split())
"""Plurals of scales: an age of 20 years and one of 30 are none of 50."""


def adds_up(words: Sequence[str]) -> bool:
    """Whether what a name of these words holds is summed over rows: amounts, "hours", "children"."""
    is_counted = (is_plural(words[-1]) or words[-1] in _IRREGULAR) and words[-1] not in _SCALES
    return is_counted or not _ADDITIVE.isdisjoint(map(stem, words))


def is_plural(word: str) -> bool:
    """Whether a noun has the ending of a plural."""
    is_other = word in _UNCOUNTED or word.endswith(("ss", "is"))
    return word.endswith("s") and len(word) > _SHORTEST and not is_other


def in_plural(word: str) -> str:
    """The plural of a noun, which may be one."""
    if word.endswith("s") or word in _UNCOUNTED:
        return word
    if word in _IRREGULAR.values():
        return next(many for many, single in _IRREGULAR.items() if single == word)
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}es" if word.endswith(("x", "ch", "sh", "z")) else f"{word}s"


def in_singular(word: str) -> str:
    """The singular of a noun, which may be one."""
    if word in _UNCOUNTED or word.endswith(("ss", "us", "is")):
        return _IRREGULAR.get(word, word)
    if word.endswith("ies") and len(word) > len("ties"):
        return f"{word[:-3]}y"
    if word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word
