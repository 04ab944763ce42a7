"""Where in a YAML file each value stands."""

from collections.abc import Mapping
from typing import cast

import yaml

Place = tuple[str | int, ...]
"""The keys and numbers that lead to a value."""


def lines_of(text: str) -> dict[Place, int]:
    """The line of every value by its place; what an alias repeats has the lines of its first place."""
    found: dict[Place, int] = {}
    root = cast("yaml.Node | None", yaml.compose(text, yaml.SafeLoader))
    if root is not None:
        _walk(root, (), found, set())
    return found


def line_at(lines: Mapping[Place, int], place: Place) -> int:
    """The line of a value, or of the nearest one around it."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _walk(node: yaml.Node, place: Place, found: dict[Place, int], seen: set[int]) -> None:
    found.setdefault(place, node.start_mark.line + 1)
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        pairs = cast("list[tuple[yaml.Node, yaml.Node]]", node.value)
        for key, value in pairs:
            inner = (*place, str(key.value))
            found[inner] = key.start_mark.line + 1
            _walk(value, inner, found, seen)
    elif isinstance(node, yaml.SequenceNode):
        for at, value in enumerate(cast("list[yaml.Node]", node.value)):
            _walk(value, (*place, at), found, seen)
