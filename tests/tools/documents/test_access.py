from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.caller import Caller
from tools.documents.access import ALL_DOCUMENTS, EVERYONE, AccessControl, access_key, groups_in
from tools.documents.ingest import ingest
from tools.documents.scope import Scope
from tools.documents.search import Search
from tools.documents.store import DocumentStore
from tools.errors import BadInput, UnknownName

GROUPS: dict[str, frozenset[str]] = {
    "pay.txt": frozenset({"finance", "hr"}),
    "budget.txt": frozenset({"finance"}),
    "canteen.txt": frozenset({EVERYONE}),
    "draft.txt": frozenset(),
    "odd.txt": frozenset({'qu"o{te}', "sp ace", "名前"}),
}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentStore]:
    root = tmp_path_factory.mktemp("guarded")
    with DocumentStore.open(root / "milvus.db") as store:
        for name, groups in GROUPS.items():
            (root / name).write_text(f"Cooling is discussed in {name}.", encoding="utf-8")
            ingest([root / name], store=store, collection=name, groups=groups)
        yield store


CALLERS = [
    (frozenset[str](), frozenset[str](), {"canteen.txt"}),
    ({"hr"}, frozenset[str](), {"canteen.txt", "pay.txt"}),
    ({"finance"}, frozenset[str](), {"canteen.txt", "pay.txt", "budget.txt"}),
    ({"sp ace", "unknown"}, frozenset[str](), {"canteen.txt", "odd.txt"}),
    ({'qu"o{te}'}, frozenset[str](), {"canteen.txt", "odd.txt"}),
    ({'"] or id != "', "FINANCE", "fin"}, frozenset[str](), {"canteen.txt"}),
    (frozenset[str](), {ALL_DOCUMENTS}, set(GROUPS)),
]


@pytest.mark.parametrize(("groups", "scopes", "visible"), CALLERS)
async def test_a_caller_sees_the_documents_of_its_groups_and_no_others(
    guarded: DocumentStore, groups: set[str], scopes: set[str], visible: set[str]
) -> None:
    caller = Caller("someone", frozenset(groups), frozenset(scopes))
    search = Search(guarded, access=AccessControl(is_on=True))

    found = await search.search("cooling", caller=caller, collections=None, limit=10)
    assert {each.passage.source for each in found.passages} == visible
    assert {each.source for each in await search.documents(caller=caller)} == visible
    assert set(await search.collections(caller=caller)) == visible
    for document in guarded.documents():
        if document.source in visible:
            assert await search.passages(document.id, caller=caller)
        else:
            with pytest.raises(UnknownName):
                await search.passages(document.id, caller=caller)
            with pytest.raises(UnknownName):
                await search.delete(document.id, caller=caller)
            with pytest.raises(UnknownName) as caught:
                await search.search(
                    "cooling", caller=caller, collections=[document.collection], limit=1
                )
            others = set(GROUPS) - visible - {document.collection}
            assert not any(name in str(caught.value) for name in others)
    search.close()


async def test_without_access_control_everybody_sees_everything(guarded: DocumentStore) -> None:
    search = Search(guarded)
    found = await search.search("cooling", caller=Caller("x"), collections=None, limit=10)

    assert {each.passage.source for each in found.passages} == set(GROUPS)
    search.close()


def test_other_groups_replace_those_of_before_and_none_leave_them(
    store: DocumentStore, tmp_path: Path
) -> None:
    file = tmp_path / "plan.txt"
    file.write_text("The plan.", encoding="utf-8")
    seen: list[tuple[str, frozenset[str]]] = []
    for groups in (frozenset({"a"}), None, frozenset({"b"}), frozenset[str]()):
        report = ingest([file], store=store, collection="c", groups=groups)
        [document] = store.documents()
        seen.append((report.files[0].outcome, document.groups))

    assert seen == [
        ("added", frozenset({"a"})),
        ("unchanged", frozenset({"a"})),
        ("replaced", frozenset({"b"})),
        ("replaced", frozenset()),
    ]
    file.write_text("The new plan.", encoding="utf-8")
    ingest([file], store=store, collection="c", groups=frozenset({"d", "e"}))
    file.write_text("The newest plan.", encoding="utf-8")
    ingest([file], store=store, collection="c")
    assert [each.groups for each in store.documents()] == [frozenset({"d", "e"})]
    assert store.search("plan", scope=Scope(groups=frozenset({"a", "b"})), limit=5) == []


def test_who_cannot_see_a_document_cannot_replace_it(store: DocumentStore, tmp_path: Path) -> None:
    file = tmp_path / "plan.txt"
    file.write_text("The plan.", encoding="utf-8")
    ingest([file], store=store, collection="c", groups=frozenset({"a"}))
    file.write_text("Another's.", encoding="utf-8")
    stranger = frozenset({"b"})

    report = ingest([file], store=store, collection="c", groups=stranger, seen=stranger)

    assert report.files[0].outcome == "failed"
    assert "name is taken" in report.files[0].reason
    [document] = store.documents()
    assert store.passages(document.id)[0].text == "The plan."


def test_a_key_says_the_set_of_groups_whatever_their_order() -> None:
    assert access_key(["b", "a", "b"]) == access_key(["a", "b"]) != access_key(["a, b"])
    assert groups_in(access_key(['qu"ote', "x"])) == {'qu"ote', "x"}
    assert groups_in(access_key([])) == frozenset()


@pytest.mark.parametrize("name", ["", " hr", "hr ", "x" * 300])
def test_a_group_needs_a_name(name: str) -> None:
    with pytest.raises(BadInput, match="is no name for a group"):
        access_key([name])
