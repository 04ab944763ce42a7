from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from tools.documents.passage import Document


@dataclass(frozen=True, slots=True)
class SearchScope:
    """Which passages a search may look at; None lets all of them through.

    `groups` are those of whoever asks (see tools.documents.access), `collections` are names,
    `documents` are ids.
    """

    groups: frozenset[str] | None = None
    collections: tuple[str, ...] | None = None
    documents: tuple[str, ...] | None = None


EVERYTHING = SearchScope()


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    """Which documents are wanted: by name and by the day (UTC) on which a file was last changed.

    `file` is a path or a name, of any case, in which * and ? stand for what one does not know.
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
