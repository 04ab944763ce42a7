"""Months that are said without a year: "in November", "between March and May"."""

import re
from datetime import date

_NAMES: tuple[str, ...] = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH = rf"(?P<month>{'|'.join(_NAMES)})"
_BARE = re.compile(
    rf"\b(?P<lead>(?:in|during|since|until|before|after|between|from|for|of|last|by)(?: the)? |(?:{'|'.join(_NAMES)})(?: \d{{4}})?(?:,| and| or| to| until)+ (?:in )?)"
    rf"{_MONTH}\b(?!,? (?:of |in )?(?:\d|last\b|this\b|next\b|the year\b))",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b|\b(this|last|previous) year\b", re.IGNORECASE)


def with_years(question: str, today: date) -> str:
    """The question with its months in the year that it names, or else the last of that name to begin.

    Nothing is added where it names several years. "May we" and "march" as verbs have no such words
    before them.
    """
    years = {_year(found, today) for found in _YEAR.finditer(question)}
    if len(years) > 1:
        return question

    def dated(found: re.Match[str]) -> str:
        at = _NAMES.index(found["month"].lower()) + 1
        year = next(iter(years), today.year - (at > today.month))
        return f"{found[0]} {year}"

    done = ""
    while done != question:  # the next of a list stands behind one that is dated
        done, question = question, _BARE.sub(dated, question)
    return question


def _year(found: re.Match[str], today: date) -> int:
    said = (found[1] or "").lower()
    return int(found[0]) if not said else today.year - (said != "this")
