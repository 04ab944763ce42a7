"""Access to passages: groups of documents, groups of callers, and how they are matched."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from tools.caller import Caller
from tools.errors import BadInput

EVERYONE = "everyone"
"""The group of every caller. A document for everybody names it; one without groups is hidden."""
ALL_DOCUMENTS = "documents:all"
"""The scope of callers who see every document, whatever its groups."""
_LONGEST_KEY = 8_000
_LONGEST_GROUP = 256


@dataclass(frozen=True, slots=True)
class AccessControl:
    """Whether groups decide; off, every caller sees every document."""

    is_on: bool = False

    def groups_of(self, caller: Caller) -> frozenset[str] | None:
        """The groups whose documents a caller sees, None for all documents."""
        if not self.is_on or ALL_DOCUMENTS in caller.scopes:
            return None
        return caller.groups | {EVERYONE}


def may_see(groups: frozenset[str] | None, document_groups: frozenset[str]) -> bool:
    """Whether a caller of these groups (None: sees all documents) sees a document of those."""
    return groups is None or not groups.isdisjoint(document_groups)


def access_key(groups: Iterable[str]) -> str:
    """One text for a set of groups, whatever their order: passages are filtered by it.

    Milvus compares a text far quicker than it looks into a list, so a passage carries its whole
    set as one text, and a caller's groups become the texts of the sets that they meet.

    Raises:
        BadInput: a group's name is blank, or the names are too long.
    """
    names = sorted(set(groups))
    for name in names:
        if name != name.strip() or not name or len(name) > _LONGEST_GROUP:
            raise BadInput(
                f"{name!r} is not a valid group name. Use 1 to {_LONGEST_GROUP} characters without "
                "surrounding spaces."
            )
    key = json.dumps(names, ensure_ascii=False)
    if len(key.encode()) > _LONGEST_KEY:
        raise BadInput(f"{len(names)} groups are too many for one document; use one larger group.")
    return key


def groups_in(key: str) -> frozenset[str]:
    """The set of groups that `access_key` wrote."""
    return frozenset(json.loads(key))
