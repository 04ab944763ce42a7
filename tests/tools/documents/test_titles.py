from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from tools.documents.passage import Document
from tools.documents.titles import cover_lines, shown_titles

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
