import re
from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from agent.support.arithmetic import Equation, find_equations, pairs, shares, totals
from agent.support.facts import YEARS, Facts, is_near, numeral
from agent.support.numbers import Number, Quantity, find_numbers

SizeReason = Literal["number", "percentage", "equation"]

CONVERSIONS = frozenset((7.0, 12.0, 24.0, 52.0, 60.0, 100.0, 365.0, 1000.0, 1024.0))
"""Constants allowed in equations without evidence: calendar and units."""

HEDGED_SHARE = 0.05
"""How far "about 1,200" may be from the evidence, as a part of itself."""

WHOLE_SHARE = 0.1
"""How far a whole number may be rounded unsaid: 2.9 may be 3, but 0.6 is not 1 and 2.6 not 3."""

BOUND_SHARE = 0.25
"""How far "over 1,000" may stay under what the evidence says, as a part of itself."""

# Number words are claims before a unit of measure only. Before other nouns they mostly count what
# the answer itself lists ("two models fit: ..."), which no rule here could look up.
_MEASURE = re.compile(
    r"\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf)"
    r"[ -](?:full |business |working |calendar )?"
    r"(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|(percent|per cent|prozent)"
    r"|jahre?n?|monate?n?|wochen?|tage?n?|stunden?|minuten?)\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:(?P<above>over|more than|at least|above|exceeds|über|mehr als|mindestens)"
    r"|(?P<below>under|less than|nearly|almost|at most|up to|below|fast|knapp|weniger als|unter)"
    r"|about|around|roughly|approximately|approx|some|ca|circa|rund|etwa|ungefähr)"
    r"\.?\s*[$€£¥]?$|[~≈]\s*[$€£¥]?$",
    re.IGNORECASE,
)
# Begins with plain letters only, by which the engine skips ahead; run on lower case.
_COMPARED = re.compile(
    r"differ|than\b|more|less|fewer|higher|lower|gap|between|increas|decreas|grow|grew|fell|fall"
    r"|rise|rose|drop|declin|chang|up\b|down\b|gain|lost|loss|cheaper|versus|vs\b|compar"
    r"|ahead|behind|exceed|lead|mehr|weniger|höher|niedriger|teurer|billiger|untersch|gestieg"
    r"|gesunk|zunahme|abnahme|anstieg|rückgang|wuchs|fiel"
)
_FIRST = re.compile(r"\b(?:first|ersten)\s*$", re.IGNORECASE)
_TIMES = re.compile(r"\s?(?:x\b|\u00d7|times\b|-?fold\b|-?mal\b|-?fach)")
_ORDINAL = re.compile(r"(?:st|nd|rd|th)\b")
_FOLLOWING = re.compile(r"[\s-]([^\W\d_]+)")
_DIGIT = re.compile(r"\d")
_DIGITS = re.compile(r"\d+")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")


def speaks_of_size(text: str) -> bool:
    """Whether a text has a number at all; without one, there is nothing to doubt."""
    return bool(_DIGIT.search(text) or _MEASURE.search(text))


def numbers_in(text: str) -> int:
    """How many numbers a text has at most, each run of digits and each word of a measure being one."""
    return len(_DIGITS.findall(text)) + sum(1 for _ in _MEASURE.finditer(text))


def doubtful_sizes(text: str, facts: Facts) -> Iterator[tuple[Number, SizeReason]]:
    """The numbers that nothing bears out, in a text without its dates and identifiers."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    compared = {bisect_right(ends, match.start()) for match in _COMPARED.finditer(text.lower())}
    scale = _Scale(text, facts, ends, compared)
    numbers = find_numbers(text)
    proven, wrong = _try_equations(find_equations(text, numbers), scale)
    for number in [*numbers, *_measures(text)]:
        if number.start in wrong:
            yield number, "equation"
        elif number.start not in proven.places and not (
            scale.bears(number) or proven.bears(number)
        ):
            yield number, "percentage" if number.readings[0].is_percent else "number"


@dataclass(frozen=True, slots=True)
class _Proven:
    """The sorted results of valid equations, with the positions of results and operands."""

    values: list[float]
    places: set[int]

    def bears(self, number: Number) -> bool:
        return any(is_near(self.values, _plain(q), 0, 0) for q in number.readings)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Weighs the numbers of one text against the facts; `compared` are sentences, by their place."""

    text: str
    facts: Facts
    sentence_ends: list[int]
    compared: set[int]

    def bears(self, number: Number) -> bool:
        """Whether the facts have the number, at its own precision or within its hedge."""
        if self._is_year(number) or self._is_rank(number) or self._is_cap(number):
            return True
        return any(
            self._has(number, quantity, below, above)
            for quantity in number.readings
            for below, above in self._slacks(number, quantity)
        )

    def _is_year(self, number: Number) -> bool:
        return (
            len(number.text) == 4
            and number.text.isdigit()
            and int(number.text) in YEARS
            and self.facts.knows((int(number.text), 0, 0))
        )

    def _is_rank(self, number: Number) -> bool:
        is_ordinal = _ORDINAL.match(self.text, number.end)
        return bool(is_ordinal) and number.readings[0].value <= self.facts.ranks

    def _is_cap(self, number: Number) -> bool:
        """Whether rows were cut off there: "the first 1,000", "more than 1,000"."""
        if not any(quantity.value in self.facts.capped for quantity in number.readings):
            return False
        hedge = self._hedge(number)
        return bool(hedge and hedge["above"]) or bool(_FIRST.search(self._before(number)))

    def _before(self, number: Number) -> str:
        return self.text[max(0, number.start - 18) : number.start]

    def _hedge(self, number: Number) -> re.Match[str] | None:
        return _HEDGE.search(self.text, max(0, number.start - 18), number.start)

    def _slacks(self, number: Number, quantity: Quantity) -> Iterator[tuple[float, float]]:
        rounded = quantity.step / 2 if quantity.value else 0.0
        if quantity.step < 1 or quantity.is_percent:
            yield rounded, rounded
        else:
            unsaid = min(rounded, WHOLE_SHARE * quantity.value)
            yield unsaid, unsaid
        hedge = self._hedge(number)
        if hedge is None or not quantity.value:
            return
        round_to = quantity.step
        while quantity.value % (round_to * 10) == 0:
            round_to *= 10
        bound = min(round_to, BOUND_SHARE * quantity.value)
        if hedge["above"]:
            yield 0.0, bound
        elif hedge["below"]:
            yield bound, 0.0
        else:
            near = max(rounded, min(round_to / 2, HEDGED_SHARE * quantity.value))
            yield near, near

    def _has(self, number: Number, quantity: Quantity, below: float, above: float) -> bool:
        if quantity.is_percent:
            return self._has_percent(number, quantity.value, below, above)
        return self._has_size(number, quantity, below, above)

    def _has_percent(self, number: Number, value: float, below: float, above: float) -> bool:
        facts = self.facts
        if is_near(facts.percents, value, below, above):
            return True
        if is_near(facts.fractions, value / 100, below / 100, above / 100):
            return True
        for column in facts.columns:
            derived = totals(column.values) if column.is_percent else shares(column.values)
            if is_near(derived, value, below, above):
                return True
        if not facts.columns or not self._is_compared(number):
            return False
        return any(
            is_near(
                pairs(c.values).differences if c.is_percent else pairs(c.values).changes,
                value,
                below,
                above,
            )
            for c in facts.columns
        )

    def _has_size(self, number: Number, quantity: Quantity, below: float, above: float) -> bool:
        facts, value = self.facts, quantity.value
        if is_near(facts.values, value, below, above):
            return True
        if quantity.step == 1 and value <= 12:
            following = _FOLLOWING.match(self.text, number.end)
            if facts.says_numeral(value, following[1] if following else ""):
                return True
        if any(is_near(totals(c.values), value, below, above) for c in facts.columns):
            return True
        # In a table the sign of per cent stands in the head of the column.
        if self._is_in_table(number) and self._has_percent(number, value, below, above):
            return True
        return self._is_from_pair(number, value, below, above)

    def _is_from_pair(self, number: Number, value: float, below: float, above: float) -> bool:
        columns = self.facts.columns
        if not columns:
            return False
        if _TIMES.match(self.text, number.end):
            return any(is_near(pairs(c.values).ratios, value, below, above) for c in columns)
        return self._is_compared(number) and any(
            is_near(pairs(c.values).differences, value, below, above) for c in columns
        )

    def _is_in_table(self, number: Number) -> bool:
        return self.text.startswith("|", self.text.rfind("\n", 0, number.start) + 1)

    def _is_compared(self, number: Number) -> bool:
        """Whether the sentence compares: any two cells differ by something, so it has to say so."""
        return bisect_right(self.sentence_ends, number.start) in self.compared


def _measures(text: str) -> list[Number]:
    return [
        Number(
            m.start(),
            m.end(1),
            m[1],
            (Quantity(float(numeral(m[1])), 1.0, is_percent=bool(m[2])),),
        )
        for m in _MEASURE.finditer(text)
    ]


def _try_equations(equations: Sequence[Equation], scale: _Scale) -> tuple[_Proven, set[int]]:
    proven, wrong = _Proven([], set()), set[int]()
    for equation in equations:
        if not _holds(equation):
            wrong.add(equation.result.start)
            continue
        converted = {
            operand.start
            for at, operand in enumerate(equation.operands)
            if at in equation.scalers and operand.readings[0].value in CONVERSIONS
        }
        if all(
            operand.start in converted or scale.bears(operand) or proven.bears(operand)
            for operand in equation.operands
        ):
            proven.places.update(converted, (equation.result.start,))
            insort(proven.values, _plain(equation.result.readings[0]))
    return proven, wrong


def _plain(quantity: Quantity) -> float:
    return quantity.value / 100 if quantity.is_percent else quantity.value


def _holds(equation: Equation) -> bool:
    return any(
        is_near([factor * equation.value], quantity.value, quantity.step / 2, quantity.step / 2)
        for quantity in equation.result.readings
        # "18 / 24 = 75%", and "18 / 24 x 100 = 75%"
        for factor in ((1.0, 100.0) if quantity.is_percent else (1.0,))
    )
