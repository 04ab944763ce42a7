"""A semantic model on servers: other namespaces, quoted names, each engine's own SQL."""

from datetime import date

import pytest

from serving.models.embedded.choose.reader import Reader
from serving.models.embedded.schema.joins import Joins
from serving.models.embedded.schema.lexicon import Lexicon
from serving.models.embedded.schema.spoken import spoken
from serving.models.embedded.schema.values import samples
from tools.sql.schema import Column, Schema, Table
from tools.sql.semantic.apply import apply
from tools.sql.semantic.file import parse_model

CUSTOMERS = Table(
    "sales.tbl_kd",
    (
        Column("kdnr", "integer", nullable=False, primary_key=True),
        Column("Nam", "text", nullable=True),
        Column("ort", "text", nullable=True, samples=("Bonn", "Ulm")),
    ),
    namespace="sales",
)
ORDERS = Table(
    "auft",
    (
        Column("nr", "integer", nullable=False, primary_key=True),
        Column("kdnr", "integer", nullable=True),
        Column("dat", "text", nullable=True),
        Column("stat", "integer", nullable=True),
        Column("ges", "numeric(10,2)", nullable=True),
    ),
)
MODEL = """
version: 0.2.0.dev0
semantic_model:
- name: shop
  datasets:
  - name: customers
    source: shop.sales.tbl_kd
    fields:
    - {name: name, expression: {dialects: [{dialect: ANSI_SQL, expression: '"Nam"'}]}}
    - {name: city, expression: {dialects: [{dialect: ANSI_SQL, expression: ort}]}}
  - name: orders
    source: auft
    fields:
    - {name: ordered, datatype: Date, expression: {dialects: [{dialect: ANSI_SQL, expression: "SUBSTRING(dat, 7, 4) || '-' || SUBSTRING(dat, 4, 2)"}]}}
    - {name: status, expression: {dialects: [{dialect: ANSI_SQL, expression: stat}]}, custom_extensions: [{vendor_name: DOCSQL, data: '{"values": {"4": "cancelled", "1": "open"}}'}]}
    - {name: total, expression: {dialects: [{dialect: ANSI_SQL, expression: ges}]}}
    custom_extensions: [{vendor_name: DOCSQL, data: '{"filter": "status <> 4"}'}]
  relationships: [{name: a, from: orders, to: customers, from_columns: [kdnr], to_columns: [kdnr]}]
  metrics: [{name: revenue, expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(orders.total)}]}}]
"""
KNOWN = [
    ("postgres", "How many customers are in Bonn?", """SELECT COUNT(*) AS count_customers FROM sales.tbl_kd AS "sales.tbl_kd" WHERE "sales.tbl_kd".ort = 'Bonn'"""),
    ("postgres", "Which customers have no orders?", """SELECT "sales.tbl_kd"."Nam" FROM sales.tbl_kd AS "sales.tbl_kd" WHERE NOT "sales.tbl_kd".kdnr IN (SELECT auft.kdnr FROM auft WHERE NOT auft.kdnr IS NULL AND auft.stat <> 4)"""),
    ("mysql", "What is the revenue per city?", "SELECT `sales.tbl_kd`.ort, SUM(auft.ges) AS revenue FROM auft JOIN sales.tbl_kd AS `sales.tbl_kd` ON auft.kdnr = `sales.tbl_kd`.kdnr WHERE auft.stat <> 4 GROUP BY `sales.tbl_kd`.ort ORDER BY SUM(auft.ges) DESC"),
    ("mysql", "How many open orders are there?", "SELECT COUNT(*) AS count_orders FROM auft WHERE auft.stat = 1"),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "question", "sql"), KNOWN)
def test_a_model_is_written_in_the_engines_own_sql(dialect: str, question: str, sql: str) -> None:
    applied = apply(parse_model(MODEL, "m.yaml"), Schema(dialect, (CUSTOMERS, ORDERS), "f"))
    assert applied.problems == ()
    schema = spoken(applied.schema)
    reader = Reader(Lexicon.of(schema), Joins.of(schema), samples(schema), date(2026, 3, 1))
    assert reader.read(question)[0].sql == sql
