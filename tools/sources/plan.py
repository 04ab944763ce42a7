"""The plan of a sync: a listing compared with the last sync."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from tools.sources.access_rules import NOBODY
from tools.sources.listing import Entry, Listing
from tools.sources.record import Taken

Groups = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A file to ingest, its groups, and its earlier record."""

    entry: Entry
    groups: Groups
    before: Taken | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether somebody saw it who no longer may."""
        return self.before is not None and _is_narrowed(self.before, self.groups)


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """Files to ingest, to withhold, unchanged ones, and removed ones."""

    take: tuple[WantedFile, ...] = ()
    withhold: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    kept: str = ""
    """Why files that seem gone are kept."""


def plan_sync(
    listing: Listing,
    taken: Mapping[str, Taken],
    groups_of: Callable[[str], Groups],
    *,
    documents: Collection[str],
    allow_empty: bool,
) -> SyncPlan:
    """Compare a listing with the record; `documents` are the ids in the index."""
    wanted = [
        WantedFile(entry, groups_of(path), taken.get(path))
        for path, entry in listing.entries.items()
    ]
    open_ = [each for each in wanted if each.groups != NOBODY]
    closed = tuple(each.entry.path for each in wanted if each.groups == NOBODY)
    away = {path: each for path, each in taken.items() if path not in listing.entries}
    # What cannot be read now cannot be given to fewer people either: it leaves the index.
    hidden = tuple(path for path, each in away.items() if _is_narrowed(each, groups_of(path)))
    gone = [path for path in away if path not in listing.refused and path not in hidden]
    kept = _why_kept(listing, allow_empty=allow_empty) if gone else ""
    return SyncPlan(
        take=tuple(each for each in _narrowed_first(open_) if not _is_done(each, documents)),
        withhold=closed + hidden,
        same=tuple(each.entry.path for each in open_ if _is_done(each, documents)),
        gone=() if kept else tuple(gone),
        kept=kept,
    )


def _narrowed_first(wanted: list[WantedFile]) -> list[WantedFile]:
    return sorted(wanted, key=lambda each: (not each.is_narrowed, sorted(each.groups or ())))


def _is_narrowed(before: Taken, groups: Groups) -> bool:
    if groups is None or groups == before.groups:
        return False
    return before.groups is None or not before.groups <= groups


def _is_done(wanted: WantedFile, documents: Collection[str]) -> bool:
    before, version = wanted.before, wanted.entry.version
    if before is None or not version or before.version != version:
        return False
    is_there = before.document_id in documents or bool(before.reason)
    return is_there and before.groups == wanted.groups


def _why_kept(listing: Listing, *, allow_empty: bool) -> str:
    if listing.lacking:
        return f"Nothing was removed: {listing.lacking}"
    if not listing.entries and not allow_empty:
        return (
            "Nothing was removed: the source lists no file. If it is really empty, run "
            "`docsql sync NAME --allow-empty`"
        )
    return ""
