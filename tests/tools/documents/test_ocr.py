"""Scanned pages: pictures of text in a PDF, made here."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from programs import needs, needs_extra

from tools.documents.formats import ocr
from tools.documents.load import load_file
from tools.documents.printed.words import printed_lines, segments_of
from tools.documents.readers import FileReaders
from tools.documents.reading import ReadingTask
from tools.errors import UnreadableFile

PAGES = (
    [(150, 150, "The warranty of the rack covers thirty months."), (150, 230, "Call the desk.")],
    [
        (150, 150, "Series"), (900, 150, "Months"),
        (150, 230, "Edge"), (900, 230, "18"),
        (150, 310, "Core"), (900, 310, "36"),
    ],
)  # fmt: skip
NUMBERS = ["Seven", "Eight", "Nine", "Twenty", "Thirty"]
Words = Sequence[tuple[int, int, str]]


@pytest.fixture(scope="module", autouse=True)
def _tesseract() -> None:
    needs("tesseract", package="tesseract-ocr")
    needs_extra("pypdfium2", "pytesseract")


def _scan(path: Path, pages: Sequence[Words], *, turned: int = 0, blur: float = 0) -> Path:
    """A PDF whose pages are pictures, as a scanner writes them."""
    font = ImageFont.load_default(48)
    pictures = list[Image.Image]()
    for page in pages:
        picture = Image.new("L", (1654, 2339), 255)
        for x, y, words in page:
            ImageDraw.Draw(picture).text((x, y), words, font=font, fill=0)
        picture = picture.filter(ImageFilter.GaussianBlur(blur))
        pictures.append(picture.rotate(turned, expand=True))
    pictures[0].save(path, "PDF", save_all=True, append_images=pictures[1:], resolution=200)
    return path


def test_scanned_pages_are_read_with_their_numbers_and_tables_and_the_report_says_so(
    tmp_path: Path,
) -> None:
    path = _scan(tmp_path / "scan.pdf", [*PAGES, []])
    with FileReaders(1) as readers:
        read = readers.submit(ReadingTask(str(path), "an-id", "c", "scan.pdf", "a-hash")).result()

    assert read.reason == ""
    assert read.note == "read by OCR (eng): page(s) 1, 2 of 3; no text on page(s) 3"
    assert [(passage.page, passage.text) for passage in read.passages] == [
        (1, "The warranty of the rack covers thirty months. Call the desk."),
        (2, "Series | Months\nEdge | 18\nCore | 36"),
    ]


def test_a_page_that_lies_on_its_side_is_turned(tmp_path: Path) -> None:
    lines = [f"{word} racks stand in the hall of the data centre" for word in NUMBERS * 4]
    page = [(150, 150 + 80 * number, line) for number, line in enumerate(lines)]
    path = _scan(tmp_path / "turned.pdf", [page], turned=90)

    found = ocr.recognise_pages(path, [1], languages="eng")

    assert [line.text for line in printed_lines(segments_of(found[1].words))] == lines
    [note] = load_file(path, ocr_languages="eng").notes[1:]
    assert note == "turned upright: page(s) 1"


def test_a_page_that_stands_on_its_head_is_turned(tmp_path: Path) -> None:
    lines = [f"{word} racks stand in the hall of the data centre" for word in NUMBERS * 4]
    page = [(150, 150 + 80 * number, line) for number, line in enumerate(lines)]
    path = _scan(tmp_path / "turned.pdf", [page], turned=180)

    found = ocr.recognise_pages(path, [1], languages="eng")

    assert [line.text for line in printed_lines(segments_of(found[1].words))] == lines
    assert found[1].is_turned


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_page_of_few_words_is_turned_as_it_is_read_best(tmp_path: Path, turned: int) -> None:
    path = _scan(tmp_path / "turned.pdf", PAGES, turned=turned)

    loaded = load_file(path, ocr_languages="eng")

    assert [block.text for block in loaded.blocks] == [
        "The warranty of the rack covers thirty months. Call the desk.",
        "Series | Months\nEdge | 18\nCore | 36",
    ]
    assert loaded.notes[1] == "turned upright: page(s) 1, 2"


def test_a_page_that_is_hard_to_read_is_named(tmp_path: Path) -> None:
    page = [
        (150, 150 + 80 * n, f"{word} racks stand in the hall") for n, word in enumerate(NUMBERS)
    ]
    path = _scan(tmp_path / "blurred.pdf", [page, PAGES[0]], blur=6)

    assert (
        "hard to read, so look at them: page(s) 1" in load_file(path, ocr_languages="eng").notes[-1]
    )


def test_a_scan_without_any_letters_is_refused(tmp_path: Path) -> None:
    path = _scan(tmp_path / "blank.pdf", [[]])

    with pytest.raises(UnreadableFile, match=r"^blank\.pdf: .* OCR \(eng\) finds none on its 1"):
        load_file(path, ocr_languages="eng")


@pytest.mark.parametrize(
    ("languages", "words"),
    [
        ("", "to have them read, set DOCSQL_DOCUMENTS__OCR_LANGUAGES, or run the file through OCR"),
        ("eng+xyz", "install Tesseract's data for xyz (apt install tesseract-ocr-xyz), or run"),
    ],
)
def test_what_is_missing_for_ocr_is_said(tmp_path: Path, languages: str, words: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        load_file(_scan(tmp_path / "scan.pdf", PAGES), ocr_languages=languages)

    assert words in str(caught.value)


MATERIALS = [
    ("Pos.", "Material", "Bags", "Weight"),
    ("1", "Cement", "48", "1,200"),
    ("2", "Gravel", "75", "1,875"),
    ("3", "River sand", "62", "2,480"),
    ("4", "Lime", "19", "135"),
]


@pytest.mark.parametrize("tilt", [0, 0.4])
def test_a_grid_of_lines_hides_no_word_of_a_scanned_table(tmp_path: Path, tilt: float) -> None:
    picture = Image.new("L", (1654, 2339), 255)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(36)
    lefts, top, height = (150, 260, 620, 800, 1050), 300, 52
    for row, cells in enumerate(MATERIALS):
        for left, cell in zip(lefts, cells, strict=False):
            draw.text((left + 6, top + row * height + 5), cell, font=font, fill=0)
    for row in range(len(MATERIALS) + 1):
        draw.line((lefts[0], top + row * height, lefts[-1], top + row * height), fill=0, width=4)
    for left in lefts:
        draw.line((left, top, left, top + len(MATERIALS) * height), fill=0, width=4)
    path = tmp_path / "ruled.pdf"
    picture.rotate(tilt, fillcolor=255).save(path, "PDF", resolution=200)

    (block,) = load_file(path, ocr_languages="eng").blocks

    assert block.text.splitlines() == [" | ".join(cells) for cells in MATERIALS]


@pytest.mark.parametrize("turned", [0, 90])
def test_cells_drawn_one_by_one_are_a_grid_on_a_turned_page_too(
    tmp_path: Path, turned: int
) -> None:
    picture = Image.new("L", (1654, 2339), 255)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(30)
    draw.text((150, 150), "Inspected on 9 September by the crane service", font=font, fill=0)
    rows = [("Part", "Condition"), ("Wire rope", "good"), ("Main hook", "worn"), ("Brake", "good")]
    for row, cells in enumerate(rows):
        for left, cell in zip((150, 480), cells, strict=True):
            draw.rectangle((left, 300 + 54 * row, left + 322, 348 + 54 * row), outline=0, width=2)
            draw.text((left + 50, 305 + 54 * row), cell, font=font, fill=0)
    path = tmp_path / "cells.pdf"
    picture.rotate(turned, expand=True).save(path, "PDF", resolution=200)

    _, table = load_file(path, ocr_languages="eng").blocks

    assert table.text.splitlines() == [" | ".join(cells) for cells in rows]


GERMAN = [
    (150, 150, "Die Kaution ist mit der ersten Miete"),
    (150, 230, "auf das Konto des Vermieters zu zahlen"),
    (150, 310, "und wird nach dem Auszug verzinst."),
]


def test_a_scan_in_another_language_says_what_would_read_it_better(tmp_path: Path) -> None:
    path = _scan(tmp_path / "scan.pdf", [GERMAN])

    notes = load_file(path, ocr_languages="eng").notes

    assert notes[-1] == (
        "its text looks German: set DOCSQL_DOCUMENTS__OCR_LANGUAGES=eng+deu (apt install "
        "tesseract-ocr-deu), then delete it and ingest it again"
    )
    assert len(load_file(_scan(path, PAGES), ocr_languages="eng").notes) == 1


def _picture(words: Words) -> Image.Image:
    picture = Image.new("RGB", (1654, 2339), "white")
    for x, y, said in words:
        font = ImageFont.load_default(48)
        ImageDraw.Draw(picture).text((x, y), said, font=font, fill="black")
    return picture


@pytest.mark.parametrize("name", ["note.png", "note.jpg", "note.jpeg", "note.tif", "note"])
def test_a_picture_is_read_as_a_scanned_page(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    _picture(PAGES[0]).save(path, None if path.suffix else "PNG")

    loaded = load_file(path, ocr_languages="eng")

    (block,) = loaded.blocks
    assert block.text == "The warranty of the rack covers thirty months. Call the desk."
    assert (block.page, loaded.title) == (1, "note")
    assert "read by OCR (eng): page(s) 1 of 1" in loaded.notes


def test_a_photo_is_turned_as_the_camera_says_and_each_page_of_a_fax_is_read(
    tmp_path: Path,
) -> None:
    turned, held = tmp_path / "photo.jpg", Image.Exif()
    held[274] = 6  # "rotate it by 90 degrees to the right"
    _picture(PAGES[0]).rotate(90, expand=True).save(turned, exif=held)
    assert "turned upright" not in " ".join(load_file(turned, ocr_languages="eng").notes)

    fax = tmp_path / "fax.tiff"
    first, second = map(_picture, PAGES)
    first.save(fax, save_all=True, append_images=[second])
    assert [block.page for block in load_file(fax, ocr_languages="eng").blocks] == [1, 2]


def test_a_photo_of_something_else_is_no_document(tmp_path: Path) -> None:
    wall, blank = tmp_path / "wall.png", tmp_path / "blank.png"
    Image.effect_noise((1200, 900), 90).filter(ImageFilter.GaussianBlur(2)).save(wall)
    Image.new("L", (400, 300), 255).save(blank)
    (tmp_path / "torn.png").write_bytes(b"\x89PNG....")

    for name, said in {
        "wall.png": "OCR (eng) (?:is not sure of any text in|finds no text in) the picture",
        "blank.png": "OCR (eng) finds no text in the picture",
        "torn.png": "the picture is damaged or too large",
    }.items():
        with pytest.raises(UnreadableFile, match=said.replace("(eng)", r"\(eng\)")):
            load_file(tmp_path / name, ocr_languages="eng")
