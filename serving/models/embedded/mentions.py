"""A question cut into the longest spans that mean something in a schema."""

import difflib
from dataclasses import dataclass, replace
from datetime import date

from serving.models.embedded import triggers
from serving.models.embedded.lexicon import Lexicon
from serving.models.embedded.periods import Period, read_period
from serving.models.embedded.spelling import repaired
from serving.models.embedded.targets import Candidate, TableRef
from serving.models.embedded.triggers import Kind, Trigger
from serving.models.embedded.values import Stored, Values
from serving.models.embedded.words import NUMBERS, STOP, Word, is_weak, split, stem

_LONGEST = 8
_WHOLE = 0.97
"""The quality of a name that is a column's whole name: "total" may be one."""
_SHORTENED = 5
"""Letters of a name that a longer word may begin with: "indep" is short for independence."""
_INNER = 2
_REPAIRED = 60
"""Words of the longest question whose spelling is looked into: each word costs most of 1 ms."""
_UNITS = frozenset(
    """usd eur dollar dollars euro euros gb gib tb mb gbps gbit percent gig gigs month months day days hour
    hours year years minutes pages units unit km kg""".split()
)
_ARTICLES = frozenset(
    {"a", "an", "the", "in", "at", "of", "from", "is", "was", "are", "were", "that"}
)
_BE = frozenset({"is", "are", "was", "were", "be", "been"})
_COMPARATIVES = frozenset("greater larger higher bigger smaller lower fewer more less".split())
_EDGES = frozenset("a an the of in on at to for and or with by is are from".split())


@dataclass(frozen=True, slots=True)
class Mention:
    """Words `start` to `end` and what they may mean; with no meaning at all they are unplaced."""

    text: str
    start: int
    end: int
    trigger: Trigger | None = None
    names: tuple[Candidate, ...] = ()
    values: tuple[Stored, ...] = ()
    period: Period | None = None
    number: float | None = None
    link: str = ""
    is_needless: bool = False
    like: str = ""
    """`link` is the "and" or "or" right before the words; without needless words, nothing is lost;
    `like` is the shape of a pattern around them."""

    @property
    def is_placed(self) -> bool:
        """Whether anything explains these words."""
        known = self.trigger or self.names or self.values or self.period or self.like
        return bool(known) or self.number is not None

    @property
    def table(self) -> str | None:
        """The table that the words name, if that is their best meaning."""
        if self.names and isinstance(self.names[0].target, TableRef):
            return self.names[0].target.table if self.names[0].quality >= 0.75 else None
        return None


def scan(question: str, lexicon: Lexicon, values: Values, today: date) -> tuple[Mention, ...]:
    """The mentions of a question in order, words without a meaning of their own left out."""
    words = _apart(repaired(split(question), lexicon, values))
    found: list[Mention] = []
    at = 0
    while at < len(words):
        compared = bool(found) and at - found[-1].end <= 1 and _expects_number(found[-1])
        period = None if compared else read_period(words[at : at + 8], today)
        if compared and words[at].lower in {"one", "single"}:
            found.append(Mention(words[at].text, at, at + 1, number=1.0))
            at += 1
            continue
        if like := _pattern(words, at, found):
            found.append(like)
            at += 1
            continue
        if _is_of_deed(words, at):
            at += 1
            continue
        mention = _longest(words, at, lexicon, values, period) or _single(words, at, lexicon)
        at = mention.end
        if mention.is_placed or not _is_filler(mention, found):
            start = mention.start
            while start and (words[start - 1].lower in _ARTICLES or is_weak(words[start - 1])):
                start -= 1
            before = words[start - 1].lower if start else ""
            is_not = mention.trigger is not None and mention.trigger.kind is Kind.NOT
            if is_not and mention.start and words[mention.start - 1].lower in _BE:
                before = "is"
            found.append(
                replace(mention, link=before) if before in ("and", "or", "is") else mention
            )
    return tuple(found)


def _pattern(words: tuple[Word, ...], at: int, found: list[Mention]) -> Mention | None:
    """The text that a "containing the word" speaks of: whatever stands there."""
    last = found[-1] if found else None
    if last is None or last.trigger is None or last.trigger.kind is not Kind.LIKE or last.end != at:
        return None
    return Mention(words[at].text, at, at + 1, like=last.trigger.value)


def _expects_number(mention: Mention) -> bool:
    kinds = (Kind.COMPARE, Kind.BETWEEN, Kind.TOP)
    return mention.trigger is not None and mention.trigger.kind in kinds


def _is_filler(mention: Mention, before: list[Mention]) -> bool:
    lower = mention.text.lower()
    is_unit = lower in _UNITS and bool(before) and before[-1].number is not None
    return lower in STOP or is_unit


def _longest(
    words: tuple[Word, ...],
    at: int,
    lexicon: Lexicon,
    values: Values,
    period: tuple[int, Period] | None,
) -> Mention | None:
    taken = period[0] if period else 0
    for length in range(min(_LONGEST, len(words) - at), 0, -1):
        span = words[at : at + length]
        text = " ".join(word.text for word in span)
        if period and taken >= length:
            names = " ".join(word.text for word in words[at : at + taken])
            return Mention(names, at, at + taken, period=period[1])
        mention = _meaning(span, text, at, lexicon, values)
        if mention.is_placed and not (length > 1 and _is_weaker(mention, span, lexicon)):
            return mention
    return None


def _is_weaker(mention: Mention, span: tuple[Word, ...], lexicon: Lexicon) -> bool:
    """Whether a phrase from a comment covers a word that is a name of its own."""
    if mention.trigger or mention.values or mention.names[0].quality >= 0.6:
        return False
    singles = (lexicon.phrases.get((word.stem,), ()) for word in span)
    return any(found and found[0].quality >= 0.9 for found in singles)


def _meaning(
    span: tuple[Word, ...], text: str, at: int, lexicon: Lexicon, values: Values
) -> Mention:
    end = at + len(span)
    asked = triggers.trigger(span)
    stored = values.named(span)
    is_stop = all(word.lower in STOP for word in span)
    if len(span) == 1 and not span[0].text.isdigit() and len(span[0].text) < 2:
        stored = ()
    if is_stop or span[0].lower in _EDGES or span[-1].lower in _EDGES:
        stored = tuple(s for s in stored if s.whole and len(span) > 1)
    names = _names(span, lexicon)
    if asked and asked.kind is Kind.BEYOND and _is_name(span[:1], lexicon):
        asked = None
    # A month may be a table, and "ordered" a deed: "customers who ordered in May".
    if asked and asked.kind in (Kind.BUCKET, Kind.SORT) and names and names[0].quality >= 0.9:
        asked = None
    if asked is not None:
        is_column = asked.kind is Kind.AGGREGATE and bool(names) and names[0].quality >= _WHOLE
        return Mention(text, at, end, trigger=asked, names=names if is_column else ())
    number = _number(span)
    if number is not None:
        stored = tuple(s for s in stored if s.whole)
    if is_stop and not (names and names[0].quality >= 0.9 and len(span) > 1):
        names = ()
    if any(s.whole for s in stored) or not any(c.quality >= 0.5 for c in names):
        return Mention(text, at, end, names=names, values=stored, number=number)
    return Mention(text, at, end, names=names, number=number)


def _names(span: tuple[Word, ...], lexicon: Lexicon) -> tuple[Candidate, ...]:
    """What the words name; "number of products" may be the column Number_products."""
    names = lexicon.phrases.get(tuple(word.stem for word in span))
    if names is not None or len(span) <= _INNER:
        return names or ()
    inner = tuple(word.stem for word in span if word.lower != "of")
    if len(inner) == len(span) or "of" in (span[0].lower, span[-1].lower):
        return ()
    return tuple(c for c in lexicon.phrases.get(inner, ()) if c.quality >= _WHOLE)


def _is_name(words: tuple[Word, ...], lexicon: Lexicon) -> bool:
    names = lexicon.phrases.get(tuple(word.stem for word in words), ())
    return bool(names) and names[0].quality >= _WHOLE


def _number(span: tuple[Word, ...]) -> float | None:
    if len(span) != 1:
        return None
    lower = span[0].lower.replace(",", "")
    if lower in NUMBERS and lower != "one":
        return NUMBERS[lower]
    try:
        return float(lower)
    except ValueError:
        return None


def _single(words: tuple[Word, ...], at: int, lexicon: Lexicon) -> Mention:
    """One word that nothing matched, unless it is a misspelt name of the schema."""
    word = words[at]
    if len(word.stem) >= 5 and word.lower not in STOP and len(words) <= _REPAIRED:
        for near in difflib.get_close_matches(word.lower, lexicon.spellings, n=1, cutoff=0.8):
            names = lexicon.phrases.get((stem(near),))
            if names:
                return Mention(word.text, at, at + 1, names=names)
        for short in lexicon.words:
            if len(short) >= _SHORTENED and word.lower.startswith(short):
                return Mention(word.text, at, at + 1, names=lexicon.phrases[(short,)])
    return Mention(
        word.text, at, at + 1, is_needless=is_weak(word) and not _is_predicate(words, at)
    )


def _is_predicate(words: tuple[Word, ...], at: int) -> bool:
    """Whether a participle ends a statement about the things: "Which of them are covered?"."""
    is_last = all(word.lower in {"yet", "now"} for word in words[at + 1 :])
    is_said = any(word.lower in _BE for word in words[:at])
    is_clause = any(word.lower in {"where", "which", "that"} for word in words[1:at])
    return is_last and is_said and not is_clause and words[at].lower.endswith(("ed", "en"))


def _is_of_deed(words: tuple[Word, ...], at: int) -> bool:
    """Whether a "by" names the doers of a deed, "owned by students", and not what to group by."""
    if words[at].lower != "by" or not at or at + 1 == len(words):
        return False
    after = words[at + 1].lower
    is_deed = is_weak(words[at - 1]) or words[at - 1].lower.endswith("ed")
    return is_deed and (
        after in _ARTICLES | {"any", "most", "all"} or after.endswith("s") or "'" in after
    )


def _apart(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words with a comparison that encloses its column behind it: "a larger area than 5"."""
    found = list(words)
    for at, word in enumerate(words):
        ends = [n for n in range(at + 2, min(at + 5, len(words))) if words[n].lower == "than"]
        if word.lower in _COMPARATIVES and ends:
            found[at : ends[0]] = [*words[at + 1 : ends[0]], word]
            break
    return tuple(found)
