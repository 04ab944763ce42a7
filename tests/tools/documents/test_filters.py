import os
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from kept_readers import ingest

from tools.caller import Caller
from tools.documents.access import AccessControl
from tools.documents.scope import DocumentFilter
from tools.documents.search import Search
from tools.documents.store import DocumentStore
from tools.errors import UnknownName

CALLER = Caller("someone")
FILES = {
    'rules/2024 "final" {v2}.txt': "2024-03-01",
    "rules/it's [draft] 100%.txt": "2025-06-15",
    "plans/budget_a.txt": "2026-01-31",
    "plans/budgetXa.txt": "2026-02-01",
    "regeln/Übersicht.txt": "2026-02-02",
}
FINAL, DRAFT, BUDGET, OTHER, UEBER = FILES
CASES = [
    (DocumentFilter('2024 "final" {v2}.txt'), {FINAL}),
    (DocumentFilter(FINAL.upper()), {FINAL}),
    (DocumentFilter("it's [draft] 100%.txt"), {DRAFT}),
    (DocumentFilter("*[draft]*"), {DRAFT}),
    (DocumentFilter("budget_a.txt"), {BUDGET}),
    (DocumentFilter("budget?a.txt"), {BUDGET, OTHER}),
    (DocumentFilter("rules/*"), {FINAL, DRAFT}),
    (DocumentFilter("übersicht*"), {UEBER}),
    (DocumentFilter(since=date(2026, 1, 31)), {BUDGET, OTHER, UEBER}),
    (DocumentFilter(until=date(2024, 3, 1)), {FINAL}),
    (DocumentFilter("plans/*", date(2026, 2, 1), date(2026, 2, 1)), {OTHER}),
    (DocumentFilter(), set(FILES)),
]


@pytest.fixture(scope="module")
def dated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentStore]:
    folder = tmp_path_factory.mktemp("dated")
    for name, day in FILES.items():
        path = folder / "documents" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"Cooling is described in {name}.", encoding="utf-8")
        at = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC).timestamp()
        os.utime(path, (at, at))
    with DocumentStore.open(folder / "milvus.db") as store:
        ingest([folder / "documents"], store=store, collection="c", groups=frozenset({"a"}))
        yield store


@pytest.mark.parametrize(("wanted", "sources"), CASES)
async def test_only_documents_of_a_name_and_of_some_days_are_searched(
    dated: DocumentStore, wanted: DocumentFilter, sources: set[str]
) -> None:
    search = Search(dated)
    found = await search.search("cooling", caller=CALLER, collections=None, limit=9, wanted=wanted)
    assert {each.passage.source for each in found.passages} == sources
    search.close()


async def test_a_name_that_is_not_there_is_answered_with_the_nearest(dated: DocumentStore) -> None:
    search = Search(dated)
    with pytest.raises(UnknownName, match=r"No document is named 'budget\.txt'; there are: plans/"):
        await search.search(
            "x", caller=CALLER, collections=None, limit=9, wanted=DocumentFilter("budget.txt")
        )
    hidden = Search(dated, access=AccessControl(is_on=True))
    with pytest.raises(UnknownName) as caught:
        await hidden.search(
            "x", caller=CALLER, collections=None, limit=9, wanted=DocumentFilter("budget*")
        )
    assert str(caught.value) == "No document is named 'budget*'."
    search.close()
    hidden.close()
