"""Finds objects among those that a chart renders."""

from collections.abc import Callable
from typing import Any

Object = dict[str, Any]
Render = Callable[..., list[Object]]


def named(objects: list[Object], kind: str, name: str) -> Object:
    """The object of that kind and name."""
    return next(o for o in objects if o["kind"] == kind and o["metadata"]["name"] == name)
