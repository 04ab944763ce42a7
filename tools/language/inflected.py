"""A language's own forms of names: inflected ("den Verträgen") and put together ("Rechnungsbetrag")."""

import re
from collections.abc import Iterable

from tools.language.pack import LanguagePack, small_words

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SHORTEST, _COMPOUND = 3, 7
"""Letters of a name that is looked for, and of a word that may be parted."""
_SHORTEST_STORED, _LONGEST_ENDING = 6, 3
"""Letters of a form of a stored word, and of its ending at most."""


class NameForms:
    """The words that a model's names are made of, as a language forms them."""

    def __init__(self, names: Iterable[str], pack: LanguagePack) -> None:
        """Take the words of names as they are written; small words are no names."""
        small = small_words(pack.code)
        self.pack = pack
        self.known = frozenset(
            lower
            for name in names
            if len(lower := name.lower()) >= _SHORTEST and lower not in small
        )
        self._by_stem: dict[str, str] = {}
        for name in sorted(self.known):
            self._by_stem.setdefault(self._stem(name), name)

    def spelt(self, text: str, kept: frozenset[str] = frozenset()) -> str:
        """The text with each word that is a form of a name as that name is written.

        Words in `kept` are stored, and stay as they are; a plural of one is written as it is stored.
        """
        return _WORD.sub(lambda match: self._word(match[0], kept), text)

    def _word(self, word: str, kept: frozenset[str]) -> str:
        lower = word.lower()
        if lower in self.known or lower in kept or lower in small_words(self.pack.code):
            return word
        if (name := self._by_stem.get(self._stem(lower))) is not None:
            return name
        if (value := self._stored(lower, kept)) is not None:
            return value
        is_thing = word[:1].isupper() and lower not in self.pack.asks
        if is_thing and (name := self._of_group(lower)) is not None:
            return name
        if (thing := self._thing_of(lower)) is not None:
            return f"the {thing}"
        return " ".join(self._parted(lower, kept)) or word

    def _of_group(self, word: str) -> str | None:
        """The one name that means the same as a word: "Autos" are what is called "Fahrzeuge"."""
        groups = self.pack.groups_of(word)
        named = self._by_stem.values() if groups else ()
        alike = {name for name in named if not groups.isdisjoint(self.pack.groups_of(name))}
        return alike.pop() if len(alike) == 1 else None

    def _stored(self, word: str, kept: frozenset[str]) -> str | None:
        """The stored word of which this is a form: "Gutschriften" of a "Gutschrift"."""
        if len(word) < _SHORTEST_STORED:
            return None
        begun = (word[:-cut] for cut in range(1, _LONGEST_ENDING + 1))
        return next(
            (one for one in begun if one in kept and self._stem(one) == self._stem(word)), None
        )

    def _thing_of(self, word: str) -> str | None:
        """What comes of a deed: of "gewartet" a "Wartung"."""
        for form, ending in self.pack.deeds:
            done = form.match(word)
            noun = self._name(f"{done[1]}{ending}") if done and ending else None
            if noun is not None:
                return noun
        return None

    def _parted(self, word: str, kept: frozenset[str]) -> tuple[str, ...]:
        """The two names that a word is put together from, the longer last one first.

        The first may be a stored word: "Papierbehälter" are containers of "Papier".
        """
        if len(word) < _COMPOUND:
            return ()
        for cut in range(_SHORTEST, len(word) - _SHORTEST + 1):
            last = self._name(word[cut:])
            if last is None:
                continue
            for link in self.pack.links:
                begun = word[:cut].removesuffix("-")
                start = begun.removesuffix(link) if begun.endswith(link) else ""
                first = self._name(start) or (start if start in kept else None)
                if first is not None:
                    return first, last
        return ()

    def _name(self, word: str) -> str | None:
        if len(word) < _SHORTEST:
            return None
        return word if word in self.known else self._by_stem.get(self._stem(word))

    def _stem(self, word: str) -> str:
        return self.pack.stem(word)
