"""The commands in this process, where their text, their JSON and their exit status are enough."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from docsql_process import Folder
from standin_tei import StartTei
from standin_tgi import StartTgi, Text
from typer.testing import CliRunner, Result

from serving.cli.commands import app
from serving.wire.answer import Answer

RUNNER = CliRunner()


@pytest.fixture
def here(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """This process works in the folder, with its settings."""
    monkeypatch.chdir(folder.path)
    monkeypatch.setenv("NO_COLOR", "1")
    for name, value in folder.settings.items():
        monkeypatch.setenv(name, value)
    return folder


def docsql(*arguments: str) -> Result:
    return RUNNER.invoke(app, arguments)


def one_line(result: Result) -> str:
    """The error of a failed command: one line on stderr, without a traceback."""
    assert result.stdout == ""
    assert result.exception is None or isinstance(result.exception, SystemExit)
    (line,) = result.stderr.splitlines()
    assert line.startswith("docsql: ")
    return line


COMMANDS = [
    *("ask", "ingest", "sql", "schema", "graph", "doctor", "serve", "chat", "demo"),
    *("documents", "documents list", "documents show", "documents delete"),
    "documents collections",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    result = docsql(*command.split(), "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.stdout


FAILURES: list[tuple[list[str], int, str]] = [
    (["ask", ""], 1, "The question is empty; write what you want to know."),
    (["ask", "  \n "], 1, "The question is empty; write what you want to know."),
    (["ask", "a" * 100_000], 1, "The question has 100,000 characters; the limit is 8,000"),
    (["ask", "x", "--thread", ""], 1, "at least 1 character"),
    (["ask", "x", "--thread", "nowhere"], 1, "no thread 'nowhere'. `docsql threads list`"),
    (["ask", "x", "--database", "nowhere"], 1, "no database 'nowhere'. Connected: shop."),
    (["ask", "x", "--collection", "nowhere"], 1, "no collection 'nowhere'. Available: none."),
    (["ask", "x", "--mode", "documents"], 1, "There are no documents yet. `docsql ingest PATH`"),
    (["documents", "show", "nowhere"], 1, "no document 'nowhere'. `docsql documents list`"),
    (["documents", "delete", "nowhere"], 1, "no document 'nowhere'. `docsql documents list`"),
    (
        ["sql", "SELECT 1", "--database", "nowhere"],
        1,
        "no database 'nowhere'. Connected: shop.",
    ),
    (["sql", "DELETE FROM repairs"], 3, ""),
    (["sql", "SELECT nothing FROM repairs"], 3, "nothing"),
    (["sql", "SELEC"], 3, ""),
    (["schema", "--database", "nowhere"], 1, "no database 'nowhere'. Connected: shop."),
]


@pytest.mark.parametrize(("arguments", "status", "said"), FAILURES)
def test_what_cannot_be_done_is_one_line_and_a_status(
    here: Folder, arguments: list[str], status: int, said: str
) -> None:
    result = docsql(*arguments)
    assert said in one_line(result)
    assert result.exit_code == status


NO_DATABASE = [["sql", "SELECT 1"], ["schema"], ["ask", "x", "--mode", "sql"]]


@pytest.mark.parametrize("arguments", NO_DATABASE)
def test_without_a_database_it_says_how_to_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    result = docsql(*arguments)
    assert "No database is connected. Add one to docsql.toml" in one_line(result)
    assert result.exit_code == 1


UNUSABLE = [
    (
        {"DOCSQL_CHATT__URL": "x"},
        "Unknown setting DOCSQL_CHATT__URL. Did you mean DOCSQL_CHAT__URL?",
    ),
    ({"DOCSQL_SERVICE__PORT": "banana"}, "DOCSQL_SERVICE__PORT = 'banana'"),
    ({"DOCSQL_CONFIG": "missing.toml"}, "Cannot read the configuration file 'missing.toml'"),
    ({"DOCSQL_DATA": "/proc/nowhere"}, "The folder '/proc/nowhere' cannot be created"),
    ({"DOCSQL_DATA": "/dev/null"}, "The folder '/dev/null' cannot be created"),
    ({"DOCSQL_THREADS__URI": "/dev/null/threads.db"}, "Set DOCSQL_THREADS__URI"),
    ({"DOCSQL_CHAT__URL": "http://127.0.0.1:1"}, "chat model at 'http://127.0.0.1:1/v1' cannot"),
    ({"DOCSQL_DOCUMENTS__URI": "http://127.0.0.1:1"}, "vector store at http://127.0.0.1:1"),
    (
        {"DOCSQL_EMBEDDINGS__URL": "http://127.0.0.1:1", "DOCSQL_EMBEDDINGS__API": "tei"},
        "embedding server at 'http://127.0.0.1:1'",
    ),
]


@pytest.mark.parametrize(("settings", "said"), UNUSABLE)
def test_a_part_that_cannot_be_used_is_one_line_that_names_it(
    here: Folder, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], said: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    result = docsql("ask", "Who are you?")
    assert said in one_line(result)
    assert result.exit_code == 1


def test_files_are_ingested_asked_listed_shown_and_deleted(here: Folder, documents: Path) -> None:
    ingested = docsql("ingest", str(documents))
    assert ingested.exit_code == 0
    assert "2 of 2 files are ingested." in ingested.stdout

    asked = docsql("ask", "Within how many days may a bicycle be returned?", "--json")
    answer = Answer.model_validate_json(asked.stdout)
    assert (asked.exit_code, answer.status, answer.route) == (0, "answered", "documents")
    assert "21 days" in answer.answer

    listed = _json(docsql("documents", "list", "--json"))
    assert [document["source"] for document in listed] == ["returns.md", "storage.txt"]
    assert "storage.txt" in docsql("documents", "list").stdout
    assert _json(docsql("documents", "collections", "--json")) == {"default": 2}
    assert docsql("documents", "collections").stdout == "default: 2 documents\n"

    shown = docsql("documents", "show", listed[0]["id"])
    assert "The receipt has to be shown." in " ".join(shown.stdout.split())
    assert _json(docsql("documents", "show", listed[0]["id"], "--json"))["passages"]

    deleted = docsql("documents", "delete", listed[0]["id"])
    assert deleted.stdout.startswith("Deleted returns.md and its ")
    assert "returns.md" not in docsql("documents", "list").stdout


def test_a_file_that_cannot_be_read_fails_alone_and_by_name(here: Folder, documents: Path) -> None:
    song = here.path / "song.mp3"
    song.write_bytes(b"ID3")
    note = here.path / "note.txt"
    note.write_text("Bees fly.", encoding="utf-8")
    result = docsql("ingest", str(song), str(documents / "returns.md"), "nowhere.md", str(note))
    assert result.exit_code == 1
    said = {line.split()[1]: line for line in result.stdout.splitlines()[:-1]}
    assert ".mp3 files cannot be read" in said["song.mp3"]
    assert "No such file" in said["nowhere.md"]
    assert said["returns.md"].split() == ["added", "returns.md", "2", "passages"]
    assert said["note.txt"].split() == ["added", "note.txt", "1", "passage"]
    assert result.stdout.splitlines()[-1] == "2 of 4 files are ingested."
    outcomes = _json(docsql("ingest", str(song), "--json"))
    assert [outcome["outcome"] for outcome in outcomes] == ["failed"]


def test_nothing_ingested_yet_says_how_to_begin(here: Folder) -> None:
    for command in ("list", "collections"):
        result = docsql("documents", command)
        assert result.stdout == "No documents yet. `docsql ingest PATH` adds some.\n"


def test_an_answer_says_what_it_rests_on_and_who_wrote_it(here: Folder) -> None:
    result = docsql("ask", "How many repairs are there?")
    assert result.exit_code == 0
    assert "SELECT COUNT(*)" in result.stdout
    assert "answered · chat: embedded: no language model" in result.stdout


def test_a_question_without_an_answer_exits_with_4(here: Folder, documents: Path) -> None:
    docsql("ingest", str(documents))
    result = docsql("ask", "What is the capital of Peru?", "--mode", "documents", "--json")
    assert result.exit_code == 4
    assert Answer.model_validate_json(result.stdout).status == "declined"


def test_a_statement_shows_its_rows(here: Folder) -> None:
    statement = "SELECT bicycle, finished FROM repairs WHERE id IN (4, 5) ORDER BY id"
    shown = docsql("sql", statement)
    assert [line.split() for line in shown.stdout.splitlines()] == [
        ["bicycle", "finished"],
        ["city", "bike", "·"],
        ["city", "bike", "2025-04-20"],
    ]
    query = _json(docsql("sql", statement, "--json"))
    assert query["columns"] == ["bicycle", "finished"]
    assert query["rows"] == [["city bike", None], ["city bike", "2025-04-20"]]


def test_rows_past_the_cap_are_said_to_be_missing(
    here: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCSQL_DATABASES__SHOP__ROW_CAP", "2")
    assert "cut off at the row or byte cap" in docsql("sql", "SELECT id FROM repairs").stdout


def test_one_of_several_databases_has_to_be_named(
    here: Folder, monkeypatch: pytest.MonkeyPatch, shop: Path
) -> None:
    monkeypatch.setenv("DOCSQL_DATABASES__SECOND__URL", f"sqlite:///{shop}")
    assert "Choose one: --database shop | second." in one_line(docsql("schema"))
    assert docsql("sql", "SELECT 1", "--database", "second").exit_code == 0


def test_the_schema_is_what_a_model_sees(here: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "repairs" in docsql("schema").stdout
    monkeypatch.setenv("DOCSQL_DATABASES__SHOP__ALLOWED_TABLES", '["workshops"]')
    assert "repairs" not in docsql("schema").stdout


def test_a_schema_too_large_for_a_prompt_is_shown_as_a_question_needs_it(
    here: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = docsql("schema")
    assert small.stderr == ""
    assert docsql("schema", "--question", "How many repairs?").stdout == small.stdout

    with closing(sqlite3.connect(here.path / "large.sqlite")) as connection:
        for number in range(60):
            connection.execute(f"CREATE TABLE part_{number} (id INTEGER, weight{number} REAL)")
        connection.execute("CREATE TABLE warehouse (id INTEGER, city TEXT)")
    monkeypatch.setenv("DOCSQL_DATABASES__SHOP__URL", "sqlite:///large.sqlite")
    monkeypatch.setenv("DOCSQL_DATABASES__SHOP__SCHEMA_TOKENS", "500")

    large = docsql("schema")
    assert large.stdout.count("table ") == 61
    assert "These are 61 tables, too many for a prompt" in large.stderr
    needed = docsql("schema", "--question", "In which city is the warehouse?")
    assert needed.stdout == "table warehouse (0 rows)\n  id INTEGER\n  city TEXT\n"
    assert needed.stderr == ""
    assert "no table that the question seems to need" in docsql("schema", "--question", "?").stdout


def test_the_graph_is_drawn_with_every_node(here: Folder) -> None:
    drawing = docsql("graph").stdout
    nodes = ["rewrite", "decide", "search_documents", "write_sql", "run_sql", "answer", "check"]
    assert [node for node in nodes if f"{node}(" not in drawing] == []
    assert "graph TD;" in drawing
    assert not here.data.exists()


def test_the_doctor_names_every_part(here: Folder) -> None:
    findings = {finding["part"]: finding for finding in _json(docsql("doctor", "--json"))}
    parts = "service chat sql_coder embeddings reranker documents"
    assert set(findings) == {*parts.split(), "database shop", "trial of embeddings"}
    assert findings["chat"]["what"] == "embedded: no language model"
    assert findings["database shop"]["what"] == "2 tables, sqlite"
    assert not any(finding["problem"] for finding in findings.values())
    assert "ok   chat: embedded: no language model" in docsql("doctor").stdout


SICK = [
    ("DOCSQL_CHAT__URL", "http://127.0.0.1:1", "chat"),
    ("DOCSQL_SQL_CODER__URL", "http://127.0.0.1:1", "sql_coder"),
    ("DOCSQL_EMBEDDINGS__URL", "http://127.0.0.1:1", "embeddings"),
    ("DOCSQL_RERANKER__URL", "http://127.0.0.1:1", "reranker"),
    ("DOCSQL_DATABASES__SHOP__URL", "sqlite:////nowhere/shop.sqlite", "database shop"),
]


@pytest.mark.parametrize(("variable", "value", "part"), SICK)
def test_the_doctor_finds_what_does_not_answer(
    here: Folder, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, part: str
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.setenv("DOCSQL_EMBEDDINGS__API", "tei")
    result = docsql("doctor", "--json")
    problems = {finding["part"]: finding["problem"] for finding in _json(result)}
    assert part in problems
    assert problems[part]
    assert result.exit_code == 1


def test_the_doctor_is_content_with_servers_that_answer(
    here: Folder, monkeypatch: pytest.MonkeyPatch, tgi_server: StartTgi, tei_server: StartTei
) -> None:
    monkeypatch.setenv("DOCSQL_CHAT__URL", tgi_server(lambda _: Text("never asked")).url)
    reranker = tei_server()
    reranker.model_type = {"reranker": {"id2label": {"0": "LABEL_0"}}}
    monkeypatch.setenv("DOCSQL_RERANKER__URL", reranker.url)
    assert docsql("doctor").exit_code == 0


def test_a_service_that_anybody_could_reach_has_to_be_meant(here: Folder) -> None:
    assert "DOCSQL_SERVICE__ALLOW_ANYONE=true" in one_line(docsql("serve", "--host", "0.0.0.0"))  # noqa: S104


def _json(result: Result) -> Any:
    return json.loads(result.stdout)


def test_models_to_measure_with_have_to_be_there(here: Folder, tmp_path: Path) -> None:
    asked = tmp_path / "asked.jsonl"
    asked.write_text('{"id": "1", "db": "shop", "question": "How many?"}\n', "utf-8")
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as connection:
        connection.execute("CREATE TABLE sold (id INTEGER)")
    command = ["eval", "sql", "--questions", str(asked), "--databases", str(tmp_path)]
    command += ["--out", str(tmp_path / "out.jsonl"), "--models"]
    missing = docsql(*command, str(tmp_path / "models"))
    assert missing.exit_code == 1
    assert one_line(missing) == f"docsql: {str(tmp_path / 'models')!r} is not a folder."
    without = docsql(*command, str(tmp_path))
    assert without.exit_code == 1
    assert "There is no semantic model" in one_line(without)
