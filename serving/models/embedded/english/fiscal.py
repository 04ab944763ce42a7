"""Fiscal years in a question, as the days of the calendar that they are."""

import re
from datetime import date, timedelta

from tools.sql.meaning import Glossary

_FISCAL = re.compile(
    r"\b(?:in |during |for |of )?(?:the )?"
    r"(?:(?P<which>last|this|previous|current) )?(?:fiscal|financial) year(?: (?P<year>(?:19|20)\d\d))?\b"
    r"|\b(?:in |during |for |of )?FY ?(?P<short>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)


def in_calendar(question: str, told: Glossary, today: date) -> str:
    """The question with fiscal years as days; as it is where the model says nothing of them."""
    if not told.fiscal_year_start:
        return question
    return _FISCAL.sub(lambda match: _said(match, told, today), question)


def _said(match: re.Match[str], told: Glossary, today: date) -> str:
    named = match["year"] or match["short"]
    if named is None and match["which"] is None:
        return match.group()
    month = told.fiscal_year_start
    begins = (
        int(named) - (told.fiscal_year_by_end and month > 1) if named else _present(told, today)
    )
    if (match["which"] or "").lower() in ("last", "previous"):
        begins -= 1
    last = date(begins + 1, month, 1) - timedelta(days=1)
    return f"between {date(begins, month, 1).isoformat()} and {last.isoformat()}"


def _present(told: Glossary, today: date) -> int:
    """The year in which the present fiscal year began."""
    return today.year - (today.month < told.fiscal_year_start)
