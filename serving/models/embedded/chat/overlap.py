"""The words that a question and a sentence share, and how much each of them tells."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from serving.models.embedded.chat.sentences import ENGLISH_WORDS, TextUnit
from serving.models.embedded.chat.wording import QuestionWords
from tools.documents.terms import query_terms

ASKING = frozenset(
    "long soon fast quick often far much mani must per happen tell explain give still".split()
)
"""Stems of words that say how a question is asked, not what about."""

MEASURES = frozenset("minut hour day week month year percent two three four five six ten".split())
"""Stems of quantities, which like digits are not missed where a sentence states others."""
_HOW_ASKED = re.compile(r"\b[Hh]ow (\w+)|\b(may)\b")
"""What is measured, and a verb that is no month: "how late may I …"."""
AROUND = 0.45
"""What a word counts that stands in the title or heading only."""
HEADED = 0.7
"""The same in a language of which the vectors tell less, in the heading right above: a sentence below
"Warranty" need not say the word again."""
NAME = re.compile(r"(?<!^)(?<![.?!\"] )\b[A-Z][\w-]+")
NAMED = 1.5
"""What a name counts there: whose founder is asked for matters more than the founding."""


def needed_words(
    question: str, wording: QuestionWords = ENGLISH_WORDS
) -> tuple[frozenset[str], frozenset[str]]:
    """The words of a question, and those of them that a sentence about it has to have."""
    how_asked = " ".join(each[1] or each[2] for each in _HOW_ASKED.finditer(question))
    words = wording.terms(question) - ASKING - wording.terms(how_asked)
    return words, frozenset(s for s in words if s.isalpha() and len(s) > 1) - MEASURES


def counted_words(asked: frozenset[str], question: str) -> dict[str, float]:
    """What each asked word counts where it is decided whether a sentence is about them."""
    names = named_words(question)
    return {stem: NAMED if stem in names else 1.0 for stem in asked}


def named_words(question: str) -> frozenset[str]:
    """The words of a question's names; in German every noun is written like one."""
    if not QuestionWords.of(question).is_english:
        return frozenset()
    return frozenset(s for name in NAME.findall(question) for s in query_terms(name).split())


def word_weights(stems: frozenset[str], units: Sequence[TextUnit]) -> dict[str, float]:
    """How telling a word is among the sentences found; a word in none of them tells most."""
    counted = Counter(stem for unit in units for stem in stems & (unit.stems | unit.around))
    return {stem: math.log(1 + len(units) / (1 + counted[stem])) for stem in stems}


def share_of(weights: Mapping[str, float], unit: TextUnit) -> float:
    """The share of the words' weight that a sentence has, with its headings; from 0 to 1."""
    if not weights:
        return 0.0
    stems, around, nearness, present = unit.stems, unit.around, unit.wording.nearness, 0.0
    heading = frozenset[str]() if unit.wording.is_english else unit.heading
    for stem, weight in weights.items():  # every sentence of a search, several times a turn
        if stem in stems:
            present += weight
        elif near := nearness(stem, stems):
            beside = HEADED * (1 - near) if stem in heading else 0.0
            present += weight * max(near + beside, AROUND * (stem in around))
        elif stem in heading:
            present += weight * HEADED
        elif stem in around:
            present += weight * AROUND
    return present / sum(weights.values())
