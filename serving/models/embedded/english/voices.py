"""Whether a participle says what somebody did, or in which state a thing is."""

from collections.abc import Sequence

from serving.models.embedded.english.deeds import is_participle
from serving.models.embedded.english.words import Word

_ADVERBS = frozenset("ever never also already just only actually once recently".split())
_DOING = frozenset("have has had who we they he she i you did".split())
"""Words before a participle of what somebody did: "have rented", "who rented"."""
_BEING = frozenset("is are was were be been being".split())
_OBJECTS = frozenset("a an the any our their his her some more".split())
"""Words that what it was done to begins with: "rented a bicycle"."""


def is_active(words: Sequence[Word], at: int) -> bool:
    """Whether a word is said of who did something: "have rented a bicycle", and not "rented bicycles"."""
    if not is_participle(words[at].text):
        return False
    after = words[at + 1].lower if at + 1 < len(words) else ""
    return _before(words, at) in _DOING or after in _OBJECTS


def is_passive(words: Sequence[Word], at: int) -> bool:
    """Whether a word is said of what something was done to: "are hired"."""
    return is_participle(words[at].text) and _before(words, at) in _BEING


def _before(words: Sequence[Word], at: int) -> str:
    """The last word before one that is no adverb."""
    before = (word.lower for word in reversed(words[:at]))
    return next((word for word in before if word not in _ADVERBS), "")
