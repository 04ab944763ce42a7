"""Rows in words: a value in a sentence, several rows as a table, in the question's language."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from serving.models.embedded.chat.heard import Rows
from tools.language.pack import ENGLISH
from tools.language.telling import Telling

SHOWN_ROWS = 10
_EXACT = 6
"""Digits behind the point up to which a number is shown as it is."""
_DIGITS = re.compile(r"-?\d+(?:\.\d+)?")
_LONG_NUMBER = re.compile(rf"-?\d+\.\d{{{_EXACT + 1},}}")
_TRUTHS = frozenset("y n yes no true false t f j ja nein".split())
_DAY = re.compile(r"\d{4}-\d\d-\d\d")

Cell = str | int | float | bool | None
Titled = Callable[[str], str]
"""A column's title in the question's language."""


def is_any_asked(question: str, to: Telling) -> bool:
    """Whether a question asks whether there is any of something: "Is there a …?"."""
    return bool(to.pack.whether and to.pack.whether.match(question))


_FUNCTIONS = {
    "count": "count",
    "sum": "total",
    "avg": "average",
    "min": "lowest",
    "max": "highest",
}
AGGREGATES = frozenset(_FUNCTIONS.values())
"""First words of the names of what a statement works out."""
_CALLED = re.compile(
    r"(?P<name>count|sum|avg|min|max)\s*\(\s*(?:distinct\s+)?(?:\w+\.)?(?P<of>\*|\w+)\s*\)", re.I
)
"""The name that a database gives to a column of a statement that names none: "COUNT(T1.id)"."""


def rows_in_words(question: str, result: Rows, titled: Titled) -> str:
    """A result as its question is answered; yes or no first where it asks whether there is any."""
    to = Telling.of(question)
    is_asked = is_any_asked(question, to) and not _says_whether(result)
    begun = to.say("Yes." if _is_any(result) else "No.") + " " if is_asked else ""
    if counted := _rows_of_sheet(question, result, to):
        return f"{begun}{counted}"
    return f"{begun}{_rows(result, to, titled)}"


def _rows_of_sheet(question: str, result: Rows, to: Telling) -> str:
    """A count of a sheet's rows where the question does not call them what the sheet is called.

    "3 hours" of a sheet named so would be no answer to "How many nurses are there?".
    """
    is_one = result.of_sheets and len(result.columns) == len(result.rows) == 1
    counted, _, of = result.columns[0].partition("_") if is_one else ("", "", "")
    if counted != "count" or not of or _is_said(of, question):
        return ""
    value, sheet = result.rows[0][0], of.replace("_", " ")
    told = to.say("**{count}** (rows of {sheet} that match)", count=value, sheet=repr(sheet))
    return f"{told} [{result.number}]."


def _is_said(name: str, question: str) -> bool:
    asked = question.lower()
    return any(word.rstrip("s") in asked for word in name.lower().split("_"))


def _says_whether(result: Rows) -> bool:
    """Whether a row itself says yes or no: that there is one says nothing then."""
    return len(result.rows) == 1 and any(
        isinstance(cell, bool) or str(cell).lower() in _TRUTHS for cell in result.rows[0]
    )


def _is_any(result: Rows) -> bool:
    """Whether there is something: a count of none is nothing."""
    return bool(result.rows) and result.rows != ((0,),)


def _rows(result: Rows, to: Telling, titled: Titled) -> str:
    if not result.rows:
        return f"{to.say('No rows match')} [{result.number}]."
    titles = [titled(_spoken(column)) for column in result.columns]
    if len(result.rows) == 1:
        return _one_row(result, titles, to)
    shown = [[_shown(cell, to) for cell in row] for row in result.rows[:SHOWN_ROWS]]
    table = [_line(titles), _line(["---"] * len(titles)), *map(_line, shown)]
    return f"{_count(result, to)}:\n\n" + "\n".join(table)


def _one_row(result: Rows, titles: Sequence[str], to: Telling) -> str:
    cells = [_shown(cell, to) for cell in result.rows[0]]
    names = [title.replace("_", " ") for title in titles]
    is_sentence = len(cells) == 1 and to.code == ENGLISH
    if is_sentence and (said := _only_value(names[0], result.rows[0][0], cells[0])):
        return f"{said} [{result.number}]."
    first = result.rows[0][0]
    is_name = isinstance(first, str) and not _DIGITS.fullmatch(first)
    lead = f"**{cells[0]}**" if is_name else f"{names[0]}: **{cells[0]}**"
    others = zip(names[1:], cells[1:], strict=True)
    more = "; ".join(f"{name}: {value}" for name, value in others)
    return f"{lead} ({more}) [{result.number}]." if more else f"{lead} [{result.number}]."


def _only_value(name: str, value: Cell, shown: str) -> str:
    """One measure in a sentence, of English names: "220 customers"; nothing where none fits."""
    measured, _, of = name.partition(" ")
    if value is None or not of:
        return ""
    if measured == "count":  # "1 customers" is none
        return f"**{shown}** {of}" if of.endswith("s") and value != 1 else ""
    return f"The {name} is **{shown}**" if measured in AGGREGATES else ""


def _count(result: Rows, to: Telling) -> str:
    rows, at = to.how_many(result.row_count, "row"), f"[{result.number}]"
    is_part = result.row_count > SHOWN_ROWS
    if not result.truncated:
        return (
            to.say("{rows} {at}, the first of them", rows=rows, at=at)
            if is_part
            else f"{rows} {at}"
        )
    here = to.say(", a few of them here") if is_part else ""
    if result.total_rows is None:
        return to.say("The first {rows} {at}{here}; there are more", rows=rows, at=at, here=here)
    first, total = to.number(result.row_count), to.how_many(result.total_rows, "row")
    return to.say("The first {first} of {total} {at}", first=first, total=total, at=at) + here


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _shown(cell: Cell, to: Telling) -> str:
    match cell:
        case None:
            return to.say("no value")
        case float():
            return to.written(_number(f"{Decimal(repr(cell)):,f}"))
        case bool():
            return to.say("yes") if cell else to.say("no")
        case int():
            return str(cell)
        case str():
            return _text(cell, to)


def _text(cell: str, to: Telling) -> str:
    if _LONG_NUMBER.fullmatch(cell):
        return to.written(_number(cell))
    return to.day_in(cell) if _DAY.fullmatch(cell) else " ".join(cell.split())


def _number(text: str) -> str:
    """A number as it is stored; the endless fraction of a division is cut where it stops mattering."""
    whole, _, fraction = text.partition(".")
    if len(fraction) > _EXACT:
        value = Decimal(text.replace(",", ""))
        is_small = value.adjusted() < 0
        text = f"{value:,.{3 - value.adjusted() if is_small else 2}f}"
        text = text if "," in whole else text.replace(",", "")
    return text.rstrip("0").rstrip(".") if fraction else text


def _spoken(column: str) -> str:
    """A column's name as the reader's own statements name it: "total quantity" for "SUM(t.quantity)"."""
    found = _CALLED.fullmatch(column.strip())
    if found is None:
        return column
    of = "" if found["of"] == "*" else f"_{found['of']}"
    return f"{_FUNCTIONS[found['name'].lower()]}{of}"
