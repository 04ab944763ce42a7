from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid4, uuid5

from agent.toolbox import Evidence
from tools.documents.passage import FoundPassage


class MemoryLedger:
    """Keeps evidence for as long as the process lives: for a graph without a service."""

    def __init__(self) -> None:
        self._items: dict[str, Evidence] = {}

    async def record(self, thread: str, items: Sequence[Evidence]) -> list[str]:
        ids = [evidence_id(thread, item) for item in items]
        self._items.update(zip(ids, items, strict=True))
        return ids

    async def read(self, ids: Sequence[str]) -> list[Evidence]:
        return [self._items[id_] for id_ in ids if id_ in self._items]


def evidence_id(thread: str, item: Evidence) -> str:
    """The same for a passage found again in its thread; a new one for every result."""
    if isinstance(item, FoundPassage):
        passage = item.passage
        return uuid5(NAMESPACE_URL, f"{thread}/{passage.id}/{passage.content_hash}").hex
    return uuid4().hex
