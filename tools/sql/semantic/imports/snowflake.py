"""Snowflake Cortex Analyst's semantic models (YAML)."""

import re
from typing import Any

from tools.sql.semantic.imports.parts import (
    SNOWFLAKE,
    Part,
    context,
    expression,
    parts_of,
    without_empty,
)

_AGGREGATE = re.compile(r"\s*(SUM|AVG|MIN|MAX|COUNT|MEDIAN|STDDEV)\s*\(", re.IGNORECASE)
_TYPES = {
    "VARCHAR": "String", "TEXT": "String", "STRING": "String", "NUMBER": "Decimal", "DECIMAL": "Decimal",
    "INT": "Integer", "INTEGER": "Integer", "BIGINT": "Integer", "FLOAT": "Float", "DOUBLE": "Float",
    "BOOLEAN": "Boolean", "DATE": "Date", "TIME": "Time", "TIMESTAMP": "DateTime",
    "TIMESTAMP_NTZ": "DateTime", "TIMESTAMP_TZ": "DateTimeTz", "TIMESTAMP_LTZ": "DateTimeTz",
}  # fmt: skip


def from_snowflake(found: Part) -> tuple[Part, list[str]]:
    """The model in Ossie's form, and what of it could not be taken over."""
    left: list[str] = []
    tables = parts_of(found, "tables")
    metrics = [
        _metric(one)
        for table in tables
        for one in (*parts_of(table, "metrics"), *filter(_is_aggregate, _facts(table)))
    ]
    metrics += [_metric(one) for one in parts_of(found, "metrics")]
    left += [f"the filter {f.get('name')!r}" for t in tables for f in parts_of(t, "filters")]
    left += [f"the verified query {q.get('name')!r}" for q in parts_of(found, "verified_queries")]
    model = {
        "name": str(found.get("name") or "model"),
        "description": found.get("description"),
        "ai_context": {"instructions": found["custom_instructions"]}
        if found.get("custom_instructions")
        else None,
        "datasets": [_dataset(table) for table in tables],
        "relationships": [_relationship(one) for one in parts_of(found, "relationships")],
        "metrics": metrics,
    }
    return without_empty(model), left


def _is_aggregate(fact: Part) -> bool:
    """Whether a measure is a whole figure; those that say how they are put together are columns."""
    return _AGGREGATE.match(str(fact.get("expr") or "")) is not None


def _facts(table: Part) -> list[Part]:
    return [*parts_of(table, "facts"), *parts_of(table, "measures")]


def _dataset(table: Part) -> Part:
    base: Any = table.get("base_table") or {}
    named = [base.get("database"), base.get("schema"), base.get("table")] if base else []
    key: Any = table.get("primary_key") or {}
    fields = [_field(one, is_time=False) for one in parts_of(table, "dimensions")]
    fields += [_field(one, is_time=True) for one in parts_of(table, "time_dimensions")]
    fields += [_field(one, is_time=False) for one in _facts(table) if not _is_aggregate(one)]
    return without_empty({
        "name": str(table.get("name")),
        "source": ".".join(str(part) for part in named if part) or str(table.get("name")),
        "primary_key": list(key.get("columns", [])) if isinstance(key, dict) else [],  # pyright: ignore[reportUnknownArgumentType]  # YAML
        "description": table.get("description"),
        "ai_context": context(table.get("synonyms") or []),
        "fields": fields,
    })  # fmt: skip


def _field(one: Part, *, is_time: bool) -> Part:
    kind = str(one.get("data_type") or "").upper().partition("(")[0]
    return without_empty({
        "name": str(one.get("name")),
        "expression": expression(str(one.get("expr") or one.get("name")), SNOWFLAKE),
        "datatype": _TYPES.get(kind),
        "dimension": {"is_time": True} if is_time else None,
        "description": one.get("description"),
        "ai_context": context(one.get("synonyms") or []),
    })  # fmt: skip


def _metric(one: Part) -> Part:
    return without_empty({
        "name": str(one.get("name")),
        "expression": expression(str(one.get("expr")), SNOWFLAKE),
        "description": one.get("description"),
        "ai_context": context(one.get("synonyms") or []),
    })  # fmt: skip


def _relationship(one: Part) -> Part:
    pairs = parts_of(one, "relationship_columns")
    return {
        "name": str(one.get("name")),
        "from": str(one.get("left_table")),
        "to": str(one.get("right_table")),
        "from_columns": [str(pair.get("left_column")) for pair in pairs],
        "to_columns": [str(pair.get("right_column")) for pair in pairs],
    }
