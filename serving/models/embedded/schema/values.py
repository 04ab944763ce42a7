"""The values a database stores, so that a question may name them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile

from serving.models.embedded.english.deeds import is_participle
from serving.models.embedded.english.words import PLACES, Word, name_stems, split, stem
from serving.models.embedded.schema.numerals import Numerals
from serving.models.embedded.schema.targets import ColumnRef, is_text
from tools.sql.schema import Schema

_CODE = 3
"""Letters of a value so short that only its own spelling names it: "US" is not "us"."""
_SPELT = 8
"""Letters of a value's word that a misspelt word may stand for."""
_SHORT = 4
"""Words in a value that any part of may name; a longer one needs a part with a digit in it."""
_ADJECTIVES = ("ian", "ean", "ese", "ish", "an", "n", "i")
_BEGUN = 4
"""The fewest letters that an adjective and its place must share at the beginning."""
_CALLED = {
    "finnish": ("finland",),
    "polish": ("poland",),
    "french": ("france",),
    "dutch": ("netherlands", "the netherlands"),
    "german": ("germany",),
    "british": ("united kingdom", "uk", "great britain"),
    "american": ("united states", "usa", "us", "united states of america"),
    "spanish": ("spain",),
    "swiss": ("switzerland",),
    "greek": ("greece",),
    "danish": ("denmark",),
    "irish": ("ireland",),
    "welsh": ("wales",),
    "united states": ("usa", "us"),
    "usa": ("united states", "us", "united states of america"),
    "female": ("f", "woman"),
    "male": ("m", "man"),
    "women": ("female", "f"),
    "men": ("male", "m"),
}
_KIND = 3
"""Words in a value that ends with the kind of thing it is."""
_CODES, _CODE_LETTERS = 30, 4
"""Most different codes of a column, and most letters of one."""
_LONGEST = 8
"""Words in a value; what is longer is prose that nobody repeats in a question."""
_PROSE, _PIECE = 16, 4
"""Words in a longer value of which pieces with a digit in them are known, and in such a piece."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Values of one column that a phrase names equally well; `whole` unless only part of each matches."""

    column: ColumnRef
    values: tuple[str, ...]
    whole: bool


@dataclass(frozen=True)
class Values:
    """Stored values by their words in lower case, whole and in part."""

    whole: Mapping[tuple[str, ...], tuple[Stored, ...]]
    part: Mapping[tuple[str, ...], tuple[Stored, ...]]
    words: tuple[str, ...] = ()
    spelt: frozenset[str] = frozenset()
    stems: Mapping[str, tuple[Stored, ...]] = field(default_factory=dict[str, tuple[Stored, ...]])
    numerals: Numerals = field(default_factory=dict[ColumnRef, tuple[str, ...]])
    sampled: tuple[ColumnRef, ...] = ()
    """`sampled` are the columns that hold more values than were read."""

    def named(self, words: Sequence[Word]) -> tuple[Stored, ...]:
        """The values that are these words, else are their singular, else contain them."""
        words = tuple(word for word in words if word.text != ",")
        if not words:
            return ()
        phrase = tuple(word.lower for word in words)
        singular = (*phrase[:-1], _singular(phrase[-1]))
        found = self.whole.get(phrase) or self.whole.get(singular) or self.called(phrase)
        if found is None and len(words) == 1 and not phrase[0].endswith("ly"):  # "completely"
            is_long = len(phrase[0]) >= _SPELT
            found = self.stems.get(words[0].stem) if is_long else self._done.get(words[0].stem)
        if found is None and (len(words) > 1 or any(not word.text.islower() for word in words)):
            # One small word of a longer value is too little to go by.
            found = self.part.get(phrase)
        if found is None and len(words) == 1 and words[0].text.isupper():
            return self._initials.get(phrase[0], ())
        text = " ".join(word.text for word in words)
        return tuple(s for s in found or () if len(text) > _CODE or _spells(text, s))

    @cached_property
    def _done(self) -> Mapping[str, tuple[Stored, ...]]:
        """The values that say what was done, by its verb: "cancelled" of who cancels."""
        single = ((told[0], found) for told, found in self.whole.items() if len(told) == 1)
        return {stem(word): found for word, found in single if is_participle(word)}

    @cached_property
    def alone(self) -> frozenset[str]:
        """The values of one word."""
        return frozenset(phrase[0] for phrase in self.whole if len(phrase) == 1)

    def is_kind(self, word: str) -> bool:
        """Whether a short value is of the kind that a stem says: "Oak table" is a table."""
        return word in self._kinds

    @cached_property
    def _initials(self) -> Mapping[str, tuple[Stored, ...]]:
        """The values of several words by their first letters, where these are of one: "UK"."""
        found: dict[str, list[tuple[Stored, ...]]] = {}
        for words, stored in self.whole.items():
            if 1 < len(words) <= _SHORT and all(word.isalpha() for word in words):
                found.setdefault("".join(word[0] for word in words), []).append(stored)
        return {letters: values[0] for letters, values in found.items() if len(values) == 1}

    @cached_property
    def codes(self) -> Mapping[ColumnRef, Sequence[str]]:
        """The values of columns that hold nothing but a few short codes."""
        found: dict[ColumnRef, list[str]] = {}
        for stored in self.whole.values():
            for one in stored:
                found.setdefault(one.column, []).extend(one.values)
        return {column: codes for column, codes in found.items() if are_codes(codes)}

    @cached_property
    def _kinds(self) -> frozenset[str]:
        return frozenset(stem(told[-1]) for told in self.whole if 0 < len(told) <= _KIND)

    def called(self, phrase: tuple[str, ...]) -> tuple[Stored, ...] | None:
        """The place or sex that an adjective is made of: "European", "female"."""
        word = " ".join(phrase)
        known = (self.whole.get(tuple(name.split())) for name in _CALLED.get(word, ()))
        ending = next((end for end in _ADJECTIVES if word.endswith(end)), "")
        if (found := next(filter(None, known), None)) or not ending or word in _CALLED:
            return found
        least = max(_BEGUN, len(word) - len(ending) - 2)
        alike = [place for place in self._places if _begun_alike(word, place) >= least]
        alike.sort(key=lambda place: (len(place) - 2 * _begun_alike(word, place), len(place)))
        return self._places[alike[0]] if alike else None

    @cached_property
    def _places(self) -> Mapping[str, tuple[Stored, ...]]:
        """The values of one word in columns of places."""
        told = ((name[0], found) for name, found in self.whole.items() if len(name) == 1)
        own = ((name, tuple(one for one in found if _is_place(one))) for name, found in told)
        return {name: found for name, found in own if found}


def _begun_alike(one: str, other: str) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _is_place(stored: Stored) -> bool:
    return not PLACES.isdisjoint(name_stems(stored.column.column))


def are_codes(values: Sequence[str]) -> bool:
    """Whether values are short forms in capitals, and few."""
    return 1 < len(values) <= _CODES and all(
        len(value) <= _CODE_LETTERS and value[0].isupper() and value.isalpha() for value in values
    )


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > _CODE + 1:
        return f"{word[:-3]}y"
    return re.sub(r"(?<=ss|ch|sh|.x|.z)es$|s$", "", word)


def _spells(text: str, stored: Stored) -> bool:
    """Whether a short text is written like the value: "AI", not "us"."""
    begun = not stored.whole and text.isupper()
    is_word = text.islower() and text.capitalize() in stored.values
    return (
        text in stored.values
        or is_word
        or (begun and all(v.startswith(f"{text} ") for v in stored.values))
    )


def index(stored: Iterable[tuple[ColumnRef, Iterable[str]]]) -> Values:
    """Index the given values of each column."""
    whole, part = _Gathered(), _Gathered()
    for column, values in stored:
        for value in values:
            words = tuple(word.lower for word in split(value) if word.text != ",")
            if _LONGEST < len(words) <= _PROSE:
                for piece in _pieces(words):
                    part.add(piece, column, value)
            if 0 < len(words) <= _LONGEST:
                whole.add(words, column, value)
                for piece in _pieces(words):
                    part.add(piece, column, value)
    frozen = whole.frozen()
    words = dict.fromkeys(word for phrase in frozen for word in phrase if len(word) >= _SPELT)
    spelt = frozenset(word for phrase in frozen for word in phrase)
    return Values(frozen, part.frozen(whole=False), tuple(words), spelt, _by_stem(frozen))


def _by_stem(whole: Mapping[tuple[str, ...], tuple[Stored, ...]]) -> dict[str, tuple[Stored, ...]]:
    """The values of one long word by its stem: "vaccinated" names "vaccination"."""
    single = {phrase[0]: found for phrase, found in whole.items() if len(phrase) == 1}
    return {stem(word): found for word, found in single.items() if len(word) >= _SPELT}


def samples(schema: Schema) -> Values:
    """What can be known of the values without asking the database."""
    return index(
        (
            ColumnRef(table.name, column.name),
            [word for _, words in column.meaning.codes for word in words] or column.samples,
        )
        for table in schema.tables
        for column in table.columns
        if is_text(column)
    )


def _pieces(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    return {
        words[start:end]
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
        if end - start < len(words)
        and (len(words) <= _LONGEST or end - start <= _PIECE)
        and (len(words) <= _SHORT or any(not word.isalpha() for word in words[start:end]))
    }


class _Gathered:
    def __init__(self) -> None:
        self._found: dict[tuple[str, ...], dict[ColumnRef, list[str]]] = {}

    def add(self, phrase: tuple[str, ...], column: ColumnRef, value: str) -> None:
        self._found.setdefault(phrase, {}).setdefault(column, []).append(value)

    def frozen(self, *, whole: bool = True) -> dict[tuple[str, ...], tuple[Stored, ...]]:
        return {
            phrase: tuple(
                Stored(column, tuple(dict.fromkeys(values)), whole)
                for column, values in columns.items()
            )
            for phrase, columns in self._found.items()
        }
