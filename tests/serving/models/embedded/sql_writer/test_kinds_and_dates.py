"""Codes that name what rows are, dates as text or numbers, and two numbers of a row compared."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.drafts import SqlDeclined, SqlDraft
from agent.toolbox import SqlTask
from serving.models.embedded.sql_writer import EmbeddedSqlWriter
from tools.caller import Caller
from tools.sql.run import Database

READER = Caller("reader")
HIRE = """
CREATE TABLE cl (cl_no INTEGER PRIMARY KEY, nm TEXT NOT NULL, gone TEXT NOT NULL);
CREATE TABLE crew (ini TEXT PRIMARY KEY, full_nm TEXT NOT NULL, out_dt INTEGER NOT NULL);
CREATE TABLE mach (m_no TEXT PRIMARY KEY, nm TEXT NOT NULL, cl_no INTEGER NOT NULL);
CREATE TABLE cal (cal_no INTEGER PRIMARY KEY, m_no TEXT NOT NULL, kd TEXT NOT NULL, came TEXT NOT NULL,
  fixed TEXT, lead_ini TEXT NOT NULL, fee INTEGER NOT NULL, cur TEXT NOT NULL);
CREATE TABLE bil (bil_no INTEGER PRIMARY KEY, cl_no INTEGER NOT NULL, sent TEXT NOT NULL, amt REAL NOT NULL);
INSERT INTO bil VALUES (1, 1, '2023-03-01', 5), (2, 2, '2023-04-01', 6);
CREATE TABLE sp (sp_no INTEGER PRIMARY KEY, nm TEXT NOT NULL, stk INTEGER NOT NULL, mn INTEGER NOT NULL);
INSERT INTO cl VALUES (1, 'Abel', 'N'), (2, 'Birch', 'Y');
INSERT INTO crew VALUES ('AB', 'Ada Boyd', 0), ('CD', 'Cal Dunn', 20230331);
INSERT INTO mach VALUES ('M1', 'Saw', 1), ('M2', 'Drill', 2);
INSERT INTO cal VALUES (1, 'M1', 'F', '2023-02-01', NULL, 'AB', 1000, 'EUR'), (2, 'M1', 'F', '2023-05-01', '2023-06-01', 'AB', 2000, 'GBP'),
  (3, 'M2', 'F', '2024-02-01', NULL, 'CD', 3000, 'EUR'), (4, 'M2', 'S', '2024-02-02', '2024-03-01', 'AB', 500, 'EUR');
INSERT INTO sp VALUES (1, 'Belt', 2, 5), (2, 'Blade', 9, 5);
"""
MODEL = """\
version: 0.2.0.dev0
semantic_model:
  - name: hire
    datasets:
      - name: clients
        source: cl
        ai_context: {synonyms: [Kunden]}
        fields:
          - {name: name, expression: {dialects: [{dialect: ANSI_SQL, expression: nm}]}}
        custom_extensions:
          - {vendor_name: DOCSQL, data: '{"filter": "gone <> ''Y''", "labels": {"de": "Kunden"}}'}
      - name: fitters
        source: crew
        fields:
          - {name: full_name, expression: {dialects: [{dialect: ANSI_SQL, expression: full_nm}]}}
          - name: left_on
            expression: {dialects: [{dialect: ANSI_SQL, expression: "CASE WHEN out_dt > 0 THEN SUBSTRING(CAST(out_dt AS VARCHAR), 1, 4) || '-' || SUBSTRING(CAST(out_dt AS VARCHAR), 5, 2) || '-' || SUBSTRING(CAST(out_dt AS VARCHAR), 7, 2) END"}]}
            datatype: Date
      - name: machines
        source: mach
        ai_context: {synonyms: [Maschinen]}
        fields:
          - {name: name, expression: {dialects: [{dialect: ANSI_SQL, expression: nm}]}}
      - name: calls
        source: cal
        fields:
          - name: kind
            expression: {dialects: [{dialect: ANSI_SQL, expression: kd}]}
            custom_extensions:
              - {vendor_name: DOCSQL, data: '{"values": {"F": ["fault", "faults", "Störungen"], "S": ["service", "services"]}}'}
          - {name: received, datatype: Date, expression: {dialects: [{dialect: ANSI_SQL, expression: came}]}, ai_context: {synonyms: [raised]}}
          - {name: repaired_on, datatype: Date, expression: {dialects: [{dialect: ANSI_SQL, expression: fixed}]}, ai_context: {synonyms: [behoben]}}
          - {name: lead_fitter, expression: {dialects: [{dialect: ANSI_SQL, expression: lead_ini}]}}
          - name: fee
            expression: {dialects: [{dialect: ANSI_SQL, expression: fee / 100.0}]}
            custom_extensions:
              - {vendor_name: DOCSQL, data: '{"aggregation": "SUM"}'}
          - {name: fee_currency, expression: {dialects: [{dialect: ANSI_SQL, expression: cur}]}}
      - name: bills
        source: bil
        fields:
          - {name: amount, expression: {dialects: [{dialect: ANSI_SQL, expression: amt}]}}
      - name: spares
        source: sp
        fields:
          - {name: name, expression: {dialects: [{dialect: ANSI_SQL, expression: nm}]}}
          - {name: stock, expression: {dialects: [{dialect: ANSI_SQL, expression: stk}]}}
          - {name: minimum_stock, expression: {dialects: [{dialect: ANSI_SQL, expression: mn}]}}
    relationships:
      - {name: d, from: bills, to: clients, from_columns: [cl_no], to_columns: [cl_no]}
      - {name: a, from: machines, to: clients, from_columns: [cl_no], to_columns: [cl_no]}
      - {name: b, from: calls, to: machines, from_columns: [m_no], to_columns: [m_no]}
      - {name: c, from: calls, to: fitters, from_columns: [lead_ini], to_columns: [ini]}
"""


@pytest.fixture
def hire(database_url: Callable[[Path], str], tmp_path: Path) -> Iterator[Database]:
    script, model = tmp_path / "hire.sql", tmp_path / "hire.yaml"
    script.write_text(HIRE, "utf-8")
    model.write_text(MODEL, "utf-8")
    opened = Database.open(database_url(script), name="hire", model=model)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        # A text that holds days is a date, whatever it is called.
        ("How many calls were there in 2023?", [(2,)]),
        ("How many calls received in 2024 are there?", [(2,)]),
        ("Services: fee, date raised", [(5.0, "2024-02-02")]),
        # A kind of rows is what is counted, compared and ranked.
        ("How many faults do our clients have?", [(2,)]),
        ("Wie viele Störungen gibt es bei unseren Kunden?", [(2,)]),
        ("Machines with 2 or more faults", [("Saw",)]),
        ("Which machine had the most services?", [("Drill",)]),
        # What was done behind its period.
        ("Welche Störungen wurden seit 2023 behoben?", [(2,)]),
        # A key that somebody plays a part by is who that is.
        ("Which lead fitter has the most calls?", [("Ada Boyd",)]),
        # 0 is no day.
        ("Which fitters have left?", [("Cal Dunn",)]),
        ("How many fitters have not left?", [(1,)]),
        # An amount in one of several currencies.
        ("Total fees in EUR", [(45,)]),
        ("Total fees in GBP for faults", [(20,)]),
        # A bill of a client who is gone is a bill; who is gone is no client.
        ("Bills over 5: amount, client", [(2, 6.0, "Birch")]),
        ("How many clients do we have?", [(1,)]),
        # Two numbers of a row.
        ("Which spares have a stock below the minimum stock?", [("Belt",)]),
        ("Which spares do we need to reorder?", [("Belt",)]),
    ],
)
async def test_codes_dates_and_numbers_are_read_as_a_model_says(
    hire: Database, question: str, rows: list[tuple[object, ...]]
) -> None:
    draft = await EmbeddedSqlWriter().write(SqlTask(question, hire, READER))
    assert isinstance(draft, SqlDraft), draft
    found = hire.run(draft.sql, caller=READER).rows
    assert [row[: len(rows[0])] for row in found] == rows, draft.sql


@pytest.mark.parametrize(
    "question", ["What is the restocking name?", "What are the reordering spares?"]
)
async def test_a_deed_before_a_noun_asks_for_no_rows_that_need_it(
    hire: Database, question: str
) -> None:
    draft = await EmbeddedSqlWriter().write(SqlTask(question, hire, READER))
    assert isinstance(draft, SqlDeclined)
