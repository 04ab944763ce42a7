from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """Which passages a search may look at; None lets all of them through.

    `groups` are those of whoever asks (see tools.documents.access), `collections` are names.
    """

    groups: frozenset[str] | None = None
    collections: tuple[str, ...] | None = None


EVERYTHING = Scope()
