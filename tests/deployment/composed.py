"""A Compose file as Compose reads it: variables filled in first, then `extends`."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

Object = dict[str, Any]
REPLACED = {"command", "entrypoint", "test"}
"""Lists that a service replaces, where it would add to others."""

VARIABLE = re.compile(r"\$\{(\w+)(?::-((?:[^{}]|\{[^{}]*\})*))?\}")


def composed(file: Path, variables: Mapping[str, str] | None = None) -> Object:
    """The file's mapping, with the services that its `extends` name merged in."""
    known = variables or {}
    whole = cast("Object", _filled(yaml.safe_load(file.read_text(encoding="utf-8")), known))
    for name, service in whole["services"].items():
        if extended := service.pop("extends", None):
            base = composed(file.parent / extended["file"], known)["services"]
            whole["services"][name] = _over(base[extended["service"]], service)
    return whole


def _filled(node: Any, variables: Mapping[str, str]) -> Any:
    match node:
        case dict():
            return {key: _filled(held, variables) for key, held in cast("Object", node).items()}
        case list():
            return [_filled(held, variables) for held in cast("list[Any]", node)]
        case str():
            return VARIABLE.sub(lambda found: variables.get(found[1]) or found[2] or "", node)
        case _:
            return node


def _over(below: Object, above: Object) -> Object:
    merged = dict(below)
    for key, value in above.items():
        held = merged.get(key)
        if isinstance(held, dict) and isinstance(value, dict):
            merged[key] = _over(cast("Object", held), cast("Object", value))
        elif isinstance(held, list) and isinstance(value, list) and key not in REPLACED:
            merged[key] = [*cast("list[Any]", held), *cast("list[Any]", value)]
        else:
            merged[key] = value
    return merged
