"""How people clip words for a name: `hers` of a Hersteller, `rtn` of a return, `grpr` of a Grundpreis."""

import re
from collections.abc import Iterator

_SHORTEST = 2
_PLAIN = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "s"})
_WRITTEN_OUT = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
_OUT = str.maketrans(_WRITTEN_OUT)
_ENDINGS = ("", "s", "e", "n", "en", "es", "er", "ung", "ungen")
"""Endings that a short form mostly does without, in English and German."""
_VOWEL, _DOUBLED = re.compile("[aeiouy]"), re.compile(r"(.)\1")
_MUTE = re.compile(r"(?<=[aeiou])h(?![aeiou])")
"""The h of "Zähler", which nobody hears and short forms leave out."""
_BEGUN = 0.95
"""How well the beginning of a word fits it."""
_FEWEST_LEFT = 3
"""Letters that a word has without its ending."""


def initial(word: str) -> str:
    """The letter that a short form of a word begins with."""
    return word[:1].translate(_PLAIN)


def fit(short: str, word: str) -> float:
    """How well a short form, in lower case, fits a word: 0 where it does not, 1 at best.

    Its letters stand in the word in order, the first one first. What begins the word fits well, else
    the share of the word's consonants that it has.
    """
    if len(short) < _SHORTEST or len(word) <= len(short) or short[0] != initial(word):
        return 0.0
    return max((_fit(short, form) for form in _forms(word)), default=0.0)


def _forms(word: str) -> Iterator[str]:
    plain = (word.translate(_PLAIN), word.translate(_OUT))
    yield from dict.fromkeys((*plain, *(_MUTE.sub("", one) for one in plain)))


def _fit(short: str, word: str) -> float:
    if word.startswith(short):
        return _BEGUN
    has, ends = _bare(short), [e for e in _ENDINGS if word.endswith(e)]
    rests = (word.removesuffix(end) for end in ends)
    fitting = [
        _bare(rest) for rest in rests if len(rest) >= _FEWEST_LEFT and _in_order(short, rest)
    ]
    return max((min(1.0, len(has) / len(bare)) for bare in fitting), default=0.0)


def _in_order(short: str, word: str) -> bool:
    letters = iter(word)
    return all(letter in letters for letter in short)


def _bare(word: str) -> str:
    """The first letter and the consonants behind it, doubled ones once."""
    return _DOUBLED.sub(r"\1", word[:1] + _VOWEL.sub("", word[1:]))
