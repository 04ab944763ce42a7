import json
from pathlib import Path

import pytest
from machine_bench import FakeDocuments, Start, passage
from scripted_chat import calls

from agent.advice import Deciding
from agent.evaluation.corpus import store_corpus
from agent.evaluation.dataset import Case, CorpusEntry, RetrievalQuery, find_databases, read_lines
from agent.evaluation.runner import Routed, choice, choose_routes, rank
from agent.evaluation.scorers import confuse
from tools.documents.search import Search
from tools.documents.store import DocumentStore
from tools.errors import BadInput, UnknownName
from tools.sql.run import Database


def test_lines_are_read_whatever_else_stands_in_them(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    line = {"id": "1", "question": "How many?", "db": "shop", "gold_sql": None}
    path.write_text(f"{json.dumps(line)}\n\n", encoding="utf-8")
    assert read_lines(path, Case) == [Case(id="1", question="How many?", db="shop")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"id": "1", "question": "x"}', "line 1: db: Field required"),
        ("not json", "line 1: the line: Invalid JSON"),
    ],
)
def test_a_line_that_is_no_case_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        read_lines(path, Case)


def test_databases_are_found_at_any_depth_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "shop.sqlite").touch()
    assert find_databases(tmp_path) == {"shop": tmp_path / "deep" / "shop.sqlite"}
    (tmp_path / "shop.sqlite").touch()
    with pytest.raises(BadInput, match="the same name"):
        find_databases(tmp_path)
    with pytest.raises(BadInput, match=r"no \.sqlite file"):
        find_databases(tmp_path / "nowhere")


async def test_a_corpus_is_ranked_by_the_ids_of_its_entries(tmp_path: Path) -> None:
    entries = [
        CorpusEntry(id="a", title="Herons", text="Herons fish in the marsh."),
        CorpusEntry(id="b", title="Owls", text="Owls hunt at night."),
    ]
    with DocumentStore.open(tmp_path / "corpus.db") as store:
        store_corpus(entries, store, collection="corpus")
        search = Search(store)
        lines = [
            line
            async for line in rank([RetrievalQuery(id="q", text="a marsh bird")], search, limit=5)
        ]
        search.close()
    query, q0, document, place, score, tag = lines[0].split()
    assert (query, q0, document, place, tag) == ("q", "Q0", "a", "1", "docsql")
    assert float(score) > 0


async def test_a_query_that_was_ranked_by_less_than_is_set_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lesser = FakeDocuments([passage("A heron fishes.")], warnings=["By words alone."])
    lines = [line async for line in rank([RetrievalQuery(id="q7", text="heron")], lesser, limit=5)]
    assert len(lines) == 1
    assert caplog.messages == ["Query q7: By words alone."]


async def test_the_route_of_a_question_is_where_it_was_sent_whatever_became_of_it_there(
    start: Start, shop: Database
) -> None:
    search = ("search_documents", {"query": "returns"})
    query = ("query_database", {"question": "How much?", "database": "shop"})
    bench = start(
        {
            "decide": [calls(search), calls(query), calls(query, search), calls(), calls(query)],
            "write_sql": ["SELECT 1", "SELECT 1", "NONE"],
            "answer": ["30 days [1].", "1 [1].", "1 [1]."],
            "talk": ["Hello."],
        },
        deciding=Deciding(falls_back=False),
    )
    bench.documents.found = [passage("Returns are taken within 30 days.")]
    cases = [Case(id=str(n), question="?", db="shop") for n in range(5)]
    routed = [r async for r in choose_routes(cases, bench.machine, {"shop": shop})]
    assert [r.route for r in routed] == ["documents", "sql", "both", "chat", "sql"]
    assert [r.status == "declined" for r in routed] == [False, False, False, False, True]


def test_a_question_sent_nowhere_and_not_answered_is_one_that_was_declined() -> None:
    assert choice("chat", "declined") == "declined"
    assert choice("chat", "answered") == "chat"


def test_routes_are_set_against_those_that_are_right() -> None:
    expected = {"1": ["sql"], "2": ["sql"], "3": ["declined", "chat"], "4": []}
    cases = [Case(id=i, question="?", db="shop", expect=right) for i, right in expected.items()]
    outcomes = [("sql", "declined"), ("documents", "answered"), ("chat", "answered")]
    routed = [
        Routed(id=str(n), route=route, status=status)
        for n, (route, status) in enumerate(outcomes, start=1)
    ]
    found = confuse(cases, routed)
    assert found.counts == {("sql", "sql"): 1, ("sql", "documents"): 1, ("declined", "chat"): 1}
    assert (found.right, found.total, found.declined_there) == (2, 3, 1)


async def test_a_case_about_a_database_that_is_not_there_is_refused(
    start: Start, shop: Database
) -> None:
    bench = start({})
    with pytest.raises(UnknownName, match="There is no database 'bank'; there are: shop"):
        async for _ in choose_routes(
            [Case(id="1", question="?", db="bank")], bench.machine, {"shop": shop}
        ):
            pass
