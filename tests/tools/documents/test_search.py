import asyncio
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from kept_readers import ingest

from tools.caller import Caller
from tools.documents.search import Search
from tools.documents.store import DocumentStore
from tools.errors import UnknownName

CALLER = Caller("someone")
BOILERPLATE = "This notice about cooling stands word for word in many of our documents."


class ShortestFirst:
    """A reranker that prefers short texts, whatever was asked."""

    model_id = "test/shortest"

    async def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
        return [1 / (1 + len(text)) for text in texts]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentStore]:
    root = tmp_path_factory.mktemp("docs")
    files = {
        "manuals/power.md": "# Power\n\nThe machines need cooling, cooling and power supplies.",
        "manuals/heat.md": "# Heat\n\nHeat needs cooling.",
        "notices/one.txt": BOILERPLATE,
        "notices/two.txt": BOILERPLATE.replace("  ", " "),
    }
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    with DocumentStore.open(root / "milvus.db") as store:
        for collection in ("manuals", "notices"):
            ingest([root / collection], store=store, collection=collection)
        yield store


async def _find(search: Search, query: str, collections: list[str] | None = None) -> list[str]:
    found = await search.search(query, caller=CALLER, collections=collections, limit=10)
    return [each.passage.source for each in found.passages]


async def test_words_are_found_in_other_forms(filled: DocumentStore) -> None:
    assert await _find(Search(filled), "Which machine?") == ["power.md"]


async def test_a_title_is_searched_too(filled: DocumentStore) -> None:
    assert (await _find(Search(filled), "heat"))[0] == "heat.md"


async def test_passages_that_say_the_same_appear_once(filled: DocumentStore) -> None:
    found = await _find(Search(filled), "cooling notice documents")

    assert len([source for source in found if source in ("one.txt", "two.txt")]) == 1


async def test_a_search_stays_in_its_collections(filled: DocumentStore) -> None:
    search = Search(filled)

    assert set(await _find(search, "cooling", ["manuals"])) == {"power.md", "heat.md"}
    assert len(await _find(search, "cooling", ["manuals", "notices"])) == 3
    assert await _find(search, "cooling", []) == []


async def test_an_unknown_collection_is_answered_with_the_known_ones(
    filled: DocumentStore,
) -> None:
    with pytest.raises(UnknownName, match=r"no collection 'nope'\. Available: manuals, notices"):
        await _find(Search(filled), "cooling", ["manuals", "nope"])


async def test_a_reranker_has_the_last_word(filled: DocumentStore) -> None:
    plain = await _find(Search(filled), "cooling power", ["manuals"])
    reranked = await _find(Search(filled, reranker=ShortestFirst()), "cooling power", ["manuals"])

    assert plain == ["power.md", "heat.md"]
    assert reranked == ["heat.md", "power.md"]


async def test_many_searches_at_once_get_their_own_answers(filled: DocumentStore) -> None:
    search = Search(filled)

    answers = await asyncio.gather(
        *(_find(search, query) for _ in range(10) for query in ("machine", "heat"))
    )

    assert [answer[0] for answer in answers] == ["power.md", "heat.md"] * 10
    search.close()


async def test_documents_are_listed_shown_and_deleted(filled: DocumentStore) -> None:
    search = Search(filled)
    assert await search.collections(caller=CALLER) == {"manuals": 2, "notices": 2}
    listed = {each.source: each for each in await search.documents(caller=CALLER)}
    chosen = listed["two.txt"].id

    [passage] = await search.passages(chosen, caller=CALLER)
    assert passage.text == BOILERPLATE
    assert await search.delete(chosen, caller=CALLER) == 1
    for ask in (search.passages, search.delete):
        with pytest.raises(UnknownName, match=f"There is no document '{chosen}'"):
            await ask(chosen, caller=CALLER)


VARIABLE = "ARROW_DEFAULT_MEMORY_POOL"


def printed(code: str, environment: Mapping[str, str] | None = None) -> str:
    """What a process of its own prints."""
    done = subprocess.run(  # noqa: S603  our own interpreter and code
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[3],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout.strip()


def test_importing_the_search_imports_neither_milvus_nor_a_parser() -> None:
    code = (
        "import sys, tools.documents.search, tools.documents.ingest\n"
        "print([m for m in ('pymilvus', 'milvus_lite', 'bs4', 'docx', 'pypdf', 'markdown_it', "
        "'langchain_community') if m in sys.modules])"
    )
    assert printed(code) == "[]"


@pytest.mark.parametrize(("given", "used"), [({}, "system"), ({VARIABLE: "mimalloc"}, "mimalloc")])
def test_arrow_allocates_as_the_system_does_unless_told_otherwise(
    given: dict[str, str], used: str
) -> None:
    code = (
        "from tools.compat.milvus_lite import import_engine\n"
        "import_engine()\n"
        "import pyarrow\n"
        "print(pyarrow.default_memory_pool().backend_name)"
    )
    assert printed(code, given) == used
