import csv
import re
from pathlib import Path

from tools.documents.block import Block, LoadedDocument, write_table
from tools.documents.formats.encoding import decode_file
from tools.sheets.header import raw_table

_SNIFFED_CHARACTERS = 8192
_SEPARATOR = re.compile(r"sep=[,;\t|]\r?\n", re.IGNORECASE)
_LONGEST_CELL = 2**31 - 1
"""Python stops at 131,072 characters otherwise, and a stray quote makes cells of many pages."""

csv.field_size_limit(_LONGEST_CELL)


def read_csv(path: Path) -> LoadedDocument:
    """One table, its first row taken for the header; the same as data."""
    decoded = decode_file(path)
    text = decoded.text
    said = _SEPARATOR.match(text)
    if said:  # Excel's own first line
        text = text[said.end() :]
    dialect = _dialect(text[:_SNIFFED_CHARACTERS])
    rows = list(csv.reader(text.splitlines(keepends=True), dialect))
    table = Block("table", write_table(rows), has_header=True)
    data = raw_table(path.stem, rows)
    return LoadedDocument(path.stem, (table,), decoded.notes, (data,) if data else ())


def _dialect(sample: str) -> type[csv.Dialect]:
    try:
        return csv.Sniffer().sniff(sample, delimiters=",;\t|")
    except csv.Error:
        return csv.excel
