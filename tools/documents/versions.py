"""What a store holds of a document, told by the rows of its passages."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tools.documents.access import access_key, groups_in
from tools.documents.rows import Row

VERSION_FIELDS = ("document_id", "source", "content_hash", "passages", "access")


@dataclass(frozen=True, slots=True)
class StoredVersions:
    """The versions of a document in a store: the content hashes of its passages, complete or not.

    `source` is as the store keeps it, cut where it is too long. `whole` names the hashes of which
    every passage is there; an interrupted ingestion leaves others. `access_keys` are the sets of
    groups that its passages carry.
    """

    source: str
    hashes: frozenset[str]
    whole: frozenset[str]
    access_keys: frozenset[str]

    @property
    def groups(self) -> frozenset[str]:
        """The groups that every passage carries."""
        return frozenset[str].intersection(*map(groups_in, self.access_keys))

    def are(self, content_hash: str, *, groups: Iterable[str] = ()) -> bool:
        """Whether that content is there whole, for those groups, with nothing older beside it."""
        is_whole = self.hashes == self.whole == frozenset([content_hash])
        return is_whole and self.access_keys == frozenset([access_key(groups)])


def versions_of(rows: Iterable[Row]) -> dict[str, StoredVersions]:
    """What is stored of each document, by its id; `rows` are of passages and have `VERSION_FIELDS`."""
    seen = defaultdict[str, Counter[tuple[str, int]]](Counter)
    keys = defaultdict[str, set[str]](set)
    sources: dict[str, str] = {}
    for row in rows:
        seen[row["document_id"]][row["content_hash"], row["passages"]] += 1
        keys[row["document_id"]].add(row["access"])
        sources[row["document_id"]] = row["source"]
    return {
        document_id: StoredVersions(
            source=sources[document_id],
            hashes=frozenset(content_hash for content_hash, _ in counts),
            whole=frozenset(key[0] for key, count in counts.items() if count == key[1]),
            access_keys=frozenset(keys[document_id]),
        )
        for document_id, counts in seen.items()
    }
