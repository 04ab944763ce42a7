"""Printed pages: the order in which they are read, and the tables on them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from pdf_pages import Print
from pypdf import PdfWriter

from tools.documents.block import Block
from tools.documents.chunk import chunk
from tools.documents.load import load_file

WritePdf = Callable[[Path, Sequence[Sequence[Print]]], Path]

LEFT = [
    "The left column of this page tells how",
    "a rack is brought into the hall, and by",
    "which door. It is read before the col-",
    "umn beside it, although the printer has",
    "drawn both of them line by line, as old",
    "programs do when they lay out a page.",
]
RIGHT = [
    "The right column follows, and tells how",
    "the rack leaves the hall again. Nobody",
    "reads across the space between the two",
    "columns, for no sentence would be whole",
    "then, and the words of one would stand",
    "in the middle of the words of another.",
]
MONTHS = ("Three months ended", "Nine months ended")
INCOME: list[Print] = [
    (200, 760, 10, "STATEMENT OF INCOME"),
    (200, 748, 10, "(In millions of euros)"),
    (305, 730, 10, MONTHS[0]),
    (455, 730, 10, MONTHS[1]),
    *((x, 716, 10, year) for x, year in zip((310, 375, 460, 525), ("2023", "2022") * 2, strict=True)),
    (50, 700, 10, "Net sales:"),
    (50, 686, 10, "Racks"),
    *((x - 12, 686, 10, "$") for x in (300, 365, 450, 515)),
    *((x, 686, 10, n) for x, n in zip((304, 369, 454, 519), ("60,584", "63,355", "230,901", "245,241"), strict=True)),
    (50, 672, 10, "Cables and other"),
    *((x, 672, 10, n) for x, n in zip((315, 375, 460, 532), ("213", "(604)", "2,886", "—".replace("—", "-")), strict=True)),
]  # fmt: skip


def _blocks(path: Path) -> list[Block]:
    return list(load_file(path).blocks)


def test_columns_of_prose_are_read_one_after_the_other(tmp_path: Path, write_pdf: WritePdf) -> None:
    page: list[Print] = [
        (
            50,
            780,
            11,
            "One line above reaches over both of the columns of this page, to its very end.",
        )
    ]
    for number, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        page += [(50, 750 - 14 * number, 11, left), (310, 750 - 14 * number, 11, right)]

    texts = [block.text for block in _blocks(write_pdf(tmp_path / "columns.pdf", [page]))]

    assert texts == [
        page[0][3],
        " ".join(LEFT).replace("col- umn", "column"),
        " ".join(RIGHT),
    ]


def test_columns_of_prose_above_a_table_are_read_one_after_the_other(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    page: list[Print] = []
    for number, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        page += [(50, 780 - 14 * number, 11, left), (310, 773 - 14 * number, 11, right)]
    page.append((50, 660, 10, "Table 1: Racks brought in"))
    for number in range(14):
        cells = ("Hall", "Door", "2023", "2024") if not number else (
            f"Hall {number}", f"Door {number + 2}", f"{number}40", f"{number}55"
        )  # fmt: skip
        page += [
            (x, 640 - 14 * number, 10, text)
            for x, text in zip((50, 180, 330, 460), cells, strict=True)
        ]

    blocks = _blocks(write_pdf(tmp_path / "columns.pdf", [page]))

    prose = " ".join(LEFT).replace("col- umn", "column"), " ".join(RIGHT)
    assert tuple(block.text for block in blocks[:2]) == prose
    assert [(block.kind, block.caption) for block in blocks[2:]] == [
        ("table", "Table 1: Racks brought in")
    ]


def test_a_table_that_goes_on_on_the_next_page_keeps_its_caption_and_header(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    def rows(cells: Sequence[Sequence[str]]) -> list[Print]:
        return [
            (x, 700 - 14 * at, 10, text)
            for at, row in enumerate(cells)
            for x, text in zip((50, 250, 350), row, strict=True)
        ]

    head, caption = ("Hall", "2023", "2024"), (50, 718, 10, "Racks brought in (thousands)")
    first = [caption, *rows([head, ("Fell", "12", "14"), ("Crag", "31", "33")])]
    repeated = rows([head, ("Tarn", "7", "9"), ("Scar", "22", "20")])
    bare = rows([("Holm", "5", "6"), ("Rigg", "18", "19")])
    path = write_pdf(tmp_path / "long.pdf", [first, repeated, bare])

    blocks = _blocks(path)

    assert [(block.page, block.caption) for block in blocks] == [
        (page, "Racks brought in (thousands)") for page in (1, 2, 3)
    ]
    assert blocks[2].text == "Hall | 2023 | 2024\nHolm | 5 | 6\nRigg | 18 | 19"


def test_days_over_columns_begin_another_table(tmp_path: Path, write_pdf: WritePdf) -> None:
    tables: list[Print] = []
    for at, row in enumerate(
        [
            ("", "2023", "2022"),
            ("Grids", "512", "498"),
            ("Sales", "601", "577"),
            ("People employed", "", ""),
            ("", "31.12.2023", "31.12.2022"),
            ("Grids", "1210", "1187"),
            ("Sales", "640", "655"),
        ]
    ):
        tables += [
            (x, 700 - 16 * at, 10, text)
            for x, text in zip((50, 250, 350), row, strict=True)
            if text
        ]

    found = [
        block
        for block in _blocks(write_pdf(tmp_path / "two.pdf", [tables]))
        if block.kind == "table"
    ]

    assert [block.text.splitlines()[0] for block in found] == [
        " | 2023 | 2022",
        " | 31.12.2023 | 31.12.2022",
    ]


def test_larger_print_of_a_table_makes_no_headings(tmp_path: Path, write_pdf: WritePdf) -> None:
    page: list[Print] = [(50, 780 - 14 * at, 10, text) for at, text in enumerate(LEFT)]
    page += [
        (x, 600 - 18 * at, 13, text)
        for at, row in enumerate([("Item", "Price"), ("Wrench", "148"), ("Case", "35")])
        for x, text in zip((50, 300), row, strict=True)
    ]
    page.append((50, 546, 13, "with a lid"))

    kinds = {block.kind for block in _blocks(write_pdf(tmp_path / "items.pdf", [page]))}

    assert "heading" not in kinds


def test_what_every_page_repeats_is_said_once_and_page_numbers_are_left_out(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    pages: list[list[Print]] = [
        [
            (50, 800, 9, "Tarnwick Systems, handbook"),
            (50, 700, 9, f"The hall {word} is locked at night."),
            (290, 40, 9, f"Page {number}"),
        ]
        for number, word in enumerate(("Fell", "Crag", "Tarn", "Scar"), start=1)
    ]

    blocks = _blocks(write_pdf(tmp_path / "handbook.pdf", pages))

    assert [(block.page, block.text) for block in blocks] == [
        (1, "Tarnwick Systems, handbook"),
        *((n, f"The hall {word} is locked at night.") for n, word in enumerate(("Fell", "Crag", "Tarn", "Scar"), start=1)),
    ]  # fmt: skip


def test_a_table_has_the_heads_over_its_columns_its_unit_and_its_groups(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    (table,) = _blocks(write_pdf(tmp_path / "income.pdf", [INCOME]))

    assert table == Block(
        "table",
        "\n".join(
            [
                " | Three months ended 2023 | Three months ended 2022"
                " | Nine months ended 2023 | Nine months ended 2022",
                "Net sales: |  |  |  | ",
                "Racks | $ 60,584 | $ 63,355 | $ 230,901 | $ 245,241",
                "Cables and other | 213 | (604) | 2,886 | -",
            ]
        ),
        page=1,
        has_header=True,
        caption="STATEMENT OF INCOME (In millions of euros)",
    )


def test_a_row_of_several_lines_is_one_row(tmp_path: Path, write_pdf: WritePdf) -> None:
    lines: list[tuple[int, str, str, str]] = [
        (760, "Level", "Person", "When"),
        (736, "first", "Shift lead of the desk", "a response is late"),
        (712, "second", "Support director, who is", "two hours have passed"),
        (700, "", "on call", "without an answer"),
        (676, "third", "Chief executive", "eight hours have passed"),
        (664, "", "", "for critical tickets"),
    ]
    page: list[Print] = [
        (x, y, 10, text) for y, *texts in lines for x, text in zip((50, 120, 300), texts, strict=True) if text
    ]  # fmt: skip

    (table,) = _blocks(write_pdf(tmp_path / "levels.pdf", [page]))

    assert table.text.splitlines() == [
        "Level | Person | When",
        "first | Shift lead of the desk | a response is late",
        "second | Support director, who is on call | two hours have passed without an answer",
        "third | Chief executive | eight hours have passed for critical tickets",
    ]


def test_every_part_of_a_long_table_has_its_caption_its_header_and_its_group(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    rows = [(f"Depot number {n} in the north", f"{n},100", f"{n},200") for n in range(1, 46)]
    page: list[Print] = [
        (50, 800, 8, "Stock of the depots (in units)"),
        (300, 788, 8, "2023"),
        (380, 788, 8, "2022"),
        (50, 776, 8, "Racks:"),
    ]
    for number, row in enumerate(rows):
        page += [(x, 764 - 12 * number, 8, text) for x, text in zip((50, 295, 375), row, strict=True)]  # fmt: skip

    loaded = load_file(write_pdf(tmp_path / "depots.pdf", [page]))
    passages = chunk(loaded, document_id="d", collection="c", source="s", content_hash="h")

    assert len(passages) > 1
    for passage in passages:
        assert passage.page == 1
        caption, header, group, *_ = passage.text.splitlines()
        assert caption == "Stock of the depots (in units)"
        assert header == " | 2023 | 2022"
        assert group == "Racks: |  | "
    found = [line for passage in passages for line in passage.text.splitlines()[3:]]
    assert found == [" | ".join(row) for row in rows]


@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("0001193125-19-184675", "plan"),
        ("Microsoft Word - F20_10K_VFinal", "plan"),
        ("Microsoft Word - The rack plan.docx", "The rack plan.docx"),
        ("untitled", "plan"),
        ("Invoice", "Invoice"),
    ],
)
def test_a_title_that_a_program_made_up_is_none(
    tmp_path: Path, write_pdf: WritePdf, stated: str, title: str
) -> None:
    path = write_pdf(tmp_path / "plan.pdf", [[(50, 700, 10, "The rack is brought in.")]])
    writer = PdfWriter(clone_from=path)
    writer.add_metadata({"/Title": stated})
    writer.write(path)
    assert load_file(path).title == title


def _set(x: int, edge: str, text: str) -> int:
    """Where a text begins that ends at x or has it in its middle; five points a letter, about."""
    return round(x - 5.2 * len(text) * {"left": 0, "centre": 0.5, "right": 1}[edge])


RIGHTS = (280, 350, 440, 510)
FIGURES = [("Bremen", "120", "130", "140", "155"), ("Kiel", "80", "85", "70", "95")]
SPREAD = (230, 300, 360, 430, 490)
METALS = [("Copper", "12", "1,310", "1,290", "410", "398"), ("Zinc", "4", "441", "400", "75", "77")]


@pytest.mark.parametrize(
    ("above", "edge", "below", "rights", "rows", "names"),
    [
        (
            [(300, "Revenue"), (460, "Costs")],
            "centre",
            ("Branch", "2023", "2024", "2023", "2024"),
            RIGHTS,
            FIGURES,
            "Branch | Revenue 2023 | Revenue 2024 | Costs 2023 | Costs 2024",
        ),
        (
            [(258, "Revenue"), (419, "Costs")],
            "left",
            ("Branch", "2023", "2024", "2023", "2024"),
            RIGHTS,
            FIGURES,
            "Branch | Revenue 2023 | Revenue 2024 | Costs 2023 | Costs 2024",
        ),
        (
            [(342, "Revenue in EUR m"), (495, "Staff")],
            "centre",
            ("Branch", "2022", "2023", "2024", "2024"),
            RIGHTS,
            FIGURES,
            "Branch | Revenue in EUR m 2022 | Revenue in EUR m 2023 | Revenue in EUR m 2024 | Staff 2024",
        ),
        (
            [(266, "Staff"), (420, "Revenue in EUR m")],
            "centre",
            ("Branch", "2024", "2022", "2023", "2024"),
            RIGHTS,
            FIGURES,
            "Branch | Staff 2024 | Revenue in EUR m 2022 | Revenue in EUR m 2023 | Revenue in EUR m 2024",
        ),
        (
            [(318, "Sales"), (450, "Stock")],
            "centre",
            ("Metal", "Sites", "Plan", "Actual", "Plan", "Actual"),
            SPREAD,
            METALS,
            "Metal | Sites | Sales Plan | Sales Actual | Stock Plan | Stock Actual",
        ),
    ],
)
def test_a_head_over_several_columns_is_part_of_all_their_names(
    above: Sequence[tuple[int, str]],
    edge: str,
    below: Sequence[str],
    rights: Sequence[int],
    rows: Sequence[Sequence[str]],
    names: str,
    tmp_path: Path,
    write_pdf: WritePdf,
) -> None:
    page: list[Print] = [(_set(x, edge, text), 730, 10, text) for x, text in above]
    for at, (label, *cells) in enumerate([below, *rows]):
        page.append((50, 716 - 14 * at, 10, label))
        page += [
            (_set(x, "right", text), 716 - 14 * at, 10, text)
            for x, text in zip(rights, cells, strict=True)
        ]

    (table,) = _blocks(write_pdf(tmp_path / "heads.pdf", [page]))

    assert table.text.splitlines()[0] == names


def test_rows_of_a_table_of_words_stay_apart_where_no_line_parts_them(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    rows = [
        ("", "Inspection", "", "Repair", ""),
        ("Machine", "Who", "When", "Who", "When"),
        ("Press", "Miller", "weekly", "Jones", "on demand"),
        ("Lathe", "Smith", "monthly", "Brown", "yearly"),
        ("Crane", "Young", "daily", "Green", "on demand"),
    ]
    lefts = ((50, 290, 0, 455, 0), *[(50, 240, 330, 420, 480)] * 4)
    page: list[Print] = [
        (x, 730 - 14 * at, 10, text)
        for at, (row, places) in enumerate(zip(rows, lefts, strict=True))
        for x, text in zip(places, row, strict=True)
        if text
    ]

    (table,) = _blocks(write_pdf(tmp_path / "words.pdf", [page]))

    assert table.text.splitlines()[:2] == [
        "Machine | Inspection Who | Inspection When | Repair Who | Repair When",
        "Press | Miller | weekly | Jones | on demand",
    ]
