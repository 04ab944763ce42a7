import csv
from pathlib import Path

from tools.documents.block import Block, LoadedDocument, write_table
from tools.documents.formats.encoding import decode_file

_SNIFFED_CHARACTERS = 8192
_LONGEST_CELL = 2**31 - 1
"""Python stops at 131,072 characters otherwise, and a stray quote makes cells of many pages."""

csv.field_size_limit(_LONGEST_CELL)


def read_csv(path: Path) -> LoadedDocument:
    """One table, its first row taken for the header."""
    decoded = decode_file(path)
    text = decoded.text
    rows = csv.reader(text.splitlines(keepends=True), _dialect(text[:_SNIFFED_CHARACTERS]))
    table = Block("table", write_table(rows), has_header=True)
    return LoadedDocument(path.stem, (table,), decoded.notes)


def _dialect(sample: str) -> type[csv.Dialect]:
    try:
        return csv.Sniffer().sniff(sample, delimiters=",;\t|")
    except csv.Error:
        return csv.excel
