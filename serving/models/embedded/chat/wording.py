"""The words of questions and passages as they are compared, in the question's language.

In English a word is its stem. In another language small words, numbers and dates are read as the
English ones that they stand for, so that everything told by English small words holds there too,
and what is left is stemmed as that language does.
"""

import re
import unicodedata
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cache, lru_cache

from serving.models.embedded.chat.alike import AKIN
from serving.models.embedded.english.deeds import CHANGES, FORMS, is_participle, same_deed
from tools.documents.terms import index_terms, query_terms
from tools.language.pack import ENGLISH, language_pack, pack_for
from tools.language.rendering import prose_in_english

_WORD = re.compile(r"[^\W\d_]+")
_ASKING = frozenset(
    "long soon fast quick often far big larg many much mani per tell explain give still must may need make made".split()
)
_TEXTS_KEPT = 4096
_LOANED = re.compile(r"\w{3}[bdfgklmnprt]s$")
_SHORTEST_PART = 4
"""Letters of a word that another may be put together from."""
_LINK = 4
"""Letters at most that join two words into one, with what a stem has lost."""
AKIN_COUNTS = 0.7
"""What a word counts of which only one that says nearly the same is there."""
_PART_COUNTS = 0.35
"""What a word counts that is put together, and of which one part is there."""


_NOUN, _VERB = re.compile(r"(\w{4,})ung"), re.compile(r"(\w{4,}?)e?t")
_SHORTEST_VERB = 5
"""Letters of a verb from Latin, or its noun, as a stem."""
_FROM_SECOND = "second third fourth fifth sixth seventh eighth ninth tenth".split()
ORDINALS = {word: str(number) for number, word in enumerate(_FROM_SECOND, 2)}
"""Ordinals, and the number that a table has in their place: "Delivery: 3". "First" says too much."""


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """One language's words; `code` is that of its pack."""

    code: str = ENGLISH

    @staticmethod
    def of(question: str) -> "QuestionWords":
        """The words of the language that a question is in."""
        return QuestionWords(pack_for(question).code)

    @property
    def is_english(self) -> bool:
        return self.code == ENGLISH

    def read(self, text: str) -> str:
        """A text with the small words, numbers and dates of English."""
        return text if self.is_english else _read(text, self.code)

    def terms(self, text: str) -> frozenset[str]:
        """The stems of a question, of which a very long one has no more than the first."""
        return frozenset(query_terms(text).split()) if self.is_english else self.stems(text)

    def stems(self, text: str) -> frozenset[str]:
        """The stems of a text, without the words that tell nothing."""
        return _stems(text, self.code)

    def stems_as_asked(self, text: str, asked: frozenset[str]) -> frozenset[str]:
        """The stems of a text, with the word of a question in place of one that says nearly the same."""
        own = self.stems(text)
        return own if self.is_english else frozenset(_as_asked(s, asked, self) for s in own)

    def akin(self, stem: str) -> frozenset[str]:
        """The stems that say nearly the same as this one."""
        groups = _akin(self.code)
        if stem in groups or self.is_english:
            return groups.get(stem, frozenset())
        return groups.get(_infinitive(stem, self.code), frozenset())

    def nearness(self, stem: str, stems: Set[str]) -> float:
        """What a stem counts that these are without: something where one of them is akin to it."""
        if ORDINALS.get(stem) in stems or self._is_same(stem, stems):
            return 1.0
        if not self.akin(stem).isdisjoint(stems):
            return AKIN_COUNTS
        if self.is_english:
            return 0.0
        return AKIN_COUNTS if _is_done(stem, stems) else _as_compound(stem, stems)

    def _is_same(self, stem: str, stems: Set[str]) -> bool:
        """Whether one of these is another form of the same verb, or its noun."""
        if self.is_english:
            others = _other_forms().get(stem, frozenset[str]()) | _latin_forms(stem)
            return not others.isdisjoint(stems)
        return _is_noun_of(stem, stems) or not _of_a_woman(stem).isdisjoint(stems)


@lru_cache(_TEXTS_KEPT)
def _read(text: str, code: str) -> str:
    return prose_in_english(text, language_pack(code))


@lru_cache(_TEXTS_KEPT)
def _as_asked(stem: str, asked: frozenset[str], wording: QuestionWords) -> str:
    if stem in asked:
        return stem
    near = (one for one in sorted(asked) if wording.nearness(one, {stem}) >= AKIN_COUNTS)
    return next(near, stem)


@lru_cache(_TEXTS_KEPT)
def _stems(text: str, code: str) -> frozenset[str]:
    if code == ENGLISH:
        return frozenset(index_terms(text).split())
    pack, english = language_pack(code), _english_words(code)
    silent, read = pack.soft | pack.light | pack.noise | _ASKING, list[str]()

    def told(word: re.Match[str]) -> str:
        lower = word[0].lower()
        if lower in english:
            read.append(lower)
        return "" if lower in english or lower in silent else word[0]

    own = index_terms(_WORD.sub(told, _read(text, code)), language=code)
    return frozenset([*map(_singular, own.split()), *index_terms(" ".join(read)).split()]) - _ASKING


def _singular(stem: str) -> str:
    """A stem without the plural of a loan word, which the stemmer keeps: "laptops"."""
    return stem.removesuffix("s") if _LOANED.search(stem) else stem


@cache
def _english_words(code: str) -> frozenset[str]:
    """The English words that words of a language are read as."""
    pack = language_pack(code)
    return frozenset(
        word.lower()
        for _, english in (*pack.reading, *pack.prose)
        for word in _WORD.findall(english)
    )


@cache
def _akin(code: str) -> Mapping[str, frozenset[str]]:
    """The stems that say nearly the same as each."""
    if code == ENGLISH:
        return AKIN
    found = dict[str, frozenset[str]]()
    pack = language_pack(code)
    grouped = dict[str, set[str]]()
    for stem, numbers in pack.groups.items():
        for number in numbers:
            grouped.setdefault(number, set()).add(_folded(stem))
    told = (set[str]().union(*(_forms(word, code) for word in words)) for words in pack.alike)
    for group in (*grouped.values(), *told):
        for stem in group:
            found[stem] = found.get(stem, frozenset()) | group - {stem}
    return found


def _forms(word: str, code: str) -> Set[str]:
    """The stems of a word as it is written, and as it is read."""
    own = index_terms(word, language=code).split()
    return {*map(_singular, own), *_stems(word, code)}


@cache
def _other_forms() -> Mapping[str, frozenset[str]]:
    """The stems of an irregular verb's other forms: "paid" and "payable" of "pay"."""
    grouped = [frozenset(index_terms(" ".join(forms)).split()) for forms in FORMS]
    return {stem: group - {stem} for group in grouped for stem in group}


@cache
def _latin_forms(stem: str) -> frozenset[str]:
    """The stems of the verb to a noun, and of the noun to a verb: "decide" and "decision"."""
    if len(stem) < _SHORTEST_VERB:
        return frozenset()
    pairs = (pair for change in CHANGES for pair in (change, change[::-1]))
    return frozenset(stem.removesuffix(a) + b for a, b in pairs if stem.endswith(a))


def _of_a_woman(stem: str) -> frozenset[str]:
    """A German word for somebody as it is said of women ("Partnerin"), and of men."""
    ends = "in", "inn"
    men = (stem.removesuffix(end) for end in ends if stem.endswith(end))
    return frozenset(
        [*(f"{stem}{end}" for end in ends), *(m for m in men if len(m) >= _SHORTEST_PART)]
    )


@lru_cache(_TEXTS_KEPT)
def _infinitive(stem: str, code: str) -> str:
    """The stem that a German verb has where it names the deed: "genehmigt" and "genehmigen"."""
    return index_terms(f"{stem[:-1]}en", language=code) if stem.endswith("t") else stem


def _folded(stem: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", stem) if not unicodedata.combining(c))


def _is_done(stem: str, stems: Set[str]) -> bool:
    """Whether one of these is a verb and the other its participle ("gewechselt", "wechseln")."""
    is_own = is_participle(stem)
    return any((is_own or is_participle(one)) and same_deed(stem, one) for one in stems)


def _is_noun_of(stem: str, stems: Set[str]) -> bool:
    """Whether one of these is a verb and the other its noun in "-ung" ("leitete", "Leitung").

    The verb has to show that it is one: "Zeitung" is not a noun of "Zeit".
    """
    if noun := _NOUN.fullmatch(stem):
        return not stems.isdisjoint((f"{noun[1]}t", f"{noun[1]}et"))
    verb = _VERB.fullmatch(stem)
    return verb is not None and f"{verb[1]}ung" in stems


def _as_compound(stem: str, stems: Set[str]) -> float:
    """Whether a word is a part of one of these ("Maschine" of "Bohrmaschine"), or made of them."""
    if len(stem) < _SHORTEST_PART:
        return 0.0
    first = last = 0
    for other in stems:
        if len(other) < _SHORTEST_PART:
            continue
        if len(other) > len(stem):
            if other.startswith(stem) or other.endswith(stem):
                return AKIN_COUNTS
        elif stem.startswith(other):
            first = max(first, len(other))
        elif stem.endswith(other):
            last = max(last, len(other))
    if first and last and first + last >= len(stem) - _LINK:
        return 1.0
    return _PART_COUNTS if first or last else 0.0
