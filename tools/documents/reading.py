import importlib
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tools.documents.chunk import chunk
from tools.documents.language import detect_language
from tools.documents.load import load_file
from tools.documents.passage import Passage
from tools.documents.rows import passage_terms
from tools.sheets.infer import cells_left_empty, data_tables, tables_left_out
from tools.sheets.sheet import DataTable
from tools.sheets.sums import sums_left_out

if TYPE_CHECKING:
    from tools.documents.formats.docling import DoclingService


@dataclass(frozen=True, slots=True)
class ReadingTask:
    """A file to be read, with what its passages have to know of it."""

    path: str
    document_id: str
    collection: str
    source: str
    content_hash: str


_PATIENCE = 4


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """How one file is read: seconds of work, bytes of address space, languages of scans.

    A reader that has used hardly any of the processor for `patience_s` by the clock only waits, and
    is stopped too; one that a busy machine lets work little at a time is not. `ocr_languages` are Tesseract's names, joined with "+"; empty, scanned pages are not read.
    PDF files are read by the docling-serve at `docling_url`, if there is one.
    """

    seconds: float = 120.0
    memory: int = 2 * 1024**3
    ocr_languages: str = "eng"
    docling_url: str = ""
    docling_key: str = field(default="", repr=False)

    @property
    def patience_s(self) -> float:
        return self.seconds * _PATIENCE

    @property
    def docling(self) -> "DoclingService | None":
        """The service that reads PDF files; its client is imported only where there is one."""
        if not self.docling_url:
            return None
        made = importlib.import_module("tools.documents.formats.docling").DoclingService
        return cast("DoclingService", made(self.docling_url, self.docling_key, self.patience_s))


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """The result of parsing a file: its title, language and passages, or why there are none.

    `terms` are the search terms of each passage, None if the writer should compute them: there are
    many readers but one writer. `reason` is a sentence that names the file; `note` says what was
    left out. `is_unsupported` says that its type is not supported. `data` are tables to be asked
    with statements.
    """

    title: str = ""
    language: str = ""
    passages: tuple[Passage, ...] = ()
    terms: tuple[str, ...] | None = ()
    reason: str = ""
    note: str = ""
    is_unsupported: bool = False
    data: tuple[DataTable, ...] = ()


def read_passages(task: ReadingTask, rules: ReadingRules) -> ReadDocument:
    """Read a file and cut it into passages, here and now.

    Raises:
        UnreadableFile: it gives no text; the message names the file and says what to do.
    """
    loaded = load_file(Path(task.path), ocr_languages=rules.ocr_languages, docling=rules.docling)
    passages = chunk(
        loaded,
        document_id=task.document_id,
        collection=task.collection,
        source=task.source,
        content_hash=task.content_hash,
    )
    data = data_tables(loaded.data)
    left_out = (tables_left_out(loaded.data), sums_left_out(data), cells_left_empty(data))
    language = detect_language("\n".join(block.text for block in loaded.blocks))
    return ReadDocument(
        loaded.title,
        language,
        tuple(passages),
        tuple(passage_terms(passage, language=language) for passage in passages),
        note="; ".join([*loaded.notes, *chain.from_iterable(left_out)]),
        data=data,
    )
