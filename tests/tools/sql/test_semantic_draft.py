"""A semantic model proposed from names and values."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlglot import exp

from tools.caller import Caller
from tools.errors import Correctable
from tools.sql.run import Database
from tools.sql.schema import Column, Table
from tools.sql.semantic.check import check_model
from tools.sql.semantic.draft.codes import meanings
from tools.sql.semantic.draft.draft import draft_model
from tools.sql.semantic.draft.names import column_label, speaks_german, table_label
from tools.sql.semantic.draft.proposed import Proposed, read_proposal
from tools.sql.semantic.file import SemanticFile, parse_model

FIXTURES = Path(__file__).parents[2] / "fixtures" / "badnames"
TABLES = {
    "rechn": "invoices",
    "tbl_kd": "customers",
    "cust_mst": "customers",
    "shp_hdr": "shipments",
    "AuftragPos": "order positions",
    "t_branch": "branches",
    "dim_country": "countries",
    "orders": "orders",
    "zzq": "zzqs",
    "tbl_zhlg": "payments",
    "scrn": "scrns",
    "KDST": "customers",
    "ARTSTAM": "articles",
    "LSP": "delivery note positions",
    "COST": "costs",
}
COLUMNS = {
    "min_best": "minimum stock",
    "kdnr": "customer number",
    "vkpr": "selling price",
    "bestdat": "order date",
    "liefdat": "delivery date",
    "unt_prc": "unit price",
    "custId": "customer id",
    "Größe": "size",
    "col1": "col 1",
    "xyz": "xyz",
    "anr": "a number",
    "mname": "m name",
    "lag_bst": "stock level",
    "gndr": "gender",
    "spclty": "specialty",
    "gebaut": "gebaut",
    "storage_gb": "storage gb",
    "percentage": "percentage",
    "costs": "costs",
}
GERMAN_COLUMNS = {
    "vk_pr": "Verkaufspreis",
    "kd_grp": "Kundengruppe",
    "rg_dat": "Rechnungsdatum",
    "land_kz": "Land",
    "bez_kz": "Bezahlt",
}
CODES = [
    (("country",), ("AT", "CH"), ("Austria", "Switzerland")),
    (("gender",), ("F", "M"), ("female", "male")),
    (("status",), ("CXL", "CMP", "QQQ"), ("cancelled", "completed", "")),
    (("status",), ("A", "B"), ("", "")),
]


@pytest.mark.parametrize(("name", "said"), TABLES.items())
def test_a_table_is_called_by_what_is_in_it(name: str, said: str) -> None:
    assert table_label(name).text == said


@pytest.mark.parametrize(("name", "said"), COLUMNS.items())
def test_a_column_is_parted_and_written_in_full(name: str, said: str) -> None:
    assert column_label(name).text == said


@pytest.mark.parametrize(("name", "said"), GERMAN_COLUMNS.items())
def test_german_words_are_put_together(name: str, said: str) -> None:
    assert column_label(name).german[0] == said


@pytest.mark.parametrize(("label", "codes", "said"), CODES)
def test_codes_that_everybody_knows_are_filled_in(
    label: tuple[str, ...], codes: tuple[str, ...], said: tuple[str, ...]
) -> None:
    told = meanings(label, codes)
    assert tuple("".join(words[:1]) for _, words in told) == said


@pytest.mark.parametrize(
    ("name", "english", "german"),
    [
        ("term_months", "term months", "appointment months"),
        ("tag", "tag", "day"),
        ("qty", "quantity", "quantity"),
        ("support", "support", "support"),
    ],
)
def test_a_common_word_is_no_german_one_in_an_english_schema(
    name: str, english: str, german: str
) -> None:
    assert column_label(name, is_german=False).text == english
    assert column_label(name, is_german=True).text == german


def test_initials_of_a_table_stand_for_what_is_in_it() -> None:
    assert column_label("fznr", table="t_fzg").text == "vehicle number"
    assert column_label("qznr", table="t_auftr").text == "qz number"


@pytest.mark.parametrize(
    ("names", "is_german"),
    [(["auft", "kdnr", "ges", "artnr"], True), (["order", "custno", "qty"], False), ([], False)],
)
def test_the_language_of_names_is_told(names: list[str], is_german: bool) -> None:  # noqa: FBT001
    assert speaks_german(names) is is_german


def drafted(tmp_path: Path, script: str) -> tuple[SemanticFile, Database]:
    path = tmp_path / "made.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    database = Database.open(f"sqlite:///{path}")

    def ask(sql: str) -> tuple[tuple[object, ...], ...]:
        try:
            return database.run(sql, caller=Caller("someone")).rows
        except Correctable:
            return ()

    return parse_model(draft_model("made", database.schema(), ask), "made.yaml"), database


SENSES = """
CREATE TABLE tbl_rep (rep_nr INTEGER, gew TEXT, kg REAL, art TEXT, gnr TEXT, kost REAL);
CREATE TABLE tbl_ma (ma_nr INTEGER, nname TEXT, gew REAL, art TEXT);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19)
INSERT INTO tbl_rep SELECT i, CASE i % 2 WHEN 0 THEN 'Maler' ELSE 'Elektro' END, 1.5 * i,
  substr('KM', 1 + i % 2, 1), CASE i % 2 WHEN 0 THEN 'Drama' ELSE 'Krimi' END, 10.5 * i FROM n;
INSERT INTO tbl_ma SELECT rep_nr, 'Name ' || rep_nr, 60 + kg, 'A-' || (1000 + rep_nr) FROM tbl_rep;
"""


def test_a_short_form_stands_for_what_fits_the_values(tmp_path: Path) -> None:
    file, _ = drafted(tmp_path, SENSES)
    named = {
        dataset.name: {one.expression.dialects[0].expression: one.name for one in dataset.fields}
        for _, dataset in file.datasets()
    }
    assert set(named) == {"repairs", "employees"}  # representatives would have names
    assert named["repairs"]["gew"] == "trade"
    assert named["employees"]["gew"] == "weight"
    assert named["repairs"]["art"] == "kind"
    assert named["repairs"]["gnr"] == "gnr"  # no number


@pytest.mark.parametrize("name", ["auftrag", "freight"])
def test_a_draft_fits_its_database(tmp_path: Path, name: str) -> None:
    file, database = drafted(tmp_path, (FIXTURES / f"{name}.sql").read_text("utf-8"))
    schema = database.schema()
    found = check_model(
        file,
        schema,
        lambda sql: database.run(sql, caller=Caller("someone")),
        fingerprint=schema.fingerprint,
    )
    assert found == []


def test_keys_dates_and_codes_are_found_in_values(tmp_path: Path) -> None:
    file, _ = drafted(tmp_path, (FIXTURES / "auftrag.sql").read_text("utf-8"))
    ends = {(r.from_, *r.from_columns, r.to, *r.to_columns) for _, r in file.relationships()}
    assert ends == {
        ("orders", "kdnr", "customers", "kdnr"),
        ("orders", "manr", "employees", "manr"),
        ("order_positions", "auftnr", "orders", "auftnr"),
        ("order_positions", "artnr", "articles", "artnr"),
        ("articles", "lfnr", "suppliers", "lfnr"),
    }
    orders = next(dataset for _, dataset in file.datasets() if dataset.name == "orders")
    assert orders.primary_key == ("auftnr",)
    assert "Aufträge" in orders.ai_context.synonyms
    fields = {one.name: one for one in orders.fields}
    assert fields["order_date"].datatype == "Date"
    assert "SUBSTRING(bestdat, 7, 4)" in fields["order_date"].expression.dialects[0].expression
    assert set(fields["status"].said.values) == {"1", "2", "3", "4"}
    assert fields["total"].said.aggregation == "SUM"


def test_keys_are_found_where_names_say_little(tmp_path: Path) -> None:
    file, _ = drafted(tmp_path, (FIXTURES / "werkst.sql").read_text("utf-8"))
    ends = {(r.from_, *r.from_columns, r.to, *r.to_columns) for _, r in file.relationships()}
    assert ends == {
        ("orders", "fznr", "vehicles", "fznr"),
        ("orders", "mnr", "mechanics", "mnr"),
        ("vehicles", "kdnr", "customers", "kdnr"),
        ("vbrs", "anr", "orders", "anr"),
        ("vbrs", "tnr", "parts", "tnr"),
    }


def test_keys_years_and_codes_are_found_where_no_key_is_called_so(tmp_path: Path) -> None:
    file, _ = drafted(tmp_path, (FIXTURES / "rad.sql").read_text("utf-8"))
    ends = {(r.from_, *r.from_columns, r.to, *r.to_columns) for _, r in file.relationships()}
    assert ends == {
        ("rentals", "rad", "rads", "rahmen"),
        ("rentals", "kun_kdn", "customers", "kdn"),
        ("maintenances", "rad", "rads", "rahmen"),
    }
    fields = {one.name: one for _, dataset in file.datasets() for one in dataset.fields}
    assert "gebaut_year" in fields
    assert fields["country"].said.values["AT"] == ("Austria", "Österreich")
    assert fields["invoice_date"].datatype == "Date"
    assert fields["paid"].said.values == {"J": ("yes",), "N": ("no",)}


STORES = """
CREATE TABLE fac (fac_id INTEGER, nm TEXT, mgr_emp INTEGER);
CREATE TABLE emp (emp_no INTEGER, nm TEXT, fac_id INTEGER);
CREATE TABLE tnt (tnt_id INTEGER, fnm TEXT);
CREATE TABLE lse (lse_id INTEGER, tnt_ref INTEGER, dep_amt REAL);
INSERT INTO fac VALUES (1, 'East', 11), (2, 'West', 12);
INSERT INTO emp VALUES (11, 'Ann Lee', 1), (12, 'Bo Kay', 2), (13, 'Cy Orr', 2);
INSERT INTO tnt VALUES (21, 'Di'), (22, 'Ed'), (23, 'Fay');
INSERT INTO lse VALUES (1, 21, 50), (2, 21, 75), (3, 23, 50);
"""


def test_a_reference_and_a_role_lead_to_what_they_are_named_after(tmp_path: Path) -> None:
    file, _ = drafted(tmp_path, STORES)
    ends = {(r.from_, *r.from_columns, r.to, *r.to_columns) for _, r in file.relationships()}
    assert ends == {
        ("employees", "fac_id", "facilities", "fac_id"),
        ("facilities", "mgr_emp", "employees", "emp_no"),
        ("leases", "tnt_ref", "tenants", "tnt_id"),
    }


KENNEL = """
CREATE TABLE gast (gastnr INTEGER, nm TEXT, art TEXT, haus TEXT, ank TEXT, abr TEXT, reg TEXT, geb TEXT);
CREATE TABLE aufent (lfd INTEGER, gast INTEGER, fl INTEGER);
CREATE TABLE liste (grp TEXT, cd TEXT, bezeich TEXT, pos INTEGER);
INSERT INTO liste VALUES ('ART', '1', 'Hund', 1), ('ART', '2', 'Katze', 1), ('HAUS', '1', 'Waldhaus', 1),
  ('HAUS', '2', 'Seehaus', 1), ('HAUS', '3', 'Altbau', 2), ('ZIMMER', '1', 'klein', 3);
INSERT INTO gast
  WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 39)
  SELECT 10 + i, 'Hund ' || i, 1 + i % 2, '0' || (1 + i % 3), '202' || (i % 5) || '0' || (1 + i % 9) || '15',
    CASE WHEN i % 4 THEN '1' || (i % 9) || '.04.2025' ELSE '' END, CASE WHEN i % 3 THEN 'J' ELSE 'N' END,
    '1' || (i % 9) || '.05.201' || (i % 9)
  FROM n;
INSERT INTO aufent SELECT gastnr - 9, gastnr, 3 FROM gast;
"""
"""A kennel's books with a key list, days as yyyymmdd, and days that are yet to come."""


def test_key_lists_days_and_short_references_are_found(tmp_path: Path) -> None:
    file, _ = drafted(tmp_path, KENNEL)
    fields = {one.name: one for _, dataset in file.datasets() for one in dataset.fields}
    by_column = {one.expression.dialects[0].expression: one for one in fields.values()}
    assert by_column["haus"].said.values == {
        "01": ("Waldhaus",),
        "02": ("Seehaus",),
        "03": ("Altbau",),
    }
    assert by_column["art"].said.values == {"1": ("Hund",), "2": ("Katze",)}
    days = {one.expression.dialects[0].expression for one in fields.values() if one.datatype}
    assert any("SUBSTRING(ank, 5, 2)" in one for one in days)
    assert any("SUBSTRING(NULLIF(abr, ''), 7, 4)" in one for one in days)
    assert (
        "date_of_birth" in fields
    )  # and no region, which "geb" is short for where no day is stored
    assert "region" not in fields  # nor is a yes or no
    assert "flag" not in fields  # nor is a number
    ends = {(*r.from_columns, *r.to_columns) for _, r in file.relationships()}
    assert ("gast", "gastnr") in ends


MEMBERS = """
CREATE TABLE mitgl (mnr INTEGER, nam TEXT, vnam TEXT, lkz TEXT, tuev TEXT);
CREATE TABLE ort (onr INTEGER, nam TEXT, lkz TEXT);
INSERT INTO mitgl VALUES (1, 'Ohm', 'Ida', '', '09/2027'), (2, 'Ohm', 'Jo', 'X', '10/2026'), (3, 'Ey', 'Al', '', '');
INSERT INTO ort VALUES (1, 'Bern', 'CH'), (2, 'Wien', 'AT'), (3, 'Kiel', 'DE');
"""


def test_marked_rows_do_not_count_and_people_have_last_names(tmp_path: Path) -> None:
    file, _ = drafted(tmp_path, MEMBERS)
    (members, places) = (dataset for _, dataset in file.datasets())
    assert members.said.filter == "COALESCE(deleted, '') <> 'X'"
    fields = {one.name: one for one in members.fields}
    assert {"last_name", "first_name", "deleted"} <= set(fields)
    assert fields["deleted"].said.values == {"X": ("deleted", "gelöscht")}
    inspected = next(one for one in members.fields if one.datatype)
    assert inspected.expression.dialects[0].expression.endswith(", 1, 2) || '-01'")
    # Where it tells countries, it marks nothing.
    assert not places.said.filter
    assert "name" in {one.name for one in places.fields}


def test_a_key_whose_values_are_not_all_there_is_none(tmp_path: Path) -> None:
    strange = "UPDATE auft SET kdnr = 5 WHERE auftnr = 70001;"
    script = "\n".join([(FIXTURES / "auftrag.sql").read_text("utf-8"), strange])
    file, _ = drafted(tmp_path, script)
    assert not any(r.from_columns == ("kdnr",) for _, r in file.relationships())


def test_names_that_need_quotes_stay_yaml(tmp_path: Path) -> None:
    file, _ = drafted(
        tmp_path, 'CREATE TABLE "no: yes" ("on" TEXT, "a \'b\' #c" INTEGER, "Ä-1" REAL);'
    )
    (dataset,) = (dataset for _, dataset in file.datasets())
    assert dataset.source == "no: yes"
    assert len(dataset.fields) == 3


TOLD = """Here it is: {"description": "What readers borrow", "synonyms": ["titles", "Bücher", 7],
"columns": {"PRC": {"description": "What it costs", "synonyms": ["price tag"]}, "gone": {"description": "x"}}}"""


@pytest.mark.parametrize(
    ("reply", "table", "column"),
    [
        (
            TOLD,
            Proposed("What readers borrow", ("titles", "Bücher")),
            Proposed("What it costs", ("price tag",)),
        ),
        ("I cannot tell.", Proposed(), Proposed()),
        ("{broken", Proposed(), Proposed()),
        ('{"description": ["a"], "columns": {"prc": "dear"}}', Proposed(), Proposed()),
        ('{"description": "%s"}' % ("long " * 60), Proposed(), Proposed()),
    ],
)
def test_what_a_model_proposes_is_taken_as_far_as_it_fits(
    reply: str, table: Proposed, column: Proposed
) -> None:
    books = Table("t_bk", (Column("prc", "REAL", nullable=True),))
    found = read_proposal(reply, books)
    assert (found.table, found.columns.get("prc", Proposed())) == (table, column)
    assert "gone" not in found.columns


def test_yes_and_no_are_no_names_and_what_comes_again_is_no_article(tmp_path: Path) -> None:
    rows = [(at, "Papier" if at % 3 else "Glas", "N" if at > 20 else "J") for at in range(30)]
    with closing(sqlite3.connect(tmp_path / "bel.sqlite")) as connection:
        connection.execute("CREATE TABLE t_bel (belnr INTEGER, art TEXT, bez TEXT)")
        connection.executemany("INSERT INTO t_bel VALUES (?, ?, ?)", rows)
        connection.commit()
    with closing(Database.open(f"sqlite:///{tmp_path / 'bel.sqlite'}", name="bel")) as database:
        drafted = draft_model("bel", database.schema(), lambda _: ())
    assert "name: kind " in drafted
    assert "name: paid " in drafted


def rows(table: str, *values: object) -> str:
    return exp.insert(exp.values([values]), table).sql("sqlite") + ";"


def test_keys_of_other_names_are_told_by_values_that_only_one_key_has(tmp_path: Path) -> None:
    """KNR is of customers, BNR of sites (0 is none); numbers that begin low are in every key."""
    script = [
        "CREATE TABLE KDST (KDNR INTEGER, NAM1 TEXT);",
        "CREATE TABLE BST (BSTNR INTEGER, KNR INTEGER, LNR INTEGER);",
        "CREATE TABLE RG (RGNR INTEGER, BNR INTEGER);",
        "CREATE TABLE LKW (LKWNR INTEGER, KZ TEXT);",
    ]
    for n in range(40):
        script += [
            rows("KDST", 1001 + n, f"Firma {n}"),
            rows("BST", 23001 + n, 1001 + n % 9, n % 7 + 1),
            rows("RG", 500 + n, 23001 + n % 8 if n % 5 else 0),
            rows("LKW", n + 1, f"FS-GH {n}"),
        ]
    file, _ = drafted(tmp_path, "\n".join(script))
    joined = [(*r.from_columns, *r.to_columns) for _, r in file.relationships()]
    assert sorted(joined) == [("BNR", "BSTNR"), ("KNR", "KDNR")]


def test_codes_of_a_list_and_numbers_with_decimals_are_nobody(tmp_path: Path) -> None:
    script = (
        "CREATE TABLE MATST (MNR TEXT, MGR INTEGER, STL REAL, MST INTEGER, ZST INTEGER);"
        "CREATE TABLE SCHL (SA TEXT, SW TEXT, TX TEXT);"
    )
    for n in range(30):
        script += rows("MATST", f"R{n}", 10 * (n % 3 + 1), n + 0.25, n % 3, 10)
    for code, word in (("10", "Rahmen"), ("20", "Belag"), ("30", "Netz")):
        script += rows("SCHL", "MGR", code, word)
        script += rows("SCHL", "ZST", code, word)
    file, _ = drafted(tmp_path, script)
    material = next(one for _, one in file.datasets() if one.source == "MATST")
    assert {"manager", "job", "master"}.isdisjoint(one.name for one in material.fields)
    assert any("Rahmen" in str(one.said.values) for one in material.fields)
