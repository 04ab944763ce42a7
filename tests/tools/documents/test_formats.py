import json
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from outlook_message import container, write_msg
from pptx import Presentation
from pptx.shapes.autoshape import Shape
from pptx.shapes.base import BaseShape
from pptx.slide import Slide
from pptx.text.text import TextFrame
from pptx.util import Inches

from tools.documents.block import Block, LoadedDocument
from tools.documents.formats import xlsx
from tools.documents.load import load_file
from tools.documents.signature import MOST_UNPACKED
from tools.errors import UnreadableFile

MAIL = """From: Ada <ada@example.org>
To: Bo <bo@example.org>
Date: Mon, 5 Jan 2026 10:00:00 +0000
Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=part

--part
Content-Type: text/plain; charset=no-such-set
Content-Transfer-Encoding: 8bit

Zwölf racks.

They come on Monday.
--part
Content-Type: application/pkcs7-signature
Content-Disposition: attachment; filename="smime.p7s"

x
--part--
"""

BOOK = """<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>On racks</dc:title></metadata>
<manifest><item id="a" href="one%20a.xhtml" media-type="application/xhtml+xml"/>
<item id="b" href="two.xhtml" media-type="application/xhtml+xml"/>
<item id="c" href="gone.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="b"/><itemref idref="a"/><itemref idref="c"/></spine></package>"""
CONTAINER = """<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>"""

XML = """<?xml version="1.0"?><catalogue xmlns="urn:x" year="2026"><title>Racks</title>
<item id="1"><name>Crag</name></item><item id="2"><name>Fell</name></item>
<about>All are <b>cold</b> inside.</about></catalogue>"""


def _write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _zip(path: Path, parts: Mapping[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def _texts(loaded: LoadedDocument) -> list[str]:
    return [block.text for block in loaded.blocks]


def test_slides_are_pages_with_their_titles_tables_and_notes(tmp_path: Path) -> None:
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    _title(slide, "Cooling")
    _text_frame(slide.placeholders[1]).text = "Fans\nWater"
    notes = slide.notes_slide.notes_text_frame
    assert notes
    notes.text = "Say it slowly."
    second = presentation.slides.add_slide(presentation.slide_layouts[5])
    _title(second, "Prices")
    frame = second.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(4), Inches(1))
    for row, cells in enumerate([("Model", "Price"), ("Crag", "12")]):
        for column, text in enumerate(cells):
            frame.table.cell(row, column).text = text
    presentation.save(str(tmp_path / "talk.pptx"))

    loaded = load_file(tmp_path / "talk.pptx")

    assert loaded.title == "Cooling"
    assert loaded.blocks == (
        Block("list", "- Fans\n- Water", 1),
        Block("paragraph", "Notes: Say it slowly.", 1),
        Block("heading", "Prices", 2, ("Prices",)),
        Block("table", "Model | Price\nCrag | 12", 2, ("Prices",), has_header=True),
    )


def _title(slide: Slide, text: str) -> None:
    assert slide.shapes.title
    slide.shapes.title.text_frame.text = text


def _text_frame(shape: BaseShape) -> TextFrame:
    assert isinstance(shape, Shape)
    return shape.text_frame


def test_a_header_of_two_lines_is_one_in_word_and_powerpoint(tmp_path: Path) -> None:
    document, slides = docx.Document(), Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[6])
    shape = slide.shapes.add_table(4, 5, Inches(0), Inches(0), Inches(4), Inches(2))
    tables: list[Any] = [document.add_table(4, 5), shape.table]
    for table in tables:
        table.cell(0, 0).merge(table.cell(1, 0))
        table.cell(0, 1).merge(table.cell(0, 2))
        table.cell(0, 3).merge(table.cell(0, 4))
        heads = {(0, 0): "Vessel", (0, 1): "2023", (0, 3): "2024"}
        heads |= {(1, n): name for n, name in enumerate(["Plan", "Actual"] * 2, start=1)}
        values = {(2, n): text for n, text in enumerate(["Ferries", "410", "395", "440", "462"])}
        values |= {(3, n): text for n, text in enumerate(["Tugs", "120", "131", "125", "118"])}
        for (row, column), text in (heads | values).items():
            table.cell(row, column).text = text
    document.save(str(tmp_path / "dues.docx"))
    slides.save(str(tmp_path / "dues.pptx"))

    for name in ("dues.docx", "dues.pptx"):
        [block] = load_file(tmp_path / name).blocks
        assert block.text.splitlines() == [
            "Vessel | 2023 Plan | 2023 Actual | 2024 Plan | 2024 Actual",
            "Ferries | 410 | 395 | 440 | 462",
            "Tugs | 120 | 131 | 125 | 118",
        ]


def test_sheets_are_sections_and_every_table_has_its_header(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Stock"
    for row in [
        ["Stock of January"],
        [],
        [None, "Model", "Units", "Since", "Sum"],
        [None, "Crag", 12, date(2026, 1, 5), "=C4*2"],
        [],
        [None, "Fell", 0.1 + 0.2, None, True],
    ]:
        sheet.append(row)
    book.create_sheet("Empty")
    book.save(tmp_path / "stock.xlsx")

    loaded = load_file(tmp_path / "stock.xlsx")

    assert [(block.kind, block.text) for block in loaded.blocks] == [
        ("heading", "Stock"),
        ("paragraph", "Stock of January"),
        ("table", "Model | Units | Since | Sum\nCrag | 12 | 2026-01-05 | =C4*2"),
        ("table", "Model | Units | Since | Sum\nFell | 0.3 |  | TRUE"),
    ]
    assert loaded.blocks[2].has_header
    assert {block.section for block in loaded.blocks} == {("Stock",)}


def test_a_header_of_two_rows_stands_above_what_follows_an_empty_row(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [
        ["CHF", None, "Half year"],
        [None, "Sales", "Result"],
        [],
        ["Europe", 12, 3],
        ["Asia", 7, 1],
    ]:
        book.worksheets[0].append(row)
    book.save(tmp_path / "sales.xlsx")

    loaded = load_file(tmp_path / "sales.xlsx")

    assert loaded.blocks[-1].text == "CHF | Sales | Result\nEurope | 12 | 3\nAsia | 7 | 1"
    assert loaded.blocks[-1].caption == "Half year"
    assert loaded.blocks[-1].has_header


def test_a_huge_sheet_is_cut_and_the_note_says_so(tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Log")
    for number in range(xlsx.MOST_ROWS + 5):
        sheet.append([f"line {number}"])
    book.save(tmp_path / "log.xlsx")

    loaded = load_file(tmp_path / "log.xlsx")

    assert loaded.notes == ("only the first 20000 rows of the sheet 'Log' were read",)
    assert loaded.blocks[-1].text.endswith(f"line {xlsx.MOST_ROWS - 1}")


def test_json_records_become_tables_and_keys_become_sections(tmp_path: Path) -> None:
    value = {
        "title": "Racks",
        "open": True,
        "models": [{"name": "Crag", "units": 12}, {"name": "Fell", "weight": 1.5}],
        "site": {"city": "Galway", "halls": ["A", "B"], "none": None},
        "people": [{"name": "Ada", "roles": ["chief"]}],
    }

    loaded = load_file(_write(tmp_path / "racks.json", json.dumps(value)))

    assert loaded.title == "Racks"
    assert [(b.text, b.section) for b in loaded.blocks if b.kind != "heading"] == [
        ("- title: Racks\n- open: true", ()),
        ("name | units | weight\nCrag | 12 | \nFell |  | 1.5", ("models",)),
        ("- city: Galway", ("site",)),
        ("- A\n- B", ("site", "halls")),
        ("- name: Ada", ("people", "Ada")),
        ("- chief", ("people", "Ada", "roles")),
    ]


def test_lines_of_json_are_one_table(tmp_path: Path) -> None:
    loaded = load_file(_write(tmp_path / "log.jsonl", '{"a": 1, "b": 2}\n\n{"a": 3, "b": 4}\n'))

    assert _texts(loaded) == ["a | b\n1 | 2\n3 | 4"]


def test_xml_elements_become_tables_and_mixed_text_stays_whole(tmp_path: Path) -> None:
    loaded = load_file(_write(tmp_path / "racks.xml", XML))

    assert loaded.title == "Racks"
    assert [block.text for block in loaded.blocks if block.kind != "heading"] == [
        "- year: 2026\n- title: Racks\n- about: All are cold inside.",
        "id | name\n1 | Crag\n2 | Fell",
    ]


def test_a_mail_says_who_wrote_and_what_was_attached(tmp_path: Path) -> None:
    loaded = load_file(_write(tmp_path / "mail.eml", MAIL))

    assert loaded.title == "Größe"
    assert _texts(loaded) == [
        "From: Ada <ada@example.org>\nTo: Bo <bo@example.org>\n"
        "Date: Mon, 05 Jan 2026 10:00:00 +0000\nAttached: smime.p7s",
        "Zwölf racks.",
        "They come on Monday.",
    ]
    assert loaded.notes == ("attached, not read: smime.p7s",)


def test_a_mail_of_html_alone_is_read_like_a_page(tmp_path: Path) -> None:
    mail = "Subject: Hi\nContent-Type: text/html\n\n<h1>Racks</h1><p>Two <b>new</b> ones.</p>"

    assert _texts(load_file(_write(tmp_path / "mail.eml", mail))) == ["Racks", "Two new ones."]


def test_an_outlook_message_is_read_like_a_mail(tmp_path: Path) -> None:
    streams = {"0037": "Größe", "0C1A": "Ada", "1000": "Zwölf racks.\r\n\r\nOn Monday."}

    loaded = load_file(write_msg(tmp_path / "mail.msg", streams))

    assert loaded.title == "Größe"
    assert _texts(loaded)[-2:] == ["Zwölf racks.", "On Monday."]


def test_the_chapters_of_a_book_come_in_the_order_of_its_spine(tmp_path: Path) -> None:
    path = _zip(
        tmp_path / "book.epub",
        {
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": BOOK,
            "OEBPS/one a.xhtml": "<html><body><h1>Second</h1><p>Later.</p></body></html>",
            "OEBPS/two.xhtml": "<html><body><h1>First</h1><p>Early.</p></body></html>",
        },
    )

    loaded = load_file(path)

    assert loaded.title == "On racks"
    assert _texts(loaded) == ["First", "Early.", "Second", "Later."]
    assert loaded.notes == ("1 of 3 chapters are missing",)


@pytest.mark.parametrize(
    ("name", "content", "note"),
    [
        ("page.pdf", "<!DOCTYPE html><p>Racks</p>", "parsed as .html, going by its content"),
        (
            "sheet.xls",
            "<html><table><tr><td>Racks</td></tr></table>",
            "parsed as .html, going by its content",
        ),
        (
            "page.xml",
            '<?xml version="1.0"?>\n<!-- x --><html><p>Racks</p></html>',
            "parsed as .html",
        ),
        ("noname", "\ufeff<html><p>Racks</p>", "parsed as .html, going by its content"),
        ("notes.pdf", "Racks", "parsed as .txt, going by its content"),
        ("notes.docx", "Racks", "parsed as .txt, going by its content"),
        ("notes.doc", "\ufeffRacks", "parsed as .txt, going by its content"),
        ("notes.png", "Racks\r\n", "parsed as .txt, going by its content"),
        ("notes.epub", "Racks", "parsed as .txt, going by its content"),
        ("export.xls", "Racks", "parsed as .csv, going by its content"),
    ],
)
def test_a_file_is_read_as_what_it_is_and_the_note_says_so(
    tmp_path: Path, name: str, content: str, note: str
) -> None:
    loaded = load_file(_write(tmp_path / name, content))

    assert _texts(loaded) == ["Racks"]
    assert loaded.notes[0].startswith(note)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "a.docx",
            b"{\\rtf1 text}",
            "a.docx: it is a .rtf file by its content, and .rtf files cannot be read; save it as .docx.",
        ),
        (
            "a.pdf",
            b"\x89PNG....",
            "a.pdf: the text of a picture is read by OCR; set DOCSQL_DOCUMENTS__OCR_LANGUAGES.",
        ),
        ("a.json", b'{"a": 1,\n]', "a.json: the file is not JSON (Expecting property name"),
        ("a.xml", b"<a><b></a>", "a.xml: the file is not well-formed XML (line 1)."),
        (
            "a.xml",
            b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
            "a.xml: the XML declares entities, which may unfold without end",
        ),
        ("a.xlsx", b"PK torn", "a.xlsx: the file is damaged or is not a"),
        ("a.pptx", b"PK torn", "a.pptx: the file is damaged or is not a"),
        ("a.epub", b"PK torn", "a.epub: the file is damaged or is not a"),
        ("a.msg", b"torn\0", "a.msg: the file"),
        ("deep.json", b"[" * 100_000, "deep.json: its parts are nested too deeply to be read"),
        ("empty.json", b"{}", "empty.json: the file has no text"),
    ],
)
def test_what_is_refused_says_what_it_is(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    with pytest.raises(UnreadableFile) as caught:
        load_file(_write(tmp_path / name, content))

    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        (
            "WordDocument",
            r"^a\.docx: it is a \.doc file by its content, .* cannot be read; save it as \.docx\.",
        ),
        (
            "Workbook",
            r"^a\.docx: it is a \.xls file by its content, .* cannot be read; save it as \.xlsx\.",
        ),
        (
            "PowerPoint Document",
            r"^a\.docx: it is a \.ppt file by its content, .* cannot be read; save it as \.pptx\.",
        ),
        ("EncryptedPackage", r"^a\.docx: the file is locked with a password; save it without one"),
    ],
)
def test_an_old_or_locked_office_file_is_known_whatever_its_name(
    tmp_path: Path, stream: str, words: str
) -> None:
    with pytest.raises(UnreadableFile, match=words):
        load_file(_write(tmp_path / "a.docx", container({stream: b"x"})))


def test_an_archive_is_refused_and_so_is_one_that_unfolds_to_too_much(tmp_path: Path) -> None:
    archive = _zip(tmp_path / "a.docx", {"a.txt": "Racks"})
    bomb = tmp_path / "bomb.docx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as opened:
        opened.writestr("word/document.xml", "<a/>")
        with opened.open("word/media/zero", "w", force_zip64=True) as part:
            for _ in range(MOST_UNPACKED // 10**7 + 1):
                part.write(bytes(10**7))

    with pytest.raises(UnreadableFile, match=r"^a\.docx: it is a \.zip file .*; unpack it"):
        load_file(archive)
    with pytest.raises(UnreadableFile, match=r"^bomb\.docx: .* unpack to more than 500 MB"):
        load_file(bomb)


def test_a_protected_book_is_refused(tmp_path: Path) -> None:
    encryption = '<e><CipherReference URI="OEBPS/two.xhtml"/></e>'
    path = _zip(
        tmp_path / "book.epub",
        {
            "META-INF/container.xml": CONTAINER,
            "META-INF/encryption.xml": encryption,
            "OEBPS/book.opf": BOOK,
        },
    )

    with pytest.raises(UnreadableFile, match="protected against copying"):
        load_file(path)


def test_a_table_that_was_exported_as_text_under_excels_name_is_a_table(tmp_path: Path) -> None:
    data = "Modell\tGröße\nCrag\t12\n".encode("utf-16")
    loaded = load_file(_write(tmp_path / "export.xls", data))

    assert _texts(loaded) == ["Modell | Größe\nCrag | 12"]
    assert loaded.notes == ("parsed as .csv, going by its content",)
