"""The scopes of a caller from another system, derived from their groups."""

from collections.abc import Collection
from dataclasses import dataclass

from tools.caller import Caller


@dataclass(frozen=True, slots=True)
class Membership:
    """`scopes` are everybody's; the members of some groups have more."""

    scopes: frozenset[str]
    writers: Collection[str]
    operators: Collection[str]

    def caller(self, id_: str, groups: frozenset[str]) -> Caller:
        """The caller of that name in those groups."""
        more: set[str] = set()
        if not groups.isdisjoint(self.writers):
            more |= {"documents:read", "documents:write"}
        if not groups.isdisjoint(self.operators):
            more |= {"metrics"}
        return Caller(id_, groups, self.scopes | more)
