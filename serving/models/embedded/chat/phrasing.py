"""Evidence in words: values as they are stored, sentences as they stand, each with its number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from serving.models.embedded.chat.heard import Heard, Quotable, Rows
from serving.models.embedded.chat.quotations import Quotation, quotations

_WHICH_DOCUMENT = re.compile(
    r"\W*(?:in )?(?:which|what) (?:(?:of|one of) (?:your|our|the|these) )?(?:documents?|files?|polic(?:y|ies)|guides?|manuals?|handbooks?)\b"
    r"(?! (?:do|does|are|is) (?:you|there|available|here))",
    re.IGNORECASE,
)
_IS_THERE = re.compile(
    r"\W*(?:(?:is|are|was|were) there (?:any|an?)\b|(?:do|does|did|have|has|had) .*\b(?:any|ever)\b)(?!.*\b(?:how|which|who|what)\b)",
    re.IGNORECASE,
)
LEFT_OUT = "I left out"
SHARED = "Tied for the first place"
NOT_FOUND = "I could not find"
SHOWN_ROWS = 10
NEAR = 3
YES_OR_NO = re.compile(
    r"\s*(?:is|are|was|were|would|will|can|could|does|do|may|should|has|have)\b", re.I
)
QUANTITY = re.compile(r"\b(\d+(?:\.\d+)?)\s+(minute|hour|day|week|month|year|percent)s?\b", re.I)

_EXACT = 6
"""Digits behind the point up to which a number is shown as it is."""

_DIGITS = re.compile(r"-?\d+(?:\.\d+)?")
_LONG_NUMBER = re.compile(rf"-?\d+\.\d{{{_EXACT + 1},}}")

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Sought:
    """What passages are to be `about`, and the part of the question that they are to answer.

    `counted` are stems of what rows are counted of; `rules` are sentences that the rows rest on.
    """

    about: str
    asked: str
    counted: frozenset[str] = frozenset()
    rules: tuple[str, ...] = ()


def phrase(heard: Heard, sought: Sought) -> str:
    """The answer to what was heard."""
    parts = [f"{_yes_or_no(heard.question, rows)}{_rows(rows)}" for rows in heard.rows]
    if heard.passages:
        parts += _rules(heard.passages, sought.rules) or _from_passages(heard, sought)
    if parts:
        notes = heard.notes.splitlines()
        parts += [line for line in notes if LEFT_OUT in line or SHARED in line]
    return "\n\n".join(parts) or _closest(heard)


def key_values(rows: Sequence[Rows]) -> list[str]:
    """The texts of each result's first row: what a follow-up question would be about."""
    first = [row for result in rows for row in result.rows[:1] if len(result.rows) <= 3]
    return [cell for row in first for cell in row if isinstance(cell, str)]


def _closest(heard: Heard) -> str:
    """No answer, but why, and where a person may look."""
    places: dict[str, int] = {}
    for passage in heard.passages:
        place = f"{passage.title} ({passage.section})" if passage.section else passage.title
        places.setdefault(place, passage.number)
    near = "; ".join(f"{place} [{number}]" for place, number in list(places.items())[:NEAR])
    parts = [f"{NOT_FOUND} an answer to this.", heard.notes]
    parts += [f"The passages that came closest: {near}."] if near else []
    return "\n\n".join(part for part in parts if part)


def _rules(passages: Sequence[Quotable], rules: Sequence[str]) -> list[str]:
    """The sentences that the rows rest on, each with its passage; none where one is missing."""
    places = [next((p.number for p in passages if rule in p.text), None) for rule in rules]
    if not rules or None in places:
        return []
    cited = zip(rules, places, strict=True)
    return [" ".join(f"{_sentence(rule)} [{number}]" for rule, number in cited)]


def _from_passages(heard: Heard, sought: Sought) -> list[str]:
    question, rows, passages = heard.question, heard.rows, heard.passages
    hints = " ".join(key_values(rows))
    found = quotations(sought.about, passages, hints=hints, part=sought.asked, rows=sought.counted)
    if _WHICH_DOCUMENT.match(question):
        return _titles(found, passages)
    if not found:
        missing = f"{NOT_FOUND} anything about the rest of the question in the documents."
        return [missing] if rows else []
    quoted = " ".join(f"{_sentence(q.text)} [{q.number}]" for q in found)
    return [quoted, *_compared(question, found[0])]


def _titles(found: Sequence[Quotation], passages: Sequence[Quotable]) -> list[str]:
    """The documents that a question is answered by, each by its title."""
    numbers = {quotation.number for quotation in found} or {one.number for one in passages[:1]}
    titles = {one.title: one.number for one in reversed(passages) if one.number in numbers}
    return [
        "; ".join(f"**{title}** [{number}]" for title, number in reversed(titles.items())) + "."
    ]


def _sentence(text: str) -> str:
    return text if text[-1] in ".!?:" else f"{text}."


def _compared(question: str, found: Quotation) -> list[str]:
    """Two quantities of one unit, set side by side for a question that wants a yes or a no."""
    asked, stated = QUANTITY.findall(question), QUANTITY.findall(found.text)
    if not YES_OR_NO.match(question) or len(asked) != 1 or len(stated) != 1:
        return []
    (left, unit), (right, other) = asked[0], stated[0]
    if unit.lower() != other.lower():
        return []
    how = "more than" if float(left) > float(right) else "no more than"
    return [
        f"The {left} {unit}s asked about are {how} the {right} {unit}s stated there [{found.number}]."
    ]


def _yes_or_no(question: str, result: Rows) -> str:
    """Whether there is any of what a question asks whether there is."""
    if not _IS_THERE.match(question):
        return ""
    return "Yes. " if result.rows else "No. "


def _rows(result: Rows) -> str:
    if not result.rows:
        return f"No rows match [{result.number}]."
    if len(result.rows) == 1:
        return _one_row(result)
    shown = result.rows[:SHOWN_ROWS]
    table = [_line(result.columns), _line(["---"] * len(result.columns)), *map(_line, shown)]
    return f"{_count(result)}:\n\n" + "\n".join(table)


def _one_row(result: Rows) -> str:
    named = [
        (column.replace("_", " "), _shown(cell))
        for column, cell in zip(result.columns, result.rows[0], strict=True)
    ]
    first, *others = named
    cell = result.rows[0][0]
    is_name = isinstance(cell, str) and not _DIGITS.fullmatch(cell)
    lead = f"**{first[1]}**" if is_name else f"{first[0]}: **{first[1]}**"
    more = "; ".join(f"{column}: {value}" for column, value in others)
    return f"{lead} ({more}) [{result.number}]." if more else f"{lead} [{result.number}]."


def _count(result: Rows) -> str:
    if result.truncated:
        here = ", a few of them here" if result.row_count > SHOWN_ROWS else ""
        if result.total_rows is not None:
            of = f"{result.row_count:,} of {result.total_rows:,} rows"
            return f"The first {of} [{result.number}]{here}"
        return f"The first {result.row_count:,} rows [{result.number}]{here}; there are more"
    shown = ", the first of them" if result.row_count > SHOWN_ROWS else ""
    return f"{result.row_count:,} rows [{result.number}]{shown}"


def _line(cells: Sequence[Cell]) -> str:
    return "| " + " | ".join(_shown(cell).replace("|", "\\|") for cell in cells) + " |"


def _shown(cell: Cell) -> str:
    match cell:
        case None:
            return "no value"
        case float():
            return _number(f"{Decimal(repr(cell)):,f}")
        case bool():
            return "yes" if cell else "no"
        case int():
            return str(cell)
        case str():
            return _number(cell) if _LONG_NUMBER.fullmatch(cell) else " ".join(cell.split())


def _number(text: str) -> str:
    """A number as it is stored; the endless fraction of a division is cut where it stops mattering."""
    whole, _, fraction = text.partition(".")
    if len(fraction) > _EXACT:
        value = Decimal(text.replace(",", ""))
        is_small = value.adjusted() < 0
        text = f"{value:,.{3 - value.adjusted() if is_small else 2}f}"
        text = text if "," in whole else text.replace(",", "")
    return text.rstrip("0").rstrip(".") if fraction else text
