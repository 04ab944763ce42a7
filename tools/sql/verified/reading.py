"""A question as items: what it asks for, without the words that carry nothing."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from tools.language.numerals import number_of
from tools.language.pack import LanguagePack, small_words
from tools.language.periods import CalendarPeriod, periods_in
from tools.sql.verified.names import Names

_MANY = {"HIGH": "MOST", "LOW": "LEAST"}
_PARTED = 3
"""Words of a comparison that has one in its middle."""
Kind = Literal["word", "number", "period", "value"]
_TOKEN = re.compile(r"[^\W\d_]+|\d[\d.,]*\d|\d|(?<!\S)-(?=\d)|[<>=%€$£#&+*~^|@!]+", re.UNICODE)
_CONTRACTED = re.compile(r"n['\u2019]t\b", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['\u2019]s\b", re.IGNORECASE)
_BINDS = frozenset(
    "COUNT AVG MOST LEAST HIGH LOW NOT WITHOUT PER GT GE LT LE BEFORE AFTER SINCE UNTIL".split()
)
"""Classes that say something of what stands behind them, and of nothing else."""
LOOSE = frozenset({"FROM", "BY", "WITH"})
"""Classes that say something of a thing or a period, and nothing of a stored value."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the text as it is written: a word, a number or a period."""

    kind: Kind
    text: str
    begin: int
    end: int
    number: float | None = None
    period: CalendarPeriod | None = None


@dataclass(frozen=True, slots=True)
class SaidItem:
    """Something that a question says.

    `key` is its word's stem or its class, `names` are the things of the schema that it names,
    `groups` the words that mean the same. `bound` are the classes before it that speak of it.
    """

    kind: Kind
    key: str
    names: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    bound: tuple[str, ...] = ()
    number: float | None = None
    period: CalendarPeriod | None = None
    text: str = ""
    slot: int | None = None


def tokens_of(text: str, pack: LanguagePack) -> list[Piece]:
    """The pieces of a text, in order; punctuation is left out."""
    plain = _POSSESSIVE.sub(lambda match: " " * len(match.group()), text)
    plain = _CONTRACTED.sub(lambda match: " n" + " " * (len(match.group()) - 2), plain)
    spans = periods_in(plain, pack)
    found = [Piece("period", text[s.begin : s.end], s.begin, s.end, period=s.period) for s in spans]
    for match in _TOKEN.finditer(plain):
        if all(match.end() <= s.begin or match.start() >= s.end for s in spans):
            found.append(_token(match, pack))
    return sorted(found, key=lambda token: token.begin)


def _token(match: re.Match[str], pack: LanguagePack) -> Piece:
    text, begin, end = match.group(), match.start(), match.end()
    number = number_of(text, pack) if text[0].isdigit() else pack.numbers.get(text.lower())
    kind: Kind = "word" if number is None else "number"
    return Piece(kind, text, begin, end, number)


def without_opening(text: str, pack: LanguagePack) -> str:
    """The text without the polite words before its question, which are blanked out."""
    lowered = text.lower().replace("\u2019", "'")
    for opening in pack.openings:
        if re.match(rf"\W*(?:please |bitte )?{re.escape(opening)}\b", lowered):
            at = lowered.index(opening) + len(opening)
            return " " * at + text[at:]
    return text


def asks_whether(tokens: Sequence[Piece], pack: LanguagePack) -> bool:
    """Whether the question begins as one that yes or no answers."""
    return bool(tokens) and tokens[0].text.lower() in pack.polar


def items_of(
    tokens: Sequence[Piece | SaidItem], pack: LanguagePack, names: Names, *, sums: bool
) -> list[SaidItem]:
    """What the pieces say; stored values stand among them as items already.

    With `sums`, what is asked for is a sum anyway, and a word that says so carries nothing.
    """
    said = list(_placed(_classed(list(tokens), pack, names), pack))
    idle = {"MUCH", "SUM"} if sums else {"MUCH"}
    kept = [one for one in said if one.kind != "word" or one.names or one.key not in idle]
    return list(_bound(kept))


def _classed(
    tokens: list[Piece | SaidItem], pack: LanguagePack, names: Names
) -> Iterator[Piece | SaidItem]:
    """Words with their classes and names, phrase by phrase."""
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if isinstance(token, SaidItem) or token.kind != "word":
            yield token
            at += 1
            continue
        words = _words_from(tokens, at)
        if (compared := _parted_class(words, pack)) is not None:
            tokens[at : at + 3] = [tokens[at + 1], SaidItem("word", compared)]
            continue
        length, item = _longest_class(words, pack)
        named, things = names.longest([pack.stem(word) for word in words])
        is_light = words[0] in pack.light
        if named > length or (named and not item and words[0] not in pack.soft):
            key = " ".join(pack.stem(word) for word in words[:named])
            yield SaidItem("word", key, things, _groups(words[:named], pack))
            at += named
        elif item:
            yield SaidItem("word", item)
            at += length
        elif words[0] in pack.soft or is_light:
            at += 1
        else:
            yield token
            at += 1


def _words_from(tokens: Sequence[Piece | SaidItem], at: int) -> list[str]:
    words: list[str] = []
    for token in tokens[at:]:
        if isinstance(token, SaidItem) or token.kind != "word":
            break
        words.append(token.text.lower())
    return words


def _longest_class(words: Sequence[str], pack: LanguagePack) -> tuple[int, str]:
    for length in range(min(4, len(words)), 0, -1):
        if name := pack.classes.get(tuple(words[:length])):
            return length, name
    return 0, ""


def _parted_class(words: Sequence[str], pack: LanguagePack) -> str | None:
    """What two words with a third between them compare: "more expensive than", "mehr Lohn als"."""
    if len(words) < _PARTED or words[1] in small_words(pack.code):
        return None
    around = (pack.stem(words[0]), words[2])
    phrases = (phrase for phrase in pack.classes if len(phrase) == len(around))
    return next((pack.classes[p] for p in phrases if (pack.stem(p[0]), p[1]) == around), None)


def _groups(words: Sequence[str], pack: LanguagePack) -> frozenset[str]:
    return pack.groups_of(words[0]) if len(words) == 1 else frozenset()


def _placed(said: Iterator[Piece | SaidItem], pack: LanguagePack) -> Iterator[SaidItem]:
    """Items of what is left, without the word "year" that stands at a period."""
    held = list(said)
    for at, one in enumerate(held):
        if isinstance(one, SaidItem):
            yield one
        elif one.kind == "period":
            yield SaidItem("period", "", period=one.period, text=one.text)
        elif one.kind == "number":
            yield SaidItem("number", "", number=one.number, text=one.text)
        elif not (one.text.lower() in pack.calendar and _is_told(one, held[:at], held[at + 1 :])):
            word = one.text.lower()
            key = "NOT" if word == "n" else pack.stem(word)
            yield SaidItem("word", key, groups=pack.groups_of(word))


def _is_told(
    one: Piece, before: Sequence[Piece | SaidItem], ahead: Sequence[Piece | SaidItem]
) -> bool:
    """Whether a word such as "year" says no more than the period behind it."""
    period = ahead[0] if ahead and isinstance(ahead[0], Piece) else None
    groups = before[-1] if before and isinstance(before[-1], SaidItem) else None
    if period is None or period.period is None or (groups is not None and groups.key == "PER"):
        return False
    # "The year 2024" and "the month of May", and neither "per day in May" nor "months of 2024".
    return period.begin - one.end <= 1 or period.period.grain != "year"


def _bound(items: Sequence[SaidItem]) -> Iterator[SaidItem]:
    waiting: list[str] = []
    for one, behind in pairwise([*items, None]):
        if one is None:
            continue
        if one.kind == "word" and not one.names and (one.key in _BINDS or one.key in LOOSE):
            waiting.append(one.key)
        else:
            # "How many" counts things, whatever they are told by: "how many paid orders".
            is_told = one.kind == "value" or _is_quality(one, behind)
            ahead = [key for key in waiting if key == "COUNT" and is_told]
            said = [_as_many(key, waiting, one) for key in waiting if key not in ahead]
            yield replace(one, bound=tuple(_meant(said, one)))
            waiting = ahead
    yield from (SaidItem("word", _MANY.get(key, key)) for key in waiting)


def _is_quality(one: SaidItem, behind: SaidItem | None) -> bool:
    """Whether a word without a name of its own stands before a thing."""
    is_word = one.kind == "word" and not one.names and not one.key.isupper()
    return is_word and behind is not None and bool(behind.names)


def _as_many(key: str, waiting: Sequence[str], one: SaidItem) -> str:
    """A superlative of size as one of number: "the highest revenue" is the most of it.

    "The largest customers" are not the most customers, but "the largest number of" them is.
    """
    is_thing = any(name.startswith("t:") for name in one.names) and "COUNT" not in waiting
    return key if is_thing else _MANY.get(key, key)


def _meant(waiting: Sequence[str], one: SaidItem) -> Iterator[str]:
    """What the classes before a thing mean of it: "by region" is "per region", "by Ann" is not."""
    for key in waiting:
        if key == "BY" and one.kind == "word":
            yield "PER"
        elif key not in ("FROM", "WITH", "BY") or (one.kind != "value" and key != "WITH"):
            yield key
        elif key == "FROM" and one.kind == "value":
            yield "from"
