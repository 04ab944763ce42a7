"""Documents by the thousand: taking them in, and searching among ever more passages."""

import asyncio
import random
import re
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from figure import Figure, Section, spread
from pdf_pages import write_pdf
from pypdf import PdfReader
from workplace import Workplace

from serving.auth.local import LOCAL
from serving.cli.demonstration import sample_folder
from serving.config.settings import Settings
from serving.parts.documents import open_readers, open_store, search_in
from serving.parts.library import DocumentLibrary
from tools.documents.chunk import passage_id
from tools.documents.passage import Document, Passage
from tools.documents.search import Search
from tools.documents.store import DocumentStore

PDFS, PAGES = 200, 15
TEXTS, PARAGRAPHS = 360, 31
WORKERS = 2
SIZES = (1_000, 20_000, 100_000)
SEARCHES = 100
PASSAGES = 500
LINES, LINE_WORDS, PARAGRAPH_WORDS = 45, 11, 150
SEED = 20261123


def measure(place: Workplace) -> Section:
    """Ingestion of some 20,000 passages, then search in stores of three sizes."""
    words = _Words.of_the_sample()
    return Section(
        "Documents by the thousand",
        "Files are made of the sample documents' words, drawn at random.",
        [*_ingestion(place, words), *_searches(place, words)],
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """Words of the sample documents, drawn as often as they occur there."""

    known: Sequence[str]
    draw: random.Random

    @classmethod
    def of_the_sample(cls) -> "_Words":
        files = sorted((sample_folder() / "documents").glob("*.md"))
        text = "\n".join(file.read_text(encoding="utf-8") for file in files)
        return cls(re.findall(r"[A-Za-z][a-z]+", text), random.Random(SEED))  # noqa: S311  # no secret

    def some(self, count: int) -> str:
        return " ".join(self.draw.choices(self.known, k=count)).capitalize() + "."

    def pdf(self, path: Path) -> Path:
        lines = [(60, 780 - 16 * line, 11) for line in range(LINES)]
        pages = [[(*place, self.some(LINE_WORDS)) for place in lines] for _ in range(PAGES)]
        return write_pdf(path, pages)

    def markdown(self, path: Path) -> Path:
        parts = (f"## {self.some(4)}\n\n{self.some(PARAGRAPH_WORDS)}" for _ in range(PARAGRAPHS))
        path.write_text(f"# {self.some(5)}\n\n" + "\n\n".join(parts), encoding="utf-8")
        return path


def _ingestion(place: Workplace, words: _Words) -> list[Figure]:
    place.say(f"writing {PDFS} PDFs of {PAGES} pages and {TEXTS} Markdown files")
    pdf_folder, text_folder = place.scratch / "pdf", place.scratch / "text"
    for folder in (pdf_folder, text_folder):
        folder.mkdir()
    pdfs = [words.pdf(pdf_folder / f"{number}.pdf") for number in range(PDFS)]
    for number in range(TEXTS):
        words.markdown(text_folder / f"{number}.md")
    place.say("extracting the PDFs' plain text")
    plain_s = _seconds(lambda: [_extract(path) for path in pdfs])
    place.say("ingesting all of them")
    settings = Settings(data=place.scratch / "scale")
    with open_store(settings) as store, open_readers(settings, WORKERS) as readers:

        def ingest(folder: Path) -> None:
            DocumentLibrary(store).ingest([folder], collection="many", readers=readers)

        pdf_s = _seconds(lambda: ingest(pdf_folder))
        text_s = _seconds(lambda: ingest(text_folder))
        again_s = _seconds(lambda: ingest(text_folder))
        passages = sum(document.passages for document in store.documents())
    pages = PDFS * PAGES
    how = f"{PDFS} PDFs of {PAGES} pages: read by {WORKERS} workers, cut, written, flushed"
    every = f"{passages:,} passages of the PDFs and {TEXTS} Markdown files, an empty store"
    return [
        Figure("PDF pages ingested", pages / pdf_s, "pages/s", how),
        Figure("… their plain text alone", pages / plain_s, "pages/s", "`pypdf`, one process"),
        Figure("… ratio of the two", plain_s / pdf_s, "", "0.5 or more is wanted"),
        Figure("Passages ingested", passages / (pdf_s + text_s), "passages/s", every),
        Figure("Files looked at again", TEXTS / again_s, "files/s", "nothing has changed"),
    ]


def _extract(path: Path) -> int:
    return sum(len(page.extract_text()) for page in PdfReader(path).pages)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _searches(place: Workplace, words: _Words) -> list[Figure]:
    figures = list[Figure]()
    settings = Settings(data=place.scratch / "searched")
    with open_store(settings) as store, closing(search_in(store, settings)) as search:
        held = 0
        for size in SIZES:
            place.say(f"writing passages, up to {size:,} in all")
            for number in range(held, size, PASSAGES):
                _write(store, number, words)
            held = size
            store.flush()
            place.say(f"{SEARCHES} searches")
            how = f"{SEARCHES} searches of 4 words each, 6 passages wanted, BM25"
            figures += spread(f"Search among {size:,} passages", _search(search, words), how)
    return figures


def _write(store: DocumentStore, number: int, words: _Words) -> None:
    document = Document(
        id=f"document-{number}",
        collection="many",
        source=f"{number}.txt",
        title=words.some(4),
        content_hash="hash",
        passages=PASSAGES,
        ingested_at=datetime.now(UTC),
    )
    passages = [
        Passage(
            id=passage_id(document.id, document.content_hash, ordinal),
            document_id=document.id,
            collection=document.collection,
            source=document.source,
            title=document.title,
            content_hash=document.content_hash,
            ordinal=ordinal,
            page=None,
            section="",
            text=words.some(PARAGRAPH_WORDS),
        )
        for ordinal in range(PASSAGES)
    ]
    store.write(document, passages, is_new=True)


def _search(search: Search, words: _Words) -> list[float]:
    async def run() -> list[float]:
        seconds = list[float]()
        for _ in range(SEARCHES):
            began = time.perf_counter()
            await search.search(words.some(4), caller=LOCAL, collections=None, limit=6)
            seconds.append(time.perf_counter() - began)
        return seconds

    return asyncio.run(run())
