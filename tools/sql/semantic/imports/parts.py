"""What other formats say, as parts of an Ossie file."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

Part = dict[str, Any]
"""A piece of a YAML file."""

ANSI, SNOWFLAKE = "ANSI_SQL", "SNOWFLAKE"


def parts_of(whole: Mapping[str, Any], name: str) -> list[Part]:
    """The pieces of a list in a file of another tool; what is no piece is left out."""
    found: object = whole.get(name) or []
    if not isinstance(found, list):
        return []
    return [cast("Part", one) for one in cast("list[object]", found) if isinstance(one, dict)]


def expression(text: str, dialect: str) -> Part:
    """An expression in one dialect."""
    return {"dialects": [{"dialect": dialect, "expression": text}]}


def without_empty(part: Part) -> Part:
    """A part without what it says nothing of."""
    return {name: value for name, value in part.items() if value not in (None, "", [], {})}


def context(synonyms: Iterable[object]) -> Part:
    """An `ai_context` with synonyms, or nothing."""
    names = [str(name) for name in synonyms]
    return {"synonyms": names} if names else {}


def aggregate(function: str, inner: str) -> str:
    """An aggregate by the name that other tools give it."""
    if function in ("count_distinct", "count distinct"):
        return f"COUNT(DISTINCT {inner})"
    name = {"average": "AVG", "sum_boolean": "SUM"}.get(function, function.upper())
    return f"{name}({inner})"
