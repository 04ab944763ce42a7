"""References to what a question does not name: "that region", "from there", "my branch"."""

from serving.models.embedded.english.deeds import is_participle
from serving.models.embedded.english.triggers import Kind
from serving.models.embedded.scan.mentions import Scan
from serving.models.embedded.scan.resolve import Resolved
from serving.models.embedded.schema.targets import ColumnRef, TableRef
from serving.models.embedded.schema.values import Stored

RANKING = frozenset({Kind.SUPERLATIVE, Kind.MOST, Kind.TOP})
"""Operations that single something out."""
_DEMONSTRATIVES = frozenset("that this those these".split())
_PRONOUNS = frozenset("it he she him her".split())
_IMPERSONAL = frozenset("take takes took taken cost costs".split())
"""Verbs of an impersonal "it": "how long does it take"."""
_AUXILIARIES = frozenset("will did do does has have had".split())
_PREPOSITIONS = frozenset("in of from by for to with at".split())
_BEING = frozenset("is are was were".split())
_LEADING = _AUXILIARIES | _PREPOSITIONS | _BEING
"""Words before a "that" which refers to something; in "customers that ordered" it does not."""


def loses_reference(found: Scan, choice: Resolved) -> bool:
    """Whether a question refers to something that nothing before it names."""
    said = [word.lower for word in found.words]
    named = [i for i in choice.items if isinstance(i.meaning, TableRef | ColumnRef | Stored)]
    singled = [i for i in choice.items if isinstance(i.meaning, Stored) or i.kind in RANKING]
    things = {item.start: said[item.start] for item in named}
    for at, word in enumerate(said):
        before, after = said[at - 1] if at else "", said[at + 1] if at + 1 < len(said) else ""
        if word == "my" and at + 1 in things:
            return True
        known = singled
        if word in _DEMONSTRATIVES:
            is_again = any(start < at and thing == after for start, thing in things.items())
            points = before in _LEADING and at + 1 in things and not is_again
        elif word == "there":
            points = before in _PREPOSITIONS
        else:
            is_nobody = word == "it" and after in _IMPERSONAL
            # "How many is it" is of what was named, "when was it released" is not.
            is_done = is_participle(after)
            is_led = before in _AUXILIARIES | _PREPOSITIONS or (before in _BEING and is_done)
            points = word in _PRONOUNS and is_led and not is_nobody
            known = named if before in _PREPOSITIONS else singled
        if points and all(item.start > at for item in known):
            return True
    return False
