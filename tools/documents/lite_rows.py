"""The rows of one of Milvus Lite's segments: which of them live, and what is in them."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ROWS = "docsql_rows"
_ROWS_KEPT = 1024
_MOST_AT_ONCE = 128
"""Rows of a segment that are kept for each set of fields, and how many a search reads at most."""
_Rows = dict[int, dict[str, Any]]


def living_rows(segment: Any, deletions: Iterable[tuple[str, int]]) -> NDArray[np.bool_]:
    """Which rows have not been deleted, given when each deletion happened."""
    living = np.ones(segment.num_rows, np.bool_)
    for key, when in deletions:
        row = segment.pk_to_row.get(key)
        if row is not None and when > segment.seqs[row]:
            living[row] = False
    return living


def read_rows(segment: Any, rows: Sequence[int], fields: Sequence[str]) -> list[dict[str, Any]]:
    """The fields of some rows; those read last are kept with their segment, which never changes."""
    if not fields or len(rows) > _MOST_AT_ONCE:
        return _read(segment, rows, fields)
    known: _Rows = segment.sparse_indexes.setdefault((_ROWS, *fields), {})
    found = [known.get(row) for row in rows]
    if missing := [row for row, values in zip(rows, found, strict=True) if values is None]:
        read = dict(zip(missing, _read(segment, missing, fields), strict=True))
        found = [values or read[row] for row, values in zip(rows, found, strict=True)]
        if len(known) > _ROWS_KEPT:
            known.clear()
        known.update(read)
    return [dict(values) for values in found if values is not None]


def _read(segment: Any, rows: Sequence[int], fields: Sequence[str]) -> list[dict[str, Any]]:
    """The fields, column by column: Lite looks at one value after another."""
    if not fields:
        return [{} for _ in rows]
    places = np.asarray(rows, np.int64)
    columns = [segment.table.column(name).take(places).to_pylist() for name in fields]
    return [dict(zip(fields, values, strict=True)) for values in zip(*columns, strict=True)]
