"""Finds text that no store can keep and no answer can repeat: lone surrogates and NUL."""

import json
from collections.abc import Iterator
from typing import Any, cast

from tools.storable import is_storable

NUL = "has a NUL character (\\u0000); leave it out"
HALF = "has half of a character (a lone surrogate); send it as Unicode"
_SIGNS = (b"\\u0000", b"\\ud", b"\\uD", b"\x00", b"\xed")
"""What such text has in JSON, escaped or not, in UTF-8 or in UTF-16 and 32."""
_LONGEST = 80


def invalid_text(body: bytes) -> str | None:
    """What is wrong with a text in JSON, and where, None if nothing is, or if it is not JSON."""
    if not any(sign in body for sign in _SIGNS):
        return None
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return next((f"{where} {fault}." for where, fault in _faults(given)), None)


def fault_of(text: str) -> str | None:
    """What is wrong with a text, None if nothing is."""
    if is_storable(text):
        return None
    return NUL if "\x00" in text else HALF


def _faults(given: Any) -> Iterator[tuple[str, str]]:
    left: list[tuple[str, Any]] = [("", given)]
    while left:
        where, value = left.pop()
        if isinstance(value, dict):
            for name, inner in cast("dict[str, Any]", value).items():
                if fault := fault_of(name):
                    yield f"A name in {where}" if where else "A name", fault
                left.append((f"{where}.{name}".strip("."), inner))
        elif isinstance(value, list):
            named = enumerate(cast("list[Any]", value))
            left += [(f"{where}.{number}".strip("."), inner) for number, inner in named]
        elif isinstance(value, str) and (fault := fault_of(value)):
            yield where[:_LONGEST] or "The body", fault
