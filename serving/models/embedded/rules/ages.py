"""Ages by when rows began: "younger than 40", "older than five years", "at least 18 years old"."""

import re
from datetime import date, timedelta

from serving.models.embedded.english.units import unit_after
from serving.models.embedded.form.conditions import Compare, Condition, Within
from serving.models.embedded.rules.bounds import is_year_said, waiting_limits
from serving.models.embedded.rules.measuring import thing_at
from serving.models.embedded.rules.reading import Reading
from serving.models.embedded.schema.targets import ColumnRef, is_year

_AGE = ("age",)
_BY_DATE = ("age", "@-date")
_OTHER_UNITS = frozenset("days weeks months day week month hours minutes".split())
_OLD = re.compile(r"\b(\d+) (?:years? (?:old|of age)|or (?:older|younger))\b", re.IGNORECASE)


def read_ages(now: Reading) -> None:
    """Compare how old things are by the day they began on, where no column holds their age."""
    for limit in waiting_limits(now):
        years, hints = limit.number, limit.trigger.hints
        if unit_after(now.question, years) in _OTHER_UNITS:
            continue
        is_said = hints == _AGE or (not hints and _is_age(now.question, years))
        column = now.hinted(_BY_DATE, thing_at(now, limit.at)) if is_said else None
        if column is None or not now.is_time(column) or not years.is_integer():
            continue
        test = _aged(now, column, limit.trigger.value, int(years))
        now.restrict(limit.at, column.table, test)
        now.use(limit.at, limit.behind)


def _is_age(question: str, years: float) -> bool:
    return any(float(said[1]) == years for said in _OLD.finditer(question))


def _aged(now: Reading, column: ColumnRef, operator: str, years: int) -> Condition:
    """The condition that so many years have passed since; of days, a birthday counts.

    "Older than 1970" is from before that year.
    """
    began = years if is_year_said(years) else now.today.year - years
    if is_year(now.lexicon.column(column)):
        turned = {">": "<", "<": ">", ">=": "<=", "<=": ">="}.get(operator, operator)
        return Compare(column, turned, began)
    years = now.today.year - began
    low = _before(now.today, years + 1) + timedelta(days=1)
    high = _before(now.today, years)
    match operator:
        case ">":
            return Within(column, None, high)
        case ">=":
            return Within(column, None, high + timedelta(days=1))
        case "<":
            return Within(column, high + timedelta(days=1), None)
        case "<=":
            return Within(column, low, None)
        case _:
            return Within(column, low, high + timedelta(days=1))


def _before(today: date, years: int) -> date:
    """The same day so many years ago; the first day there is, where that is before any calendar."""
    day = min(today.day, 28) if today.month == 2 else today.day  # February
    return date(max(1, today.year - years), today.month, day)
