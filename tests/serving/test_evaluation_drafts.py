"""`docsql eval new`, `review`, `export` and `import`: a set of one's own."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from docsql_process import Folder
from evaluated import answer, query
from typer.testing import CliRunner, Result

from serving.auth.local import LOCAL
from serving.cli.commands import app
from serving.evaluation.case import SetCase, Spot, read_set, write_set
from serving.evaluation.draft_rows import Drafting
from serving.evaluation.drafts import draft_set, from_feedback, from_repairs, joined
from serving.evaluation.patterns import as_pattern
from serving.evaluation.sheet import read_sheet, write_sheet
from serving.wire.documents import DocumentContent, DocumentInfo, PassageInfo
from serving.wire.threads import FeedbackRecord, ThreadContent, ThreadInfo, ThreadTurn
from tools.errors import BadInput
from tools.sql.run import Database

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SCRIPT = """
CREATE TABLE towns (id INTEGER PRIMARY KEY, name TEXT NOT NULL, height INTEGER NOT NULL);
CREATE TABLE bells (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, town_id INTEGER NOT NULL REFERENCES towns (id),
    metal TEXT NOT NULL, weight REAL NOT NULL, cast_on DATE NOT NULL
);
CREATE TABLE boats (id INTEGER PRIMARY KEY, name TEXT NOT NULL, sails INTEGER NOT NULL);
INSERT INTO towns VALUES (1, 'Ghent', 9), (2, 'Ostend', 9), (3, 'Ghent', 5);
INSERT INTO bells VALUES
    (1, 'Anna', 1, 'bronze', 40.5, '2024-02-01'), (2, 'Bert', 1, 'bronze', 80, '2025-02-01'),
    (3, 'Carl', 3, 'iron', 20, '2025-07-01');
INSERT INTO boats VALUES (1, 'Heron', 2);
"""
RIGHT: list[tuple[str, str, list[tuple[Any, ...]]]] = [
    ("count", "How many bells are there?", [(3,)]),
    ("filter", "How many bells have the metal bronze?", [(2,)]),
    ("group", "How many bells are there for each metal?", [("bronze", 2), ("iron", 1)]),
    ("follow-up", "And iron?", [(1,)]),
    ("date", "How many bells have a cast date in 2025?", [(2,)]),
    ("nothing found", "Which bells have a cast date in 2035?", []),
    ("aggregate", "What is the average weight of bells?", [(46.833333333333336,)]),
    ("rank", "Which bell has the highest weight?", [("Bert",)]),
    ("tie", "Which towns have the highest height?", [("Ghent",), ("Ostend",)]),
    ("lookup", "What is the weight of Anna?", [(40.5,)]),
    # There are two Ghents.
    ("join", "How many bells are there for each town?", [("Ghent", 2), ("Ghent", 1)]),
]


@pytest.fixture(scope="module")
def bells(tmp_path_factory: pytest.TempPathFactory) -> Database:
    path = tmp_path_factory.mktemp("bells") / "bells.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCRIPT)
    return Database.open(f"sqlite:///{path}", name="bells")


def content(*passages: str) -> DocumentContent:
    info = DocumentInfo(
        id="d",
        collection="c",
        source="rules.md",
        title="Rules",
        content_hash="",
        passages=len(passages),
        ingested_at=NOW,
    )
    told = [
        PassageInfo(id=str(n), ordinal=n, page=None, section="", text=text)
        for n, text in enumerate(passages)
    ]
    return DocumentContent(document=info, passages=told)


@pytest.fixture(scope="module")
def drafted(bells: Database) -> dict[tuple[str, str], SetCase]:
    return {(case.kind, case.question): case for case in Drafting(bells).cases()}


@pytest.mark.parametrize(("kind", "question", "rows"), RIGHT, ids=[kind for kind, *_ in RIGHT])
def test_a_database_brings_questions_of_every_kind_with_the_right_statement(
    drafted: dict[tuple[str, str], SetCase],
    bells: Database,
    kind: str,
    question: str,
    rows: list[tuple[Any, ...]],
) -> None:
    case = drafted[kind, question]
    assert sorted(bells.run(case.sql[0], caller=LOCAL).rows) == sorted(rows)
    assert not case.accepted


def test_what_no_join_leads_to_cannot_be_answered(
    drafted: dict[tuple[str, str], SetCase],
) -> None:
    declined = {q for (_, q), case in drafted.items() if case.declined and not case.without}
    assert declined == {
        "What is the sails of the bell Anna?",
        "What is the sails of the town Ghent?",
        "What is the weight of the boat Heron?",
    }


def test_a_column_is_taken_away_from_a_question_that_it_would_answer(bells: Database) -> None:
    found = {case.question: case for case in Drafting(bells).cases() if case.without}
    case = found["What is the weight of the bell Anna?"]
    assert (case.declined, case.without, case.mode) == (True, ("bells.bells.weight",), "sql")


FACT = "The fee for a late return is 1,250 euros a day."


@pytest.mark.parametrize(
    ("text", "question", "says"),
    [
        (FACT, "What is the fee for a late return?", r"(?<![\d.])1250(?!\.?\d)"),
        ("Flights to Rome are 90 euros.", "What are flights to Rome?", r"(?<![\d.])90(?!\.?\d)"),
        ("Town | Keeper\nGhent | Ann Lee\nOstend | Bo", "What is the keeper of Ghent?", "Ann Lee"),
    ],
)
def test_a_document_brings_facts_with_their_places(text: str, question: str, says: str) -> None:
    (case,) = draft_set({}, [content(text)], limit=9)
    assert (case.question, case.says, case.spans[0].source) == (question, (says,), "rules.md")


@pytest.mark.parametrize(
    "text", ["It is 90 euros for members.", "All copies are encrypted with AES-256.", "Nothing."]
)
def test_what_is_no_fact_by_itself_is_left_out(text: str) -> None:
    assert draft_set({}, [content(text)], limit=9) == []


def test_both_sources_make_questions_together_and_apart(bells: Database) -> None:
    found = draft_set({"bells": bells}, [content(FACT)], limit=60)
    both = next(case for case in found if case.kind == "both")
    assert both.question.endswith("are there, and what is the fee for a late return?")
    assert both.says == (r"(?<![\d.])3(?!\.?\d)", r"(?<![\d.])1250(?!\.?\d)")
    away = next(case for case in found if case.mode == "sql" and not case.without)
    assert (away.question, away.declined) == ("What is the fee for a late return?", True)


def test_a_short_set_has_every_kind(bells: Database) -> None:
    found = draft_set({"bells": bells}, [content(FACT)], limit=18)
    assert {kind for kind, *_ in RIGHT} <= {case.kind for case in found}
    assert len(found) == 18


def test_what_people_did_not_like_or_wrote_themselves_joins() -> None:
    given = FeedbackRecord(
        answer_id="a",
        rating="down",
        comment="Too old",
        given_at=NOW,
        thread_id="t",
        question="How old is it?",
        answer="5 [1].",
        status="answered",
        route="sql",
        models={},
        evidence=[],
    )
    liked = given.model_copy(update={"rating": "up"})
    (case,) = from_feedback([given, liked])
    assert case.note == "Rated down, for: Too old. The answer was: 5 [1]."
    told = [answer("7.", queries=[query(1, 7).model_copy(update={"writer": "a model"})])]
    told.append(answer("8.", queries=[query(1, 8)]))
    thread = ThreadContent(
        thread=ThreadInfo(id="t", title="", created_at=NOW, updated_at=NOW, turns=2),
        turns=[
            ThreadTurn(question=f"{n}?", asked_at=NOW, answer=one) for n, one in enumerate(told)
        ],
    )
    (repaired,) = from_repairs([thread])
    assert (repaired.question, repaired.after, repaired.sql) == ("1?", ("0?",), ("SELECT 1",))


def test_a_set_is_added_to_and_what_is_known_is_not_asked_twice() -> None:
    old = SetCase(id="count-1", question="How many?", declined=True, accepted=True)
    new = [SetCase(id="draft", kind="count", question=q) for q in ("how MANY?", "Who?", "When?")]
    found = joined([old], new)
    assert [(case.id, case.accepted) for case in found] == [
        ("count-1", True),
        ("count-2", False),
        ("count-3", False),
    ]


WHOLE = [
    SetCase(
        id="=1+1",
        question="'Quoted'\nand = more?",
        says=("a;b", "c"),
        spans=(Spot(source="f.md", page=3, text="ü"),),
        routes=("sql", "both"),
        after=("First?", "-2?"),
        without=("shop.repairs.cost",),
        accepted=True,
    ),
    SetCase(id="rows", question="+?", rows=(), tolerance=0.5, further_columns=False),
    SetCase(id="sql", question="?", sql=("SELECT 1,\n 2",), note="@x", ordered=True),
    SetCase(id="several", question="?", sql=("SELECT 1", "SELECT 2"), database="shop"),
]


@pytest.mark.parametrize("name", ["set.csv", "set.xlsx"])
def test_a_set_goes_through_a_spreadsheet_whole(tmp_path: Path, name: str) -> None:
    write_sheet(tmp_path / name, WHOLE)
    assert read_sheet(tmp_path / name) == WHOLE


@pytest.mark.parametrize(
    ("separator", "encoding"),
    [(";", "cp1252"), (";", "utf-8-sig"), ("\t", "utf-16"), (",", "utf-8")],
)
def test_a_csv_file_is_read_as_any_excel_saves_it(
    tmp_path: Path, separator: str, encoding: str
) -> None:
    lines = [["id", "question", "says"], ["a", "Wie groß; wie viel, und wo?", "Größe"]]
    cells = [separator.join(f'"{cell}"' for cell in line) for line in lines]
    (tmp_path / "set.csv").write_text("\r\n".join(cells), encoding=encoding)
    (case,) = read_sheet(tmp_path / "set.csv")
    assert (case.question, case.says) == ("Wie groß; wie viel, und wo?", ("Größe",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,question,accepted\na,?,no\n", "has no column 'sql', which 1 of 2 questions"),
        ("id,question,accepted,sql,note\n", "has no questions"),
    ],
)
def test_a_spreadsheet_that_lacks_what_a_set_has_does_not_replace_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    known = [SetCase(id="a", question="?", sql=("SELECT 1",)), SetCase(id="b", question="Why?")]
    write_set(Path("set.jsonl"), known)
    Path("set.csv").write_text(text, encoding="utf-8")
    refused = docsql("import", "set.csv", "set.jsonl")
    assert (refused.exit_code, said in refused.stderr) == (1, True), refused.output
    assert read_set(Path("set.jsonl")) == known


def test_a_spreadsheet_works_nothing_out(tmp_path: Path) -> None:
    write_sheet(tmp_path / "set.csv", WHOLE)
    assert ",'=1+1," in (tmp_path / "set.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,question,accepted\na,?,perhaps\n", "line 2: accepted: write yes or no, not 'perhaps'"),
        ("id,question,accepted\na,?,yes\n", "line 2: .*has no expected answer"),
        ("id,query\na,?\n", "line 2: unknown field 'query'"),
        ("id,question,rows\na,?,[1\n", "line 2: "),
    ],
)
def test_a_line_of_a_spreadsheet_that_is_no_case_is_named(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "set.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        read_sheet(tmp_path / "set.csv")


def test_a_set_is_drafted_reviewed_and_run(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.path)
    for name, value in {**folder.environment, "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    drafted = docsql("new", "--limit", "20")
    assert drafted.exit_code == 0, drafted.output
    assert "15 new drafts in questions.jsonl: " in drafted.stdout
    unasked = docsql("run", "questions.jsonl")
    assert unasked.exit_code == 1
    assert (
        "is accepted, and drafts are not asked. Accept some with `docsql eval review"
        in unasked.stderr
    )
    # Accepted, dropped, skipped, asked otherwise and accepted, and left.
    words = "a\nd\ns\ne\nHow many repairs exist?\nSELECT COUNT(*) FROM repairs\n\na\nq\n"
    reviewed = docsql("review", "questions.jsonl", said=words)
    assert reviewed.exit_code == 0, reviewed.output
    assert "2 of 14 questions are accepted, 1 was dropped. 12 drafts are left." in reviewed.stdout
    ran = docsql("run", "questions.jsonl", "--out", "run")
    assert "2 questions, 12 drafts left out." in ran.stderr
    assert ran.exit_code == 0
    assert docsql("export", "questions.jsonl", "set.xlsx").exit_code == 0
    brought = docsql("import", "set.xlsx", "questions.jsonl")
    assert "14 questions in questions.jsonl, 2 of them accepted." in brought.stdout
    again = docsql("new", "--limit", "20")
    assert "1 new draft in" in again.stdout  # whose statement was replaced; not what was dropped
    kept = [case for case in read_set(Path("questions.jsonl")) if case.accepted]
    assert [case.question for case in kept][1:] == ["How many repairs exist?"]


def test_a_draft_that_says_nothing_of_what_is_right_is_not_accepted(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.path)
    write_set(Path("set.jsonl"), [SetCase(id="a", kind="feedback", question="How old is it?")])
    words = "a\ne\n\n21 days; \na\n"
    reviewed = docsql("review", "set.jsonl", said=words)
    assert "it has no expected answer. Edit it first." in reviewed.stdout
    (case,) = read_set(Path("set.jsonl"))
    assert (case.says, case.accepted) == ((r"(?<![\d.])21 days",), True)


def test_a_review_shows_words_and_accepts_no_statement_that_does_not_run(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.path)
    for name, value in {**folder.environment, "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)
    drafts = [
        SetCase(id="a", question="How much?", says=(as_pattern("1,420.50"), r"\bEUR\b")),
        SetCase(id="b", question="How many?", sql=("DELETE FROM repairs",)),
    ]
    write_set(Path("set.jsonl"), drafts)
    # Another letter, other words, and then a statement that the gate refuses.
    words = "x\ne\n\nSELECT COUNT(*); \\bEUR\\b\na\na\nq\n"
    reviewed = docsql("review", "set.jsonl", said=words)
    assert "Right: it says 1420.50 and \\bEUR\\b" in reviewed.stdout
    assert "Type a, e, d, s, b or q" in reviewed.stdout
    assert "Right: it says SELECT COUNT(*) and \\bEUR\\b" in reviewed.stdout
    assert "Only queries are allowed" in reviewed.stdout
    assert "Edit it first." in reviewed.stdout
    assert "1 of 2 questions are accepted. 1 draft is left." in reviewed.stdout
    assert read_set(Path("set.jsonl"))[0].says == (r"SELECT COUNT\(\*\)", r"\bEUR\b")


def test_a_spreadsheet_that_may_hold_a_review_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_set(Path("set.jsonl"), WHOLE)
    Path("set.csv").write_text("reviewed", encoding="utf-8")
    refused = docsql("export", "set.jsonl", "set.csv")
    assert (refused.exit_code, "may hold a review" in refused.stderr) == (1, True)
    assert Path("set.csv").read_text(encoding="utf-8") == "reviewed"
    assert docsql("export", "set.jsonl", "set.csv", "--force").exit_code == 0


def docsql(*arguments: str, said: str | None = None) -> Result:
    return CliRunner().invoke(app, ["eval", *arguments], input=said)
