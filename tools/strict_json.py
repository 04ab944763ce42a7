"""JSON that can be read in one way only."""

import json
from typing import Any


def strict_json(text: str) -> Any:
    """Parse a JSON text strictly.

    Raises:
        ValueError: it is none, is nested too deep, has a name twice in an object, or holds NaN or
            an infinity, which JSON does not have.
    """
    try:
        return json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the field {name!r} appears twice")
        found[name] = value
    return found


def _no_number(word: str) -> object:
    raise ValueError(f"{word} is not a number of JSON")
