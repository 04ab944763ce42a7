"""The sentence that comes nearest to a question in what it means, where none has its words.

People ask in their own words: "trial period" for probation. The sentences that words and the search
put first are compared with the question piece by piece, by the model that made the vectors, and a
logistic regression says how likely the nearest one answers. Fitted by `make likelihood`.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from serving.models.embedded.chat.calibration import by_meaning
from serving.models.embedded.chat.demands import Candidate, demands_of, meets
from serving.models.embedded.chat.heard import Quotable
from serving.models.embedded.chat.overlap import (
    named_words,
    needed_words,
    share_of,
    word_weights,
)
from serving.models.embedded.chat.quotations import VERSION, Quotation
from serving.models.embedded.chat.sentences import TextUnit, stems_of, units_of
from serving.models.embedded.choose.confidence import Confidence
from serving.models.embedded.english.languages import other_language
from tools.text_match import TextMatch, TextMatcher

WEIGHTS = "meaning.json"
_READ = 10
"""Sentences that are compared. Of public questions 96 in 100 that a sentence found answers have it
among these."""
_SIMILAR = 2.0
"""What the passage's cosine counts beside the share of words where these are picked."""
_NUMBER = re.compile(r"^[\d.]+\s+")
_KINDS = {
    "when": (
        r"\bwhen\b|\bwhat (?:time|day|date|year)|\bhow (?:long|soon|often)",
        r"\b(?:\d{4}|\d+:\d\d|(?:second|minute|hour|day|week|month|year)s?|(?:dai|week|month|year)ly|quarter|century"
        r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|yesterday|today|birthday|holiday|january|february|march|april|june|july|august"
        r"|september|october|november|december)\b",
    ),
    "who": (r"\bwho\b|\bwhom\b", r"(?<!^)(?<![.:;] )\b[A-Z][a-z]+"),
    "many": (
        r"\bhow (?:many|much|big|heavy|large|far|high|old|loud|fast)\b|\bcost|\bwhat size",
        r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|once|twice|half|hundred|thousand|none|free)\b",
    ),
}
"""What is asked for, and what a sentence then has."""


@dataclass(frozen=True, slots=True)
class NearestSentence:
    """A sentence, and what is known of how it answers."""

    quotation: Quotation
    features: Mapping[str, float]

    @property
    def likelihood(self) -> float:
        """The probability that it answers, in two decimals."""
        return by_meaning(self.raw_likelihood)

    @property
    def raw_likelihood(self) -> float:
        """The same as it was fitted on public questions."""
        return _fitted().of(self.features)


@dataclass(frozen=True, slots=True)
class _Found:
    unit: TextUnit
    text: str
    match: TextMatch


def nearest_sentence(
    question: str,
    passages: Sequence[Quotable],
    matcher: TextMatcher,
    *,
    rows: frozenset[str] = frozenset(),
) -> NearestSentence | None:
    """The sentence of these passages that means most nearly what is asked, of those that can answer.

    None where the passages have no cosines, or the question is in another language than the model's.
    """
    units = [
        unit
        for rank, passage in enumerate(passages)
        if passage.similarity is not None
        for unit in units_of(passage, rank)
    ]
    _, asked = needed_words(question)
    if not units or not question.strip() or other_language(question):
        return None
    weights = word_weights(asked, units)
    around = {passage.number: passage for passage in passages}
    able = list(_able(question, units, around, rows))
    able.sort(key=lambda one: -(_SIMILAR * (one[0].similarity or 0) + share_of(weights, one[0])))
    able = able[:_READ]
    matches = matcher.match(
        question,
        [f"{_heading(unit, around[unit.number])}: {unit.text}" for unit, _ in able],
    )
    found = [_Found(unit, text, match) for (unit, text), match in zip(able, matches, strict=True)]
    if not found:
        return None
    best = max(found, key=lambda one: one.match.mean)
    others = [one.match for one in found if one is not best]
    known = _features(question, best, others, weights, around[best.unit.number])
    told = Quotation(best.unit.number, best.text, best.match.mean)
    return NearestSentence(told, known)


def _able(
    question: str,
    units: Sequence[TextUnit],
    around: Mapping[int, Quotable],
    rows: frozenset[str],
) -> Iterator[tuple[TextUnit, str]]:
    """The sentences that can answer, each alone or with a neighbour."""
    demands, versions = demands_of(question, rows), VERSION.findall(question)
    for unit in units:
        if any(version not in unit.text for version in versions):
            continue
        for text in (unit.whole, *unit.joined):
            if meets(demands, Candidate(text, around[unit.number].around, unit.is_row)):
                yield unit, text
                break


def _heading(unit: TextUnit, passage: Quotable) -> str:
    """The words of the heading that a sentence stands under, or of its document's title."""
    return _NUMBER.sub("", unit.headed or passage.section.rpartition(" > ")[2] or passage.title)


def _features(
    question: str,
    best: _Found,
    others: Sequence[TextMatch],
    weights: Mapping[str, float],
    passage: Quotable,
) -> Mapping[str, float]:
    unit, match, names = best.unit, best.match, named_words(question)
    told = _mean(match.told)
    lacks = weights.keys() - unit.stems
    known = {
        "told": told,
        "least_told": min(match.told, default=0.0),
        "common": match.common,
        "back": match.back,
        "ahead": told - max((_mean(one.told) for one in others), default=0.0),
        "length": math.log(1 + match.pieces),
        "asked": float(len(match.told)),
        "similarity": unit.similarity or 0.0,
        "rank": float(unit.rank),
        "share": share_of(weights, unit),
        "rarest_missing": max((weights[stem] for stem in lacks), default=0.0),
        "names_missing": float(len(names - unit.stems)),
        "names_missing_beside": float(len(names - unit.around - stems_of(passage.text))),
    }
    for kind, (asks, has) in _KINDS.items():
        is_asked = bool(re.search(asks, question, re.I))
        case = re.NOFLAG if kind == "who" else re.I
        known[f"asks_{kind}"] = float(is_asked)
        known[f"has_{kind}"] = float(is_asked and bool(re.search(has, unit.text, case)))
    return known


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


@lru_cache(maxsize=1)
def _fitted() -> Confidence:
    """The weights that the package brings."""
    text = files("serving.models.embedded.chat").joinpath(WEIGHTS).read_text(encoding="utf-8")
    return Confidence(**json.loads(text))
