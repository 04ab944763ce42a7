"""The unit that a heading above a table gives to its figures: "Order intake by region (EUR million)"."""

import re
from collections.abc import Sequence

from tools.documents.table_text import TextTable

_CURRENCY = r"USD|US\$|EUR|GBP|CHF|Euros?|dollars|pounds|francs|[$€£]"
_SCALE = r"thousands?|millions?|billions?|m|mn|bn|k|000s?|Tsd\.?|Mio\.?|Mrd\.?|Tausend|Millionen|Milliarden"
_IN_BRACKETS = re.compile(
    rf"\(((?:(?:all )?(?:amounts|figures|values|Angaben|Beträge) )?(?:in )?"
    rf"(?:(?:{_CURRENCY}) ?(?:{_SCALE})?|(?:{_SCALE})(?: (?:of )?(?:{_CURRENCY}))?|TEUR|T€|percent|Prozent|%))\)",
    re.I,
)
_PERIOD = re.compile(
    r"\W*(?:(?:FY|Q[1-4]|H[12]|[^\W\d]+\.?)[ /]?)?(?:19|20)\d\d\W*|\W*(?:Q[1-4]|H[12])\W*"
)
_FIGURE = re.compile(r"[-+(\u2212\s]*\d[\d.,'\s]*\)?")


def heading_unit(headings: Sequence[str], table: TextTable, columns: Sequence[int]) -> str:
    """The unit, nothing where a column may be of something else: pieces beside amounts.

    A table in one unit has periods for columns, or only one column of figures.
    """
    said = next((found[1] for one in headings if (found := _IN_BRACKETS.search(one))), "")
    header = table.header
    figures = {
        at
        for row in table.rows
        for at, cell in enumerate(row.cells)
        if at and _FIGURE.fullmatch(cell)
    }
    are_periods = all(at < len(header) and _PERIOD.fullmatch(header[at]) for at in columns)
    is_all = figures.issuperset(columns) and (are_periods or len(figures) == 1)
    return said if is_all else ""


def is_bare_figure(cell: str) -> bool:
    """Whether a cell is a number that has no unit of its own."""
    return _FIGURE.fullmatch(cell) is not None
