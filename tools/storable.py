"""Text that every store and every wire takes: no NUL, and no half of a character."""

import re
from typing import TypeVar, cast

_UNFIT = re.compile("[\0\ud800-\udfff]")
_INSTEAD = "\ufffd"
T = TypeVar("T")


def is_storable(text: str) -> bool:
    """Whether a text can be kept and sent as it is."""
    return _UNFIT.search(text) is None


def storable(value: T) -> T:
    """A value of JSON with U+FFFD for what in its texts cannot be kept, names included."""
    if isinstance(value, str):
        return cast("T", _UNFIT.sub(_INSTEAD, value))
    if isinstance(value, dict):
        given = cast("dict[str, object]", value)
        return cast("T", {storable(name): storable(inner) for name, inner in given.items()})
    if isinstance(value, list):
        return cast("T", [storable(inner) for inner in cast("list[object]", value)])
    return value
