"""A question to a database in which a rule of the documents stands for words that the database lacks.

"How many orders have a discount that must be justified?" is put as "How many orders have a discount
of more than 15 percent?", where a document says: "A discount of more than 15 percent must be
justified." Only the words are looked at: whether the new question can be read is for a reader to say.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from serving.models.embedded.english.words import NUMBERS, STOP, is_filler, split

_LEAST = 2
"""Words with a meaning that question and rule must share beside the thing that they speak of."""
_MOST_WORDS = 12
"""Words of a qualification: "of more than 20 and up to 30 percent"."""
_TOKEN = re.compile(r"\w+(?:[.,'\u2019-]\w+)*")
_OPENS = frozenset(
    "of in with for from above over below under between without higher lower more less fewer".split()
)
"""Words that a qualification behind its noun begins with."""
_VERBS = frozenset(
    "is are was were be been has have had do does did must may might can could should shall will would "
    "need needs get gets come comes receive receives".split()
)
"""Words that end a qualification; "get" and "come" say nothing of their own."""
_JOINS = frozenset("a an the of in with for from by to at on and or that which who whose".split())
_GOES_ON = frozenset("in on since until before after during and but per by".split())
"""Words that the rest of a question begins with, once a rule stands for its middle.

Not "of" and "with": in "a guarantee of 24 months" they belong to what the rule has to say.
"""
_COUNTS = re.compile(
    r"\b(?:how (?:many|much)|number of|share of|percentage of|total|average|sum)\b", re.I
)
_DENIES = frozenset(
    "no not never none nobody without neither nor cannot only except unless".split()
)
_EXTENT = frozenset("alone itself only always".split())
_LIGHT = STOP | _VERBS | _JOINS | _EXTENT
_SENTENCES_KEPT = 512
_WORDS_KEPT = 8_192
"""Words of documents whose stems are remembered: every question has its passages read word by word."""


@dataclass(frozen=True, slots=True)
class Carried:
    """The question as a database may be asked it, and the sentences that its words come from."""

    question: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    """A word with its place in the text; `means` says whether it tells anything alone."""

    text: str
    stem: str
    start: int
    end: int
    means: bool

    @property
    def lower(self) -> str:
        return self.text.lower()


@dataclass(frozen=True, slots=True)
class _Clause:
    """What a question says of one of its nouns: the words from behind it up to `end`."""

    noun: int
    end: int
    words: tuple[_Token, ...]

    @property
    def told(self) -> frozenset[str]:
        """The stems that a rule has to have."""
        return frozenset(word.stem for word in self.words if word.means)


def carried(question: str, sentences: Sequence[str]) -> Iterator[Carried]:
    """The ways to put a question with the words of a rule, the one that says most first.

    A question that only names a thing ("Which discount must be justified?") is for the documents
    alone: what a rule says has to qualify something else, or be counted.
    """
    asked = _tokens(question)
    things = [at for at, word in enumerate(asked) if word.means][not _COUNTS.search(question) :]
    clauses = _clauses(asked, things)
    ruled = [(one, _tokens(one)) for one in dict.fromkeys(sentences)] if clauses else []
    done: set[int] = set()
    for clause in clauses:
        if clause.noun in done:
            continue
        behind, before = list[tuple[str, str]](), list[tuple[str, str]]()
        for sentence, words in ruled:
            for place in _speaks_of(clause, asked, words):
                if found := _behind(sentence, words, place, clause):
                    behind.append((found, sentence))
                elif found := _before(words, place, clause, asked):
                    before.append((found, sentence))
        if behind or before:
            done.add(clause.noun)
        yield from _put(question, asked, clause, behind, is_behind=True)
        yield from _put(question, asked, clause, before, is_behind=False)


def _put(
    question: str,
    asked: Sequence[_Token],
    clause: _Clause,
    found: Sequence[tuple[str, str]],
    *,
    is_behind: bool,
) -> Iterator[Carried]:
    if not found:
        return
    said = " or ".join(dict.fromkeys(words for words, _ in found))
    noun, rest = asked[clause.noun], question[asked[clause.end - 1].end :]
    thing = f"{noun.text} {said}" if is_behind else f"{said} {noun.text}"
    rules = tuple(dict.fromkeys(sentence for _, sentence in found))
    yield Carried(f"{question[: noun.start]}{thing}{rest}", rules)


def _clauses(asked: Sequence[_Token], nouns: Sequence[int]) -> list[_Clause]:
    """What is said of each noun, the longest first."""
    found = [
        _Clause(noun, end, tuple(asked[noun + 1 : end]))
        for noun in nouns
        for end in range(noun + 1 + _LEAST, len(asked) + 1)
        if end == len(asked) or _goes_on(asked[end:])
    ]
    return sorted(
        (clause for clause in found if len(clause.told) >= _LEAST),
        key=lambda clause: -len(clause.told),
    )


def _goes_on(rest: Sequence[_Token]) -> bool:
    """Whether a question's last words say something of their own: "in 2025", and not "in writing"."""
    return rest[0].lower in _GOES_ON and any(not is_filler(w) for t in rest for w in split(t.text))


def _speaks_of(clause: _Clause, asked: Sequence[_Token], words: Sequence[_Token]) -> Iterator[int]:
    """The places of the noun in a sentence that says all the clause does, and denies no more."""
    if not clause.told <= {word.stem for word in words}:
        return
    if _denies(clause.words) != _denies(words):
        return
    yield from (at for at, word in enumerate(words) if word.stem == asked[clause.noun].stem)


def _behind(sentence: str, words: Sequence[_Token], place: int, clause: _Clause) -> str:
    """The qualification behind the noun: "of more than 15 percent"; empty if there is none."""
    first = place + 1
    if first >= len(words) or words[first].lower not in _OPENS:
        return ""
    ends = {word.stem for word in clause.words if word.lower not in _JOINS}
    last = first + 1
    while last < len(words) and not (words[last].lower in _VERBS or words[last].stem in ends):
        last += 1
    said = words[first:last]
    rest = {word.stem for word in (*words[:place], *words[last:])}
    if last - first > _MOST_WORDS or not clause.told <= rest or not any(w.means for w in said):
        return ""
    text = sentence[said[0].start : said[-1].end]
    return "" if re.search(r"[,;:(]\s", text) else text


def _before(words: Sequence[_Token], place: int, clause: _Clause, asked: Sequence[_Token]) -> str:
    """The words before the noun that the question lacks: "normal or low" of "normal and low tickets"."""
    places = [place - 1]
    while places[-1] >= 2 and words[places[-1] - 1].lower in ("and", "or"):
        places.append(places[-1] - 2)
    said = [words[at] for at in reversed(places)] if place else []
    known = {one.stem for one in asked}
    if not said or any(w.lower in STOP | _JOINS or w.stem in known for w in said):
        return ""
    rest = {one.stem for at, one in enumerate(words) if at not in (place, *places)}
    return " or ".join(word.text for word in said) if clause.told <= rest else ""


def _denies(words: Sequence[_Token]) -> bool:
    return any(word.lower in _DENIES for word in words)


@lru_cache(_SENTENCES_KEPT)
def _tokens(text: str) -> Sequence[_Token]:
    return [_token(found) for found in _TOKEN.finditer(text)]


def _token(found: re.Match[str]) -> _Token:
    stem, means = _meaning(found[0])
    return _Token(found[0], stem, found.start(), found.end(), means)


@lru_cache(_WORDS_KEPT)
def _meaning(text: str) -> tuple[str, bool]:
    """The stem of a word, and whether it tells anything alone."""
    (word, *_) = split(text) or (None,)
    lower = text.lower()
    is_told = text[0].isdigit() or lower in NUMBERS
    return lower if word is None else word.stem, is_told or lower not in _LIGHT
