"""Files with a fault in them: what is whole of them is read, and the notes say what is not."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pytest
from pptx import Presentation
from pptx.shapes.autoshape import Shape

from tools.documents.chunk import chunk
from tools.documents.load import load_file
from tools.errors import UnreadableFile

Edit = Callable[[str, bytes], bytes | None]
RELATION = (
    '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/{kind}" Target="{target}"/></Relationships>'
)
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default '
    'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.document.main+xml"/></Types>'
)
STRICT_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/'
    'officeDocument" Target="word/document.xml"/></Relationships>'
)
STRICT_BODY = (
    '<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main" '
    'w:conformance="strict"><w:body><w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>'
    "Cooling</w:t></w:r></w:p><w:p><w:r><w:t>Fans turn.</w:t></w:r></w:p></w:body></w:document>"
)


def _write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def _word(path: Path) -> Path:
    document = docx.Document()
    document.add_heading("Cooling", level=1)
    document.add_paragraph("Fans turn.")
    document.save(str(path))
    return path


def _workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    for number, title in enumerate(["Stock", "Orders"]):
        sheet = book.create_sheet(title, number)
        sheet.append(["Model", "Units"])
        sheet.append([f"Crag {title}", 12])
    book.save(path)
    return path


def _slides(path: Path) -> Path:
    presentation = Presentation()
    for text in ("Fans turn.", "Water flows."):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        body = slide.placeholders[1]
        assert isinstance(body, Shape)
        body.text_frame.text = text
    presentation.save(str(path))
    return path


def _edit(path: Path, edit: Edit) -> Path:
    """The package with each part as `edit` gives it back, and without those it gives None for."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: edit(name, archive.read(name)) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            if data is not None:
                archive.writestr(name, data)
    return path


def _without(pattern: str) -> Edit:
    return lambda name, data: None if re.search(pattern, name) else data


def _replaced(old: bytes, new: bytes) -> Edit:
    return lambda _, data: data.replace(old, new)


def _related(of: str, kind: str, target: str) -> Edit:
    relation = RELATION.format(kind=kind, target=target).encode()
    return lambda name, data: data.replace(b"</Relationships>", relation) if name == of else data


def _strict(name: str, data: bytes) -> bytes:
    """As Office writes its Strict variant."""
    renamed = re.sub(
        rb"http://schemas\.openxmlformats\.org/(?!package)(\w+)/2006/([\w-]+)",
        rb"http://purl.oclc.org/ooxml/\1/\2",
        data,
    )
    return renamed.replace(b"/extended-properties", b"/extendedProperties")


def _texts(path: Path) -> list[str]:
    return [block.text for block in load_file(path).blocks if block.kind != "heading"]


@pytest.mark.parametrize(
    "edit",
    [
        _without("thumbnail"),
        _without("core.xml"),
        _without("settings.xml"),
        _related("word/_rels/document.xml.rels", "image", "media/gone.png"),
        _related("word/_rels/document.xml.rels", "image", "NULL"),
        _related("word/_rels/document.xml.rels", "hyperlink", "#there"),
        _related("_rels/.rels", "custom-properties", "docProps/custom.xml"),
        _replaced(b'Extension="jpeg"', b'Extension="x"'),
        _replaced(b'"styles.xml"', b'"Styles.xml"'),
        _strict,
    ],
    ids=[
        "no thumbnail",
        "no properties",
        "no settings",
        "no picture",
        "no target",
        "an anchor",
        "no custom properties",
        "no content type",
        "another case",
        "strict",
    ],
)
def test_a_word_document_with_a_fault_around_its_text_is_read(tmp_path: Path, edit: Edit) -> None:
    loaded = load_file(_edit(_word(tmp_path / "fans.docx"), edit))

    assert loaded.title == "Cooling"
    assert [block.text for block in loaded.blocks] == ["Fans turn."]
    assert loaded.notes == ()


def test_a_word_document_whose_main_part_has_another_name_is_read(tmp_path: Path) -> None:
    path, moved = _word(tmp_path / "fans.docx"), tmp_path / "moved.docx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(moved, "w") as target:
        for name in source.namelist():
            data = source.read(name).replace(b"word/document.xml", b"word/document2.xml")
            target.writestr(name.replace("document.xml", "document2.xml"), data)

    assert _texts(moved) == ["Fans turn."]


def test_headings_are_known_without_the_part_that_describes_styles(tmp_path: Path) -> None:
    loaded = load_file(_edit(_word(tmp_path / "fans.docx"), _without("styles.xml")))

    assert loaded.title == "Cooling"


def test_the_least_that_a_strict_document_can_be_is_read_under_its_own_name(
    tmp_path: Path,
) -> None:
    path = tmp_path / "fans.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", STRICT_RELATIONS)
        archive.writestr("word/document.xml", STRICT_BODY)
    plain = _edit(path, _replaced(b"Heading1", b"Normal"))

    assert load_file(path).title == "fans"
    assert _texts(plain) == ["Cooling", "Fans turn."]


@pytest.mark.parametrize("edit", [_strict, _without("thumbnail"), _without("core.xml")])
def test_sheets_and_slides_with_such_a_fault_are_read_too(tmp_path: Path, edit: Edit) -> None:
    book = _edit(_workbook(tmp_path / "stock.xlsx"), edit)
    slides = _edit(_slides(tmp_path / "talk.pptx"), edit)

    assert _texts(book) == ["Model | Units\nCrag Stock | 12", "Model | Units\nCrag Orders | 12"]
    assert _texts(slides) == ["Fans turn.", "Water flows."]
    assert load_file(slides).title == "talk" if edit != _strict else "PowerPoint Presentation"


def test_a_sheet_or_slide_that_is_missing_is_said(tmp_path: Path) -> None:
    book = load_file(_edit(_workbook(tmp_path / "stock.xlsx"), _without("sheet2.xml")))
    slides = load_file(_edit(_slides(tmp_path / "talk.pptx"), _without(r"slides/slide2.xml$")))

    assert book.notes == ("missing from the file, not read: xl/worksheets/sheet2.xml",)
    assert [block.text for block in book.blocks][-1] == "Model | Units\nCrag Stock | 12"
    assert slides.notes == ("missing from the file, not read: ppt/slides/slide2.xml",)
    assert [block.text for block in slides.blocks] == ["Fans turn."]


def test_a_cell_of_any_length_is_read(tmp_path: Path) -> None:
    cell = "word " * 60_000
    loaded = load_file(_write(tmp_path / "long.csv", f'name,text\nCrag,"{cell}"\n'))

    assert loaded.blocks[0].text == f"name | text\nCrag | {cell.strip()}"


def test_a_stray_quote_loses_nothing(tmp_path: Path) -> None:
    rows = "".join(f"Crag {number},12\n" for number in range(20_000))
    loaded = load_file(_write(tmp_path / "quote.csv", f'name,units\n"Crag,1\n{rows}'))

    assert "Crag 0,12" in loaded.blocks[0].text
    assert "Crag 19999,12" in loaded.blocks[0].text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.md", "# Only this\n"),
        ("a.md", "---\ntitle: Only this\n---\n"),
        ("a.html", "<h1>Only this</h1>"),
        ("a.html", "<title>Only this</title><body></body>"),
        ("a.eml", "Subject: Only this\n\n"),
    ],
)
def test_a_document_that_is_only_a_title_is_found_by_it(
    tmp_path: Path, name: str, content: str
) -> None:
    loaded = load_file(_write(tmp_path / name, content))
    passages = chunk(loaded, document_id="d", collection="c", source=name, content_hash="h")

    assert [(passage.title, passage.text) for passage in passages] == [("Only this", "Only this")]


def test_a_word_document_that_is_only_a_title_is_found_by_it(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Only this", level=0)
    document.save(str(tmp_path / "a.docx"))

    assert _texts(tmp_path / "a.docx") == ["Only this"]


def test_lines_that_are_no_json_are_left_out_and_named(tmp_path: Path) -> None:
    deep = "[" * 100_000
    path = _write(tmp_path / "log.jsonl", f'{{"a": 1}}\n{{"a": \n{{"a": 3}}\n{deep}\n{{"a"')
    loaded = load_file(path)

    assert [block.text for block in loaded.blocks] == ["a\n1\n3"]
    assert loaded.notes == ("not JSON, left out: line(s) 2, 4, 5 (Expecting value, line 2)",)


def test_lines_of_json_may_be_called_json(tmp_path: Path) -> None:
    loaded = load_file(_write(tmp_path / "log.json", '{"a": 1}\n{"a": 2}\n'))

    assert [block.text for block in loaded.blocks] == ["a\n1\n2"]


def test_lines_of_which_none_is_json_are_refused_with_the_first_fault(tmp_path: Path) -> None:
    with pytest.raises(
        UnreadableFile, match=r"^log\.jsonl: the file is not JSON \(Expecting value"
    ):
        load_file(_write(tmp_path / "log.jsonl", "one\ntwo\n"))


def test_damage_is_told_with_what_the_parser_said(tmp_path: Path) -> None:
    path = _edit(_word(tmp_path / "fans.docx"), _without("^_rels/"))

    with pytest.raises(UnreadableFile, match=r"is not a \.docx file \(KeyError: .*officeDocument"):
        load_file(path)
