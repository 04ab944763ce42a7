from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Lock

import pytest
from kept_readers import ingest

from tools.caller import Caller
from tools.documents.access import ALL_DOCUMENTS, EVERYONE, AccessControl, access_key, groups_in
from tools.documents.ingest import FileReport
from tools.documents.scope import SearchScope
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
    assert store.search("plan", scope=SearchScope(groups=frozenset({"a", "b"})), limit=5) == []


HR, FINANCE, BOTH = frozenset({"hr"}), frozenset({"finance"}), frozenset({"finance", "hr"})


def _taken(
    store: DocumentStore,
    folder: Path,
    text: str,
    *,
    groups: frozenset[str] | None = None,
    seen: frozenset[str] | None = None,
    sharing: AbstractContextManager[object] | None = None,
) -> FileReport:
    """The outcome of ingesting `plan.txt` with this text as a caller of these groups."""
    file = folder / "plan.txt"
    file.write_text(text, encoding="utf-8")
    report = ingest([file], store=store, collection="c", groups=groups, seen=seen, sharing=sharing)
    return report.files[0]


def _texts(store: DocumentStore) -> dict[frozenset[str], str]:
    """The text of each document's first passage, by the groups that see it."""
    return {each.groups: store.passages(each.id)[0].text for each in store.documents()}


@pytest.mark.parametrize("sharing", [None, Lock()])
def test_a_name_that_a_hidden_document_has_is_free(
    store: DocumentStore, tmp_path: Path, sharing: AbstractContextManager[object] | None
) -> None:
    hidden = _taken(store, tmp_path, "The plan.", groups=FINANCE)
    report = _taken(store, tmp_path, "Another's.", groups=HR, seen=HR, sharing=sharing)

    assert (report.outcome, report.reason) == ("added", "")
    assert report.document_id != hidden.document_id
    assert _texts(store) == {FINANCE: "The plan.", HR: "Another's."}
    again = _taken(store, tmp_path, "Another's, new.", groups=HR, seen=HR, sharing=sharing)
    assert (again.outcome, again.document_id) == ("replaced", report.document_id)
    same = _taken(store, tmp_path, "Another's, new.", groups=HR, seen=HR, sharing=sharing)
    assert (same.outcome, same.document_id) == ("unchanged", report.document_id)
    assert _texts(store) == {FINANCE: "The plan.", HR: "Another's, new."}


def test_an_id_tells_nothing_of_what_is_hidden(store: DocumentStore, tmp_path: Path) -> None:
    """Not even where a document was taken from the groups that its id could have been made of."""
    first = _taken(store, tmp_path, "The plan.", groups=HR, seen=HR)
    _taken(store, tmp_path, "The plan.", groups=FINANCE)  # by somebody who sees all
    second = _taken(store, tmp_path, "Another's.", groups=HR, seen=HR)
    assert second.outcome == "added"
    assert second.document_id != first.document_id
    store.delete(second.document_id)
    store.delete(first.document_id)
    third = _taken(store, tmp_path, "Another's.", groups=HR, seen=HR)
    assert len({each.document_id for each in (first, second, third)}) == 3


def test_of_several_documents_of_a_name_that_of_the_named_groups_is_replaced(
    store: DocumentStore, tmp_path: Path
) -> None:
    for groups in (FINANCE, HR):
        assert _taken(store, tmp_path, "Old.", groups=groups, seen=groups).outcome == "added"
    replaced = _taken(store, tmp_path, "New.", groups=HR, seen=BOTH)
    assert replaced.outcome == "replaced"
    # Of the groups that are given, the sales people see none of these.
    wider = _taken(store, tmp_path, "Newer.", groups=HR | {"sales"}, seen=BOTH | {"sales"})
    assert (wider.outcome, wider.document_id) == ("replaced", replaced.document_id)
    assert _texts(store) == {FINANCE: "Old.", HR | {"sales"}: "Newer."}
    unclear = _taken(store, tmp_path, "Whose?", groups=frozenset({"board"}))
    assert unclear.outcome == "failed"
    assert "2 documents have this name, for 'finance' and for 'hr', 'sales'" in unclear.reason
    assert _texts(store) == {FINANCE: "Old.", HR | {"sales"}: "Newer."}


def test_who_sees_all_goes_on_with_its_own_document_of_a_name(
    store: DocumentStore, tmp_path: Path
) -> None:
    own = _taken(store, tmp_path, "Old.", groups=FINANCE)
    _taken(store, tmp_path, "Another's.", groups=HR, seen=HR)
    again = _taken(store, tmp_path, "New.")
    assert (again.outcome, again.document_id) == ("replaced", own.document_id)
    assert _texts(store) == {FINANCE: "New.", HR: "Another's."}


def test_a_name_of_whatever_characters_is_found_again(store: DocumentStore, tmp_path: Path) -> None:
    names = ['it\'s "{new}" \\.txt', "\u0160kola 100%.txt", "tab\there.txt", "x" * 240 + ".txt"]
    for name in names:
        (tmp_path / name).write_text("Words.", encoding="utf-8")
    for outcome in ("added", "unchanged"):
        for name in names:
            report = ingest(
                [tmp_path / name], store=store, collection="c", groups=HR, seen=HR, sharing=Lock()
            )
            assert report.files[0].outcome == outcome, report


def test_two_who_add_a_name_at_once_make_one_document(store: DocumentStore, tmp_path: Path) -> None:
    sharing = Lock()
    file = tmp_path / "plan.txt"

    class Late(AbstractContextManager[None]):
        """Somebody else is quicker between the reading of a file and its writing."""

        def __enter__(self) -> None:
            _taken(store, tmp_path, "First.", groups=HR, seen=HR, sharing=sharing)

        def __exit__(self, *_: object) -> None: ...

    file.write_text("Second.", encoding="utf-8")
    report = ingest([file], store=store, collection="c", groups=HR, seen=HR, sharing=Late())

    assert report.files[0].outcome == "replaced"
    [document] = store.documents()
    assert document.id == report.files[0].document_id
    assert [passage.document_id for passage in store.passages(document.id)] == [document.id]
    assert _texts(store) == {HR: "Second."}


def test_a_key_says_the_set_of_groups_whatever_their_order() -> None:
    assert access_key(["b", "a", "b"]) == access_key(["a", "b"]) != access_key(["a, b"])
    assert groups_in(access_key(['qu"ote', "x"])) == {'qu"ote', "x"}
    assert groups_in(access_key([])) == frozenset()


@pytest.mark.parametrize("name", ["", " hr", "hr ", "x" * 300])
def test_a_group_needs_a_name(name: str) -> None:
    with pytest.raises(BadInput, match="is not a valid group name"):
        access_key([name])
