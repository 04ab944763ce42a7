import ast
import operator
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, combinations, pairwise

from agent.support.numbers import Number

ALL_PAIRS_UP_TO = 12
"""Rows up to which any two are compared; in longer tables random numbers would pass too often."""

_LONGEST_EQUATION = 12
_OPERATORS: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_MARKUP = re.compile(r"\*\*|__|`")
_SIGNS = (
    (re.compile(r"\\times|\\cdot|[\u00d7·\u2217]|\bx\b|\btimes\b|\bmal\b"), "*"),
    (re.compile(r"\\div|÷|\bdivided by\b|\bof\b|\bvon\b"), "/"),
    (re.compile(r"[\u2212\u2013]|\bminus\b"), "-"),
    (re.compile(r"\bplus\b"), "+"),
)
_UNITS = re.compile(r"[/-]?[^\W\d_]+\.?|[\s$€£¥%]+")
_EQUALS = re.compile(r"[=≈]")
_BETWEEN = re.compile(r"\)*[-+*/]\(*")
_CLOSING = re.compile(r"\)*")
_TO_RESULT = re.compile(r"\s*(?:about|approximately|roughly|ca\.?|rund|~)?[\s*]*[-\u2212$€£¥]?\s*")


@dataclass(frozen=True, slots=True)
class Equation:
    """Operands and the result written after them; `value` is what they really give, without sign.

    `scalers` are the operands that multiply or divide: a unit may follow (times 12 months).
    """

    operands: tuple[Number, ...]
    scalers: frozenset[int]
    result: Number
    value: float


@dataclass(frozen=True, slots=True)
class Pairs:
    """The results of comparing two cells of a column, each list sorted."""

    differences: tuple[float, ...]
    changes: tuple[float, ...]  # in per cent
    ratios: tuple[float, ...]


def find_equations(text: str, numbers: Sequence[Number]) -> list[Equation]:
    """The written equations ("30 - 24 = 6") of a text, given the numbers that were read in it."""
    found: list[Equation] = []
    ends = [number.end for number in numbers]
    for sign in _EQUALS.finditer(text):
        index = bisect_right(ends, sign.start())
        if not 2 <= index < len(numbers):
            continue
        result = numbers[index]
        if not _TO_RESULT.fullmatch(text, sign.end(), result.start):
            continue
        before = numbers[max(0, index - _LONGEST_EQUATION) : index]
        equation = _read_equation(text, before, result, sign.start())
        if equation is not None:
            found.append(equation)
    return found


@lru_cache(maxsize=64)
def totals(column: tuple[float, ...]) -> tuple[float, ...]:
    """Sum and mean of a column and the running sums of its first rows, without sign, sorted."""
    if not column:
        return ()
    sums = list(accumulate(column))
    return tuple(sorted(abs(x) for x in (*sums, sums[-1] / len(column))))


@lru_cache(maxsize=64)
def shares(column: tuple[float, ...]) -> tuple[float, ...]:
    """The per cent that each cell, and that the first rows together, have in the sum, sorted."""
    total = sum(column)
    if len(column) < 2 or total == 0 or min(column) < 0:
        return ()
    return tuple(sorted(100 * x / total for x in (*column, *accumulate(column))))


@lru_cache(maxsize=64)
def pairs(column: tuple[float, ...]) -> Pairs:
    """Differences, changes and ratios of two cells, whichever way round they are read."""
    if len(column) <= ALL_PAIRS_UP_TO:
        compared = list(combinations(column, 2))
    else:
        extremes = [(column[0], column[-1]), (min(column), max(column))]
        compared = [*pairwise(column), *extremes]
    both = [p for a, b in compared for p in ((a, b), (b, a)) if p[0]]
    return Pairs(
        tuple(sorted(abs(a - b) for a, b in compared)),
        tuple(sorted(abs(100 * (b - a) / a) for a, b in both)),
        tuple(sorted(abs(b / a) for a, b in both)),
    )


def _read_equation(
    text: str, before: Sequence[Number], result: Number, sign: int
) -> Equation | None:
    closing = _plain_gap(text[before[-1].end : sign])
    if not _CLOSING.fullmatch(closing):
        return None
    gaps: list[str] = []
    for left, right in pairwise(reversed(before)):
        gap = _plain_gap(text[right.end : left.start])
        if not _BETWEEN.fullmatch(gap):
            break
        gaps.insert(0, gap)
    if not gaps:
        return None
    operands = tuple(before[-len(gaps) - 1 :])
    value = evaluate(_expression(operands, [*gaps, closing]))
    if value is None:
        return None
    beside = {i + side for i, gap in enumerate(gaps) if gap.strip("()") in "*/" for side in (0, 1)}
    return Equation(operands, frozenset(beside), result, abs(value))


def _plain_gap(gap: str) -> str:
    if len(gap) > 60 or "\n" in gap:
        return "\n"
    gap = _MARKUP.sub("", gap)
    for written, sign in _SIGNS:
        gap = written.sub(sign, gap)
    return _UNITS.sub("", gap)


def _expression(operands: Sequence[Number], gaps: Sequence[str]) -> str:
    written = ""
    for number, gap in zip(operands, gaps, strict=True):
        first = number.readings[0]
        operand = f"({first.value!r}/100)" if first.is_percent else repr(first.value)
        is_part = first.is_percent and gap == "/"  # "50% of 240" multiplies, "18 of 24" divides
        written += operand + ("*" if is_part else gap)
    missing = written.count(")") - written.count("(")
    return "(" * missing + written + ")" * -missing


def evaluate(expression: str) -> float | None:
    """What an expression of numbers, the four signs and brackets comes to, if it is one."""
    try:
        return _value(ast.parse(expression, mode="eval").body)
    except (SyntaxError, ZeroDivisionError, OverflowError):
        return None


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=float() as value):
            return value
        case ast.Constant(value=int() as whole):
            return float(whole)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left), _value(right))
        case _:
            raise SyntaxError(ast.dump(node))
