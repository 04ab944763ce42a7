"""The databases that can be asked now: those of the settings, and those of documents' sheets."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tools.caller import Caller
from tools.documents.access import AccessControl, may_see
from tools.sheets.store import SheetFile, SheetStore, free_name
from tools.sql.run import Database

OpenSheets = Callable[[SheetFile, str], Database]
"""Opens the database of a file under a name."""
_LISTED = 20
"""Tables that a description names."""


@dataclass
class ConnectedDatabases(Mapping[str, Database]):
    """Databases by name; the sheets' come and go with their documents, while the service runs."""

    configured: Mapping[str, Database]
    sheets: SheetStore
    open_sheets: OpenSheets
    _stamp: object = None
    _opened: dict[str, Database] = field(default_factory=dict[str, Database])
    _named: dict[str, Database] = field(default_factory=dict[str, Database])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __getitem__(self, name: str) -> Database:
        found = self.configured.get(name)
        return self._current()[name] if found is None else found

    def __iter__(self) -> Iterator[str]:
        yield from self.configured
        yield from self._current()

    def __len__(self) -> int:
        return len(self.configured) + len(self._current())

    def close(self) -> None:
        """Close them all."""
        for database in (*self.configured.values(), *self._opened.values()):
            database.close()

    def _current(self) -> dict[str, Database]:
        """Looking whether the files have changed costs microseconds."""
        with self._lock:
            stamp = self.sheets.stamp()
            if stamp != self._stamp:
                self._stamp, self._named = stamp, self._refreshed()
            return self._named

    def _refreshed(self) -> dict[str, Database]:
        named = dict[str, Database]()
        files = self.sheets.files()
        for gone in set(self._opened) - {str(file.path) for file in files}:
            self._opened.pop(gone).close()
        for file in files:
            name = free_name(file.name, self.configured)
            known = self._opened.get(str(file.path))
            if known is None or known.name != name:
                known = self._opened[str(file.path)] = self.open_sheets(file, name)
            known.description = describe(file)
            known.origins = {
                t.name.lower(): (t.document_id, t.source, t.sheet) for t in file.tables
            }
            named[name] = known
        return named


def describe(file: SheetFile) -> str:
    """What a model and a person are told of a sheets' database."""
    tables = [f"{table.name} from {table.source}" for table in file.tables[:_LISTED]]
    rest = len(file.tables) - len(tables)
    more = f", and {rest} more" if rest > 0 else ""
    return f"Sheets and CSV files among the documents of {file.collection!r}: {', '.join(tables)}{more}."


def admitting(groups: frozenset[str], access: AccessControl) -> Callable[[Caller], bool] | None:
    """Whether a caller may read documents of these groups; None where everybody may."""
    if not access.is_on:
        return None
    return lambda caller: may_see(access.groups_of(caller), groups)
