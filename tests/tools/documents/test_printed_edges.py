"""Tables that are set unlike most: heads beside their numbers, cells around the middle of a row."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from pdf_pages import Print

from tools.documents.block import Block
from tools.documents.load import load_file

WritePdf = Callable[[Path, Sequence[Sequence[Print]]], Path]


def _blocks(path: Path) -> list[Block]:
    return list(load_file(path).blocks)


def test_heads_at_the_left_of_numbers_at_the_right_are_their_heads(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    rows: list[tuple[int, str, str, str]] = [
        (700, "KP 40", "749", "3"),
        (680, "KP 65", "1,198", "5"),
        (660, "KP 80", "1,740", "6"),
    ]
    page: list[Print] = [
        *((x, 720, 10, head) for x, head in ((50, "Type"), (150, "Price"), (300, "Weeks"))),
        *((x, y, 10, text) for y, *texts in rows for x, text in zip((50, 150, 420), texts, strict=True)),
    ]  # fmt: skip

    (table,) = _blocks(write_pdf(tmp_path / "prices.pdf", [page]))

    assert table.text.splitlines() == [
        "Type | Price | Weeks",
        "KP 40 | 749 | 3",
        "KP 65 | 1,198 | 5",
        "KP 80 | 1,740 | 6",
    ]


def test_a_cell_around_the_middle_of_its_row_is_whole_in_the_last_row_too(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    page: list[Print] = [(50, 720, 10, "Type"), (150, 720, 10, "Kind"), (300, 720, 10, "Price")]
    for y, kind, price in ((690, "Dosing pump", "1,085"), (650, "Gear pump", "930")):
        page += [(50, y + 7, 10, "ZP"), (50, y - 7, 10, price[:2])]
        page += [(150, y, 10, kind), (300, y, 10, price)]

    (table,) = _blocks(write_pdf(tmp_path / "pumps.pdf", [page]))

    assert table.text.splitlines()[-1] == "ZP 93 | Gear pump | 930"


def test_a_line_above_a_table_is_not_of_the_columns_above_it(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    columns = "the left column of this page goes on", "the right column comes after the left"
    page: list[Print] = [
        (x, 760 - 13 * n, 10, f"{n + 1} {text}") for n in range(6) for x, text in zip((50, 320), columns, strict=True)
    ]  # fmt: skip
    page.append((50, 677, 10, "Annex 1: Lots"))
    cells = ("Lot", "Part that is delivered", "Quantity", "Price"), *((f"L-{n}", "A seal of forty millimetres", f"{n}00", f"{n}.50") for n in range(1, 7))  # fmt: skip
    page += [
        (x, 650 - 20 * n, 10, text)
        for n, row in enumerate(cells)
        for x, text in zip((50, 230, 400, 500), row, strict=True)
    ]

    said = " ".join(block.text for block in _blocks(write_pdf(tmp_path / "annex.pdf", [page])))

    assert said.index("6 the right column") < said.index("Annex 1") < said.index("L-1")


LEFT = ["The left column of this page tells how a", "rack is brought into the hall, and which", "door is opened for it by the guard there,"]  # fmt: skip
RIGHT = ["The right column follows and tells how the", "rack leaves the hall again, which nobody", "may do alone after six in the evening, for"]  # fmt: skip
RATES = [("Hall", "Height", "Doors", "Rent"), ("Fell", "4 m", "2", "310"), ("Crag", "6 m", "3", "455"), ("Tarn", "5 m", "1", "390")]  # fmt: skip


def _columns(top: int, lines: int = 9) -> list[Print]:
    """Two columns of prose, as high as one another."""
    return [
        (x, top - 13 * number, 10, f"{column[number % 3]} {number}")
        for number in range(lines)
        for x, column in ((50, LEFT), (320, RIGHT))
    ]


@pytest.mark.parametrize("places", [(50, 150, 330, 450), (50, 200, 340, 500)])
def test_a_small_table_below_columns_of_prose_is_not_split_between_them(
    tmp_path: Path, write_pdf: WritePdf, places: Sequence[int]
) -> None:
    table: list[Print] = [
        (x, 640 - 15 * number, 10, cell)
        for number, row in enumerate(RATES)
        for x, cell in zip(places, row, strict=True)
    ]
    page = [*_columns(790), *table, *_columns(560)]

    blocks = _blocks(write_pdf(tmp_path / "rates.pdf", [page]))

    kinds = [block.kind for block in blocks]
    assert kinds == ["paragraph", "paragraph", "table", "paragraph", "paragraph"]
    assert blocks[2].text.splitlines() == [" | ".join(row) for row in RATES]


def test_a_table_in_one_of_two_columns_stays_there(tmp_path: Path, write_pdf: WritePdf) -> None:
    page = [cell for cell in _columns(790, 14) if cell[0] == 50 or cell[1] > 750 or cell[1] < 680]
    rows = [("Hall", "Doors", "Rent"), ("Fell", "2", "310"), ("Crag", "3", "455")]
    page += [
        (x, 738 - 13 * number, 10, cell)
        for number, row in enumerate(rows)
        for x, cell in zip((320, 420, 490), row, strict=True)
    ]

    blocks = _blocks(write_pdf(tmp_path / "beside.pdf", [page]))

    assert [block.kind for block in blocks] == ["paragraph", "paragraph", "table", "paragraph"]
    assert blocks[2].text.splitlines() == [" | ".join(row) for row in rows]


def test_a_head_over_the_middle_of_some_columns_is_not_of_the_others(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    heads = [(236, 720, "Hire (EUR a day)"), (50, 708, "Model"), (425, 708, "Deposit"), (500, 708, "Weight")]  # fmt: skip
    below = [(160, "1-3 days"), (245, "4-14 days"), (330, "over 14 days")]
    page: list[Print] = [(x, y, 10, text) for x, y, text in heads]
    page += [(x, 696, 10, text) for x, text in below]
    for number in range(4):
        row = (f"Corso {number}", f"{number + 11}", f"{number + 31}", f"{number + 51}", f"{number}80", f"{number + 14}.5")  # fmt: skip
        page += [
            (x, 676 - 20 * number, 10, text)
            for x, text in zip((50, 185, 275, 375, 440, 525), row, strict=True)
        ]

    (table,) = _blocks(write_pdf(tmp_path / "hire.pdf", [page]))

    over = "Hire (EUR a day)"
    head = f"Model | {over} 1-3 days | {over} 4-14 days | {over} over 14 days | Deposit | Weight"
    assert table.text.splitlines()[0] == head


def test_a_head_at_the_edge_of_some_columns_is_not_of_the_others(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    heads = [(204, 720, "Fee (GBP)"), (50, 708, "Analysis"), (300, 708, "Working days")]
    page: list[Print] = [(x, y, 10, text) for x, y, text in heads]
    page += [(140, 696, 10, "Standard"), (213, 696, 10, "Express")]
    for number in range(4):
        row = (f"Nitrate {number}", f"{number + 11}", f"{number + 31}", f"{number + 2}")
        page += [
            (x, 676 - 20 * number, 10, text)
            for x, text in zip((50, 172, 236, 355), row, strict=True)
        ]

    (table,) = _blocks(write_pdf(tmp_path / "fees.pdf", [page]))

    head = "Analysis | Fee (GBP) Standard | Fee (GBP) Express | Working days"
    assert table.text.splitlines()[0] == head


def test_a_few_lines_below_a_table_stand_in_the_columns_above_it(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    cells = [("Team of the hall", "Staff", "2025", "2026"), ("Soil and its samples", "9", "4,310", "4,875"), ("Water and its samples", "14", "110", "106"), ("Field", "6", "21", "27")]  # fmt: skip
    table: list[Print] = [
        (x, 655 - 15 * number, 10, cell)
        for number, row in enumerate(cells)
        for x, cell in zip((50, 250, 380, 480), row, strict=True)
    ]
    page = [*_columns(790), *table, *_columns(580, 3)]

    blocks = _blocks(write_pdf(tmp_path / "news.pdf", [page]))

    kinds = [block.kind for block in blocks]
    assert kinds == ["paragraph", "paragraph", "table", "paragraph", "paragraph"]
    assert "right" not in blocks[3].text
    assert "left column" not in blocks[4].text


def test_a_foot_on_both_pages_parts_no_sentence_that_runs_on_in_the_next_column(
    tmp_path: Path, write_pdf: WritePdf
) -> None:
    words = "some words of the text that reach the margin".split()

    def page(number: int, last: str, first: str) -> list[Print]:
        lines = [" ".join(words[n:] + words[:n]) for n in range(7)]
        found: list[Print] = [
            (50, 560, 8, "Alder pumps, document 4711"),
            (500, 560, 8, str(number)),
        ]
        for n, (left, right) in enumerate(zip([*lines, last], [first, *lines], strict=True)):
            found += [(50, 760 - 13 * n, 10, left), (320, 760 - 13 * n, 10, right)]
        return found

    pages = [
        page(1, "and here you should never remove the packing", "bands while they are still under a tension."),
        page(2, "and grease the bearing at the left of it now.", "The one at the right needs none of that."),
    ]  # fmt: skip

    texts = [each.text for each in _blocks(write_pdf(tmp_path / "manual.pdf", pages))]

    assert any("remove the packing bands while" in text for text in texts)
    assert [text for text in texts if "4711" in text] == ["Alder pumps, document 4711 1"]


@pytest.mark.parametrize(
    ("below", "gap", "found"),
    [
        ("handling fee of EUR 45.", 16, ["paragraph"]),
        ("handling fee of EUR 45.", 60, ["paragraph", "heading"]),
        ("Packaging", 60, ["paragraph", "heading"]),
    ],
)
def test_the_end_of_a_sentence_in_larger_print_than_a_table_is_no_heading(
    tmp_path: Path, write_pdf: WritePdf, below: str, gap: int, found: Sequence[str]
) -> None:
    cells = [("Option", "Article no.", "Price (EUR)"), ("Frequency converter", "OPT-11", "1,190")]
    cells += [(f"Side guides, length {n} m", f"OPT-2{n}", f"51{n}") for n in range(1, 6)]
    page: list[Print] = [(50, 800, 20, "Options")]
    page += [
        (x, 760 - 14 * at, 8, text)
        for at, row in enumerate(cells)
        for x, text in zip((50, 200, 300), row, strict=True)
    ]
    page += [
        (50, 600, 13, "Each of all of our orders that are of below EUR 500 will carry a"),
        (50, 600 - gap, 13, below),
    ]

    table, *others = _blocks(write_pdf(tmp_path / "options.pdf", [page]))

    assert table.kind == "table"
    assert [block.kind for block in others] == found
