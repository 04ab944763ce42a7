from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from tools.documents.passage import Document


@dataclass(frozen=True, slots=True)
class SearchScope:
    """The passages that a search may use; None admits all.

    `groups` are the caller's (see tools.documents.access), `collections` are names,
    `documents` are ids.
    """

    groups: frozenset[str] | None = None
    collections: tuple[str, ...] | None = None
    documents: tuple[str, ...] | None = None


EVERYTHING = SearchScope()


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """A filter on documents: by name and by the day (UTC) of the last change of the file.

    `file` is a case-insensitive path or name with the wildcards * and ?.
    """

    file: str | None = None
    since: date | None = None
    until: date | None = None

    def admits(self, document: Document) -> bool:
        """Whether a document is among those wanted; one whose day is not known counts as ingested."""
        day = (document.modified_at or document.ingested_at).date()
        is_late = self.since is None or self.since <= day
        return self._is_named(document.source) and is_late and (not self.until or day <= self.until)

    def _is_named(self, source: str) -> bool:
        if self.file is None:
            return True
        # In brackets fnmatch sees a set of letters, people see a part of a name.
        pattern = self.file.casefold().replace("[", "[[]")
        path = source.casefold()
        return fnmatchcase(path, pattern) or fnmatchcase(PurePosixPath(path).name, pattern)
