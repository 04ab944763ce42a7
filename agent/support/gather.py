import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import isfinite

from agent.support.dates import coarser_names, month_number, take_out_dates
from agent.support.durations import stored_duration
from agent.support.facts import YEARS, Facts, NumberColumn
from agent.support.numbers import NUMBER, Quantity, quantities, take_out_identifiers
from agent.toolbox import Evidence
from tools.documents.passage import Passage
from tools.sql.cells import as_cell
from tools.sql.run import QueryResult
from tools.sql.source import Value

SMALL_TABLE = 50
"""Rows up to which sums and comparisons of a column are tried."""

# Bounded, or a long line of capitals would take quadratic time.
NAME = re.compile(r"\b((?:[A-Z][\w&-]{0,40}+ ){1,5})(\d{1,9})(?![.,]?\d|\s?%|\w)")
"""Capitalised words and a number, as products are named: T3 Standard 8."""

# The numbers that a statement compares with or stops at: what was asked of the rows.
_CONDITION = re.compile(r"(?:[<>=]|\b(?:BETWEEN|AND|LIMIT)\b)\s*(\d[\d.]*)", re.IGNORECASE)
_IN_PERCENT = re.compile(
    r"pct|percent|prozent|%|rate|share|ratio|anteil|quote|growth|margin|utili[sz]ation|discount"
)
_HUNDRED = re.compile(r"\b100(?:\.0+)?\b")
_KEY = re.compile(r"(?:^|_)id$")
_GROUPED = re.compile(r"[1-9]\d{0,2},\d{3}")
_MONTH_COLUMN = re.compile(r"month|monat")


LONG_DIGITS = re.compile(r"(?<![\w.,-])\d(?:[ \u00a0-]?\d){11,}(?![.,]?\w|-\w)")
"""A number that names, a card's or an account's, in whichever groups it is written."""


def gather(question: str, evidence: Sequence[Evidence]) -> Facts:
    """Read everything that an answer may rest on."""
    reader = _Reader()
    reader.told.append(question)
    for item in evidence:
        if isinstance(item, QueryResult):
            reader.read_result(item)
        else:
            reader.read_passage(item.passage)
    return reader.close()


@dataclass(slots=True)
class _Reader:
    """Collects: `told` is read for numbers when all is there, `named` only for its words."""

    facts: Facts = field(default_factory=Facts)
    told: list[str] = field(default_factory=list[str])
    named: list[str] = field(default_factory=list[str])

    def read_passage(self, passage: Passage) -> None:
        page = "" if passage.page is None else f"page {passage.page}"
        self.told += (passage.title, passage.section, page, passage.text)
        self.named.append(passage.source)

    def read_result(self, result: QueryResult) -> None:
        # Months and quarters are dates only in capitals, and columns are called after them: "sales_q3".
        self.told += (name.replace("_", " ").title() for name in result.columns)
        self.told += _CONDITION.findall(result.sql)
        self.named += (result.database, result.sql)
        self._read_dates(result.sql)
        self.facts.ranks = max(self.facts.ranks, len(result.rows))
        if result.truncated:
            self.facts.capped.add(len(result.rows))
            if result.total_rows is not None:
                self.facts.values.append(float(result.total_rows))
        else:
            self.facts.values.append(float(len(result.rows)))
        is_small = len(result.rows) <= SMALL_TABLE and not result.truncated
        is_scaled = bool(_HUNDRED.search(result.sql))
        for name, cells in zip(result.columns, zip(*result.rows, strict=True), strict=False):
            column = self._read_column(name.lower(), cells, is_scaled=is_scaled)
            if is_small and len(column.values) > 1 and not _KEY.search(name.lower()):
                self.facts.columns.append(column)

    def close(self) -> Facts:
        facts, text = self.facts, " | ".join(self.told)
        self._read_text(text)
        facts.digits |= _long_digits(text)
        facts.said = " ".join(" | ".join((text, *self.named)).split()).lower()
        for numbers in (facts.values, facts.percents, facts.fractions):
            numbers.sort()
        return facts

    def _read_column(self, name: str, cells: Sequence[Value], *, is_scaled: bool) -> NumberColumn:
        facts = self.facts
        numbers: list[float] = []
        are_whole = True
        for cell in cells:
            if isinstance(cell, date):
                self._read_day(cell)
            elif isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
                numbers.append(float(cell))
                are_whole = are_whole and isinstance(cell, int)
                facts.digits |= _long_digits(str(cell))
            elif isinstance(text := as_cell(cell), str):
                self._read_words(text)
        numbers = [number for number in numbers if isfinite(number)]
        sizes = [abs(number) for number in numbers]
        facts.values += sizes
        is_percent = bool(_IN_PERCENT.search(name)) or (is_scaled and not are_whole)
        if is_percent:
            facts.percents += sizes
        if not are_whole:
            facts.fractions += (size for size in sizes if size <= 1)
        self._read_calendar(name, cells)
        return NumberColumn(tuple(numbers), is_percent)

    def _read_calendar(self, name: str, cells: Sequence[Value]) -> None:
        if _MONTH_COLUMN.search(name):
            numbered = (month_number(c) if isinstance(c, str) else c for c in cells)
            self.facts.months |= {m for m in numbered if isinstance(m, int) and 1 <= m <= 12}
        for cell in cells:
            if type(cell) is int and cell in YEARS:
                self.facts.whens.add((cell, 0, 0))

    def _read_words(self, cell: str) -> None:
        length = stored_duration(cell)
        if length is not None:
            self.facts.durations.add(length)
        name = NAME.fullmatch(cell)
        if name is None:
            self.told.append(cell)
            return
        self.named.append(cell)
        self.facts.stems.add(name[1].rstrip().lower())

    def _read_day(self, day: date) -> None:
        self.facts.whens.update(coarser_names((day.year, day.month, day.day)))
        if isinstance(day, datetime):
            self.named.append(f"{day:%H:%M} {day:%H:%M:%S}")

    def _read_dates(self, text: str) -> str:
        dates, rest = take_out_dates(text)
        for dated in dates:
            for when in dated.days:
                self.facts.whens.update(coarser_names(when))
                if not when[0]:
                    self.facts.yearless.add(when)
        return rest

    def _read_text(self, text: str) -> None:
        _, rest = take_out_identifiers(self._read_dates(text))
        for match in NUMBER.finditer(rest):
            literal = match["literal"]
            readings = quantities(literal, match["unit"] or match["shared"])
            # "1,500" is hardly ever 1.5 in evidence, and as 1.5 it would bear out 1 and 2.
            for quantity in readings[::2] if _GROUPED.fullmatch(literal) else readings:
                self._add(quantity)
            if len(literal) == 4 and literal.isdigit() and int(literal) in YEARS:
                self.facts.whens.add((int(literal), 0, 0))

    def _add(self, quantity: Quantity) -> None:
        if quantity.is_percent:
            self.facts.percents.append(quantity.value)
            return
        self.facts.values.append(quantity.value)
        if quantity.step < 1 and quantity.value < 1:
            self.facts.fractions.append(quantity.value)


def _long_digits(text: str) -> set[str]:
    return {digits_of(match[0]) for match in LONG_DIGITS.finditer(text)}


def digits_of(text: str) -> str:
    """The digits alone."""
    return "".join(filter(str.isdigit, text))
