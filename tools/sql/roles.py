"""Which role of the server a statement runs as: the caller's groups decide, or nobody in particular."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.caller import Caller


@dataclass(frozen=True, slots=True)
class Roles:
    """Roles that the login may take; `usual` is everybody's, None for the login's own rights.

    `of_groups` maps a caller's group to a role; the first in its order that the caller is in counts.
    Introspection takes the usual one, so what a schema shows is what everybody may see.
    """

    usual: str | None = None
    of_groups: Mapping[str, str] = field(default_factory=dict[str, str])

    def __bool__(self) -> bool:
        return self.usual is not None or bool(self.of_groups)

    def of(self, caller: Caller) -> str | None:
        """The role of a caller's statements."""
        named = (role for group, role in self.of_groups.items() if group in caller.groups)
        return next(named, self.usual)
