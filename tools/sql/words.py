"""The words in names, comments, values and questions, so that they can be compared."""

import re
from collections.abc import Iterator, Set

from tools.stem import stem_word

_UPPER, _LOWER = "A-ZÀ-ÖØ-Þ", "a-zß-öø-ÿ"
_HUMP = re.compile(rf"(?<=[{_LOWER}0-9])(?=[{_UPPER}])|(?<=[{_UPPER}])(?=[{_UPPER}][{_LOWER}])")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_NOISE = frozenset(
    """a about all an and any are as at be been by did do does each every find for from get give had
    has have how i in into is it its list many me more most much no not of on or our per show than
    that the their them there these they this those to us was we were what when where which who
    whose why will with within without you your""".split()
)
_SHORTEST_PART = 4
_ABBREVIATION = range(3, 6)


def terms(text: str) -> Iterator[str]:
    """The stems of a text or a name, parted at underscores, digits and humps of a camel."""
    for found in _WORD.finditer(_HUMP.sub(" ", text)):
        word = found.group().lower()
        if word not in _NOISE:
            yield stem_word(word)


def name_words(identifier: str) -> tuple[str, ...]:
    """The words in a table's or column's name, snake_case or camelCase, in lower case; never none."""
    found = _WORD.findall(_HUMP.sub(" ", identifier))
    return tuple(word.lower() for word in found) or (identifier.lower(),)


def parts(term: str, known: Set[str]) -> tuple[str, str] | None:
    """The two known terms that `term` is made of, if nobody parted them ("orderitem")."""
    for cut in range(_SHORTEST_PART, len(term) - _SHORTEST_PART + 1):
        first, second = stem_word(term[:cut]), stem_word(term[cut:])
        if first in known and second in known:
            return first, second
    return None


_FEWEST_CONSONANTS = 3
_VOWEL = re.compile("[aeiouäöü]")
_DOUBLED = re.compile(r"(.)\1")
_UMLAUTS = str.maketrans({"ä": "a", "ö": "o", "ü": "u"})
_PLURALS = ("", "s", "es", "n", "en", "er")
"""Endings of plurals, in English and German."""


def may_abbreviate(term: str) -> bool:
    """Whether it is short enough to be an abbreviation."""
    return len(term) in _ABBREVIATION and term.isalpha()


def abbreviates(short: str, word: str) -> bool:
    """Whether a short term may abbreviate a word: its letters in order, starting with the first.

    "cust" is customer, "qty" quantity and "dept" department; "or" is nothing.
    """
    if len(word) < len(short) + 2 or short[0] != word[0]:
        return False
    letters = iter(word)
    return all(letter in letters for letter in short)


def is_bare_of(name: str, word: str) -> bool:
    """Whether a name is a word without its vowels, doubled letters once: `scrn` is a screen.

    The word may have an ending of its plural.
    """
    if name[0] != word[0] or len(name) < _FEWEST_CONSONANTS or _VOWEL.search(name, 1):
        return False
    plain = word.translate(_UMLAUTS)
    ends = (plain.removesuffix(end) for end in _PLURALS if plain.endswith(end))
    return any(len(one) > len(name) and _bare(one) == _bare(name) for one in ends)


def _bare(word: str) -> str:
    return _DOUBLED.sub(r"\1", word[:1] + _VOWEL.sub("", word[1:]))
