"""Every line of a passage is verbatim in its file, at the given place."""

import re
import zipfile
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from pypdf import PdfReader

from tools.documents.passage import Passage
from tools.documents.reading import ReadingRules, ReadingTask, read_passages

SAMPLE = Path(__file__).parents[3] / "deployment" / "demo" / "documents"
FILES = sorted(SAMPLE.iterdir())
_TAG = re.compile(r"<[^>]+>")
_LINK = re.compile(r"\]\([^)]*\)")


def _of_html(path: Path) -> str:
    return unescape(_TAG.sub(" ", path.read_text(encoding="utf-8")))


def _of_markdown(path: Path) -> str:
    return _LINK.sub("]", path.read_text(encoding="utf-8"))


def _of_docx(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return unescape(
            _TAG.sub("", archive.read("word/document.xml").decode().replace("</w:p>", "\n"))
        )


def _of_pdf(path: Path) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


TEXTS: dict[str, Callable[[Path], str]] = {
    ".docx": _of_docx,
    ".html": _of_html,
    ".md": _of_markdown,
    ".pdf": _of_pdf,
    ".txt": lambda path: path.read_text(encoding="utf-8"),
}
"""A file's text by another way than ours, with nothing of its layout."""


def _passages(path: Path) -> list[Passage]:
    task = ReadingTask(str(path), "an-id", "c", path.name, "a-hash")
    return list(read_passages(task, ReadingRules(ocr_languages="")).passages)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_line_of_a_passage_stands_in_its_file(path: Path) -> None:
    whole = _letters(TEXTS[path.suffix](path))
    passages = _passages(path)

    assert passages
    for passage in passages:
        for line in passage.text.splitlines():
            assert _letters(line) in whole, (passage.ordinal, line)
        for heading in passage.section.split(" > "):
            assert _letters(heading) in whole, (passage.ordinal, heading)


@pytest.mark.parametrize("path", sorted(SAMPLE.glob("*.pdf")), ids=lambda path: path.name)
def test_a_passage_of_a_pdf_stands_on_the_page_that_it_names(path: Path) -> None:
    pages = [_letters(page.extract_text()) for page in PdfReader(path).pages]

    for passage in _passages(path):
        assert passage.page is not None
        for line in passage.text.splitlines():
            assert _letters(line) in pages[passage.page - 1], (passage.ordinal, line)


WHOLE = [path for path in FILES if path.suffix != ".html"]
"""A page's navigation and footer are left out on purpose."""


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: path.name)
def test_no_word_of_a_file_is_lost_between_its_passages(path: Path) -> None:
    said = {
        word
        for passage in _passages(path)
        for word in re.findall(r"\w+", f"{passage.title} {passage.section} {passage.text}")
    }
    words = set(re.findall(r"\w+", TEXTS[path.suffix](path)))

    assert not {word for word in words - said if len(word) > 3}
