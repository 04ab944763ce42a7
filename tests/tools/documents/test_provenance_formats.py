"""For every format: what a passage says stands in its source, and nothing of the source is lost."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pytest
from outlook_message import write_msg
from pdf_pages import Print, write_pdf
from PIL import Image, ImageDraw, ImageFont
from pptx import Presentation
from pptx.util import Inches
from programs import needs, needs_extra

from tools.documents.block import CELL_BREAK
from tools.documents.load import READERS
from tools.documents.reading import ReadingRules, ReadingTask, read_passages

SENTENCES = ("The hall holds nine racks.", "Its door is locked at night.")
ROWS = (
    ("Series", "Months", "Price"),
    ("Crag", "24", "1,250.50"),
    ("Fell", "36", "2,110.75"),
    ("Scar", "18", "930.25"),
    ("Tarn", "48", "3,475.00"),
)
CELLS = [cell for row in ROWS for cell in row]
_HTML_ROWS = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in ROWS)
HTML = f"<html><body><p>{'</p><p>'.join(SENTENCES)}</p><table>{_HTML_ROWS}</table></body></html>"
RECORDS = [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]
PROSE, TABLE = "prose", "table"


def _csv(path: Path) -> None:
    path.write_text("\n".join("\t".join(row) for row in ROWS), encoding="utf-8")


def _docx(path: Path) -> None:
    document = docx.Document()
    for sentence in SENTENCES:
        document.add_paragraph(sentence)
    table = document.add_table(len(ROWS), len(ROWS[0]))
    for cells, row in zip(ROWS, table.rows, strict=True):
        for text, cell in zip(cells, row.cells, strict=True):
            cell.text = text
    document.save(str(path))


def _json(path: Path) -> None:
    is_one = path.suffix == ".json"
    path.write_text(json.dumps(RECORDS) if is_one else "\n".join(map(json.dumps, RECORDS)), "utf-8")


def _mail(path: Path) -> None:
    body = "\n\n".join(SENTENCES)
    path.write_text(f"From: a@example.org\nSubject: Hall\n\n{body}\n", encoding="utf-8")


def _epub(path: Path) -> None:
    namespaces = 'xmlns="http://www.idpf.org/2007/opf"'
    opf = (
        f'<package {namespaces}><manifest><item id="a" href="a.xhtml" '
        'media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>'
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="a.opf"/></rootfiles></container>'
    )
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr("META-INF/container.xml", container)
        book.writestr("a.opf", opf)
        book.writestr("a.xhtml", HTML)


def _markdown(path: Path) -> None:
    rows = [f"| {' | '.join(row)} |" for row in (ROWS[0], ("---",) * 3, *ROWS[1:])]
    path.write_text("\n\n".join([*SENTENCES, "\n".join(rows)]), encoding="utf-8")


def _msg(path: Path) -> None:
    write_msg(path, {"0037": "Hall", "0C1A": "Ada", "1000": "\r\n\r\n".join(SENTENCES)})


def _pdf(path: Path) -> None:
    printed: list[Print] = [(50, 780 - 60 * n, 11, text) for n, text in enumerate(SENTENCES)]
    for number, row in enumerate(ROWS):
        printed += [(50 + 120 * n, 600 - 14 * number, 11, text) for n, text in enumerate(row)]
    write_pdf(path, [printed])


def _pptx(path: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    for number, sentence in enumerate(SENTENCES):
        box = slide.shapes.add_textbox(Inches(1), Inches(1 + number), Inches(6), Inches(1))
        box.text_frame.text = sentence
    shape = slide.shapes.add_table(len(ROWS), 3, Inches(1), Inches(4), Inches(6), Inches(2))
    for number, row in enumerate(ROWS):
        for column, text in enumerate(row):
            shape.table.cell(number, column).text = text
    deck.save(str(path))


def _text(path: Path) -> None:
    path.write_text("\n\n".join(SENTENCES), encoding="utf-8")


def _xlsx(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in ROWS:
        sheet.append(row)
    book.save(path)


def _xml(path: Path) -> None:
    items = "".join(
        f"<item>{''.join(f'<{key}>{value}</{key}>' for key, value in record.items())}</item>"
        for record in RECORDS
    )
    path.write_text(f"<hall><about>{' '.join(SENTENCES)}</about>{items}</hall>", encoding="utf-8")


def _picture(path: Path) -> None:
    needs("tesseract", package="tesseract-ocr")
    needs_extra("pypdfium2", "pytesseract")
    picture = Image.new("L", (1654, 1200), 255)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(48)
    for line, sentence in enumerate(SENTENCES):
        draw.text((150, 150 + 80 * line), sentence, font=font, fill=0)
    for line, row in enumerate(ROWS):
        for column, cell in enumerate(row):
            draw.text((150 + 450 * column, 450 + 80 * line), cell, font=font, fill=0)
    picture.save(path)


Writer = Callable[[Path], object]
WRITERS: dict[str, tuple[Writer, tuple[str, ...]]] = {
    "csv": (_csv, (TABLE,)),
    "docx": (_docx, (PROSE, TABLE)),
    "epub": (_epub, (PROSE, TABLE)),
    "html": (lambda path: path.write_text(HTML, encoding="utf-8"), (PROSE, TABLE)),
    "json": (_json, (TABLE,)),
    "mail": (_mail, (PROSE,)),
    "markdown": (_markdown, (PROSE, TABLE)),
    "outlook": (_msg, (PROSE,)),
    "pdf": (_pdf, (PROSE, TABLE)),
    "picture": (_picture, (PROSE, TABLE)),
    "pptx": (_pptx, (PROSE, TABLE)),
    "text": (_text, (PROSE,)),
    "xlsx": (_xlsx, (TABLE,)),
    "xml": (_xml, (PROSE, TABLE)),
}
"""For each reader, what writes a file of its format, and what that file has."""
OF_THE_MAIL = ("From: ", "To: ", "Date: ", "Subject: ")


@pytest.mark.parametrize(("extension", "reader"), list(READERS.items()))
def test_a_passage_says_what_its_source_does(tmp_path: Path, extension: str, reader: str) -> None:
    write, parts = WRITERS[reader]
    path = tmp_path / f"hall{extension}"
    write(path)

    task = ReadingTask(str(path), "an-id", "c", path.name, "a-hash")
    rules = ReadingRules(ocr_languages="eng" if reader == "picture" else "")
    passages = read_passages(task, rules).passages

    lines = [line for passage in passages for line in passage.text.splitlines() if line]
    said = [line for line in lines if not line.startswith(OF_THE_MAIL)]
    rows = [tuple(line.split(CELL_BREAK)) for line in said if CELL_BREAK in line]
    prose = " ".join(line for line in said if CELL_BREAK not in line)
    if TABLE in parts:
        assert rows == list(ROWS)
    else:
        assert rows == []
    left = prose
    for sentence in SENTENCES if PROSE in parts else ():
        assert sentence in prose
        left = left.replace(sentence, "")
    assert left.replace("- about:", "").strip() == ""
