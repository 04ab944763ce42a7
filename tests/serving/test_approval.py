"""A statement waits for a person behind every door, and outlives the service that asked."""

import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from docsql_process import COMMAND, LIMIT_S, Folder, Service
from langserve import RemoteRunnable
from pydantic import SecretStr

from serving.config.data import DatabaseSettings
from serving.config.settings import Settings
from serving.parts.assembly import open_parts
from serving.turns.approvals import DROPPED
from serving.wire.question import Decision, Question
from tools.caller import Caller
from tools.errors import UnknownName

COUNT = "How many repairs are there?"
ALWAYS = {"DOCSQL_DATABASES__SHOP__APPROVAL": "always"}
FIVE = "SELECT 5 AS five"


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, shop_settings: dict[str, str]
) -> Iterator[Service]:
    home = Folder(tmp_path_factory.mktemp("approving"), {**shop_settings, **ALWAYS})
    (home.path / "workshop.md").write_text("# Workshop\n\nThere are many repairs.\n")
    assert home.run("ingest", "workshop.md").returncode == 0
    with home.serving() as running:
        yield running


def invoke(service: Service, **question: Any) -> dict[str, Any]:
    reply = post(service, **question)
    assert reply.status_code == 200, reply.text
    return reply.json()["output"]


def post(service: Service, **question: Any) -> httpx.Response:
    url = f"{service.url}/agent/invoke"
    return httpx.post(url, json={"input": question}, trust_env=False, timeout=30)


def say(service: Service, waiting: dict[str, Any], **decision: str) -> dict[str, Any]:
    resume = {waiting["approval"]["id"]: decision}
    return invoke(service, thread_id=waiting["thread_id"], resume=resume)


def test_an_answer_says_what_would_run_and_has_no_rows(service: Service) -> None:
    waiting = invoke(service, question=COUNT)
    approval = waiting["approval"]
    assert (waiting["status"], waiting["route"], waiting["queries"]) == (
        "needs_approval",
        "sql",
        [],
    )
    assert waiting["approvals"] == [approval]
    assert (
        approval["explanation"] == "Reads repairs, and gives the number of rows as count_repairs."
    )
    assert (approval["database"], approval["tables"]) == ("shop", ["repairs"])
    assert approval["estimated_rows"] == 7
    assert approval["sql"] in waiting["answer"]


def test_approve_edit_and_reject_resume_the_turn(service: Service) -> None:
    approved = say(service, invoke(service, question=COUNT), action="approve")
    assert (approved["status"], approved["queries"][0]["rows"]) == ("answered", [[7]])
    edited = say(service, invoke(service, question=COUNT), action="edit", sql=FIVE)
    assert (edited["queries"][0]["sql"], edited["queries"][0]["rows"]) == (FIVE, [[5]])
    rejected = say(service, invoke(service, question=COUNT), action="reject")
    assert (rejected["status"], rejected["queries"]) == ("declined", [])
    assert rejected["answer"] == "The statement was rejected and did not run."
    assert rejected["citations"] == []
    assert COUNT not in rejected["suggestions"]  # it was just turned down


def test_an_edited_statement_still_passes_the_gate(service: Service) -> None:
    waiting = invoke(service, question=COUNT)
    again = say(service, waiting, action="edit", sql="DELETE FROM repairs")
    assert again["status"] == "needs_approval"
    assert "start with SELECT" in again["approval"]["problem"]
    assert say(service, again, action="edit", sql=FIVE)["status"] == "answered"


def test_a_stream_brings_the_request_and_a_resumed_one_the_rest(service: Service) -> None:
    remote = RemoteRunnable[Any, Any](
        f"{service.url}/agent/", timeout=30, client_kwargs={"trust_env": False}
    )
    first = list(remote.stream({"question": COUNT}))
    kinds = [event["event"] for event in first]
    assert kinds[-2:] == ["approval_request", "answer"]
    assert "rows" not in kinds
    waiting = first[-1]["answer"]
    assert first[-2]["approval"] == waiting["approval"]
    resume = {waiting["approval"]["id"]: {"action": "approve"}}
    rest = list(remote.stream({"thread_id": waiting["thread_id"], "resume": resume}))
    assert [event["event"] for event in rest].count("sql") == 0  # nothing is written again
    assert rest[-1]["answer"]["queries"][0]["rows"] == [[7]]
    remote.sync_client.close()


WRONG: list[tuple[dict[str, Any], int, str]] = [
    ({"resume": {"x": {"action": "approve"}}}, 422, "needs the 'thread_id'"),
    ({"thread_id": "t", "resume": {"x": {"action": "edit"}}}, 422, "'sql' is the statement to run"),
    ({"thread_id": "t", "resume": {"x": {"action": "approve", "sql": "SELECT 1"}}}, 422, "'sql'"),
    ({"thread_id": "t", "resume": {"x": {"action": "run"}}}, 422, "action"),
    ({"thread_id": "t", "resume": {"x": {"action": "approve"}}}, 404, "it was decided on, or"),
    ({"thread_id": "t", "resume": {}}, 422, "The question is empty"),
]


@pytest.mark.parametrize(("question", "status", "said"), WRONG)
def test_a_resume_that_cannot_be_says_why(
    service: Service, question: dict[str, Any], status: int, said: str
) -> None:
    reply = post(service, **question)
    assert (reply.status_code, reply.json()["act"]) == (status, "you")
    assert said in reply.json()["error"]


def test_a_decision_counts_once_and_an_unknown_id_leaves_the_others_waiting(
    service: Service,
) -> None:
    waiting = invoke(service, question=COUNT)
    id_, thread = waiting["approval"]["id"], waiting["thread_id"]
    unknown = post(service, thread_id=thread, resume={"0" * 32: {"action": "approve"}})
    assert unknown.status_code == 404
    assert f"waiting: {id_}" in unknown.json()["error"]
    assert say(service, waiting, action="approve")["status"] == "answered"
    twice = post(service, thread_id=thread, resume={id_: {"action": "approve"}})
    assert (twice.status_code, "it was decided on" in twice.json()["error"]) == (404, True)


def test_a_new_question_drops_what_waits_and_says_so(service: Service) -> None:
    waiting = invoke(service, question=COUNT)
    other = invoke(service, question="Hello!", thread_id=waiting["thread_id"], mode="chat")
    assert DROPPED in other["warnings"]
    late = post(
        service,
        thread_id=waiting["thread_id"],
        resume={waiting["approval"]["id"]: {"action": "approve"}},
    )
    assert (late.status_code, "a later question dropped it" in late.json()["error"]) == (404, True)
    url = f"{service.url}/threads/{waiting['thread_id']}"
    kept = httpx.get(url, trust_env=False, timeout=30).json()["turns"][0]["answer"]
    assert (kept["status"], kept["approvals"], kept["approval"]) == ("declined", [], None)
    assert "It did not run." in kept["answer"]
    assert waiting["approval"]["sql"] in kept["answer"]


def test_a_statement_waits_through_the_end_of_the_service(
    tmp_path: Path, shop_settings: dict[str, str]
) -> None:
    folder = Folder(tmp_path, {**shop_settings, **ALWAYS})
    with folder.fresh.serving() as first:
        waiting = invoke(first, question=COUNT)
        first.process.send_signal(signal.SIGKILL)
        first.process.wait(LIMIT_S)
    with folder.serving() as second:
        answer = say(second, waiting, action="approve")
    assert (answer["status"], answer["queries"][0]["rows"]) == ("answered", [[7]])


async def test_nobody_else_can_approve(tmp_path: Path, shop: Path) -> None:
    database = DatabaseSettings(url=SecretStr(f"sqlite:///{shop}"), approval="always")
    async with open_parts(Settings(data=tmp_path, databases={"shop": database})) as parts:
        waiting = await parts.turns.answer(Question(question=COUNT), Caller(id="ada"))
        assert waiting.approval is not None
        resume = Question(
            thread_id=waiting.thread_id, resume={waiting.approval.id: Decision(action="approve")}
        )
        with pytest.raises(UnknownName, match="on this thread"):
            await parts.turns.answer(resume, Caller(id="eve"))
        answer = await parts.turns.answer(resume, Caller(id="ada"))
    assert answer.status == "answered"


def test_a_program_is_told_with_an_exit_code(service: Service) -> None:
    result = service.folder.run("ask", COUNT, "--json")
    assert result.returncode == 5
    assert json.loads(result.stdout)["approval"]["tables"] == ["repairs"]
    plain = service.folder.run("ask", COUNT)
    assert plain.returncode == 5
    for words in ("Reads repairs, and gives", "rows to read: about 7", '"resume": {"'):
        assert words in plain.stdout


def test_a_person_at_a_terminal_is_asked(service: Service) -> None:
    assert "7 repairs" in at_a_terminal(service.folder, "maybe\ny\n").replace("_", " ")
    edited = at_a_terminal(service.folder, "e\n WHERE id < 3\n")
    assert "2 repairs" in edited.replace("_", " ")


def at_a_terminal(folder: Folder, typed: str) -> str:
    """What a person sees at a terminal after typing these lines."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(  # noqa: S603  # our own command
        [COMMAND, "ask", COUNT],
        cwd=folder.path,
        env={**folder.environment, "TERM": "dumb", "COLUMNS": "200"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        seen, lines = "", typed.splitlines()
        while chunk := _read(ours):
            seen += chunk
            if lines and seen.endswith((": ", "repairs")):
                os.write(ours, f"{lines.pop(0)}\n".encode())
                seen += "\n"
        process.wait(LIMIT_S)
    os.close(ours)
    return seen


def _read(terminal: int) -> str:
    try:
        return os.read(terminal, 65536).decode(errors="replace")
    except OSError:  # the other end is closed
        return ""
