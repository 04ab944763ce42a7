"""What the cells of sheets and CSV files are as data."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import openpyxl
import pytest

from tools.documents.load import load_file
from tools.sheets.infer import cells_left_empty, data_tables
from tools.sheets.sheet import DataColumn, DataTable, Value
from tools.sheets.store import SheetStore
from tools.sheets.sums import sums_left_out


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
        (("1.5", "20", "#DIV/0!", "#N/A", "k. A."), "REAL", (1.5, 20, None, None, None)),
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


@pytest.mark.parametrize(("source", "sheet"), [("Prices.xlsx", "Kraft paper"), ("kraft.csv", "")])
def test_a_table_is_kept_with_the_sheet_that_it_is_from(
    tmp_path: Path, source: str, sheet: str
) -> None:
    column = DataColumn("price", "INTEGER")
    table = DataTable("Kraft paper", (column,), ((880,), (890,)))
    store = SheetStore(tmp_path)
    store.put(
        [table],
        document_id="d",
        collection="c",
        source=source,
        groups=frozenset({"everyone"}),
    )
    (file,) = store.files()
    assert [(one.document_id, one.source, one.sheet) for one in file.tables] == [
        ("d", source, sheet)
    ]


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


def test_the_tables_of_a_sheet_are_parted_and_called_what_stands_above_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = cast(Any, book.active)
    sheet.title = "Plan"
    halves = [["Channel", "First half", None, "Second half", None]]
    names = [[None, "Planned", "Actual", "Planned", "Actual"]]
    channels = [[f"channel {n}", n, n + 1, n + 2, n + 3] for n in range(4)]
    months = [["Team", "Jan", "Apr"], *([f"team {n}", n, 2 * n] for n in range(5))]
    for row in [["Budget (EUR)"], [], *halves, *names, *channels, [], ["Headcount"], *months]:
        sheet.append(row)
    sheet.merge_cells("A3:A4")
    for number, row in enumerate([["Agency", "Fee"], *([f"agency {n}", 10 * n] for n in range(4))]):
        for column, value in enumerate(row):
            sheet.cell(number + 3, 8 + column, value)
    book.save(tmp_path / "plan.xlsx")

    found = {table.name: table for table in _tables(tmp_path / "plan.xlsx")}

    assert {name: [column.name for column in table.columns] for name, table in found.items()} == {
        "Budget": [
            "channel",
            *("first_half_planned", "first_half_actual"),
            *("second_half_planned", "second_half_actual"),
        ],
        "Plan": ["agency", "fee"],
        "Headcount": ["team", "jan", "apr"],
    }
    assert found["Budget"].rows == tuple(map(tuple, channels))
    assert found["Plan"].rows[1] == ("agency 1", 10)
    assert found["Headcount"].rows[4] == ("team 4", 4, 8)


def test_names_over_several_columns_are_said_of_each_where_no_cell_is_merged(
    tmp_path: Path,
) -> None:
    book = openpyxl.Workbook()
    sheet = cast(Any, book.active)
    for row in [
        [None, 2023, None, 2024, None],
        [None, "Revenue", "Cost", "Revenue", "Cost"],
        ["Country", *["EUR m"] * 4],
        *([f"country {n}", n / 2, n, n + 1, n + 2] for n in range(1, 6)),
    ]:
        sheet.append(row)
    book.save(tmp_path / "countries.xlsx")

    (table,) = _tables(tmp_path / "countries.xlsx")

    assert [column.said for column in table.columns[1:]] == [
        f"{year} {name} EUR m" for year in (2023, 2024) for name in ("Revenue", "Cost")
    ]
    assert len(table.rows) == 5


def test_columns_that_an_empty_one_sets_apart_for_the_eye_stay_in_their_table(
    tmp_path: Path,
) -> None:
    book = openpyxl.Workbook()
    sheet = cast(Any, book.active)
    for row in [["Item", "Note", None, "2023", None, "2024"], *([f"i{n}", "x", None, n, None, n] for n in range(5))]:  # fmt: skip
        sheet.append(row)
    book.save(tmp_path / "items.xlsx")

    (table,) = _tables(tmp_path / "items.xlsx")

    assert len(table.columns) == 4


@pytest.mark.parametrize(
    ("last", "sums"),
    [
        ("Total;100;10", ("Total",)),
        ("Gesamtsumme;100;10", ("Gesamtsumme",)),
        ("Average;25;2.5", ("Average",)),
        ("Total;77;8", ()),
        ("Totalenergies Depot;100;10", ()),
        ("Summer depot;100;10", ()),
    ],
)
def test_a_row_that_sums_up_the_others_is_no_data(
    tmp_path: Path, last: str, sums: tuple[str, ...]
) -> None:
    lines = ["depot;pallets;people", "Ulm;10;1", "Bonn;20;2", "Riga;30;3", "Graz;40;4", last]
    (tmp_path / "depots.csv").write_text("\n".join(lines), encoding="utf-8")

    (table,) = _tables(tmp_path / "depots.csv")

    assert table.sums == sums
    assert len(table.rows) == 5 - len(sums)


def test_totals_of_groups_are_no_data_either(tmp_path: Path) -> None:
    lines = ["depot;pallets", "Ulm;10", "Bonn;20", "Subtotal;30", "Riga;5", "Graz;6", "Subtotal;11", "Total;41"]  # fmt: skip
    (tmp_path / "depots.csv").write_text("\n".join(lines), encoding="utf-8")

    (table,) = _tables(tmp_path / "depots.csv")

    assert table.rows == (("Ulm", 10), ("Bonn", 20), ("Riga", 5), ("Graz", 6))
    assert list(sums_left_out([table])) == [
        "not loaded as data, because they sum up others: 'Subtotal', 'Total' of 'depots'"
    ]
    (said,) = sums_left_out([table, replace(table, name="halls"), replace(table, sums=())])
    assert said.endswith("others: 'Subtotal', 'Total' of 'depots'; 'Subtotal', 'Total' of 'halls'")


def test_a_name_above_the_middle_of_its_columns_is_said_of_them_and_no_others(
    tmp_path: Path,
) -> None:
    book = openpyxl.Workbook()
    sheet = cast(Any, book.active)
    for row in [
        ["In millions", None, "June 2023", None, None, "June 2022"],
        [None, "Goodwill", "Assets", None, "Goodwill", "Assets"],
        [],
        *([f"zone {n}", n, 2 * n, None, 3 * n, 4 * n] for n in range(5)),
    ]:
        sheet.append(row)
    book.save(tmp_path / "zones.xlsx")

    (table,) = _tables(tmp_path / "zones.xlsx")

    assert [column.said for column in table.columns[1:]] == [
        f"June {year} {name}" for year in (2023, 2022) for name in ("Goodwill", "Assets")
    ]


def test_two_years_under_the_same_columns_are_two_tables(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = cast(Any, book.active)
    for year in (2023, 2022):
        sheet.append([None, None, f"June {year}"])
        sheet.append(["Zone", "Sales", "Profit"])
        sheet.append([])
        for number in range(5):
            sheet.append([f"zone {number}", year, number])
        sheet.append([])
    book.save(tmp_path / "zones.xlsx")

    found = _tables(tmp_path / "zones.xlsx")

    assert [(table.name, table.rows[0]) for table in found] == [
        ("June 2023", ("zone 0", 2023, 0)),
        ("June 2022", ("zone 0", 2022, 0)),
    ]


def test_formulas_without_values_are_empty_cells_and_their_total_is_no_row(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = cast(Any, book.active)
    sheet.title = "Hours"
    for row in [
        ["Machine", "Planned", "Actual", "Share"],
        *([f"machine {n}", 10 * n, 9 * n, f"=C{n + 1}/B{n + 1}"] for n in range(1, 6)),
        ["Total", "=SUM(B2:B6)", "=SUM(C2:C6)", 1],
        [None, "=SUM(B2:B6)", None, None],
    ]:
        sheet.append(row)
    book.save(tmp_path / "hours.xlsx")

    (table,) = _tables(tmp_path / "hours.xlsx")

    assert [column.type for column in table.columns[1:3]] == ["INTEGER", "INTEGER"]
    assert table.rows == tuple((f"machine {n}", 10 * n, 9 * n, None) for n in range(1, 6))
    assert table.sums == ("Total",)
    assert list(cells_left_empty([table])) == []


@pytest.mark.parametrize(
    ("stray", "kind", "value"),
    [("pending", "INTEGER", None), ("0017", "TEXT", "0017"), ("12 h", "TEXT", "12 h")],
)
def test_a_stray_word_is_no_number_and_a_stray_code_leaves_none(
    tmp_path: Path, stray: str, kind: str, value: Value
) -> None:
    rows = [f"{chr(97 + n)};{n}" for n in range(19)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["run;hours", *rows, f"z;{stray}"]), encoding="utf-8")
    (table,) = _tables(path)
    assert (table.columns[1].type, table.rows[-1][1]) == (kind, value)
    told = [f"loaded as empty cells: {stray!r} in the column 'hours' of 't'"]
    assert list(cells_left_empty([table])) == (told if value is None else [])


def test_words_in_place_of_numbers_are_loaded_as_empty_cells_and_told(tmp_path: Path) -> None:
    cells = ("Ratio (%)", "1.5", "#DIV/0!", "2", "-", "-")
    table = _csv(tmp_path, cells, ("note", "-", "a", "b", "n/a", "c"))

    assert [column.type for column in table.columns] == ["TEXT", "REAL", "TEXT"]
    assert [row[2] for row in table.rows] == ["-", "a", "b", "n/a", "c"]
    assert list(cells_left_empty([table])) == [
        "loaded as empty cells: '#DIV/0!', '-' in the column 'Ratio (%)' of 't'"
    ]
    (said,) = cells_left_empty([table] * 6)
    assert said.endswith("of 't'; and 1 more columns")
