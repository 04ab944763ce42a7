"""Ratios and shares: two questions for one number each, divided."""

import re
from dataclasses import dataclass

_END = r"(?P<rest> (?:in|for|during|of) [A-Z0-9][^?]*?)?[?. ]*$"
_OUT_OF = re.compile(
    rf"\b(?:ratio|proportion|share) of (?P<part>(?:(?! (?:are|is|were|was) ).)+?) out of (?P<whole>.+?){_END}"
)
_RATIO = re.compile(rf"\bratio of (?P<part>.+?) to (?P<whole>.+?){_END}")
_SHARE = re.compile(
    r"\b(?P<kind>percentage|percent|proportion|share|fraction) of (?:all |the )*(?P<whole>\w+)"
    r"(?P<more> (?:\w+ )*?(?:with|that|which|who|are|is|was|were|have|has|had) .+?)[?. ]*$"
)
_COUNTED = re.compile(
    r"^(?:the )?(?:total )?(?:number|count|sum|average|total|maximum|minimum)\b", re.I
)


@dataclass(frozen=True, slots=True)
class Ratio:
    """The two questions of a ratio; `factor` is 100 for a percentage."""

    part: str
    whole: str
    factor: int = 1


def ratio(question: str) -> Ratio | None:
    """The ratio that a question asks for as a whole; None where it is asked per something."""
    if re.search(r"\b(?:each|every|per|by)\b", question):
        return None
    for pattern in (_OUT_OF, _RATIO):
        if found := pattern.search(question):
            rest = found["rest"] or ""
            return Ratio(_asked(found["part"]) + rest, _asked(found["whole"]) + rest)
    if found := _SHARE.search(question):
        factor = 100 if found["kind"].startswith("percent") or "percent" in question else 1
        return Ratio(_asked(found["whole"] + found["more"]), _asked(found["whole"]), factor)
    return None


def _asked(part: str) -> str:
    return part if _COUNTED.match(part) else f"number of {part}"
