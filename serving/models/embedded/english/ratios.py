"""Ratios and shares: two questions for one number each, divided."""

import re
from dataclasses import dataclass

from serving.models.embedded.english.deeds import is_participle
from serving.models.embedded.english.words import is_weak, split

_END = r"(?P<rest> (?:in|for|during|of) [A-Z0-9][^?]*?)?[?. ]*$"
_OUT_OF = re.compile(
    rf"\b(?:ratio|proportion|share) of (?P<part>(?:(?! (?:are|is|were|was) ).)+?) out of (?P<whole>.+?){_END}"
)
_RATIO = re.compile(rf"\bratio of (?P<part>.+?) to (?P<whole>.+?){_END}")
_SHARE = re.compile(
    r"\b(?P<kind>percentage|percent|proportion|share|fraction) of "
    r"(?:(?:all|the|of|our|their|its|my|your|these|those) )*(?P<things>\w[^?]*?)[?. ]*$",
    re.IGNORECASE,
)
_SAYING = frozenset(
    """with without that which who whose are is was were have has had do does did can not never goes
    go went""".split()
)
"""Words with which it begins what is said of the things of which a share is asked for."""
_PLACING = frozenset("in at from to by for under over above below on".split())
"""Words with which it may begin, where no other does."""
_WHEN = re.compile(
    r" (?:in|during|since|for|before|after|until) (?:the )?(?:\w+ )?(?:(?:19|20)\d\d|(?:last|this) (?:year|month|quarter))$"
)
"""When all of them were, at the end of a question."""
_FINITE = frozenset("are is was were have has had do does did".split())
_RELATIVE = frozenset(("that", "which", "who", "whose"))
_LONGEST, _LONGEST_CLAUSE = 4, 10
"""Words that name all of the things, alone and with what restricts them."""
_COUNTED = re.compile(
    r"^(?:the )?(?:total )?(?:number|count|sum|average|total|maximum|minimum)\b", re.I
)


@dataclass(frozen=True, slots=True)
class Ratio:
    """The two questions of a ratio; `factor` is 100 for a percentage.

    Of a share, both count the same things.
    """

    part: str
    whole: str
    factor: int = 1
    is_share: bool = False


def ratio(question: str) -> Ratio | None:
    """The ratio that a question asks for as a whole; None where it is asked per something."""
    if re.search(r"\b(?:each|every|per|by)\b", question):
        return None
    for pattern in (_OUT_OF, _RATIO):
        if found := pattern.search(question):
            rest = found["rest"] or ""
            return Ratio(_asked(found["part"]) + rest, _asked(found["whole"]) + rest)
    return _share(found["things"], question) if (found := _SHARE.search(question)) else None


def _share(things: str, question: str) -> Ratio | None:
    """The share of the things that something is said of: in percent, where that word is used."""
    when = _WHEN.search(things)
    said = (things[: when.start()] if when else things).split()
    at = _main_verb(said) or next((n for n, word in enumerate(said) if n and _says(word)), 0)
    at = at or next((n for n, word in enumerate(said) if n and word in _PLACING), 0)
    if not at or at > (_LONGEST_CLAUSE if said[at] in _FINITE else _LONGEST):
        return None
    whole = " ".join(said[:at]) + (when[0] if when else "")
    factor = 100 if "percent" in question else 1
    return Ratio(_asked(things), _asked(whole), factor, is_share=True)


def _main_verb(said: list[str]) -> int:
    """The place of the main verb, 0 if there is none.

    The words before it restrict both numbers: in "of the jobs reported this year were urgent", all jobs
    are those reported this year.
    """
    at = next((n for n, word in enumerate(said) if n and word in _FINITE), 0)
    return 0 if _RELATIVE.intersection(said[:at]) else at


def _says(word: str) -> bool:
    return word in _SAYING or is_participle(word) or (is_weak(split(word)[0]) and word != "people")


def _asked(part: str) -> str:
    return part if _COUNTED.match(part) else f"number of {part}"
