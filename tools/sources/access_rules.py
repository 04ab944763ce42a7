"""Access lists of a source: `.docsql-access.yaml` beside its files says which groups see which.

It maps patterns of paths to groups; `*` stays within a folder and `**` does not. The first rule
that matches counts, and the list of the nearest folder with one comes first.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, cast

import yaml

NOBODY = frozenset[str]()
"""The groups of a withheld file, which is not in the index."""


@dataclass(frozen=True, slots=True)
class AccessList:
    """The rules of one access list; if it `is_broken`, nobody sees what is below it."""

    rules: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = ()
    broken: str = ""

    def groups_of(self, path: str) -> frozenset[str] | None:
        """The groups that see a path relative to the list's folder; None if no rule matches."""
        if self.broken:
            return NOBODY
        return next((groups for pattern, groups in self.rules if pattern.fullmatch(path)), None)


def parse_access(content: bytes) -> AccessList:
    """The rules of a file; one that cannot be understood says why in `broken`."""
    try:
        loaded = yaml.load(content, Loader=_NoDoubles)  # noqa: S506  # a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        return AccessList(broken=f"it is not valid YAML ({_first_line(error)})")
    if not isinstance(loaded, dict):
        return AccessList(broken="it must map patterns of paths to lists of groups")
    rules = list[tuple[re.Pattern[str], frozenset[str]]]()
    for pattern, groups in cast("dict[Any, Any]", loaded).items():
        if not isinstance(pattern, str) or not _are_groups(groups):
            return AccessList(
                broken=f"the rule {pattern!r} must be a pattern with a list of groups"
            )
        rules.append((_compiled(pattern), frozenset(cast("list[str]", groups))))
    return AccessList(tuple(rules))


class _NoDoubles(yaml.SafeLoader):
    """A loader to which a repeated rule is an error: which of the two counts is a guess."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002  # PyYAML's
        """A mapping whose keys differ."""
        keys = [key.value for key, _ in node.value]
        if len(keys) != len(set(map(str, keys))):
            raise yaml.YAMLError("a pattern is there twice")
        return super().construct_mapping(node, deep=deep)


def groups_for(
    path: str, lists: Mapping[str, AccessList], default: frozenset[str] | None
) -> frozenset[str] | None:
    """The groups of a file: the nearest folder's list that names it, or the source's own."""
    for folder in map(str, PurePosixPath(path).parents):
        found = lists.get("" if folder == "." else folder)
        below = path if folder == "." else path[len(folder) + 1 :]
        if found is not None and (groups := found.groups_of(below)) is not None:
            return groups
    return default


def _are_groups(groups: object) -> bool:
    if not isinstance(groups, list):
        return False
    return all(
        isinstance(name, str) and name.strip() == name != ""
        for name in cast("list[object]", groups)
    )


def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = re.split(r"(\*\*/?|\*|\?)", pattern.removeprefix("/"))
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile(
        "".join(meaning.get(piece) or re.escape(piece) for piece in pieces), re.DOTALL
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
