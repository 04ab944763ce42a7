"""The sample data, and what the embedded models make of it: the whole way, without a server."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sample_store import SampleData

from serving.auth.local import LOCAL
from serving.cli.demonstration import QUESTIONS, make_database, sample_folder
from serving.config.settings import Settings
from serving.parts.assembly import Parts, open_parts
from serving.wire.answer import Answer
from serving.wire.question import Question
from tools.documents.load import load_file

DEMO = sample_folder()
PARAPHRASES = Path(__file__).parents[1] / "fixtures" / "demo" / "paraphrases.jsonl"
Case = dict[str, Any]


def _cases(path: Path) -> list[Case]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def parts(sample_data: SampleData) -> AsyncIterator[Parts]:
    async with open_parts(Settings(data=sample_data("data"))) as opened:
        yield opened


async def _ask(parts: Parts, question: str) -> Answer:
    return await parts.turns.answer(Question(question=question), LOCAL)


def _is_right(case: Case, answer: Answer) -> bool:
    said = answer.answer.replace(",", "").lower()
    return all(wanted.lower() in said for wanted in case["answer_contains"])


@pytest.mark.asyncio(loop_scope="module")
async def test_documents_with_titles_of_their_own_are_cited_by_them(parts: Parts) -> None:
    titled = {document.id: document.title for document in parts.store.documents()}
    cases = [case for case in _cases(DEMO / "questions.jsonl") if case["route"] == "documents"]
    answers = [await _ask(parts, case["question"]) for case in cases]
    cited = [citation for answer in answers for citation in answer.citations]
    assert len(cited) >= len(cases)
    assert [one.title for one in cited] == [titled[one.document_id] for one in cited]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("path", "right", "routed"),
    [(DEMO / "questions.jsonl", 59, 58), (PARAPHRASES, 19, 19)],
    ids=["the demo's own", "paraphrases"],
)
async def test_the_embedded_models_answer_questions_about_the_sample(
    parts: Parts, path: Path, right: int, routed: int
) -> None:
    cases = _cases(path)
    answers = [await _ask(parts, case["question"]) for case in cases]
    wrong = [c["question"] for c, a in zip(cases, answers, strict=True) if not _is_right(c, a)]
    astray = [c["question"] for c, a in zip(cases, answers, strict=True) if a.route != c["route"]]
    assert len(cases) - len(wrong) >= right, wrong
    assert len(cases) - len(astray) >= routed, astray


@pytest.mark.asyncio(loop_scope="module")
async def test_the_three_questions_of_the_demo_take_the_three_routes(parts: Parts) -> None:
    answers = [await _ask(parts, question) for question in QUESTIONS]
    assert [answer.route for answer in answers] == ["documents", "sql", "both"]
    assert all(answer.status == "answered" for answer in answers)
    assert "60 days" in answers[0].answer
    assert "Leipzig" in answers[1].answer
    assert "The 30 months asked about are more than the 24 months" in answers[2].answer


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of France?",
        "Who won the world cup in 2022?",
        "What is the airspeed of an unladen swallow?",
    ],
)
async def test_what_nobody_wrote_down_is_declined(parts: Parts, question: str) -> None:
    answer = await _ask(parts, question)
    assert answer.status == "declined"
    assert answer.answer.startswith("I could not find")


@pytest.mark.asyncio(loop_scope="module")
async def test_every_citation_stands_in_its_document_and_every_answer_names_its_models(
    parts: Parts,
) -> None:
    for case in _cases(DEMO / "questions.jsonl"):
        answer = await _ask(parts, case["question"])
        assert answer.models["chat"] == "embedded: no language model"
        for citation in answer.citations:
            blocks = load_file(DEMO / "documents" / citation.source).blocks
            source = " ".join(" ".join(block.text for block in blocks).split())
            assert " ".join(citation.text.split()) in source


@pytest.mark.asyncio(loop_scope="module")
async def test_follow_ups_read_the_turn_before_them(parts: Parts) -> None:
    first = await _ask(parts, "How many orders were placed in 2025?")
    followed = Question(question="and in 2024?", thread_id=first.thread_id)
    second = await parts.turns.answer(followed, LOCAL)
    assert "316" in first.answer
    assert "262" in second.answer


def test_the_database_is_whole_and_loads_in_one_transaction(tmp_path: Path) -> None:
    script = (DEMO / "database.sql").read_text(encoding="utf-8")
    assert (script.count("BEGIN;"), script.count("COMMIT;")) == (1, 1)
    path = tmp_path / "demo.sqlite"
    make_database(DEMO / "database.sql", path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        assert len(tables) == 8
        rows = sum(connection.execute(f"SELECT COUNT(*) FROM {t}").fetchone()[0] for t in tables)  # noqa: S608
    assert 2_000 < rows < 10_000


def test_every_gold_statement_of_the_questions_runs(tmp_path: Path) -> None:
    path = tmp_path / "demo.sqlite"
    make_database(DEMO / "database.sql", path)
    with closing(sqlite3.connect(path)) as connection:
        for case in _cases(DEMO / "questions.jsonl"):
            if "sql" in case:
                assert connection.execute(case["sql"]).fetchall(), case["question"]


@pytest.mark.parametrize("suffix", [".md", ".html", ".pdf", ".docx"])
def test_the_documents_come_in_every_format(suffix: str) -> None:
    assert len(list((DEMO / "documents").glob(f"*{suffix}"))) >= 3


def test_an_interrupted_load_leaves_no_half_made_database(tmp_path: Path) -> None:
    broken = tmp_path / "broken.sql"
    broken.write_text("BEGIN; CREATE TABLE t (x); INSERT INTO nowhere VALUES (1); COMMIT;")
    with pytest.raises(sqlite3.OperationalError):
        make_database(broken, tmp_path / "demo.sqlite")
    assert not (tmp_path / "demo.sqlite").exists()
