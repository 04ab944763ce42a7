"""The rows of one of Milvus Lite's segments: which of them live, and what is in them."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def living_rows(segment: Any, deletions: Iterable[tuple[str, int]]) -> NDArray[np.bool_]:
    """Which rows have not been deleted, given when each deletion happened."""
    living = np.ones(segment.num_rows, np.bool_)
    for key, when in deletions:
        row = segment.pk_to_row.get(key)
        if row is not None and when > segment.seqs[row]:
            living[row] = False
    return living


def read_rows(segment: Any, rows: Sequence[int], fields: Sequence[str]) -> list[dict[str, Any]]:
    """The fields of some rows, column by column: Lite looks at one value after another."""
    if not fields:
        return [{} for _ in rows]
    places = np.asarray(rows, np.int64)
    columns = [segment.table.column(name).take(places).to_pylist() for name in fields]
    return [dict(zip(fields, values, strict=True)) for values in zip(*columns, strict=True)]
