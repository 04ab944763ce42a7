"""Documents that are all alike but for whose they are and of which year."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from kept_readers import ingest

from tools.caller import Caller
from tools.documents.access import AccessControl
from tools.documents.scope import SearchScope
from tools.documents.search import Search
from tools.documents.store import DocumentStore

READER = Caller("reader", groups=frozenset({"all"}))
COMPANIES = ("Acme", "Borealis", "Cetus")
YEARS = (2021, 2022, 2023)
PARTS = "Business,Risks,Staff,Sites,Suppliers,Customers,Cash flows,Taxes,Leases,Claims".split(",")


def _report(company: str, year: int) -> str:
    parts = (
        f"## {part}\n\nThis chapter of the report tells of {part.lower()}. "
        + ("Purchases of equipment came to 12 million. " if part == "Cash flows" else "")
        + (f"{company} describes them below." if part != "Cash flows" else "")
        for part in PARTS
    )
    cover = f"# Annual report\n\n## {company} Corporation\n\nFor the year ended December 31, {year}"
    return "\n\n".join([cover, *parts])


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentStore]:
    root = tmp_path_factory.mktemp("reports")
    with DocumentStore.open(root / "milvus.db") as store:
        for company in COMPANIES:
            folder = root / company
            folder.mkdir()
            for year in YEARS:
                text = _report(company, year)
                (folder / f"{neutral_name(company, year)}.md").write_text(text, encoding="utf-8")
            groups = frozenset({"board"} if company == "Cetus" else {"all"})
            ingest([folder], store=store, collection="reports", groups=groups)
        yield store


def neutral_name(company: str, year: int) -> str:
    """A name that says nothing, as scanners give them."""
    return f"{COMPANIES.index(company)}{YEARS.index(year)}77"


async def _found(
    store: DocumentStore, question: str, *, caller: Caller = READER, is_on: bool = False
) -> list[tuple[str, str, str]]:
    search = Search(store, access=AccessControl(is_on=is_on))
    found = await search.search(question, caller=caller, collections=None, limit=3)
    search.close()
    return [
        (each.passage.source, each.passage.title, each.passage.section) for each in found.passages
    ]


@pytest.mark.parametrize(
    ("question", "company", "year"),
    [
        ("What did Acme spend on purchases of equipment in 2022?", "Acme", 2022),
        ("How large were purchases of equipment at Borealis in FY2021?", "Borealis", 2021),
        ("How large were the purchases of equipment of Cetus in 2023?", "Cetus", 2023),
    ],
)
async def test_a_passage_is_found_in_the_document_that_the_question_names(
    reports: DocumentStore, question: str, company: str, year: int
) -> None:
    found = await _found(reports, question)
    source, title, _ = found[0]
    assert source == f"{neutral_name(company, year)}.md"
    assert "Cash flows" in [section for which, _, section in found if which == source]
    assert title == (f"{company} Corporation, For the year ended December 31, {year} ({source})")


async def test_a_report_with_a_title_of_its_own_is_found_by_the_company_that_it_states(
    tmp_path: Path,
) -> None:
    for number, company in enumerate(("Acme", "Borealis", "Cetus", "Dorn")):
        text = _report(company, 2022).replace("# Annual report", f"# Filing {number}-77, as sent")
        (tmp_path / f"{number}.md").write_text(text, encoding="utf-8")
    with DocumentStore.open(tmp_path / "milvus.db") as store:
        ingest([tmp_path], store=store, collection="reports")
        found = await _found(store, "What did Dorn spend on purchases of equipment?")
    assert found[0][0] == "3.md"


async def test_a_report_is_found_though_its_cover_does_not_state_whose_it_is(
    tmp_path: Path,
) -> None:
    (tmp_path / "ACME_2021.md").write_text(_report("Acme", 2021), encoding="utf-8")
    for company in ("Acme", "Borealis", "Cetus", "Dorn", "Eiger"):
        text = _report(company, 2023)
        if company == "Acme":
            text = text.replace("Acme Corporation", "")
        (tmp_path / f"{company.upper()}_2023.md").write_text(text, encoding="utf-8")
    with DocumentStore.open(tmp_path / "milvus.db") as store:
        ingest([tmp_path], store=store, collection="reports")
        found = await _found(store, "What did Acme spend on purchases of equipment in FY2023?")
    assert found[0][0] == "ACME_2023.md"


async def test_what_is_asked_for_by_another_name_is_found_by_what_reports_call_it(
    tmp_path: Path,
) -> None:
    prose = "The capex committee of the board met about capex, and the capex plan was read aloud."
    rows = "| | 2023 |\n|---|---|\n| Purchases of property, plant and equipment | (1,577) |"
    (tmp_path / "prose.md").write_text(f"# Committees\n\n{prose}", encoding="utf-8")
    (tmp_path / "rows.md").write_text(f"# Statement\n\n{rows}", encoding="utf-8")
    with DocumentStore.open(tmp_path / "milvus.db") as store:
        ingest([tmp_path], store=store, collection="reports")
        found = await _found(store, "How large was capex?")
    assert found[0][0] == "rows.md"


async def test_documents_are_listed_under_titles_that_tell_them_apart(
    reports: DocumentStore,
) -> None:
    search = Search(reports)
    titles = [each.title for each in await search.documents(caller=READER)]
    passages = await search.passages((await search.documents(caller=READER))[0].id, caller=READER)
    search.close()
    assert len(set(titles)) == len(titles) == len(COMPANIES) * len(YEARS)
    assert {each.title for each in passages} == {titles[0]}


async def test_a_title_of_its_own_is_kept_though_its_words_are_everywhere(tmp_path: Path) -> None:
    owners = {
        "Price policy": "Ashdown",
        "Support policy": "Berger",
        "Support guide": "Castle",
        "Price guide": "Dorn",
    }
    topics = "A price is set by the board, and a guide by staff. Support reads a policy aloud."
    files = [tmp_path / f"{name}.md" for name in owners]
    for file in files:
        text = f"# {file.stem}\n\n{topics} {owners[file.stem]} wrote this."
        file.write_text(text, encoding="utf-8")
    with DocumentStore.open(tmp_path / "milvus.db") as store:
        ingest(files, store=store, collection="rules")
        search = Search(store)
        titles = {each.title for each in await search.documents(caller=READER)}
        search.close()
    assert titles == owners.keys()


async def test_a_document_that_is_hidden_is_not_found_by_its_name(reports: DocumentStore) -> None:
    question = "What did Cetus spend on purchases of equipment in 2022?"
    found = await _found(reports, question, is_on=True)
    assert found
    assert not {source for source, *_ in found} & {f"{neutral_name('Cetus', y)}.md" for y in YEARS}


@pytest.mark.parametrize(
    ("question", "groups", "named"),
    [
        ("What did Cetus do in 2022?", frozenset({"board"}), ("Cetus", 2022)),
        ("What did Acme do in 2021?", None, ("Acme", 2021)),
        ("Is the moon made of cheese?", None, None),
    ],
)
def test_documents_are_weighed_among_those_that_a_caller_sees(
    reports: DocumentStore,
    question: str,
    groups: frozenset[str] | None,
    named: tuple[str, int] | None,
) -> None:
    scope = SearchScope(groups)
    weights = reports.weigh(question, scope)
    seen = {each.id: each.source for each in reports.documents(scope)}
    assert weights.keys() <= seen.keys()
    assert all(0 < weight <= 1 for weight in weights.values())
    assert (seen[next(iter(weights))] if weights else None) == (
        f"{neutral_name(*named)}.md" if named else None
    )


def test_one_document_alone_need_not_be_told_from_others(tmp_path: Path) -> None:
    (tmp_path / "acme.md").write_text(_report("Acme", 2021), encoding="utf-8")
    with DocumentStore.open(tmp_path / "milvus.db") as store:
        ingest([tmp_path / "acme.md"], store=store, collection="reports")
        assert store.weigh("Acme 2021") == {}
        (tmp_path / "cetus.md").write_text(_report("Cetus", 2021), encoding="utf-8")
        ingest([tmp_path / "cetus.md"], store=store, collection="reports")
        store.delete(next(each.id for each in store.documents() if each.source == "acme.md"))
        assert store.search("Acme 2021 equipment", limit=1)[0].passage.source == "cetus.md"


class TextsOnly:
    """A reranker that gives every text that has a word the same."""

    model_id = "test/texts"

    async def rerank(self, query: str, texts: Sequence[str]) -> list[float]:
        return [float("equipment" in text) for text in texts]


async def test_a_reranker_does_not_lose_whose_a_passage_is(reports: DocumentStore) -> None:
    search = Search(reports, reranker=TextsOnly())
    question = "What did Borealis spend on purchases of equipment in 2023?"
    found = await search.search(question, caller=READER, collections=None, limit=3)
    search.close()
    assert found.passages[0].passage.source == f"{neutral_name('Borealis', 2023)}.md"


async def test_a_report_is_found_by_capitals_that_begin_its_files_name(tmp_path: Path) -> None:
    for company in ("TNWRESORTS", "BOREALIS", "CETUSTOOLS", "DORNWORKS", "EIGER"):
        text = _report("The company", 2023).replace("The company Corporation", "Annual matters")
        (tmp_path / f"{company}_2023.md").write_text(text, encoding="utf-8")
    with DocumentStore.open(tmp_path / "milvus.db") as store:
        ingest([tmp_path], store=store, collection="reports")
        found = await _found(store, "What did TNW spend on purchases of equipment?")
        weights = store.weigh("What did tnw spend on equipment?")
    assert found[0][0] == "TNWRESORTS_2023.md"
    assert not weights
