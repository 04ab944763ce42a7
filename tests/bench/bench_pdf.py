"""Reading and ingesting PDF files beside plain extraction: `python tests/bench/bench_pdf.py FILES`.

Plain extraction is PDFium's text of each page, in one process. Reading is all that an ingestion does
with a file before its passages are written: words and their places, reading order, tables,
passages, terms. Ingestion is `docsql ingest` with its two workers, without vectors, from files to a
flushed store; its processes have started before.
"""

import gc
import resource
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, cast

import pypdfium2

from serving.config.models import EmbeddingsSettings
from serving.config.settings import Settings
from serving.parts.documents import open_readers, open_store
from serving.parts.library import DocumentLibrary
from tools.documents.child import YOUNG
from tools.documents.formats.pdfium import read_pages
from tools.documents.readers import WORKERS, FileReaders
from tools.documents.reading import ReadingRules, ReadingTask, read_passages


def main(paths: list[Path]) -> None:
    """Print the seconds of each way over all files, and the share of plain extraction in it."""
    gc.set_threshold(YOUNG)  # as in a process that reads
    _read(paths[0])  # imports are paid once a process, not once a file
    plain, places, whole = (
        sum(_least(way, path) for path in paths) for way in (_plain, _places, _read)
    )
    print(f"plain {plain:.2f} s, words with places {places:.2f} s, passages {whole:.2f} s")  # noqa: T201
    print(f"plain / passages = {plain / whole:.2f}, in one process")  # noqa: T201
    elapsed = min(_elapsed(lambda: [_plain(path) for path in paths]) for _ in range(3))
    ingested, used = _ingest(paths)
    best = WORKERS * plain / used
    print(f"ingested with {used:.2f} s of processor time, of all processes")  # noqa: T201
    print(f"plain / ingested = {plain / used:.2f}; on {WORKERS} cores at best {best:.2f}")  # noqa: T201
    print(f"by the clock: plain {elapsed:.2f} s, ingested in {ingested:.2f} s, ", end="")  # noqa: T201
    print(f"plain / ingested = {elapsed / ingested:.2f}")  # noqa: T201


def _least(way: Callable[[Path], object], path: Path) -> float:
    found = list[float]()
    for _ in range(3):
        began = process_time()
        way(path)
        found.append(process_time() - began)
    return min(found)


def _elapsed(way: Callable[[], object]) -> float:
    began = perf_counter()
    way()
    return perf_counter() - began


def _plain(path: Path) -> None:
    with cast(Any, pypdfium2.PdfDocument)(path) as document:
        for page in document:
            page.get_textpage().get_text_range()


def _places(path: Path) -> None:
    read_pages(path)


def _read(path: Path) -> None:
    read_passages(_task(path), ReadingRules())


def _task(path: Path) -> ReadingTask:
    return ReadingTask(str(path), "id", "collection", path.name, "hash")


def _ingest(paths: list[Path]) -> tuple[float, float]:
    """Seconds of an ingestion, the least of three, and the processor time of its processes."""
    with TemporaryDirectory() as data:
        settings = Settings(data=Path(data), embeddings=EmbeddingsSettings(api="none"))
        with open_store(settings) as store:
            library, found = DocumentLibrary(store), list[tuple[float, float]]()
            for number in range(3):
                started = _used(lambda: _start(settings, paths))
                elapsed = list[float]()

                def ingest(collection: str, elapsed: list[float] = elapsed) -> None:
                    with open_readers(settings, WORKERS) as readers:
                        _warm(readers, paths)
                        began = perf_counter()
                        library.ingest(paths, collection=collection, readers=readers)
                        elapsed.append(perf_counter() - began)

                used = _used(partial(ingest, f"bench-{number}"))
                found.append((elapsed[0], used - started))
    return min(seconds for seconds, _ in found), min(used for _, used in found)


def _start(settings: Settings, paths: list[Path]) -> None:
    with open_readers(settings, WORKERS) as readers:
        _warm(readers, paths)


def _warm(readers: FileReaders, paths: list[Path]) -> None:
    for begun in [readers.submit(_task(path)) for path in paths[:WORKERS]]:
        begun.result()  # now all workers have started


def _used(way: Callable[[], object]) -> float:
    """Processor time, with that of the processes that start and end in it."""
    before = _processor_time()
    way()
    return _processor_time() - before


def _processor_time() -> float:
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in both)


if __name__ == "__main__":
    main([Path(each) for each in sys.argv[1:]])
