"""Content beside the main text, and hidden content: none is lost without a note."""

import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, cast

import docx
import openpyxl
import pytest
from PIL import Image
from pptx import Presentation
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.shapes.autoshape import Shape
from pptx.util import Inches
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

from tools.documents.formats.hyphenation import rejoin
from tools.documents.formats.number_format import show
from tools.documents.load import load_file
from tools.errors import UnreadableFile

WritePdf = Callable[[Path, Sequence[Sequence[tuple[int, int, int, str]]]], Path]
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PLACE = (Inches(1), Inches(1), Inches(4), Inches(3))


def _texts(path: Path) -> list[str]:
    return [block.text for block in load_file(path).blocks if block.kind != "heading"]


# PDF


def _fill(plain: Path, path: Path, fields: Sequence[DictionaryObject], *, page: int = 0) -> Path:
    """A PDF with the fields as widgets on a page; those with kids have these there instead."""
    writer = PdfWriter(clone_from=PdfReader(plain))
    widgets = ArrayObject()
    for field in fields:
        field[NameObject("/Subtype")] = NameObject("/Widget")
        widgets.append(writer._add_object(field))  # pyright: ignore[reportPrivateUsage]
    writer.pages[page][NameObject("/Annots")] = widgets
    writer.write(path)
    return path


def _field(kind: str, name: str, value: object, **more: Any) -> DictionaryObject:
    field = DictionaryObject()
    field[NameObject("/FT")] = NameObject(kind)
    field[NameObject("/T")] = TextStringObject(name)
    field[NameObject("/V")] = cast(Any, value)
    for key, entry in more.items():
        field[NameObject(f"/{key}")] = entry
    return field


def test_what_was_entered_into_a_pdfs_form_stands_on_its_page(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    plain = write_pdf(
        tmp_path / "plain.pdf",
        [[(50, 700, 11, "Name and plan")], [(50, 700, 11, "Second page")]],
    )
    options = ArrayObject(
        [ArrayObject([TextStringObject("b"), TextStringObject("Basic")]), TextStringObject("c")]
    )
    fields = [
        _field("/Tx", "name", TextStringObject("Ada\nByron"), TU=TextStringObject("Your name")),
        _field("/Tx", "empty", TextStringObject("")),
        _field("/Btn", "agrees", NameObject("/Yes")),
        _field("/Btn", "refuses", NameObject("/Off")),
        _field("/Btn", "colour", NameObject("/Blue")),
        _field("/Btn", "send", NameObject("/Yes"), Ff=NumberObject(1 << 16)),
        _field("/Ch", "plan", TextStringObject("b"), Opt=options),
        _field("/Ch", "days", ArrayObject([TextStringObject("Mon"), TextStringObject("Tue")])),
    ]
    path = _fill(plain, tmp_path / "form.pdf", fields)

    assert [(block.text, block.page) for block in load_file(path).blocks] == [
        ("Name and plan", 1),
        (
            "- Your name: Ada Byron\n- agrees: yes\n- colour: Blue\n- plan: Basic\n- days: Mon, Tue",
            1,
        ),
        ("Second page", 2),
    ]


def test_a_form_on_a_page_without_text_is_read(tmp_path: Path, write_pdf: WritePdf) -> None:
    plain = write_pdf(tmp_path / "plain.pdf", [[]])
    path = _fill(plain, tmp_path / "form.pdf", [_field("/Tx", "a", TextStringObject("Racks"))])

    assert _texts(path) == ["- a: Racks"]


def test_a_value_that_the_parent_of_a_widget_has_is_read_once(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    plain = write_pdf(tmp_path / "plain.pdf", [[(50, 700, 11, "Choose")]])
    parent = _field("/Btn", "plan", NameObject("/Gold"))
    widgets = [DictionaryObject({NameObject("/Parent"): parent}) for _ in range(2)]

    assert _texts(_fill(plain, tmp_path / "form.pdf", widgets)) == ["Choose", "- plan: Gold"]


def test_words_that_a_pdfs_lines_cut_are_whole(tmp_path: Path, write_pdf: WritePdf) -> None:
    lines = [
        "This policy is well-known and says in its first line what the infor-",
        "mation is about, and in the second that well-",
        "known things, pre- and post-sale, state-of-the-",
        "art machines, 24-",
        "7 service, CSV-",
        "Export and in-",
        "voices are part of it.",
    ]
    printed = [(50, 700 - 14 * number, 11, line) for number, line in enumerate(lines)]

    (text,) = _texts(write_pdf(tmp_path / "policy.pdf", [printed]))

    for words in ("the information is about", "that well-known things", "pre- and post-sale"):
        assert words in text
    assert text.endswith(
        "state-of-the-art machines, 24-7 service, CSV-Export and invoices are part of it."
    )


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("infor-\nmation", "information"),
        ("infor\u00ad\nmation", "information"),
        ("Vor-\nund Nachteile", "Vor- und Nachteile"),
        ("- one\n- two", "- one\n- two"),
        ("a dash -\nand more", "a dash -\nand more"),
        ("The long and the term. A long-\nterm plan.", "The long and the term. A long-term plan."),
        ("Größen-\nänderung", "Größenänderung"),
        ("plain\nlines", "plain\nlines"),
    ],
)
def test_words_that_lines_cut_are_put_together(text: str, joined: str) -> None:
    assert rejoin(text) == joined


def test_soft_hyphens_do_not_hide_a_word(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<p>infor&shy;mation</p>", encoding="utf-8")
    (tmp_path / "a.txt").write_text("It is infor-\nmation.", encoding="utf-8")

    assert _texts(tmp_path / "a.html") == ["information"]
    assert _texts(tmp_path / "a.txt") == ["It is information."]


# Word


def _with_notes(path: Path, *, kind: str, in_table: bool = False) -> Path:
    """A document with a note of a kind to its paragraph, as Word keeps them."""
    document = docx.Document()
    document.add_heading("Terms", level=1)
    document.add_paragraph("Prices are net")
    document.add_table(rows=1, cols=1).rows[0].cells[0].text = "In a table"
    document.save(str(path))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    notes = (
        f'<w:{kind}s xmlns:w="{WORD}"><w:{kind} w:type="separator" w:id="-1"><w:p/></w:{kind}>'
        f'<w:{kind} w:id="2"><w:p><w:r><w:{kind}Ref/></w:r><w:r><w:t>Plus 7 % tax.</w:t></w:r></w:p>'
        f"<w:p><w:r><w:t>Since May.</w:t></w:r></w:p></w:{kind}></w:{kind}s>"
    )
    after = "In a table" if in_table else "Prices are net"
    reference = f'{after}</w:t></w:r><w:r><w:{kind}Reference w:id="2"/></w:r><w:r><w:t>'
    relation = f'<Relationship Id="rId90" Type="{RELATIONS}/{kind}s" Target="{kind}s.xml"/>'
    edits = {
        "word/document.xml": (after, reference),
        "word/_rels/document.xml.rels": ("</Relationships>", f"{relation}</Relationships>"),
    }
    for name, (old, new) in edits.items():
        parts[name] = parts[name].decode().replace(old, new, 1).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**parts, f"word/{kind}s.xml": notes.encode()}.items():
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize(("kind", "said"), [("footnote", "Footnote"), ("endnote", "Endnote")])
def test_a_note_stands_below_the_paragraph_that_has_it(
    tmp_path: Path, kind: str, said: str
) -> None:
    loaded = load_file(_with_notes(tmp_path / "terms.docx", kind=kind))

    assert [block.text for block in loaded.blocks] == [
        "Prices are net",
        f"{said}: Plus 7 % tax. Since May.",
        "In a table",
    ]


def test_a_note_in_a_table_stands_below_it(tmp_path: Path) -> None:
    path = _with_notes(tmp_path / "terms.docx", kind="footnote", in_table=True)

    assert _texts(path)[-2:] == ["In a table", "Footnote: Plus 7 % tax. Since May."]


# Slides


def test_the_data_of_a_slides_chart_is_a_table_below_its_title(tmp_path: Path) -> None:
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    data = CategoryChartData(number_format="0.0%")
    data.categories = ["Europe", "Asia"]
    data.add_series("2025", (0.125, 0.2))
    data.add_series("2026", (0.15, None))
    shapes = cast(Any, slide.shapes)
    frame = shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *PLACE, data)
    frame.chart.has_title = True
    frame.chart.chart_title.text_frame.text = "Share of sales"
    presentation.save(str(tmp_path / "talk.pptx"))

    assert _texts(tmp_path / "talk.pptx") == [
        "Share of sales",
        " | 2025 | 2026\nEurope | 12.5% | 15.0%\nAsia | 20.0% | ",
    ]


def test_the_points_of_a_scatter_chart_are_read(tmp_path: Path) -> None:
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    data = XyChartData()
    series = data.add_series("Load")
    series.add_data_point(1.5, 20)
    series.add_data_point(2.5, 30)
    cast(Any, slide.shapes).add_chart(XL_CHART_TYPE.XY_SCATTER, *PLACE, data)
    presentation.save(str(tmp_path / "talk.pptx"))

    assert _texts(tmp_path / "talk.pptx")[-1] == " | Load\n1.5 | 20\n2.5 | 30"


def test_a_hidden_slide_is_left_out_and_the_note_says_so(tmp_path: Path) -> None:
    presentation = Presentation()
    for text in ("Shown", "Secret", "Shown too"):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        body = slide.placeholders[1]
        assert isinstance(body, Shape)
        body.text_frame.text = text
    cast(Any, presentation.slides[1]).element.set("show", "0")
    presentation.save(str(tmp_path / "talk.pptx"))
    loaded = load_file(tmp_path / "talk.pptx")

    assert [(block.text, block.page) for block in loaded.blocks] == [("Shown", 1), ("Shown too", 3)]
    assert loaded.notes == ("hidden, not read: slide(s) 2",)


# Workbooks


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_left_out_and_the_note_names_it(tmp_path: Path, state: str) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["Model", "Crag"])
    secret = book.create_sheet("Salaries")
    secret.append(["Ada", 100])
    secret.sheet_state = state
    book.save(tmp_path / "stock.xlsx")
    loaded = load_file(tmp_path / "stock.xlsx")

    assert [block.text for block in loaded.blocks] == ["Sheet", "Model | Crag"]
    assert loaded.notes == ("hidden, not read: the sheet(s) 'Salaries'",)


def test_a_workbook_whose_text_is_on_hidden_sheets_alone_says_so(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    secret = book.create_sheet("Salaries")
    secret.append(["Ada", 100])
    secret.sheet_state = "hidden"
    book.save(tmp_path / "stock.xlsx")

    with pytest.raises(UnreadableFile, match="on hidden sheets; show them in Excel"):
        load_file(tmp_path / "stock.xlsx")


def test_hidden_columns_are_read_and_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["Model", "Cost", "Price"])
    cast(Any, sheet).column_dimensions["B"].hidden = True
    book.save(tmp_path / "stock.xlsx")
    loaded = load_file(tmp_path / "stock.xlsx")

    assert loaded.blocks[-1].text == "Model | Cost | Price"
    assert loaded.notes == ("hidden, but read: column(s) B of the sheet 'Sheet'",)


def test_merged_cells_say_what_they_say_wherever_they_reach(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = cast(Any, book.worksheets[0])
    for row in [
        ["Sales of the group"],
        ["Region", 2025, None, 2026, None],
        [None, "Net", "Gross", "Net", "Gross"],
        ["Europe", 1, 2, 3, 4],
        [None, 5, 6, 7, 8],
    ]:
        sheet.append(row)
    for reference in ("A1:E1", "A2:A3", "B2:C2", "D2:E2", "A4:A5"):
        sheet.merge_cells(reference)
    book.save(tmp_path / "sales.xlsx")

    table = load_file(tmp_path / "sales.xlsx").blocks[-1]

    assert table.caption == "Sales of the group"
    assert table.text.splitlines() == [
        "Region | 2025 Net | 2025 Gross | 2026 Net | 2026 Gross",
        "Europe | 1 | 2 | 3 | 4",
        "Europe | 5 | 6 | 7 | 8",
    ]


def test_numbers_read_as_their_cells_are_formatted(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = cast(Any, book.worksheets[0])
    sheet.append(["Rate", 0.125, 0.4, 12.5, 1234.5, 0.125, date(2026, 1, 5)])
    for column, number_format in zip(
        "BCDE", ["0.0%", "0%", '0.0" kg"', '#,##0.00 "€"'], strict=True
    ):
        sheet[f"{column}1"].number_format = number_format
    book.save(tmp_path / "rates.xlsx")

    assert load_file(tmp_path / "rates.xlsx").blocks[-1].text == (
        "Rate | 12.5% | 40% | 12.5 kg | 1,234.50 € | 0.125 | 2026-01-05"
    )


@pytest.mark.parametrize(
    ("number", "number_format", "shown"),
    [
        (0.125, "0.0%", "12.5%"),
        (0.125, "0.00%", "12.50%"),
        (0.005, "0.##%", "0.5%"),
        (1, "0%", "100%"),
        (-0.125, "0.0%", "-12.5%"),
        (-0.125, "0.0%;[Red](0.0%)", "(12.5%)"),
        (0.1234, "##0.0\\ %", "12.3 %"),
        (1234.5, "[$€-407] #,##0.00", "€ 1,234.50"),
        (-5, '_-* #,##0.00\\ "€"_-;\\-* #,##0.00\\ "€"_-', "-5.00 €"),
        (-1234.5, "$#,##0.00;[Red]$#,##0.00", "-$1,234.50"),
        (0.1 + 0.2, "General", "0.3"),
        (1234.5, "#,##0", "1234.5"),
        (12345678901234567, "0", "12345678901234567"),
        (0.125, "# ?/?", "0.125"),
        (0.5, "[>1]0%;0.00", "0.5"),
        (1e300, "0%", "1e+300"),
    ],
)
def test_a_number_format_is_written_where_it_says_more_than_the_number(
    number: float, number_format: str, shown: str
) -> None:
    assert show(number, number_format) == shown


# Merged cells elsewhere


def test_cells_that_a_page_merges_keep_the_columns_in_line(tmp_path: Path) -> None:
    page = (
        "<table><tr><th colspan=3>All plans</th></tr>"
        "<tr><th rowspan=2>Plan</th><th colspan=2>Price</th></tr>"
        "<tr><th>Net</th><th>Gross</th></tr>"
        "<tr><td rowspan=2>Basic</td><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></table>"
    )
    (tmp_path / "a.html").write_text(page, encoding="utf-8")

    (table,) = load_file(tmp_path / "a.html").blocks
    assert table.caption == "All plans"
    assert table.has_header
    assert table.text.splitlines() == [
        "Plan | Price Net | Price Gross",
        "Basic | 1 | 2",
        "Basic | 3 | 4",
    ]


def test_cells_that_word_and_slides_merge_keep_the_columns_in_line(tmp_path: Path) -> None:
    texts = [["Basic", "Price", ""], ["", "1", "2"]]
    document = docx.Document()
    word = document.add_table(rows=2, cols=3)
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    slides = slide.shapes.add_table(2, 3, *PLACE).table
    for row, cells in enumerate(texts):
        for column, text in enumerate(cells):
            word.cell(row, column).text = text
            slides.cell(row, column).text = text
    for table in (word, slides):
        for first, last in (((0, 0), (1, 0)), ((0, 1), (0, 2))):
            cast(Any, table.cell(*first)).merge(table.cell(*last))
    document.save(str(tmp_path / "a.docx"))
    presentation.save(str(tmp_path / "a.pptx"))

    expected = ["Basic | Price | Price", "Basic | 1 | 2"]
    assert _texts(tmp_path / "a.docx")[0].splitlines() == expected
    assert _texts(tmp_path / "a.pptx")[0].splitlines() == expected


def test_signs_in_cells_of_their_own_go_to_their_numbers_and_heads_to_one_header(
    tmp_path: Path,
) -> None:
    page = (
        "<table><tr><td></td><td></td><td colspan=6>Years ended</td></tr>"
        "<tr><td>Income:</td><td></td><td colspan=3>2025</td><td colspan=3>2024</td></tr>"
        "<tr><td>Sales</td><td></td><td>$</td><td>1,200</td><td></td>"
        "<td>$</td><td>900</td><td></td></tr>"
        "<tr><td>Result</td><td></td><td></td><td>( 40</td><td>)</td>"
        "<td></td><td>7</td><td>%</td></tr></table>"
    )
    (tmp_path / "a.html").write_text(page, encoding="utf-8")

    (table,) = load_file(tmp_path / "a.html").blocks

    assert table.has_header
    assert table.text.splitlines() == [
        "Income: | Years ended 2025 | Years ended 2024",
        "Sales | $1,200 | $900",
        "Result | (40) | 7%",
    ]


def test_a_table_in_a_cell_of_a_word_table_is_a_table_of_its_own(tmp_path: Path) -> None:
    document = docx.Document()
    outer = document.add_table(rows=3, cols=2)
    outer.cell(0, 0).text, outer.cell(0, 1).text = "Lift", "Service plan"
    for row, (lift, task) in enumerate(
        (("Goods lift", "Brake test"), ("Passenger lift", "Ropes")), 1
    ):
        outer.cell(row, 0).text, outer.cell(row, 1).text = lift, "By the maker"
        inner = outer.cell(row, 1).add_table(rows=2, cols=2)
        for number, texts in enumerate((("Task", "Interval"), (task, f"{row} months"))):
            for place, text in enumerate(texts):
                inner.cell(number, place).text = text
    document.save(str(tmp_path / "lifts.docx"))

    blocks = load_file(tmp_path / "lifts.docx").blocks

    assert [(block.caption, block.text) for block in blocks] == [
        ("", "Lift | Service plan\nGoods lift | By the maker\nPassenger lift | By the maker"),
        ("Goods lift: Service plan", "Task | Interval\nBrake test | 1 months"),
        ("Passenger lift: Service plan", "Task | Interval\nRopes | 2 months"),
    ]


def test_a_document_of_pictures_alone_is_told_what_to_do(tmp_path: Path) -> None:
    Image.new("RGB", (40, 20), "white").save(tmp_path / "scan.png")
    document = docx.Document()
    document.add_picture(str(tmp_path / "scan.png"))
    document.save(str(tmp_path / "scan.docx"))

    with pytest.raises(UnreadableFile, match=r"no text, but 1 picture\(s\); save it as PDF"):
        load_file(tmp_path / "scan.docx")


def test_columns_that_were_not_read_and_formulas_without_values_are_said(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = cast(Any, book.active)
    sheet.append(["n", "twice", *(f"c{n}" for n in range(300))])
    sheet.append([1, "=A2*2", *range(300)])
    book.save(tmp_path / "wide.xlsx")

    assert load_file(tmp_path / "wide.xlsx").notes == (
        "only the first 200 columns of the sheet 'Sheet' were read",
        "1 formula(s) of the sheet 'Sheet' have no value; open the file in Excel or LibreOffice "
        "and save it",
    )


def test_excels_own_line_about_the_separator_is_no_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sep=;\r\nOrt;Wert\r\nUlm;1,5\r\n", encoding="utf-8")

    assert _texts(tmp_path / "a.csv") == ["Ort | Wert\nUlm | 1,5"]


def test_pages_of_one_line_each_are_no_running_heads(tmp_path: Path, write_pdf: WritePdf) -> None:
    tickets = [[(50, 700, 11, f"Ticket {n}: one entry to the harbour museum")] for n in range(5)]

    texts = _texts(write_pdf(tmp_path / "tickets.pdf", tickets))

    assert [f"Ticket {n}" in " ".join(texts) for n in range(5)] == [True] * 5


def test_hidden_rows_are_read_and_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for number in range(1, 20):
        sheet.append([f"Model {number}", number])
    for number in (3, 4, 5, 8, 10, 12, 14, 16):
        cast(Any, sheet).row_dimensions[number].hidden = True
    book.save(tmp_path / "stock.xlsx")
    loaded = load_file(tmp_path / "stock.xlsx")

    assert "Model 4 | 4" in loaded.blocks[-1].text
    assert loaded.notes == (
        "hidden, but read: row(s) 3 to 5, 8, 10, 12, 14 and 1 more of the sheet 'Sheet'",
    )
