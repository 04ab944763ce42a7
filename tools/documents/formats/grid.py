"""Tables whose cells reach over several rows or columns, laid out so that each row says it all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_MOST_SPANNED = 1000
"""The most rows or columns that one cell may span; pages write huge numbers for all."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's text, and how many columns and rows it reaches over."""

    text: str
    across: int = 1
    down: int = 1


def lay_out(rows: Iterable[Sequence[Cell]]) -> list[list[str]]:
    """Rows of texts in columns that line up: a merged cell's text is repeated in every place it covers.

    A cell that fills its row alone, such as a table's title, appears once.
    """
    laid, pending = list[list[str]](), dict[int, tuple[Cell, int]]()
    for row in rows:
        texts = dict[int, str]()
        for column, (cell, left) in list(pending.items()):
            texts[column] = cell.text
            if left > 1:
                pending[column] = (cell, left - 1)
            else:
                del pending[column]
        column = 0
        for cell in row:
            while column in texts:
                column += 1
            for _ in range(max(1, min(cell.across, _MOST_SPANNED))):
                texts[column] = cell.text
                if cell.down > 1:
                    pending[column] = (cell, min(cell.down, _MOST_SPANNED) - 1)
                column += 1
        is_title = len(row) == 1 and set(texts.values()) == {row[0].text}
        width = 1 if is_title else max(texts, default=-1) + 1
        laid.append([texts.get(column, "") for column in range(width)])
    return laid
