"""Where the numbers of an answer come from, found without a model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isclose

from agent.support import CITATION
from agent.support.dates import take_out_dates
from agent.support.numbers import Number, find_numbers, take_out_identifiers
from serving.certificates.certificate import Derivation
from serving.wire.answer import Citation, Query

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Grounds:
    """The evidence of an answer; `doubted` are the places for which its check found no support."""

    question: str
    queries: Sequence[Query]
    passages: Sequence[Citation]
    doubted: Sequence[str] = ()


def derivations(answer: str, grounds: Grounds) -> list[Derivation]:
    """The derivation of each number of an answer, in its order.

    Dates, names with digits and citations are no numbers. Of several places that a number stands
    in, the first counts: a cell before a passage, a passage before the question, and all of them
    before a number that was calculated.
    """
    text = CITATION.sub(lambda found: " " * len(found[0]), answer)
    _, rest = take_out_identifiers(take_out_dates(text)[1])
    return [_derived(number, grounds) for number in find_numbers(rest)]


def _derived(number: Number, grounds: Grounds) -> Derivation:
    found = next(_places(number, grounds), None)
    if found is not None:
        return found
    is_doubted = any(number.text in text for text in grounds.doubted)
    source = "nothing" if is_doubted else "calculated"
    return Derivation(text=number.text, start=number.start, source=source)


def _places(number: Number, grounds: Grounds) -> Iterator[Derivation]:
    said = Derivation(text=number.text, start=number.start, source="question")
    for query in grounds.queries:
        yield from _in_rows(number, query, said)
    for passage in grounds.passages:
        if _stands_in(number, passage.text):
            yield said.model_copy(update={"source": "passage", "number": passage.number})
    if _stands_in(number, grounds.question):
        yield said
    for query in grounds.queries:
        yield from _of_columns(number, query, said)


def _in_rows(number: Number, query: Query, said: Derivation) -> Iterator[Derivation]:
    for at, row in enumerate(query.rows):
        for column, cell in zip(query.columns, row, strict=True):
            if _is_cell(number, cell):
                update = {"source": "cell", "number": query.number, "row": at, "column": column}
                yield said.model_copy(update=update)
    if number.readings[0].value in (len(query.rows), query.total_rows):
        yield said.model_copy(update={"source": "rows", "number": query.number})


def _of_columns(number: Number, query: Query, said: Derivation) -> Iterator[Derivation]:
    for at, column in enumerate(query.columns):
        sizes = [size for row in query.rows if (size := _size(row[at])) is not None]
        if len(sizes) < 2 or len(sizes) < len(query.rows):
            continue
        for how, value in (("sum", sum(sizes)), ("mean", sum(sizes) / len(sizes))):
            if _means(number, value):
                update = {"source": "column", "number": query.number, "column": column, "how": how}
                yield said.model_copy(update=update)


def _is_cell(number: Number, cell: Cell) -> bool:
    size = _size(cell)
    if size is not None:
        return _means(number, size)
    return isinstance(cell, str) and _stands_in(number, cell)


def _size(cell: Cell) -> float | None:
    """A cell as a number; decimals arrive as text, with exact digits."""
    if isinstance(cell, bool) or cell is None:
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def _means(number: Number, value: float) -> bool:
    """Whether a number is this value, rounded to the digits that it is written with, or a percent of it."""
    value = abs(value)
    return any(
        abs(reading.value - one) <= reading.step / 2 or isclose(reading.value, one, rel_tol=1e-9)
        for reading in number.readings
        for one in ((value, 100 * value) if reading.is_percent else (value,))
    )


def _stands_in(number: Number, text: str) -> bool:
    wanted = {reading.value for reading in number.readings}
    _, rest = take_out_identifiers(take_out_dates(text)[1])
    return any(wanted & {r.value for r in found.readings} for found in find_numbers(rest))
