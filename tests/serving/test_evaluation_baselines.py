"""`docsql eval run --agent`: baselines answer the same set with the same tools and models."""

from pathlib import Path

import pytest
from docsql_process import Folder
from standin_tgi import MODEL, Calls, Reply, StartTgi, Text
from typer.testing import CliRunner

from serving.cli.commands import app
from serving.evaluation.folder import read_run
from serving.evaluation.verdict import score_run

COUNT = (
    '{"id": "count", "question": "How many repairs are there?", "sql": "SELECT COUNT(*) FROM repairs", '
    '"accepted": true}\n'
)
CALL = {"database": "shop", "sql": "SELECT COUNT(*) AS n FROM repairs"}


@pytest.fixture
def counted(folder: Folder) -> Folder:
    (folder.path / "set.jsonl").write_text(COUNT, encoding="utf-8")
    return folder


def answering(body: dict[str, object]) -> Reply:
    told = str(body["messages"])
    has_rows = "Rows of the database" in told
    return Text("There are 7 repairs [1].") if has_rows else Calls([("query_database", CALL)])


def test_agents_are_compared_on_one_set(counted: Folder, tgi_server: StartTgi) -> None:
    """All three answer it, with what each costs side by side; the reports name the baseline."""
    server = tgi_server(answering, kind="vllm")
    chat = {
        "DOCSQL_CHAT__API": "openai",
        "DOCSQL_CHAT__MODEL": MODEL,
        "DOCSQL_CHAT__URL": server.url,
        "DOCSQL_CHAT__TOOLS": "native",
    }
    command = ("eval", "run", "set.jsonl", "--agent")
    called = counted.run(*command, "tool-calling", "--out", "calling", **chat)
    assert called.returncode == 0, called.stderr
    piped = counted.run(*command, "pipeline")
    assert piped.returncode == 0, piped.stderr
    (folder,) = (counted.data / "evaluations").glob("set-pipeline-*")
    runs = [read_run(counted.path / "calling"), read_run(folder)]
    assert [[one.verdict for one in score_run(run)] for run in runs] == [["right"], ["right"]]
    usage = [run.records["count"].answer for run in runs]
    assert [one.usage.model_calls for one in usage if one] == [2, 2]
    compared = CliRunner().invoke(app, ["eval", "compare", *(str(run.folder) for run in runs)])
    assert compared.exit_code == 0
    assert "calling (tool-calling)" in compared.stdout
    assert "(pipeline)" in compared.stdout
    for measure in ("points", "model calls", "tokens", "seconds"):
        assert measure in compared.stdout
    ours = counted.run(*command, "docsql", "--out", "ours")
    assert ours.returncode == 0, ours.stderr
    folders = [*(str(run.folder) for run in runs), str(counted.path / "ours")]
    beside = CliRunner().invoke(app, ["eval", "compare", *folders])
    assert beside.exit_code == 0, beside.output
    measures = [line.split() for line in beside.stdout.splitlines()]
    assert measures[1:3] == [
        ["agent", "tool-calling", "pipeline", "docsql"],
        ["right", "100.0%", "100.0%", "100.0%"],
    ]
    for measure in ("wrong", "model calls", "tokens", "s (p50)"):
        assert measure.split() in [cells[: len(measure.split())] for cells in measures]
    page, lines = counted.path / "page.html", counted.path / "told.md"
    options = ["--html", str(page), "--markdown", str(lines)]
    assert CliRunner().invoke(app, ["eval", "report", str(folder), *options]).exit_code == 0
    for told in (page, lines):
        assert "Answered by the baseline pipeline." in told.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("tool-calling",), "needs a chat model that writes SQL and calls tools"),
        (
            ("pipeline", "--url", "http://127.0.0.1:9"),
            "The service at http://127.0.0.1:9 answers with its own agent",
        ),
    ],
)
def test_a_baseline_that_cannot_be_asked_is_said(
    counted: Folder, options: tuple[str, ...], said: str
) -> None:
    ran = counted.run("eval", "run", "set.jsonl", "--agent", *options)
    assert ran.returncode == 1
    assert said in ran.stderr
    assert not Path(counted.data / "evaluations").exists()
