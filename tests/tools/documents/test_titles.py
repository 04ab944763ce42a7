from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pdf_pages import Print
from pypdf import PdfWriter

from tools.documents.load import load_file
from tools.documents.passage import Document
from tools.documents.titles import cover_lines, shown_titles

WritePdf = Callable[[Path, Sequence[Sequence[Print]]], Path]
NOW = datetime(2026, 1, 2, tzinfo=UTC)
REPORT = "ANNUAL REPORT"


def _document(source: str, title: str) -> Document:
    return Document(source, "c", source, title, "h", 9, NOW)


@pytest.mark.parametrize(
    ("titles", "covers", "shown"),
    [
        # Titles that differ stay, whatever their openings say.
        ({"a.pdf": "Plan", "b.pdf": "Rules"}, {}, {}),
        # One may differ and tell nothing all the same.
        ({"a.pdf": "Form 10", "b.pdf": "Rules"}, {"a.pdf": "ACME"}, {"a.pdf": "ACME (a.pdf)"}),
        # Two of one title keep it, and are told apart by their files.
        (
            {"x/a.pdf": "Plan", "b.pdf": "Plan"},
            {},
            {"x/a.pdf": "Plan (a.pdf)", "b.pdf": "Plan (b.pdf)"},
        ),
        # A title that many share is none.
        (
            {"1.pdf": REPORT, "2.pdf": REPORT, "3.pdf": REPORT, "4.pdf": "Rules"},
            {"1.pdf": "ACME, 2021", "2.pdf": "ACME, 2022"},
            {
                "1.pdf": "ACME, 2021 (1.pdf)",
                "2.pdf": "ACME, 2022 (2.pdf)",
                "3.pdf": f"{REPORT} (3.pdf)",
            },
        ),
        ({"a/notes.md": "notes.md", "b/notes.md": "notes.md"}, {}, {}),
    ],
)
def test_documents_of_one_title_are_told_apart(
    titles: Mapping[str, str], covers: Mapping[str, str], shown: Mapping[str, str]
) -> None:
    found = shown_titles([_document(*each) for each in titles.items()], covers)
    assert {id_: title for id_, title in found.items() if title != titles[id_]} == shown


@pytest.mark.parametrize(
    ("parts", "cover"),
    [
        (
            ["ANNUAL REPORT", "ACME CORPORATION", "For the year ended December 31,  2021\nYes No"],
            "ACME CORPORATION, For the year ended December 31, 2021",
        ),
        (["ANNUAL REPORT", "Acme 2021 report"], "Acme 2021 report"),
        (["ANNUAL REPORT", "x" * 300], ""),
        ([], ""),
    ],
)
def test_a_line_that_names_a_document_and_one_that_dates_it_are_its_cover(
    parts: list[str], cover: str
) -> None:
    rare = {"acm": 3.0, "2021": 1.0}
    assert cover_lines(parts, lambda term: rare.get(term, 0.0), language="en") == cover


@pytest.mark.parametrize(
    ("headings", "stated", "title"),
    [
        (("1. Opening hours", "2. Fines"), "Library handbook", "Library handbook"),
        (("1. Opening hours", "2. Fines"), "", "plan"),
        (("I. Opening hours", "II. Fines"), "Library handbook", "Library handbook"),
        (("3. Quarterly report", "Fines"), "Layout of 2024", "3. Quarterly report"),
        (("Opening hours", "2. Fines"), "Layout of 2024", "Opening hours"),
    ],
)
def test_a_numbered_section_is_not_the_title(
    tmp_path: Path, write_pdf: WritePdf, headings: tuple[str, str], stated: str, title: str
) -> None:
    text = "The rack is brought in by the depot and by nobody else before noon."
    page: list[Print] = []
    for at, heading in enumerate(headings):
        top = 700 - 200 * at
        page += [(50, top, 18, heading), (50, top - 60, 10, text), (50, top - 72, 10, text)]
    path = write_pdf(tmp_path / "plan.pdf", [page])
    writer = PdfWriter(clone_from=path)
    writer.add_metadata({"/Title": stated})
    writer.write(path)
    assert load_file(path).title == title
