"""A question cut into the spans that together explain most of its words."""

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import replace
from datetime import date

from serving.models.embedded.english.periods import Period
from serving.models.embedded.english.triggers import Trigger
from serving.models.embedded.english.words import (
    STOP,
    VAGUE,
    Word,
    is_filler,
    split,
)
from serving.models.embedded.scan.mentions import Meaning, Mention, Scan
from serving.models.embedded.scan.negation import split_denials
from serving.models.embedded.scan.resolve import table_of
from serving.models.embedded.scan.spans import Spans, is_unit
from serving.models.embedded.scan.spelling import repaired
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.numbered import not_meant
from serving.models.embedded.schema.targets import ColumnRef, Shortage
from serving.models.embedded.schema.values import Stored, Values

_APPOSITION = re.compile(r"\b([A-Z]\w+(?: [A-Z]\w+){0,3}) \(([\w .-]+)\)")
_READ = 200
"""Words of a question that are read."""
_COMPARATIVES = frozenset("greater larger higher bigger smaller lower fewer more less".split())
_GROUPING = frozenset({"per", "each", "every"})
_PHRASAL = frozenset("take takes took taken taking give gives gave given giving".split())
_PARTICLES = frozenset("out off away back over up down".split())
_UNKNOWN = -0.6
_NAME = 1.0
"""The quality of a whole name."""
_GUESSED = 0.6
"""The quality of a name that a word is only guessed to be short for."""


def scan(question: str, lexicon: Lexicon, values: Values, today: date) -> Scan:
    """Cut a question into the spans that together explain most of its words."""
    words = split_denials(split(_said_once(question, values))[:_READ], lexicon, values)
    words = repaired(words, lexicon, values)
    words = _totalled(_apart(words), lexicon)
    spans = Spans(words, lexicon, values, today)
    others = not_meant(lexicon.schema, words)
    # The best way to explain the words from each place on, found from the end.
    best: list[tuple[float, Mention | None]] = [(0.0, None)] * (len(words) + 1)
    for at in range(len(words) - 1, -1, -1):
        loss = 0.0 if is_filler(words[at]) or is_unit(words, at) else _UNKNOWN
        best[at] = (best[at + 1][0] + loss, None)
        for mention in _of_meant(spans.at(at), others):
            gain = _gain(mention, words) + best[mention.end][0]
            if gain > best[at][0]:
                best[at] = (gain, mention)
    return _without_gerunds(_with_names(_followed(words, best), lexicon))


def _of_meant(found: Iterable[Mention], others: Set[str]) -> Iterator[Mention]:
    """The mentions without what is in these tables: the orders of another year."""
    for mention in found:
        options = tuple(one for one in mention.options if table_of(one.meaning) not in others)
        if options:
            yield replace(mention, options=options)


def _without_gerunds(found: Scan) -> Scan:
    """The scan with a deed before a noun without a place: "restocking fee" asks for no short stock."""
    gerunds = [one for one in found.mentions if _is_gerund(one, found.words)]
    lost = (word for one in gerunds for word in found.words[one.start : one.end])
    kept = tuple(one for one in found.mentions if one not in gerunds)
    return replace(found, mentions=kept, unplaced=(*found.unplaced, *lost))


def _is_gerund(mention: Mention, words: tuple[Word, ...]) -> bool:
    is_shortage = isinstance(mention.options[0].meaning, Shortage)
    behind = words[mention.end : mention.end + 1]
    is_before_noun = any(word.lower not in STOP and not is_filler(word) for word in behind)
    return is_shortage and words[mention.end - 1].lower.endswith("ing") and is_before_noun


def _with_names(found: Scan, lexicon: Lexicon) -> Scan:
    """The scan, words of a further name beside what else is said of it placed: "statutory inspection due"."""
    left = tuple(word for word in found.unplaced if not _is_of_name(word, found, lexicon))
    kept = tuple(one for one in found.mentions if not _is_guess_of_name(one, found, lexicon))
    return replace(found, unplaced=left, mentions=kept)


def _is_guess_of_name(mention: Mention, found: Scan, lexicon: Lexicon) -> bool:
    """Whether a word is only guessed to be short for something, and is rather a part of such a name."""
    is_guess = mention.end - mention.start == 1 and mention.options[0].quality <= _GUESSED
    is_column = isinstance(mention.options[0].meaning, ColumnRef)
    return is_guess and is_column and _is_of_name(found.words[mention.start], found, lexicon)


def _is_of_name(word: Word, found: Scan, lexicon: Lexicon) -> bool:
    at = next((n for n, one in enumerate(found.words) if one is word), 0)
    beside = (one for one in found.mentions if at in (one.start - 1, one.end))
    senses = (one.options[0].meaning for one in beside)
    columns = [lexicon.column(one) for one in senses if isinstance(one, ColumnRef)]
    names = (name for column in columns for name in column.meaning.synonyms if " " in name)
    return any(word.stem in {one.stem for one in split(name)} for name in names)


def _apart(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words with a comparison that encloses its column behind it: "a larger area than 5"."""
    found = list(words)
    for at, word in enumerate(words):
        ends = [n for n in range(at + 2, min(at + 5, len(words))) if words[n].lower == "than"]
        if word.lower in _COMPARATIVES and ends:
            found[at : ends[0]] = [*words[at + 1 : ends[0]], word]
            break
    return tuple(found)


def _said_once(question: str, values: Values) -> str:
    """The question with what is said in two ways said in the one that is stored: "Texas (TX)"."""
    for match in _APPOSITION.finditer(question):
        outer, inner = (values.named(split(match[n])) for n in (1, 2))
        if bool(outer) != bool(inner):
            question = question.replace(match[0], match[1] if outer else match[2])
    return question


def _totalled(words: tuple[Word, ...], lexicon: Lexicon) -> tuple[Word, ...]:
    """The words with "memory in total" as the name of a column, "total memory"."""
    for at in range(1, len(words) - 1):
        is_total = (words[at].lower, words[at + 1].lower) == ("in", "total")
        if is_total and (words[at + 1].stem, words[at - 1].stem) in lexicon.phrases:
            return (*words[: at - 1], words[at + 1], words[at - 1], *words[at + 2 :])
    return words


def _followed(words: tuple[Word, ...], best: list[tuple[float, Mention | None]]) -> Scan:
    mentions: list[Mention] = []
    unplaced: list[Word] = []
    tied: list[Word] = []
    at = before = 0
    while at < len(words):
        mention = best[at][1]
        if mention is None:
            is_stop = words[at].lower in STOP and not _is_kind(words, at)
            if not (is_stop or is_unit(words, at)):
                is_own = _is_grouped(words, at) or _is_phrasal(words, at) or _is_kind(words, at)
                is_tied = is_filler(words[at]) and not is_own
                (tied if is_tied else unplaced).append(words[at])
            at += 1
            continue
        lead = tuple(word.lower for word in words[before : mention.start])
        mentions.append(Mention(mention.text, mention.start, mention.end, mention.options, lead))
        at = before = mention.end
    return Scan(words, tuple(mentions), tuple(unplaced), tuple(tied))


def _is_phrasal(words: tuple[Word, ...], at: int) -> bool:
    """Whether a small verb has a sense of its own by the word behind it: "take out", "gave back"."""
    behind = words[at + 1].lower if at + 1 < len(words) else ""
    return words[at].lower in _PHRASAL and behind in _PARTICLES


def _is_kind(words: tuple[Word, ...], at: int) -> bool:
    """Whether "each kind" of something is asked for, which no column may be called."""
    return at > 0 and words[at].lower == "kind" and words[at - 1].lower in _GROUPING


def _is_grouped(words: tuple[Word, ...], at: int) -> bool:
    """Whether a word that mostly ties others is what rows are put together by: "per land"."""
    is_vague = words[at].lower in VAGUE | STOP  # "each person" may be whoever is spoken of
    return at > 0 and words[at - 1].lower in _GROUPING and not is_vague


def _is_said_whole(meaning: Meaning) -> bool:
    """Whether it is a stored value, each word of which is said: "no-show" denies nothing."""
    return isinstance(meaning, Stored) and meaning.whole


def _gain(mention: Mention, words: tuple[Word, ...]) -> float:
    best = mention.options[0]
    span = words[mention.start : mention.end]
    content = sum(word.lower not in STOP for word in span)
    is_name = len(span) > 1 and best.quality >= _NAME  # "return branch": none of it is small talk
    if is_name or isinstance(best.meaning, Trigger | Period) or _is_said_whole(best.meaning):
        content = len(span)
    return best.quality * max(content, 0.5) + 0.05 * (len(span) - 1)
