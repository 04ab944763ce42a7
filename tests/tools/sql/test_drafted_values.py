"""What a draft tells from values alone: gaps between days, amounts, marks, and where keys lead."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tools.caller import Caller
from tools.sql.run import Database
from tools.sql.semantic.draft.draft import draft_model
from tools.sql.semantic.file import SemanticFile, parse_model

AGENCY = """
CREATE TABLE client (no INTEGER, nm TEXT, flg_del TEXT);
CREATE TABLE crew (ini TEXT, full_nm TEXT);
CREATE TABLE tasks (task_no TEXT, payer INTEGER, lead TEXT, start_dt INTEGER, end_dt INTEGER, fee TEXT, size_m INTEGER);
CREATE TABLE lists (list TEXT, code TEXT, meaning TEXT, sort INTEGER);
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9)
INSERT INTO client SELECT 4000 + i, 'Client ' || i, CASE i WHEN 3 THEN 'Y' ELSE 'N' END FROM n;
INSERT INTO crew SELECT char(65 + no - 4000) || 'XY', 'Name ' || no FROM client;
INSERT INTO tasks SELECT 'T-' || no, no, char(65 + no - 4000) || 'XY', 20240101 + no % 9,
  CASE no % 3 WHEN 0 THEN 0 WHEN 1 THEN 20240301 ELSE 99991231 END, '1,2' || (no - 4000) || '0.50 EUR', 4000 FROM client;
"""
"""An agency's books: days as numbers with 0 for none, amounts with their currency, keys called by parts."""


def agency_model(tmp_path: Path) -> SemanticFile:
    path = tmp_path / "agency.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(AGENCY)
    database = Database.open(f"sqlite:///{path}")
    caller = Caller("someone")
    model = draft_model(
        "agency", database.schema(), lambda sql: database.run(sql, caller=caller).rows
    )
    database.close()
    return parse_model(model, "agency.yaml")


def test_gaps_amounts_marks_and_keys_called_by_parts_are_found(tmp_path: Path) -> None:
    file = agency_model(tmp_path)
    sets = {dataset.source: dataset for _, dataset in file.datasets()}
    fields = {one.name: one for one in sets["tasks"].fields}
    ended = fields["end_date"]
    assert ended.datatype == "Date"
    assert "NULLIF(CAST(end_dt AS VARCHAR), '0')" in ended.expression.dialects[0].expression
    assert fields["start_date"].expression.dialects[0].expression == "start_dt"  # without a gap
    assert fields["fee"].said.aggregation == "SUM"
    assert "REPLACE(" in fields["fee"].expression.dialects[0].expression
    assert "fee_currency" in fields
    assert sets["client"].said.filter.endswith("<> 'Y'")
    ends = {(*r.from_columns, *r.to_columns) for _, r in file.relationships()}
    assert ends == {("payer", "no"), ("lead", "ini")}  # and no size that is a number of some client
