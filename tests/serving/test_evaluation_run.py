"""`docsql eval run`: a set is asked, scored, kept, and goes on where it was stopped."""

import json
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from docsql_process import Folder, Service

from serving.evaluation.folder import ANSWERS, RUN, Run, alone_in, read_run
from serving.evaluation.verdict import score_run

COUNT = {"id": "count", "kind": "count", "question": "How many repairs are there?"}
SET: list[dict[str, Any]] = [
    {**COUNT, "sql": "SELECT COUNT(*) FROM repairs", "routes": ["sql"]},
    {
        "id": "follow-up",
        "kind": "follow-up",
        "after": ["How many repairs has the workshop Harbour?"],
        "question": "And Old Mill?",
        "rows": [[2]],
    },
    {"id": "not so", "kind": "count", "question": "How many workshops are there?", "rows": [[4]]},
    {
        "id": "nobody knows",
        "kind": "unknown",
        "question": "Who painted the Mona Lisa?",
        "declined": True,
    },
]
VERDICTS = {"count": "right", "follow-up": "right", "not so": "wrong", "nobody knows": "right"}


def write_set(folder: Path, cases: list[dict[str, Any]]) -> Path:
    path = folder / "set.jsonl"
    lines = [json.dumps({"accepted": True, **case}) for case in cases]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def verdicts(run: Run) -> dict[str, str]:
    return {one.case.id: one.verdict for one in score_run(run)}


def timeless(run: Run) -> list[dict[str, Any]]:
    """The answers without what differs each time they are given."""
    told = [run.records[case.id].model_dump(mode="json") for case in run.cases]
    for one in told:
        one.pop("seconds")
        for name in ("thread_id", "answer_id", "timings"):
            one["answer"].pop(name)
        for query in one["answer"]["queries"]:
            query.pop("elapsed_s")
    return told


def test_a_set_is_asked_scored_and_kept(folder: Folder) -> None:
    write_set(folder.path, [*SET, {"id": "draft", "question": "?", "accepted": False}])
    ran = folder.run("eval", "run", "set.jsonl", "--penalty", "4")
    assert ran.returncode == 0, ran.stderr
    assert "4 questions, 1 draft left out." in ran.stderr
    assert "75%" in ran.stdout
    assert "-0.25" in ran.stdout  # (1 + 1 + 1 - 4) / 4
    assert "wrong: not so: How many workshops are there?" in ran.stdout
    assert "Missing: 4" in ran.stdout
    (kept,) = (folder.data / "evaluations").iterdir()
    run = read_run(kept)
    assert verdicts(run) == VERDICTS
    assert run.records["count"].answer is not None
    assert run.records["count"].answer.queries[0].rows == [[7]]
    # What was asked is not asked again, and what was told is the same.
    again = folder.run("eval", "run", "set.jsonl", "--penalty", "4")
    assert "4 of them asked before" in again.stderr
    assert again.stdout == ran.stdout


def test_a_run_that_is_killed_goes_on_where_it_was(folder: Folder) -> None:
    write_set(folder.path, SET)
    assert folder.run("eval", "run", "set.jsonl", "--out", "whole").returncode == 0
    command = ("eval", "run", "set.jsonl", "--out", "killed", "--concurrency", "1")
    answers = folder.path / "killed" / ANSWERS
    for lines in (1, 2):
        with folder.fresh.started(*command) as process:
            until = time.monotonic() + 60
            while not (answers.is_file() and answers.read_bytes().count(b"\n") >= lines):
                assert time.monotonic() < until
                assert process.poll() is None
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.wait(60)
        with answers.open("ab") as file:
            file.write(b'{"id": "not so", "ans')  # what a write leaves that was cut short
    assert folder.run(*command).returncode == 0
    assert answers.read_bytes().count(b"\n") == len(SET)
    killed, whole = (read_run(folder.path / name) for name in ("killed", "whole"))
    assert timeless(killed) == timeless(whole)
    assert killed.described.identity == whole.described.identity


def test_a_set_is_asked_through_a_service(folder: Folder, service: Service) -> None:
    place = {
        "id": "returns",
        "question": "How many days after the purchase can I return a bicycle?",
    }
    span = {"source": "returns.md", "text": "within 21 days of the purchase"}
    away = {"id": "away", "question": "Why?", "declined": True, "without": "shop.repairs.cost"}
    write_set(folder.path, [*SET, {**place, "spans": [span]}, away])
    before = _threads(service)
    ran = folder.run("eval", "run", "set.jsonl", "--url", service.url, "--out", "run")
    assert ran.returncode == 0, ran.stderr
    assert "1 left out, since a service cannot hide columns" in ran.stderr
    run = read_run(folder.path / "run")
    assert verdicts(run) == {**VERDICTS, "returns": "right"}
    assert run.described.identity["asked"] == service.url
    scores = {one.case.id: one.scores for one in score_run(run)}["returns"]
    assert (scores["stands"], scores["passage recall"], scores["supported"]) == (1.0, 1.0, 1.0)
    assert _threads(service) == before  # it leaves none behind


def test_a_finished_run_of_a_service_is_asked_anew(folder: Folder, service: Service) -> None:
    """Its settings may have changed, which cannot be seen: old answers would pass a bar."""
    write_set(folder.path, SET[:1])
    command = ("eval", "run", "set.jsonl", "--url", service.url)
    for _ in range(2):
        ran = folder.run(*command)
        assert (ran.returncode, "asked before" in ran.stderr) == (0, False), ran.stderr
    names = sorted(one.name for one in (folder.data / "evaluations").iterdir())
    assert names[1] == f"{names[0]}-2"
    folder.run(*command, "--out", "run")
    again = folder.run(*command, "--out", "run")
    assert (again.returncode, "holds a finished run" in again.stderr) == (1, True)
    assert folder.run(*command, "--out", "run", "--fresh").returncode == 0


def _threads(service: Service) -> list[str]:
    found = httpx.get(f"{service.url}/threads", trust_env=False).json()["threads"]
    return [each["id"] for each in found]


def test_a_column_is_taken_away_for_one_question(folder: Folder) -> None:
    known = {"id": "known", "question": "What is the average cost of repairs?", "rows": [[82.75]]}
    away = {**known, "id": "away", "rows": None, "declined": True, "without": "shop.repairs.cost"}
    write_set(folder.path, [known, away])
    ran = folder.run("eval", "run", "set.jsonl", "--out", "run")
    assert ran.returncode == 0, ran.stderr
    assert verdicts(read_run(folder.path / "run")) == {"known": "right", "away": "right"}
    write_set(folder.path, [{**away, "without": "bank.accounts.owner"}])
    wrong = folder.run("eval", "run", "set.jsonl", "--out", "other")
    assert "'bank.accounts.owner' cannot be hidden" in wrong.stderr
    write_set(folder.path, [*SET[:1], {**away, "without": "shop.repairs.colour"}])
    unknown = folder.run("eval", "run", "set.jsonl", "--out", "third")
    assert "'shop.repairs.colour' cannot be hidden: there is no such column" in unknown.stderr
    assert not (folder.path / "third").exists()  # nothing was asked


def test_a_service_that_is_away_is_said_at_once(folder: Folder) -> None:
    write_set(folder.path, SET)
    ran = folder.run("eval", "run", "set.jsonl", "--url", "http://127.0.0.1:9")
    assert ran.returncode == 1
    assert "The service at http://127.0.0.1:9 does not answer" in ran.stderr


def test_a_question_without_an_answer_fails_and_is_no_bad_result(folder: Folder) -> None:
    """A build can tell an outage (1) from bad answers (6)."""
    write_set(folder.path, SET[:1])
    waits = {"DOCSQL_DATABASES__SHOP__APPROVAL": "always"}
    ran = folder.run("eval", "run", "set.jsonl", "--fail-under", "0.9", **waits)
    assert ran.returncode == 1, ran.stdout
    assert "failed" in ran.stdout
    assert "Repeat" not in ran.stderr  # it would wait again
    write_set(folder.path, [*SET[:1], {**SET[3], "collections": ["secret"]}])
    unknown = folder.run("eval", "run", "set.jsonl")
    assert unknown.returncode == 1
    assert "1 question got no answer. Repeat the command to ask again." in unknown.stderr


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sql": "DELETE FROM repairs"}, "Expected rows cannot be read. count:"),
        ({"sql": "SELECT nothing FROM repairs"}, "nothing"),
        ({"sql": "SELECT 1", "database": "bank"}, "no database 'bank'; connected here: shop"),
    ],
)
def test_what_is_expected_passes_the_same_gate(
    folder: Folder, change: dict[str, Any], said: str
) -> None:
    write_set(folder.path, [{**COUNT, **change}])
    ran = folder.run("eval", "run", "set.jsonl")
    assert ran.returncode == 1
    assert said in ran.stderr
    assert ran.stdout == ""


def test_a_run_of_something_else_is_not_gone_on_with(folder: Folder) -> None:
    write_set(folder.path, SET[:1])
    command = ("eval", "run", "set.jsonl", "--out", "run")
    assert folder.run(*command).returncode == 0
    other = folder.run(*command, DOCSQL_ANSWERS__RISK="0.5")
    assert other.returncode == 1
    assert "settings.answers differ" in other.stderr
    assert folder.run(*command, "--fresh", DOCSQL_ANSWERS__RISK="0.5").returncode == 0


def test_two_runs_do_not_share_a_folder(folder: Folder) -> None:
    write_set(folder.path, SET[:1])
    command = ("eval", "run", "set.jsonl", "--out", "run")
    assert folder.run(*command).returncode == 0
    answers = (folder.path / "run" / "answers.jsonl").read_bytes()
    with alone_in(folder.path / "run"):
        second = folder.run(*command, "--fresh")
    assert (second.returncode, "Another process is asking for" in second.stderr) == (1, True)
    assert (folder.path / "run" / "answers.jsonl").read_bytes() == answers


def test_a_run_tells_its_settings_without_a_secret(folder: Folder) -> None:
    write_set(folder.path, [{**SET[0], "database": "shop", "databases": ["shop"]}])
    secrets = {
        "DOCSQL_DATABASES__BANK__URL": "postgresql://ann:hunter2@127.0.0.1:9/bank",
        "DOCSQL_DATABASES__BANK__DESCRIPTION": "Accounts.",
        "DOCSQL_CHAT__API_KEY": "hunter2",
    }
    ran = folder.run("eval", "run", "set.jsonl", "--out", "run", **secrets)
    assert "Accounts." in (folder.path / "run" / RUN).read_text(encoding="utf-8"), ran.stderr
    for file in (folder.path / "run").iterdir():
        assert "hunter2" not in file.read_text(encoding="utf-8")
