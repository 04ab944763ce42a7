"""`docsql eval new` over databases whose names mean nothing, or something else, to an engine."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from docsql_process import Folder, make_database

from serving.auth.local import LOCAL
from serving.evaluation.case import SetCase, read_set
from serving.evaluation.draft_rows import Drafting
from serving.evaluation.sheet import read_sheet
from tools.sql.run import Database

SEMANTIC = Path(__file__).parents[1] / "fixtures" / "semantic"
MEANT: list[tuple[str, str, list[tuple[Any, ...]]]] = [
    # Void loans do not count unless somebody asks for them.
    ("count", "How many loans are there?", [(4,)]),
    ("filter", "How many books have the genre poetry?", [(2,)]),
    ("follow-up", "And fiction?", [(2,)]),
    ("date", "How many loans have a loan date in 2023?", [(4,)]),
    ("fiscal year", "How many members have a joined date in the fiscal year 2021?", [(1,)]),
    ("aggregate", "What is the total fee of loans?", [(10.5,)]),
    ("aggregate", "What is the average price of books?", [(11.625,)]),
    ("join", "How many loans belong to the member Ida Frost?", [(2,)]),
    (
        "join",
        "How many loans are there for each book?",
        [("Salt Roads", 1), ("The Long Weir", 2), ("Tide Tables", 1)],
    ),
    ("metric", "What are the takings?", [(10.5,)]),
    ("metric", "What are the takings for each status?", [(1, 7.5), (2, 3.0)]),
    ("metric", "What is the takings per member?", [(3.5,)]),
]
NAMES = ("order", "group", "user", 'o"dd', "it's", "a b;--", "Größe", "1st", "x%s{y}", "名前")


@pytest.fixture(scope="module")
def meant(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Database, dict[tuple[str, str], SetCase]]:
    path = tmp_path_factory.mktemp("lending") / "lending.sqlite"
    make_database(SEMANTIC / "lending.sql", path)
    lending = Database.open(f"sqlite:///{path}", name="lending", model=SEMANTIC / "lending.yaml")
    return lending, {(case.kind, case.question): case for case in Drafting(lending).cases()}


@pytest.mark.parametrize(("kind", "question", "rows"), MEANT, ids=[asked for _, asked, _ in MEANT])
def test_a_semantic_model_brings_its_words_codes_figures_and_filters(
    meant: tuple[Database, dict[tuple[str, str], SetCase]],
    kind: str,
    question: str,
    rows: list[tuple[Any, ...]],
) -> None:
    lending, drafted = meant
    found = lending.run(drafted[kind, question].sql[0], caller=LOCAL).rows
    assert sorted(found) == sorted(rows)


def test_what_a_model_leaves_out_is_not_asked_for(
    meant: tuple[Database, dict[tuple[str, str], SetCase]],
) -> None:
    asked = " ".join(question for _, question in meant[1])
    for word in ("t_ln", " fn ", " ed ", " F?", "average status"):
        assert word not in asked


def test_five_hundred_drafts_come_of_names_that_need_quotes(tmp_path: Path) -> None:
    """Fifty tables, each with every name as a table and as a column, over one key to the next."""
    path = tmp_path / "odd.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        for n in range(50):
            name, beside, number, day = (quoted(NAMES[(n + at) % 10], n) for at in range(4))
            key = (
                f", parent INTEGER REFERENCES {quoted(NAMES[(n - 1) % 10], n - 1)} (id)"
                if n
                else ""
            )
            connection.execute(
                f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, {beside} TEXT, "
                f"{number} INTEGER, {day} DATE{key})"
            )
            for row in range(6):
                cells = (row, f"row {n} {row}", "ab"[row % 2], row * n, f"202{row % 3}-05-01")
                parent = (row,) if n else ()
                marks = ", ".join("?" * (5 + len(parent)))
                connection.execute(f"INSERT INTO {name} VALUES ({marks})", (*cells, *parent))  # noqa: S608
        connection.commit()
    folder = Folder(tmp_path, {"DOCSQL_DATABASES__ODD__URL": f"sqlite:///{path}"})
    drafted = folder.run("eval", "new", "--limit", "500")
    assert drafted.returncode == 0, drafted.stderr
    assert "500 new drafts in questions.jsonl" in drafted.stdout
    cases = read_set(tmp_path / "questions.jsonl")
    asked = [sql for case in cases for sql in case.sql]
    assert len({case.id for case in cases}) == 500
    assert {name for name in NAMES if any(quoted(name) in sql for sql in asked)} == {*NAMES}
    odd = Database.open(f"sqlite:///{path}", name="odd")
    for sql in asked:
        assert odd.run(sql, caller=LOCAL)
    assert folder.run("eval", "export", "questions.jsonl", "set.xlsx").returncode == 0
    assert read_sheet(tmp_path / "set.xlsx") == cases


def quoted(name: str, number: int | None = None) -> str:
    """A name in quotes; each table and column of its own, but for the first ten."""
    own = name if number is None or number < len(NAMES) else f"{name} {number}"
    return '"{}"'.format(own.replace('"', '""'))
