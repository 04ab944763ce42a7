"""What is wrong with a request, in the terms of OpenAI's API: parameter, value, what is allowed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from serving.http.openai.errors import error_of

Fault = Mapping[str, Any]
"""One of Pydantic's errors."""
_SHOWN = 60
"""Characters of a wrong value that are quoted."""
_KINDS = {
    "string": "a string",
    "list": "an array",
    "dict": "an object",
    "model": "an object",
    "model_attributes": "an object",
    "bool": "true or false",
    "int": "an integer",
    "float": "a number",
}
_TYPES: list[tuple[type, str]] = [
    (str, "a string"),
    (bool, "a boolean"),
    (int, "an integer"),
    (float, "a number"),
    (Mapping, "an object"),
    (Sequence, "an array"),
]


def refusal_of(faults: Sequence[Fault], body: Any) -> dict[str, Any]:
    """The body of the response to a malformed request; of several faults, the innermost one.

    An alternative that a value was tried as is no part of where it is, though Pydantic says so.
    """
    if not faults or faults[0]["type"] == "json_invalid":
        return error_of(400, "The body is not valid JSON.")
    placed = [(_place(fault, body), fault) for fault in faults]
    deepest = max(len(place) for place, _ in placed)
    inner = [(place, fault) for place, fault in placed if len(place) == deepest]
    inner.sort(key=lambda one: one[1]["type"] == "missing")
    place = inner[0][0]
    said, code = _told(_name(place), [fault for at, fault in inner if at == place])
    return error_of(400, said, param=_name(place), code=code)


def _place(fault: Fault, body: Any) -> tuple[str | int, ...]:
    return tuple(_steps(fault, body))


def _steps(fault: Fault, body: Any) -> Iterator[str | int]:
    """The fault's path in the body, from the keys and indexes that are there."""
    at, (_, *path) = body, fault["loc"]
    for place, step in enumerate(path):
        match at:
            case Mapping() if step in at:
                yield step
                at = cast("Mapping[Any, Any]", at)[step]
            case list() if isinstance(step, int):
                yield step
                at = cast("list[Any]", at)[step]
            case _ if fault["type"] == "missing" and place == len(path) - 1:
                yield step
            case _:
                pass  # the name of an alternative
    if fault["type"] == "union_tag_invalid":
        yield "type"


def _name(place: Sequence[str | int]) -> str:
    named = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return named.removeprefix(".") or "body"


def _told(name: str, faults: Sequence[Fault]) -> tuple[str, str]:
    """A sentence and OpenAI's code, of all that is wrong in one place."""
    other = next((fault for fault in faults if not _wanted(fault)), None)
    if other is not None:
        return _told_of(name, other)
    wanted = " or ".join(dict.fromkeys(_wanted(fault) for fault in faults))
    return f"{name!r} must be {wanted}, not {_given(faults[0])}.", "invalid_type"


def _wanted(fault: Fault) -> str:
    """The type that is wanted, empty where the type is not what is wrong."""
    kind, _, problem = fault["type"].rpartition("_")
    return _KINDS.get(kind, "") if problem in {"type", "parsing"} else ""


def _told_of(name: str, fault: Fault) -> tuple[str, str]:
    limits, given = fault.get("ctx", {}), _given(fault)
    match fault["type"]:
        case "missing":
            return f"The parameter {name!r} is missing.", "missing_required_parameter"
        case "literal_error":
            allowed = limits["expected"].replace("False", "false")
            return f"{name!r} must be {allowed}, not {given}.", "invalid_value"
        case "union_tag_invalid":
            said = f"{name!r} must be one of {limits['expected_tags']}, not {limits['tag']!r}."
            return said, "invalid_value"
        case "less_than_equal":
            said = f"{name!r} must be at most {limits['le']:g}, not {given}."
            return said, f"{_number(limits['le'])}_above_max_value"
        case "greater_than_equal":
            said = f"{name!r} must be at least {limits['ge']:g}, not {given}."
            return said, f"{_number(limits['ge'])}_below_min_value"
        case _:
            return _told_of_length(name, fault)


def _told_of_length(name: str, fault: Fault) -> tuple[str, str]:
    match fault["type"]:
        case "too_short":
            return f"{name!r} must not be empty.", "empty_array"
        case "string_too_short":
            return f"{name!r} must not be empty.", "invalid_value"
        case "too_long" if most := fault["ctx"]["max_length"]:
            return f"{name!r} has more than {most} entries.", "object_above_max_properties"
        case "too_long" | "none_required":
            return f"{name!r} is not supported. Leave it out.", "unsupported_parameter"
        case _:
            return f"{name!r} is not valid: {fault['msg']}.", "invalid_value"


def _number(limit: float) -> str:
    return "integer" if isinstance(limit, int) else "decimal"


def _given(fault: Fault) -> str:
    """The value, quoted where it is short, otherwise its type."""
    value = fault["input"]
    if value is None:
        return "null"
    quoted = f"'{value}'" if isinstance(value, str) else json.dumps(value, default=str)
    if isinstance(value, str | int | float) and len(quoted) <= _SHOWN:
        return quoted
    return next((said for kind, said in _TYPES if isinstance(value, kind)), "this")
