"""The inside of python-docx: the elements of cells and tables."""

from typing import Any, TypeAlias, cast

from docx.table import _Cell  # pyright: ignore[reportPrivateUsage]  # cells have no other name

WordCell: TypeAlias = _Cell


def cell_element(cell: WordCell) -> Any:
    """The XML element of a cell; those of a merged cell share one."""
    return cell._tc  # pyright: ignore[reportPrivateUsage]


def table_element(table: object) -> Any:
    """The XML element of a table."""
    return cast("Any", table)._tbl
