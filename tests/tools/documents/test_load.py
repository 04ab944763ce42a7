import codecs
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import docx
import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Text
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from tools.documents.block import Block, LoadedDocument
from tools.documents.load import load_file
from tools.errors import UnreadableFile

WritePdf = Callable[[Path, Sequence[Sequence[tuple[int, int, int, str]]]], Path]

MARKDOWN = """---
title: "Care plans"
owner: nobody
---
# Care plans

Every *plan* has a [price](https://example.org/price) and
a `code`.

## Terms

| Plan | Months |
|------|-------:|
| Basic | 12 |
| Long \\| wide | 36 |

1. First
   - nested
2. Second

```
docsql ask
```

<table><tr><th>Key</th></tr><tr><td>From HTML</td></tr></table>

### Early end

Costs a fee.

## Contact

Write to us.
"""

HTML = """<!DOCTYPE html><html><head><title>Policy - Example Site</title>
<style>p { color: red }</style><script>var tracking = 1;</script></head>
<body><nav><a href="/">Home</a></nav><header><h1>Warranty policy</h1></header>
<main><p>Covers <b>all</b> servers.<!-- not this --></p>
<div>Loose words<br>on two lines<p>and a paragraph</p></div>
<h2>Duration</h2>
<table><caption>By series</caption><tr><th>Series</th><th>Months</th></tr>
<tr><td>Edge</td><td>18</td></tr></table>
<ul><li>one<ul><li>deeper</li></ul></li><li>two</li></ul>
<dl><dt>RMA</dt><dd>a return number</dd></dl>
<pre>line 1
  line 2</pre></main>
<footer>Imprint</footer></body></html>"""


def _write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _text(loaded: LoadedDocument) -> str:
    return "\n".join(block.text for block in loaded.blocks)


def test_markdown_keeps_headings_tables_lists_and_code_in_their_order(tmp_path: Path) -> None:
    loaded = load_file(_write(tmp_path / "plans.md", MARKDOWN))

    assert loaded.title == "Care plans"
    assert loaded.blocks == (
        Block("paragraph", "Every plan has a price and a code."),
        Block("heading", "Terms", section=("Terms",)),
        Block(
            "table",
            "Plan | Months\nBasic | 12\nLong | wide | 36",
            section=("Terms",),
            has_header=True,
        ),
        Block("list", "1. First\n  - nested\n2. Second", section=("Terms",)),
        Block("code", "docsql ask", section=("Terms",)),
        Block("table", "Key\nFrom HTML", section=("Terms",), has_header=True),
        Block("heading", "Early end", section=("Terms", "Early end")),
        Block("paragraph", "Costs a fee.", section=("Terms", "Early end")),
        Block("heading", "Contact", section=("Contact",)),
        Block("paragraph", "Write to us.", section=("Contact",)),
    )


def test_html_is_read_without_its_clutter(tmp_path: Path) -> None:
    loaded = load_file(_write(tmp_path / "policy.html", HTML))

    assert loaded.title == "Warranty policy"
    assert [(block.kind, block.text) for block in loaded.blocks] == [
        ("paragraph", "Covers all servers."),
        ("paragraph", "Loose words on two lines"),
        ("paragraph", "and a paragraph"),
        ("heading", "Duration"),
        ("table", "Series | Months\nEdge | 18"),
        ("list", "- one\n  - deeper\n- two"),
        ("list", "RMA: a return number"),
        ("code", "line 1\n  line 2"),
    ]
    assert loaded.blocks[-1].section == ("Duration",)


def test_html_that_is_not_displayed_is_left_out(tmp_path: Path) -> None:
    page = '<div style="display:none">0000013156 FY</div><p style="DISPLAY: none">x</p><p>Mill</p>'
    loaded = load_file(_write(tmp_path / "filing.html", page.encode()))

    assert [block.text for block in loaded.blocks] == ["Mill"]


def test_docx_keeps_tables_between_the_paragraphs_they_stand_between(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Travel policy", level=0)
    document.add_paragraph("Before the table.")
    document.add_heading("Limits", level=1)
    table = document.add_table(rows=3, cols=2)
    for row, cells in enumerate([("City", "Limit"), ("Galway", "140"), ("same", "same")]):
        for column, text in enumerate(cells):
            table.rows[row].cells[column].text = text
    document.add_paragraph("first", style="List Bullet")
    document.add_paragraph("second", style="List Bullet")
    document.add_paragraph("After the list.")
    document.save(str(tmp_path / "travel.docx"))

    loaded = load_file(tmp_path / "travel.docx")

    assert loaded.title == "Travel policy"
    assert loaded.blocks == (
        Block("paragraph", "Before the table."),
        Block("heading", "Limits", section=("Limits",)),
        Block(
            "table", "City | Limit\nGalway | 140\nsame | same", section=("Limits",), has_header=True
        ),
        Block("list", "- first\n- second", section=("Limits",)),
        Block("paragraph", "After the list.", section=("Limits",)),
    )


def test_docx_boxes_content_controls_and_tracked_insertions_are_read(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("Seen")
    document.save(str(tmp_path / "plain.docx"))
    box = "<w:txbxContent><w:p><w:r><w:t>In a box</w:t></w:r></w:p></w:txbxContent>"
    choice = f"<mc:AlternateContent><mc:Choice Requires='wps'>{box}</mc:Choice>"
    body = (
        "<w:p><w:r><w:t>Start, </w:t></w:r><w:ins><w:r><w:t>inserted</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText>deleted</w:delText></w:r></w:del>"
        f"<w:r>{choice}<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>Controlled</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )

    loaded = load_file(_with_body(tmp_path / "plain.docx", tmp_path / "boxes.docx", body))

    assert [b.text for b in loaded.blocks] == ["Seen", "Start, inserted", "In a box", "Controlled"]


def _with_body(plain: Path, path: Path, body: str) -> Path:
    compatibility = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "word/document.xml":
                declared = f'<w:body xmlns:mc="{compatibility}">'
                text = data.decode().replace("<w:body>", declared, 1)
                data = text.replace("<w:sectPr", f"{body}<w:sectPr", 1).encode()
            target.writestr(name, data)
    return path


def test_pdf_pages_headings_and_table_rows_are_recognised(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    prose = "This line of the policy runs on to the right margin of the page and"
    path = write_pdf(
        tmp_path / "policy.pdf",
        [
            [
                (50, 780, 24, "Support policy"),
                (50, 740, 16, "Response times"),
                (50, 710, 11, prose),
                (50, 696, 11, "goes on below it."),
                (50, 670, 11, "Severity"),
                (150, 670, 11, "First response"),
                (50, 656, 11, "critical"),
                (150, 656, 11, "15 minutes (all hours)"),
            ],
            [(50, 780, 16, "Escalation"), (50, 750, 11, "After two hours.")],
        ],
    )

    loaded = load_file(path)

    assert loaded.title == "Support policy"
    response, escalation = ("Response times",), ("Escalation",)
    assert loaded.blocks == (
        Block("heading", "Response times", 1, response),
        Block("paragraph", f"{prose} goes on below it.", 1, response),
        Block(
            "table",
            "Severity | First response\ncritical | 15 minutes (all hours)",
            1,
            response,
            has_header=True,
        ),
        Block("heading", "Escalation", 2, escalation),
        Block("paragraph", "After two hours.", 2, escalation),
    )


def test_a_pdf_with_an_empty_user_password_opens(tmp_path: Path, write_pdf: WritePdf) -> None:
    plain = write_pdf(tmp_path / "plain.pdf", [[(50, 700, 11, "Readable by all")]])
    path = _encrypt(plain, tmp_path / "empty.pdf", password="")

    assert _text(load_file(path)) == "Readable by all"


def test_pages_without_text_and_attachments_of_a_pdf_are_noted(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    plain = write_pdf(tmp_path / "plain.pdf", [[(50, 700, 11, "Readable")], []])
    writer = PdfWriter(clone_from=PdfReader(plain))
    writer.add_attachment("plan.csv", b"a,b")
    writer.write(tmp_path / "attached.pdf")

    assert load_file(tmp_path / "attached.pdf").notes == (
        "no text on page(s) 2 of 2; OCR: set DOCSQL_DOCUMENTS__OCR_LANGUAGES",
        "attached, not read: plan.csv",
    )


def test_a_file_that_is_pinned_to_a_page_is_noted(tmp_path: Path, write_pdf: WritePdf) -> None:
    writer = PdfWriter(
        clone_from=PdfReader(write_pdf(tmp_path / "p.pdf", [[(50, 700, 11, "Readable")]]))
    )
    pinned = Text(rect=(18, 747, 45, 774), text="see the file")
    pinned[NameObject("/Subtype")] = NameObject("/FileAttachment")
    pinned[NameObject("/FS")] = DictionaryObject({NameObject("/UF"): TextStringObject("jpeg.pdf")})
    writer.add_annotation(0, pinned)
    writer.write(tmp_path / "pinned.pdf")

    assert load_file(tmp_path / "pinned.pdf").notes == ("attached, not read: jpeg.pdf",)


def _encrypt(plain: Path, path: Path, *, password: str) -> Path:
    writer = PdfWriter(clone_from=PdfReader(plain))
    writer.encrypt(password, owner_password=f"{password} owner")
    writer.write(path)
    return path


def test_plain_text_is_cut_at_empty_lines(tmp_path: Path) -> None:
    loaded = load_file(_write(tmp_path / "notes.txt", "One\r\ngoes on.\r\n\r\n \r\nTwo.\n"))

    assert loaded.title == "notes"
    assert [block.text for block in loaded.blocks] == ["One\ngoes on.", "Two."]


@pytest.mark.parametrize(
    "data",
    [
        "Größe: zwölf".encode(),
        codecs.BOM_UTF8 + "Größe: zwölf".encode(),
        "Größe: zwölf".encode("utf-16"),
        "Größe: zwölf".encode("cp1252"),
    ],
    ids=["utf-8", "utf-8 with a mark", "utf-16", "windows-1252"],
)
def test_text_is_read_in_whatever_encoding_it_was_saved(tmp_path: Path, data: bytes) -> None:
    assert _text(load_file(_write(tmp_path / "size.txt", data))) == "Größe: zwölf"


def test_japanese_text_without_a_mark_is_recognised(tmp_path: Path) -> None:
    text = "東京の倉庫は月曜日から金曜日まで開いています。在庫は毎晩数えられます。"
    data = text.encode("shift_jis")

    assert _text(load_file(_write(tmp_path / "depot.txt", data))) == text


def test_csv_becomes_one_table_under_its_header(tmp_path: Path) -> None:
    loaded = load_file(_write(tmp_path / "prices.csv", 'name;price\n"Crag; large";12\nFell;9\n'))

    assert loaded.blocks == (
        Block("table", "name | price\nCrag; large | 12\nFell | 9", has_header=True),
    )


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "picture.bin",
            b"\0\1",
            "picture.bin: .bin files cannot be read; if it is a document, save it as .docx",
        ),
        ("Makefile", b"all:", "Makefile: files without an extension cannot be read"),
        ("old.doc", b"x\0", "old.doc: .doc files cannot be read; save it as .docx."),
        ("nothing.md", b"", "nothing.md: the file is empty"),
        ("blank.txt", b" \n\n ", "blank.txt: the file has no text"),
        ("binary.txt", b"a\0b\0", "binary.txt: the file is not text"),
        ("torn.pdf", b"%PDF-1.4 torn", "torn.pdf: the file is damaged or is not a PDF"),
        ("torn.docx", b"PK torn", "torn.docx: the file is damaged or is not a Word document"),
        (
            "locked.docx",
            bytes.fromhex("d0cf11e0a1b11ae1") + b"rest",
            "locked.docx: the document is locked with a password or is an old .doc file",
        ),
        ("menu.html", b"<nav>Home</nav>", "menu.html: the file has no text"),
    ],
)
def test_an_unreadable_file_says_in_one_line_what_to_do(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    with pytest.raises(UnreadableFile) as caught:
        load_file(_write(tmp_path / name, content))

    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)


def test_an_encrypted_pdf_is_refused_by_name(tmp_path: Path, write_pdf: WritePdf) -> None:
    plain = write_pdf(tmp_path / "plain.pdf", [[(50, 700, 11, "secret")]])
    path = _encrypt(plain, tmp_path / "locked.pdf", password="a test's own")  # noqa: S106

    with pytest.raises(UnreadableFile, match=r"^locked\.pdf: the PDF is encrypted; save a copy"):
        load_file(path)


def test_a_scanned_pdf_is_recognised_and_the_reason_says_what_to_do(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    path = write_pdf(tmp_path / "scan.pdf", [[], []])

    with pytest.raises(UnreadableFile, match=r"^scan\.pdf: .*2 page\(s\) are probably scanned"):
        load_file(path)


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"^gone\.md: the file cannot be opened \(No such"):
        load_file(tmp_path / "gone.md")
