"""What a question asks of a thing: its attribute, or the price of it. A text must speak of that."""

import re
from collections.abc import Callable, Set
from typing import Protocol

from serving.models.embedded.chat.alike import AKIN
from serving.models.embedded.chat.sentences import stems_of
from tools.documents.terms import query_terms

OF_ONE = re.compile(
    r"\b(?:[Ww]hat|[Hh]ow (?:big|high|large))(?: is| was| are| were|['\u2019]s) (?:the )?(?:"
    r"(?P<attribute>[^\W\d_][^\W\d_A-Z]*(?:[ -][a-z]+)*?) of (?:[A-Z][\w-]+ ?){1,4}"
    r"|(?:[A-Z][\w-]+ ?){1,4}(?:'s|\u2019s|s') (?P<own>[a-z][a-z -]+))[?.! ]*$"
)
PRICED = re.compile(
    r"\b(?:what|how much) (?:does|do|will|would) (?!it\b|that\b|this\b|they\b|we\b|i\b|you\b)(?:the |an? |our )?"
    r"(?P<thing>[a-z][a-z-]*(?: (?!for\b|to\b|of\b|in\b|with\b|per\b|from\b|at\b|on\b)[a-z][a-z-]*){0,3})"
    r"(?: (?:for|to|of|in|with|per|from|at|on) .*)? cost\b",
    re.I,
)


class TextPredicate(Protocol):
    """Whether a text, English or not, is about something."""

    def __call__(self, text: str, *, is_english: bool) -> bool: ...


def has_attribute(asked: re.Match[str]) -> TextPredicate:
    """Whether a text speaks of what is asked of a thing with a name."""
    stems = query_terms(asked["attribute"] or asked["own"]).split()

    def has(text: str, *, is_english: bool) -> bool:
        said = stems_of(text)
        if not is_english:  # "Monatsgehalt", "Gehalts"
            return any(stem in word for stem in stems for word in said) or not stems
        return any(_is_said(stem, said) for stem in stems) or not stems

    return has


def speaks_of_priced(asked: re.Match[str]) -> Callable[[str], bool]:
    """Whether a text speaks of the thing whose price is asked: of the boat, for a sampling boat."""
    stems = query_terms(asked["thing"].split()[-1]).split()
    return lambda text: all(_is_said(stem, stems_of(text)) for stem in stems)


def _is_said(stem: str, said: Set[str]) -> bool:
    return bool((frozenset({stem}) | AKIN.get(stem, frozenset())) & said)
