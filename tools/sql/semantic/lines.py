"""Where in a YAML file each value stands."""

from collections.abc import Mapping, Sequence
from typing import cast

import yaml

Place = tuple[str | int, ...]
"""The keys and numbers that lead to a value."""


def composed(text: str) -> yaml.Node | None:
    """The tree of a YAML text; None of an empty one."""
    return cast("yaml.Node | None", yaml.compose(text, yaml.SafeLoader))


def lines_of(root: yaml.Node | None) -> dict[Place, int]:
    """The line of every value by its place; what an alias repeats has the lines of its first place."""
    found: dict[Place, int] = {}
    if root is not None:
        _walk(root, (), found, set())
    return found


def repeated_keys(root: yaml.Node | None) -> dict[int, str]:
    """The keys that a mapping has twice, by the lines of the later ones: YAML keeps only these."""
    found: dict[int, str] = {}
    waiting, seen = [root] if root is not None else [], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += cast("list[yaml.Node]", node.value)
        elif isinstance(node, yaml.MappingNode):
            pairs = cast("list[tuple[yaml.Node, yaml.Node]]", node.value)
            waiting += [value for _, value in pairs]
            found |= _repeated([key for key, _ in pairs])
    return found


def _repeated(keys: Sequence[yaml.Node]) -> dict[int, str]:
    names, found = set[str](), dict[int, str]()
    for key in keys:
        name = str(key.value)
        if name in names:
            found[key.start_mark.line + 1] = name
        names.add(name)
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
