"""Processor time of reading PDF files beside plain extraction: `python tests/bench/bench_pdf.py FILES`.

Plain extraction is PDFium's text of each page. Reading is all that an ingestion does with a file
before its passages are written: words and their places, reading order, tables, passages, terms.
"""

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any, cast

import pypdfium2

from tools.documents.child import YOUNG
from tools.documents.formats.pdfium import read_pages
from tools.documents.reading import ReadingRules, ReadingTask, read_passages


def main(paths: list[Path]) -> None:
    """Print the seconds of each way over all files, and the share of plain extraction in reading."""
    gc.set_threshold(YOUNG)  # as in a process that reads
    _read(paths[0])  # imports are paid once a process, not once a file
    plain, places, whole = (
        sum(_least(way, path) for path in paths) for way in (_plain, _places, _read)
    )
    print(f"plain {plain:.2f} s, words with places {places:.2f} s, passages {whole:.2f} s")  # noqa: T201
    print(f"plain / passages = {plain / whole:.2f}")  # noqa: T201


def _least(way: Callable[[Path], object], path: Path) -> float:
    found = list[float]()
    for _ in range(3):
        began = process_time()
        way(path)
        found.append(process_time() - began)
    return min(found)


def _plain(path: Path) -> None:
    with cast(Any, pypdfium2.PdfDocument)(path) as document:
        for page in document:
            page.get_textpage().get_text_range()


def _places(path: Path) -> None:
    read_pages(path)


def _read(path: Path) -> None:
    task = ReadingTask(str(path), "id", "collection", path.name, "hash")
    read_passages(task, ReadingRules())


if __name__ == "__main__":
    main([Path(each) for each in sys.argv[1:]])
