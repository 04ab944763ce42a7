"""The inside of openpyxl: the file of a worksheet that is only read."""

from contextlib import AbstractContextManager
from typing import IO, Any, cast


def sheet_xml(sheet: object) -> AbstractContextManager[IO[bytes]]:
    """The XML of a worksheet of a workbook that was opened with `read_only`."""
    return cast("Any", sheet)._get_source()
