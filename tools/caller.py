from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking: every search and every statement is made on somebody's behalf.

    `id` owns threads and appears in audit records; `groups` decide which passages and rows are
    visible; `scopes` decide which doors are open.
    """

    id: str
    groups: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
