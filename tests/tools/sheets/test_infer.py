"""What the cells of sheets and CSV files are as data."""

from pathlib import Path

import openpyxl
import pytest

from tools.documents.load import load_file
from tools.sheets.infer import data_tables
from tools.sheets.sheet import DataTable, Value
from tools.sheets.store import SheetStore


def _tables(path: Path) -> list[DataTable]:
    return list(data_tables(load_file(path).data))


def _csv(folder: Path, *columns: tuple[str, ...]) -> DataTable:
    path = folder / "t.csv"
    lines = [";".join(cells) for cells in zip(("name", "a", "b", "c", "d", "e"), *columns, strict=True)]  # fmt: skip
    path.write_text("\n".join(lines), encoding="utf-8")
    (table,) = _tables(path)
    return table


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (("1", "20", "-3", "0", "7"), "INTEGER", (1, 20, -3, 0, 7)),
        (("1.5", "20", "", "n/a", "7"), "REAL", (1.5, 20, None, None, 7)),
        (("1,204", "12", "3,000,000", "8", "7"), "INTEGER", (1204, 12, 3000000, 8, 7)),
        (("1,000", "2", "3", "4", "9,000,000,000,000,000,000,000"), "REAL", (1000, 2, 3, 4, 9e21)),
        (("1,5", "20,25", "3", "1.234,5", "7"), "REAL", (1.5, 20.25, 3, 1234.5, 7)),
        (("$ 4", "(5)", "$6.50", "7", "8"), "REAL", (4, -5, 6.5, 7, 8)),
        (("12 %", "7%", "8.5%", "1%", "0%"), "REAL", (12, 7, 8.5, 1, 0)),
        (("007", "008", "009", "010", "011"), "TEXT", ("007", "008", "009", "010", "011")),
        (("01.02.2026", "14.02.2026", "", "03.03.2026", "04.03.2026"), "DATE",
         ("2026-02-01", "2026-02-14", None, "2026-03-03", "2026-03-04")),
        (("1/2/2026", "1/14/2026", "2/3/2026", "2/4/2026", "2/5/2026"), "DATE",
         ("2026-01-02", "2026-01-14", "2026-02-03", "2026-02-04", "2026-02-05")),
        (("1/2/2026", "1/3/2026", "2/3/2026", "2/4/2026", "2/5/2026"), "TEXT",
         ("1/2/2026", "1/3/2026", "2/3/2026", "2/4/2026", "2/5/2026")),
        (("red", "blue", "", "red", "4"), "TEXT", ("red", "blue", None, "red", "4")),
    ],
)  # fmt: skip
def test_a_column_is_what_its_cells_are(
    tmp_path: Path, cells: tuple[str, ...], kind: str, values: tuple[Value, ...]
) -> None:
    table = _csv(tmp_path, ("value", *cells), ("other", *"vwxyz"))

    assert [(column.name, column.type) for column in table.columns] == [
        ("name", "TEXT"),
        ("value", kind),
        ("other", "TEXT"),
    ]
    assert tuple(row[1] for row in table.rows) == values


def test_columns_have_names_of_their_own_that_a_statement_can_say(tmp_path: Path) -> None:
    table = _csv(
        tmp_path,
        ("Unit price (EUR)", *"12345"),
        ("unit price: eur", *"12345"),
        ("2023", *"12345"),
        ("", *"12345"),
    )

    assert [(column.name, column.said) for column in table.columns[1:]] == [
        ("unit_price_eur", "Unit price (EUR)"),
        ("unit_price_eur_2", "unit price: eur"),
        ("n_2023", "2023"),
        ("column_5", ""),
    ]


def test_a_sheet_below_its_title_with_merged_heads_gives_values_and_not_what_is_shown(
    tmp_path: Path,
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Prices"
    rows: list[list[object]] = [
        ["Prices of the year"],
        ["Item", "Net", None],
        [None, "2025", "2026"],
        *([f"item {n}", n / 4, n * 1000] for n in range(1, 6)),
    ]
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("B2:C2")
    sheet.merge_cells("A2:A3")
    for number in range(4, 9):
        sheet.cell(number, 2).number_format = "0.0"
        sheet.cell(number, 3).number_format = "#,##0"
    hidden = book.create_sheet("Secret")
    hidden.sheet_state = "hidden"
    for _ in range(6):
        hidden.append([1, 2])
    book.save(tmp_path / "prices.xlsx")

    (table,) = _tables(tmp_path / "prices.xlsx")

    assert table.name == "Prices"
    assert [column.name for column in table.columns] == ["item", "net_2025", "net_2026"]
    assert table.rows == tuple((f"item {n}", n / 4, n * 1000) for n in range(1, 6))


def test_a_few_rows_are_no_table_to_ask(tmp_path: Path) -> None:
    (tmp_path / "few.csv").write_text("name,units\na,1\nb,2\nc,3", encoding="utf-8")

    assert _tables(tmp_path / "few.csv") == []


@pytest.mark.parametrize(
    ("name", "columns", "loaded"),
    [
        ("sqlite_export.csv", 3, ["n_sqlite_export"]),
        ("wide.csv", 2_001, []),
    ],
)
def test_what_sqlite_has_no_room_for_stops_no_document(
    tmp_path: Path, name: str, columns: int, loaded: list[str]
) -> None:
    path = tmp_path / name
    lines = [",".join(f"c{n}" for n in range(columns)), *[",".join("1" * columns)] * 4]
    path.write_text("\n".join(lines), encoding="utf-8")

    names = SheetStore(tmp_path).put(
        _tables(path),
        document_id="d",
        collection="c",
        source=name,
        groups=frozenset({"everyone"}),
    )

    assert names == loaded


def test_points_part_thousands_beside_a_column_with_decimal_commas(tmp_path: Path) -> None:
    prices = ("price", "0,12", "0,19", "0,07", "1.234,50", "0,03")
    table = _csv(tmp_path, prices, ("stock", "1.200", "850", "2.400", "3", "9.100"))

    assert [column.type for column in table.columns[1:]] == ["REAL", "INTEGER"]
    assert [row[2] for row in table.rows] == [1200, 850, 2400, 3, 9100]


def test_the_header_of_a_pivot_table_is_below_its_labels(tmp_path: Path) -> None:
    path = tmp_path / "pivot.csv"
    path.write_text(
        "Sum of sales,Column labels,,\nRow labels,East,West,Grand total\n"
        "Bolts,120,80,200\nNuts,33,41,74\nPins,5,8,13\nGrand total,158,129,287\n",
        encoding="utf-8",
    )

    (table,) = _tables(path)

    assert [column.name for column in table.columns] == [
        "row_labels",
        "east",
        "west",
        "grand_total",
    ]
    assert table.rows[0] == ("Bolts", 120, 80, 200)
