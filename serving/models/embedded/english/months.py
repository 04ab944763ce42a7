"""Months that are said without a year: "in November", "between March and May"."""

import re
from datetime import date

MONTHS: tuple[str, ...] = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH = "|".join(MONTHS)
_IN = r"(?:in|during|since|until|before|after|between|from|for|of|last)(?: the)? "
_LISTED = rf"(?:{_MONTH})(?: \d{{4}})?(?:,| and| or| to| until)+ (?:in )?"
_DATED = r"(?!,? (?:of |in )?(?:\d|last\b|this\b|next\b|the year\b))"
_BARE = re.compile(rf"\b(?:{_IN}|{_LISTED})(?P<month>{_MONTH})\b{_DATED}", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b|\b(this|last|previous) year\b", re.IGNORECASE)


def with_years(question: str, today: date) -> str:
    """The question with a year behind each month that has none.

    It is the only year that the question names, or else that of the latest such month up to today.
    A question that names several years stays as it is. Only a month behind a preposition or in a list
    counts, not "may we".
    """
    years = {_year(found, today) for found in _YEAR.finditer(question)}
    if len(years) > 1:
        return question

    def dated(found: re.Match[str]) -> str:
        at = MONTHS.index(found["month"].lower()) + 1
        year = next(iter(years), today.year - (at > today.month))
        return f"{found[0]} {year}"

    while _BARE.search(question):  # a list is dated from its first month on
        question = _BARE.sub(dated, question)
    return question


def _year(found: re.Match[str], today: date) -> int:
    said = (found[1] or "").lower()
    return int(found[0]) if not said else today.year - (said != "this")
