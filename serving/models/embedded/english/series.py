"""What asks how something develops, put as a series: "how did orders develop" as "orders by year"."""

import re

_UNITS = "day|week|month|quarter|year"
_GOES = "develop(?:ed)?|evolved?|chang(?:e|ed)|gr(?:ow|own|ew)|trend(?:ed)?|progress(?:ed)?|fluctuated?|var(?:y|ied)|moved?"
_SPAN = (
    r"(?:over|across|throughout) (?:all )?(?:the |these |our )?(?P<units>" + _UNITS + r")s\b(?! \d)"
    r"|over time|(?:from )?(?P<unit>" + _UNITS + r")[- ](?:to|over|by|after|on)[- ](?P=unit)"
)
_SINCE = r"(?:in|since|from|between|during|until|after|before|this|last) .+"
_HOW = re.compile(
    rf"^\s*how (?:did|do|does|has|have) (?P<what>[^?]+?) (?:{_GOES})(?: (?:{_SPAN}))?(?P<rest> {_SINCE}?)?[?.! ]*$",
    re.IGNORECASE,
)
_ONE_THING = re.compile(
    r"(?!(?:the )?(?:(?:total|average|mean|whole|overall) )*(?:numbers?|amounts?|totals?|sum|average|share) of\b).* of\b",
    re.IGNORECASE,
)
"""What one thing has, "the price of this": it changes, but is no series of rows."""
_NOUN = re.compile(
    r"^\s*(?P<ask>.*?)\b(?:the |a )?(?:development|evolution|trends?)(?: over time)? (?:of|in|for) (?P<what>[^?]+?)"
    rf"(?: (?:{_SPAN}))?(?P<rest> {_SINCE}?)?[?.! ]*$",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\W*(?:(?:please )?(?:show|give|plot|draw|chart|display|what)\b[\w' ]*)?", re.IGNORECASE
)
_ALONG = re.compile(
    rf"(?<=\w) (?:{_SPAN})(?= {_SINCE}|[?.!, ]*$| (?:per|by|for each)\b)", re.IGNORECASE
)
_TOTAL = re.compile(
    r"\W*(?:how|which|who|when|where|is|are|was|were|did|does|do|has|have)\b", re.IGNORECASE
)
_ONE_YEAR = re.compile(
    r"^ (?:in|during) (?:19|20)\d\d\b|^ (?:in )?(?:this|last) year\b|^ during (?:this|last) year\b",
    re.IGNORECASE,
)


def as_series(question: str) -> str:
    """The question with its course of time as a "by month" or "by year", if it asks for one.

    "How many orders were there over the years?" asks for one number, and is left as it is.
    """
    if (found := _HOW.match(question)) and not _ONE_THING.match(found["what"]):
        return _by(found)
    found = _NOUN.match(question)
    if found and _ASKS.fullmatch(found["ask"]):
        return _by(found)
    along = _ALONG.search(question)
    if along and not (along["units"] and _TOTAL.match(question)):
        unit = along["units"] or along["unit"] or "month"
        return f"{question[: along.start()]} by {unit.lower()}{question[along.end() :]}"
    return question


def _by(found: re.Match[str]) -> str:
    rest = found["rest"] or ""
    unit = found["units"] or found["unit"] or ("month" if _ONE_YEAR.match(rest) else "year")
    return f"{found['what']} by {unit.lower()}{rest}"
