"""Questions for the highest, the fewest, the last or the total: which sentences and rows can answer them.

A row of a table does not say how it compares with the others, and a sentence that compares nothing
hardly answers.
"""

import re
from collections.abc import Callable

from serving.models.embedded.chat.sentences import stems_of
from serving.models.embedded.english.ordinals import SUPERLATIVE
from serving.models.embedded.english.words import SPELLED

EXTREME = re.compile(
    rf"(?<!\bat )\bthe (most|least|fewest|{SUPERLATIVE})\b"
    r"|\b(more|fewer|less|\w{3,}er) (?:[\w-]+ )*?than (?:all|any|every)\b"
    r"|^\W*(?:which|who|whose)\b.*\b(first|last)[?.! ]*$",
    re.I,
)
"""A question for an extreme; "at the earliest" is a bound instead."""
TOTAL = re.compile(
    r"\bthe (?:total|sum|combined|overall) (?!of (?:the )?\d)\w|\b(?:in total|altogether|all together|in sum|combined)\b",
    re.I,
)
"""A question for a total."""
_KINDS = (
    frozenset(
        "most highest largest biggest greatest maximum max majority mostly peak more".split()
    ),
    frozenset("fewest least lowest smallest minimum min fewer less".split()),
    frozenset("newest latest youngest last final".split()),
    frozenset("oldest earliest first".split()),
)
"""Words that can replace each other; the first two groups are opposites, and so are the last two."""
_COMPARED = re.compile(
    rf"\b(most|mostly|fewest|least|top|first|last|best|only|final|max(?:imum)?|min(?:imum)?|record|main(?:ly)?|major(?:ity)?"
    rf"|peak\w*|leading|primary|{SUPERLATIVE}|(?:more|less|fewer|\w{{3,}}er)(?=\b.{{0,60}}\bthan\b))\b",
    re.I,
)
_SUMMED = re.compile(
    r"\b(?:total|sum|all|overall|altogether|together|combined|whole|entire)\w*", re.I
)
_ASKS_AMOUNT = re.compile(r"\W*(?:what (?:is|are|was|were)|how)\b", re.I)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NUMBER = re.compile(
    rf"\d|\b(?:no|none|nothing|all|half|once|twice|{SPELLED}|dozens?|several|unlimited)\b",
    re.I,
)
_BEFORE_ADJECTIVES = frozenset(["most", "least"])
"""Before adjectives: a sentence can give the most important reason without such a word."""


def row_is_extreme(asked: re.Match[str]) -> Callable[[str], bool]:
    """Whether a row itself says that it is the extreme that was asked for."""
    word = next(filter(None, asked.groups())).lower()
    said = re.compile(rf"\b(?:{word}|max(?:imum)?|min(?:imum)?)\b", re.I)
    return lambda text: bool(said.search(text))


def sentence_is_extreme(asked: re.Match[str]) -> Callable[[str], bool]:
    """Whether a sentence compares in the direction that was asked for: the largest is not the smallest."""
    word = next(filter(None, asked.groups())).lower()
    if word in _BEFORE_ADJECTIVES:
        return lambda _: True
    return lambda text: compares(text, word)


def compares(text: str, word: str) -> bool:
    """Whether a text compares by this word, by one with the same meaning, or by one without a direction."""
    kind = next((kind for kind in _KINDS if word in kind), frozenset([word]))
    others = frozenset[str]().union(*(other for other in _KINDS if other is not kind))
    told = (found[0].lower() for found in _COMPARED.finditer(text))
    return any(one in kind or not (one in others or one.endswith("est")) for one in told)


class TotalAsked:
    """A question for a total: which rows and sentences can give it."""

    def __init__(self, question: str) -> None:
        self.words = stems_of(question)
        self.is_amount = bool(_ASKS_AMOUNT.match(question))

    def is_row(self, text: str, around: str) -> bool:
        """Whether a row is a total, and of what is asked: beside rows of hall East it is of all halls."""
        unsaid = self.words - stems_of(text)
        rows = (line.split(" | ") for line in around.splitlines() if " | " in line)
        names = (stems_of(cell) for row in rows for cell in row)
        return bool(_SUMMED.search(text)) and not any(name and name <= unsaid for name in names)

    def is_sentence(self, text: str) -> bool:
        """Whether a sentence has a number, where the total is one: a title has none but a year."""
        return not self.is_amount or bool(_NUMBER.search(_YEAR.sub("", text)))
