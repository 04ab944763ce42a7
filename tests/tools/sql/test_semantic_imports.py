"""Semantic models of other tools, taken over."""

from pathlib import Path

import pytest

from tools.errors import BadInput
from tools.sql.semantic.file import SemanticFile, parse_model
from tools.sql.semantic.imports.read import imported

SNOWFLAKE = """\
name: sales
description: Sales of the shop
tables:
  - name: orders
    synonyms: [purchases]
    base_table: {database: SHOP, schema: PUBLIC, table: ORD}
    primary_key: {columns: [id]}
    dimensions:
      - {name: status, expr: sts, data_type: VARCHAR(3), description: Where it is}
    time_dimensions:
      - {name: ordered, expr: "TO_DATE(dt, 'YYYYMMDD')", data_type: DATE}
    facts:
      - {name: amount, expr: amt, data_type: "NUMBER(10, 2)"}
    measures:
      - {name: all_of_it, expr: SUM(amt)}
    metrics:
      - {name: revenue, expr: SUM(orders.amount), synonyms: [turnover]}
    filters:
      - {name: recent, expr: "dt > 20200101"}
  - name: customers
    base_table: {table: CUST}
    primary_key: {columns: [cust_id]}
relationships:
  - name: orders_to_customers
    left_table: orders
    right_table: customers
    relationship_columns: [{left_column: cust_id, right_column: cust_id}]
"""
DBT = """\
semantic_models:
  - name: orders
    model: ref('fct_orders')
    description: One row an order
    entities:
      - {name: order, type: primary, expr: order_id}
      - {name: customer, type: foreign, expr: cust_id}
    dimensions:
      - {name: ordered_at, type: time, type_params: {time_granularity: day}}
      - {name: status, type: categorical, label: State}
    measures:
      - {name: amount, agg: sum, expr: amt}
      - {name: orders_count, agg: count_distinct, expr: order_id}
  - name: customers
    model: source('raw', 'cust')
    entities:
      - {name: customer, type: primary, expr: id}
metrics:
  - {name: revenue, label: Turnover, type: simple, type_params: {measure: amount}}
  - {name: order_value, type: ratio, type_params: {numerator: amount, denominator: {name: orders_count}}}
  - {name: growth, type: derived, type_params: {expr: a - b}}
  - {name: paid, type: simple, type_params: {measure: amount}, filter: "{{ Dimension('order__status') }} = 'paid'"}
"""


def taken(tmp_path: Path, text: str) -> tuple[SemanticFile, list[str]]:
    path = tmp_path / "theirs.yaml"
    path.write_text(text, "utf-8")
    made, left = imported(path)
    return parse_model(made, "ours.yaml"), left


def metrics_of(file: SemanticFile) -> dict[str, str]:
    return {one.name: one.expression.dialects[0].expression for _, one in file.metrics()}


def test_a_cortex_analyst_model_is_taken_over(tmp_path: Path) -> None:
    file, left = taken(tmp_path, SNOWFLAKE)
    orders, customers = (dataset for _, dataset in file.datasets())
    assert (orders.source, customers.source) == ("SHOP.PUBLIC.ORD", "CUST")
    assert orders.ai_context.synonyms == ("purchases",)
    assert [(f.name, f.datatype) for f in orders.fields] == [
        ("status", "String"),
        ("ordered", "Date"),
        ("amount", "Decimal"),
    ]
    assert metrics_of(file) == {"revenue": "SUM(orders.amount)", "all_of_it": "SUM(amt)"}
    ((_, link),) = file.relationships()
    assert (link.from_, link.to, link.from_columns) == ("orders", "customers", ("cust_id",))
    assert left == ["the filter 'recent'"]


def test_dbts_semantic_models_are_taken_over(tmp_path: Path) -> None:
    file, left = taken(tmp_path, DBT)
    assert [dataset.source for _, dataset in file.datasets()] == ["fct_orders", "cust"]
    assert metrics_of(file) == {
        "revenue": "SUM(orders.amt)",
        "order_value": "SUM(orders.amt) / NULLIF(COUNT(DISTINCT orders.order_id), 0)",
        "amount": "SUM(orders.amt)",
        "orders_count": "COUNT(DISTINCT orders.order_id)",
    }
    ((_, link),) = file.relationships()
    assert (link.from_, *link.from_columns, link.to, *link.to_columns) == (
        *("orders", "cust_id"),
        *("customers", "id"),
    )
    assert left == ["the metric 'growth' (derived)", "the metric 'paid' (simple)"]


@pytest.mark.parametrize("text", ["a: 1", "[]", "tables: {", "semantic_model: []"])
def test_a_file_of_no_known_form_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput):
        taken(tmp_path, text)


PERCENTILES = """\
semantic_models:
  - name: orders
    model: ref('orders')
    measures:
      - {name: p95, agg: percentile, expr: amt, agg_params: {percentile: 0.95}}
      - {name: middle, agg: percentile, expr: amt, agg_params: {percentile: 0.5, use_discrete_percentile: true}}
      - {name: unsaid, agg: percentile, expr: amt}
metrics:
  - {name: slowest, type: simple, type_params: {measure: p95}}
"""


def test_percentiles_of_dbt_are_taken_over_or_named(tmp_path: Path) -> None:
    file, left = taken(tmp_path, PERCENTILES)
    assert metrics_of(file) == {
        "slowest": "PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY orders.amt)",
        "p95": "PERCENTILE_CONT(0.95) WITHIN GROUP (ORDER BY orders.amt)",
        "middle": "PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY orders.amt)",
    }
    assert left == ["the measure 'unsaid' (a percentile without its number)"]
