"""dbt's semantic layer: the semantic models and metrics of a project's YAML."""

import re
from collections.abc import Iterator, Mapping
from typing import cast

from tools.sql.semantic.imports.parts import (
    ANSI,
    Part,
    aggregate,
    context,
    expression,
    parts_of,
    without_empty,
)

_REF = re.compile(r"""(?:ref|source)\(\s*(?:['"][^'"]*['"]\s*,\s*)?['"]([^'"]+)['"]\s*\)""")


def from_dbt(found: Part) -> tuple[Part, list[str]]:
    """The models in Ossie's form, and what of them could not be taken over."""
    models = parts_of(found, "semantic_models")
    measures = {
        str(one.get("name")): (model, one)
        for model in models
        for one in parts_of(model, "measures")
    }
    made = [(one, _metric(one, measures)) for one in parts_of(found, "metrics")]
    metrics = [metric for _, metric in made if metric is not None]
    left = [
        f"the metric {one.get('name')!r} ({one.get('type')})"
        for one, metric in made
        if metric is None
    ]
    taken = {metric["name"] for metric in metrics}
    plain = ((name, *pair) for name, pair in measures.items() if name not in taken)
    for name, of, one in plain:
        text = _aggregated(of, one)
        metrics += [_as_metric({**one, "name": name}, text)] if text else []
        left += [] if text else [f"the measure {name!r} (a percentile without its number)"]
    model = {
        "name": "dbt",
        "datasets": [_dataset(one) for one in models],
        "relationships": list(_relationships(models)),
        "metrics": metrics,
    }
    return without_empty(model), left


def _dataset(model: Part) -> Part:
    ref = _REF.search(str(model.get("model") or ""))
    entities = parts_of(model, "entities")
    keys = [_expr(one) for one in entities if one.get("type") == "primary"]
    fields = [_field(one) for one in parts_of(model, "dimensions")]
    return without_empty({
        "name": str(model.get("name")),
        "source": ref[1] if ref else str(model.get("model") or model.get("name")),
        "primary_key": keys[:1],
        "description": model.get("description"),
        "fields": fields,
    })  # fmt: skip


def _field(one: Part) -> Part:
    is_time = one.get("type") == "time"
    return without_empty({
        "name": str(one.get("name")),
        "expression": expression(_expr(one), ANSI),
        "dimension": {"is_time": True} if is_time else None,
        "label": one.get("label"),
        "description": one.get("description"),
    })  # fmt: skip


def _expr(one: Part) -> str:
    return str(one.get("expr") or one.get("name"))


def _relationships(models: list[Part]) -> Iterator[Part]:
    """A foreign entity leads to the model in which an entity of that name is primary or unique."""
    for model in models:
        for one in parts_of(model, "entities"):
            if one.get("type") != "foreign":
                continue
            for other in models:
                yield from _ends(model, one, other)


def _ends(model: Part, one: Part, other: Part) -> Iterator[Part]:
    for end in parts_of(other, "entities"):
        is_key = end.get("type") in ("primary", "unique", "natural")
        if other is not model and is_key and end.get("name") == one.get("name"):
            yield {
                "name": f"{model.get('name')}_to_{other.get('name')}_by_{one.get('name')}",
                "from": str(model.get("name")),
                "to": str(other.get("name")),
                "from_columns": [_expr(one)],
                "to_columns": [_expr(end)],
            }


def _metric(one: Part, measures: Mapping[str, tuple[Part, Part]]) -> Part | None:
    """A simple metric or a ratio of two; None for what Ossie has no form for."""
    told: Part = one.get("type_params") or {}
    if one.get("filter"):
        return None
    match one.get("type"):
        case "simple":
            text = _text(told.get("measure"), measures)
        case "ratio":
            above, below = (_text(told.get(n), measures) for n in ("numerator", "denominator"))
            text = f"{above} / NULLIF({below}, 0)" if above and below else ""
        case _:
            text = ""
    return _as_metric(one, text) if text else None


def _as_metric(one: Part, text: str) -> Part:
    label = str(one.get("label") or "")
    return without_empty({
        "name": str(one.get("name")),
        "expression": expression(text, ANSI),
        "description": one.get("description"),
        "ai_context": context([label] if label else []),
    })  # fmt: skip


def _text(said: object, measures: Mapping[str, tuple[Part, Part]]) -> str:
    """The aggregate of a measure, which is named alone or with more; empty where that filters it."""
    told = cast("Part", said) if isinstance(said, dict) else {"name": said}
    found = measures.get(str(told.get("name")))
    return _aggregated(*found) if found and not told.get("filter") else ""


def _aggregated(model: Part, one: Part) -> str:
    inner = _expr(one)
    is_plain = re.fullmatch(r"[A-Za-z_]\w*", inner)
    inner = f"{model.get('name')}.{inner}" if is_plain else inner
    function = str(one.get("agg") or "sum")
    return _percentile(one, inner) if function == "percentile" else aggregate(function, inner)


def _percentile(one: Part, inner: str) -> str:
    """A percentile in standard SQL; empty where the measure does not say which."""
    told: Part = one.get("agg_params") or {}
    share = told.get("percentile")
    if not isinstance(share, int | float) or not 0 <= share <= 1:
        return ""
    way = "DISC" if told.get("use_discrete_percentile") else "CONT"
    return f"PERCENTILE_{way}({share}) WITHIN GROUP (ORDER BY {inner})"
