"""Words that a language puts together: "Gesamtgewicht" is a total of weights, "Kundenzahl" a count."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace

from tools.language.pack import LanguagePack, small_words
from tools.sql.verified.names import Names
from tools.sql.verified.reading import Piece

_SHORTEST, _COMPOUND = 3, 7
"""Letters of a part, and of a word that may have two."""
_DENIES = "un"
"""The beginning that denies a word, in English and in German: "unpaid", "unbezahlt"."""


def with_parts(
    tokens: Sequence[Piece], pack: LanguagePack, names: Names, deeds: Set[str] = frozenset()
) -> list[Piece]:
    """The pieces, each compound of two known words as these; what says how much comes first.

    `deeds` are the stems of what verified questions say is done: "Arbeitsstunden" are worked.
    """
    parting = _Parting(pack, names, deeds)
    return [part for token in tokens for part in parting.parts(token)]


def deeds_of(stem: str, pack: LanguagePack) -> Iterator[str]:
    """The stems of the nouns of what a word says was done, with the noun's ending and without."""
    for form, ending in pack.deeds:
        done = form.match(stem)
        if done is not None:
            yield from (pack.stem(f"{done[1]}{ending}"), pack.stem(done[1]))


@dataclass(frozen=True)
class _Parting:
    pack: LanguagePack
    names: Names
    deeds: Set[str]

    def parts(self, token: Piece) -> Iterator[Piece]:
        word = token.text.lower()
        is_small = word in small_words(self.pack.code)
        is_whole = token.kind != "word" or is_small or self._names(word)
        found = None if is_whole else self._denied(word) or self._cut(word)
        if found is None:
            yield token
            return
        yield from (replace(token, text=part) for part in found)

    def _denied(self, word: str) -> tuple[str, str] | None:
        """What a word denies, where it is in a name: "unbezahlt" is no "bezahlt am"."""
        rest = word.removeprefix(_DENIES)
        is_denied = rest != word and self.pack.stem(rest) in self.names.words
        nots = (phrase for phrase, name in self.pack.classes.items() if name == "NOT")
        plain = next((phrase[0] for phrase in nots if len(phrase) == 1), None)
        return (plain, rest) if is_denied and plain is not None else None

    def _cut(self, word: str) -> tuple[str, str] | None:
        if len(self.pack.links) < 2 or len(word) < _COMPOUND:
            return None
        for cut in range(_SHORTEST, len(word) - _SHORTEST + 1):
            last = word[cut:]
            for link in self.pack.links:
                first = word[:cut].removesuffix(link) if word[:cut].endswith(link) else ""
                if len(first) < _SHORTEST or not self._is_known(first):
                    continue
                if self._names(last):
                    return first, last
                if (last,) in self.pack.classes and self._names(first):
                    return last, first
        return None

    def _is_known(self, word: str) -> bool:
        is_deed = self.pack.stem(word) in self.deeds
        return (word,) in self.pack.classes or self._names(word) or is_deed

    def _names(self, word: str) -> bool:
        return (self.pack.stem(word),) in self.names.phrases
