"""The column that names the rows of a table whose first one only numbers them."""

import re
from dataclasses import replace

from tools.documents.table_text import TextTable

_CODE = re.compile(r"(?!(?:19|20)\d\d\Z)[A-Z]{0,4}[ ./-]?\d[\d./-]*")
"""An article number, a serial number or a position; a year is none."""
_NAME = re.compile(r"[^\W\d_]{3}")


def with_names_first(table: TextTable) -> TextTable | None:
    """The table with its numbers last, so that each row is called by its name; None without such."""
    rows = [row.cells for row in table.rows if len(row.cells) > 2]
    is_numbered = all(_CODE.fullmatch(cells[0]) and _NAME.search(cells[1]) for cells in rows)
    if not rows or not is_numbered or len(rows) < len(table.rows):
        return None
    turned = tuple(replace(row, cells=_turned(row.cells)) for row in table.rows)
    return TextTable(table.caption, _turned(table.header), turned)


def _turned(cells: tuple[str, ...]) -> tuple[str, ...]:
    return (*cells[1:], *cells[:1])
