"""Questions for one of many that outdoes the others, and for what all of them come to.

No row of a table says such a thing of itself, and hardly a sentence that compares nothing.
"""

import re
from collections.abc import Callable

_EST = (
    r"(?!rest\b|(?:north|south)?(?:w|e)est\b|east\b|\w*(?:t|r|gu|qu|requ|inter|for|harv|ch|n|arr|pri|cont|prot)est\b)"
    r"\w{3,}est"
)
OUTDOING = re.compile(
    rf"(?<!\bat )\bthe (most|least|fewest|{_EST})\b|\b(more|fewer|less|\w{{3,}}er) (?:[\w-]+ )*?than (?:all|any|every)\b"
    r"|^\W*(?:which|who|whose)\b.*\b(first|last)[?.! ]*$",
    re.I,
)
TOTAL = re.compile(
    r"\bthe (?:total|sum|combined|overall) (?!of (?:the )?\d)\w|\b(?:in total|altogether|all together|in sum|combined)\b",
    re.I,
)
_KINDS = (
    frozenset(
        "most highest largest biggest greatest maximum max majority mostly peak more".split()
    ),
    frozenset("fewest least lowest smallest minimum min fewer less".split()),
    frozenset("newest latest youngest last final".split()),
    frozenset("oldest earliest first".split()),
)
"""Words of which one may stand for another."""
_COMPARED = re.compile(
    rf"\b(most|mostly|fewest|least|top|first|last|best|only|final|max(?:imum)?|min(?:imum)?|record|main(?:ly)?|major(?:ity)?"
    rf"|peak\w*|leading|primary|{_EST}|(?:more|less|fewer|\w{{3,}}er)(?=\b.{{0,60}}\bthan\b))\b",
    re.I,
)
_SUMMED = re.compile(
    r"\b(?:total|sum|all|overall|altogether|together|combined|whole|entire)\w*", re.I
)
_BEFORE_ADJECTIVES = frozenset(["most", "least"])
"""The most important reason is told without such a word as well."""


def row_outdoes(asked: re.Match[str]) -> Callable[[str], bool]:
    """Whether a row says that what it names outdoes the others."""
    word = next(filter(None, asked.groups())).lower()
    said = re.compile(rf"\b(?:{word}|max(?:imum)?|min(?:imum)?)\b", re.I)
    return lambda text: bool(said.search(text))


def sentence_outdoes(asked: re.Match[str]) -> Callable[[str], bool]:
    """Whether a sentence compares, and not the other way round: the largest is not the smallest."""
    word = next(filter(None, asked.groups())).lower()
    if word in _BEFORE_ADJECTIVES:
        return lambda _: True
    return lambda text: compares(text, word)


def compares(text: str, word: str) -> bool:
    """Whether a text outdoes others by this word, by one of its kind, or by one that goes with any."""
    kind = next((kind for kind in _KINDS if word in kind), frozenset([word]))
    others = frozenset[str]().union(*(other for other in _KINDS if other is not kind))
    told = (found[0].lower() for found in _COMPARED.finditer(text))
    return any(one in kind or not (one in others or one.endswith("est")) for one in told)


def row_sums(_: re.Match[str]) -> Callable[[str], bool]:
    """Whether a row says that it is what all come to."""
    return lambda text: bool(_SUMMED.search(text))
