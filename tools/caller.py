from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller on whose behalf every search and every statement runs.

    `id` owns threads and appears in audit records; `groups` decide which passages and rows are
    visible; `scopes` decide what they may do.
    """

    id: str
    groups: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
