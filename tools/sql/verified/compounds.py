"""Words that a language puts together: "Gesamtgewicht" is a total of weights, "Kundenzahl" a count."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tools.language.pack import LanguagePack, small_words
from tools.sql.verified.names import Names
from tools.sql.verified.reading import Piece

_SHORTEST, _COMPOUND = 3, 7
"""Letters of a part, and of a word that may have two."""


def with_parts(tokens: Sequence[Piece], pack: LanguagePack, names: Names) -> list[Piece]:
    """The pieces, each compound of two known words as these; what says how much comes first."""
    return [part for token in tokens for part in _parts(token, pack, names)]


def _parts(token: Piece, pack: LanguagePack, names: Names) -> Iterator[Piece]:
    word = token.text.lower()
    is_whole = len(word) < _COMPOUND or word in small_words(pack.code) or _names(word, pack, names)
    found = None if token.kind != "word" or is_whole else _cut(word, pack, names)
    if found is None:
        yield token
        return
    yield from (replace(token, text=part) for part in found)


def _cut(word: str, pack: LanguagePack, names: Names) -> tuple[str, str] | None:
    if len(pack.links) < 2:
        return None
    for cut in range(_SHORTEST, len(word) - _SHORTEST + 1):
        last = word[cut:]
        for link in pack.links:
            first = word[:cut].removesuffix(link) if word[:cut].endswith(link) else ""
            if len(first) < _SHORTEST or not (_is_known(first, pack, names)):
                continue
            if _names(last, pack, names):
                return first, last
            if (last,) in pack.classes and _names(first, pack, names):
                return last, first
    return None


def _is_known(word: str, pack: LanguagePack, names: Names) -> bool:
    return (word,) in pack.classes or _names(word, pack, names)


def _names(word: str, pack: LanguagePack, names: Names) -> bool:
    return (pack.stem(word),) in names.phrases
