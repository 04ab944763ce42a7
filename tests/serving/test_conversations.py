"""A caller's threads over HTTP: listed, read with their evidence, renamed, exported, deleted."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from docsql_process import Folder, Service
from langchain_core.callbacks import BaseCallbackHandler
from sample_store import SampleData

from serving.auth.local import LOCAL
from serving.config.settings import Settings
from serving.parts.assembly import open_parts
from serving.turns.turn import thread_key
from serving.wire.question import Question
from tools.errors import Unavailable

COUNT = "How many repairs are there?"
RETURNS = "Within how many days may a bicycle be returned?"


@pytest.fixture
def http(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def thread(http: httpx.Client) -> Iterator[str]:
    """A name for a thread that is gone after the test."""
    name = f"a/{uuid4().hex}"
    yield name
    http.delete(f"/threads/{name}")


def test_a_thread_comes_back_with_its_answers_and_their_evidence(
    http: httpx.Client, thread: str
) -> None:
    answers = [_ask(http, COUNT, thread), _ask(http, RETURNS, thread)]
    content = http.get(f"/threads/{thread}").json()
    assert content["thread"]["title"] == COUNT
    assert content["thread"]["turns"] == 2
    assert [turn["question"] for turn in content["turns"]] == [COUNT, RETURNS]
    assert [turn["answer"] for turn in content["turns"]] == answers
    assert answers[0]["queries"][0]["rows"] == [[7]]
    assert answers[1]["citations"][0]["source"] == "returns.md"


def test_threads_are_listed_the_latest_first_in_pieces(http: httpx.Client) -> None:
    names = [uuid4().hex for _ in range(3)]
    for name in names:
        _ask(http, "Hello", name)
    first = http.get("/threads", params={"limit": 2}).json()
    assert [thread["id"] for thread in first["threads"]] == [names[2], names[1]]
    second = http.get("/threads", params={"limit": 2, "before": first["next"]}).json()
    assert second["threads"][0]["id"] == names[0]
    for name in names:
        assert http.delete(f"/threads/{name}").status_code == 200


def test_threads_are_searched_by_title_question_and_answer(http: httpx.Client, thread: str) -> None:
    _ask(http, "Hello", thread)
    _ask(http, RETURNS, thread)
    http.patch(f"/threads/{thread}", json={"title": "100% Räder_x"})

    def found(search: str) -> bool:
        listed = http.get("/threads", params={"search": search}).json()["threads"]
        return thread in [each["id"] for each in listed]

    said = http.get(f"/threads/{thread}").json()["turns"][1]["answer"]["answer"]
    assert found("100% Räder_")
    assert found("WITHIN how many days")
    assert found(said[:12])
    for search, excerpt in (("returned within", RETURNS), ("räder", "")):
        listed = http.get("/threads", params={"search": search}).json()["threads"]
        assert [each["excerpt"] for each in listed if each["id"] == thread] == [excerpt]
    assert not found("needs_approval")  # a word of the wire, not of the conversation
    assert not found("100_ R")


def test_questions_to_begin_with_can_be_answered(http: httpx.Client, thread: str) -> None:
    questions = http.get("/suggestions").json()["questions"]
    assert questions
    assert _ask(http, questions[0], thread)["status"] == "answered"


def test_a_thread_is_renamed_and_exported(http: httpx.Client, thread: str) -> None:
    _ask(http, COUNT, thread)
    renamed = http.patch(f"/threads/{thread}", json={"title": "  Repairs "})
    assert renamed.json()["title"] == "Repairs"
    saved = http.get(f"/threads/{thread}", params={"format": "markdown"})
    assert saved.headers["content-disposition"] == 'attachment; filename="thread.md"'
    assert saved.text.startswith(f"# Repairs\n\n## {COUNT}\n")
    assert "```sql\nSELECT COUNT(*)" in saved.text


def test_a_deleted_thread_leaves_nothing_and_says_what_there_was(
    http: httpx.Client, service: Service, thread: str
) -> None:
    answer = _ask(http, COUNT, thread)
    _feedback(http, answer, "up")
    deleted = http.delete(f"/threads/{thread}").json()["deleted"]
    assert deleted["turns"] == deleted["feedback"] == deleted["evidence"] == 1
    assert deleted["checkpoints"] == 1
    assert http.get(f"/threads/{thread}").status_code == 404
    assert http.delete(f"/threads/{thread}").status_code == 404
    assert answer["answer_id"] not in {f["answer_id"] for f in http.get("/feedback").json()}
    with closing(sqlite3.connect(service.folder.data / "threads.db")) as kept:
        tables = [
            name for (name,) in kept.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        for table in tables:
            rows = kept.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608  # its own names
            assert thread not in str(rows)


def test_neither_rows_nor_passages_are_in_a_checkpoint(
    http: httpx.Client, service: Service, thread: str
) -> None:
    answers = [_ask(http, COUNT, thread), _ask(http, RETURNS, thread)]
    with closing(sqlite3.connect(service.folder.data / "threads.db")) as kept:
        ours = {"thread": f"local/{thread}"}
        *_, state = kept.execute(
            "SELECT checkpoint FROM checkpoints WHERE thread_id = :thread ORDER BY checkpoint_id",
            ours,
        )
        items = kept.execute("SELECT item FROM evidence WHERE thread = :thread", ours).fetchall()
    assert answers[1]["answer"].encode() in state[0]
    for trace in (
        b"QueryResult",
        b"FoundPassage",
        answers[1]["citations"][0]["content_hash"].encode(),
    ):
        assert trace not in state[0]
        assert any(trace in item for (item,) in items)


def test_a_word_on_an_answer_is_kept_with_where_it_came_from(
    http: httpx.Client, thread: str
) -> None:
    answer = _ask(http, RETURNS, thread)
    _feedback(http, answer, "up")
    _feedback(http, answer, "down", "It is 30 days by now.")
    (kept,) = [f for f in http.get("/feedback").json() if f["answer_id"] == answer["answer_id"]]
    assert (kept["rating"], kept["comment"]) == ("down", "It is 30 days by now.")
    assert (kept["question"], kept["answer"]) == (RETURNS, answer["answer"])
    assert kept["thread_id"] == thread
    assert kept["models"] == answer["models"]
    assert len(kept["evidence"]) >= len(answer["citations"]) == 1


WRONG = [
    ({"answer_id": "nowhere", "rating": "up"}, 404),
    ({"answer_id": "", "rating": "up"}, 422),
    ({"answer_id": "x", "rating": "meh"}, 422),
    ({"answer_id": "x", "rating": "up", "comment": "a" * 5000}, 422),
]


@pytest.mark.parametrize(("body", "status"), WRONG)
def test_a_word_on_no_answer_is_refused(
    http: httpx.Client, body: dict[str, str], status: int
) -> None:
    refused = http.post("/feedback", json=body)
    assert (refused.status_code, refused.json()["act"]) == (status, "you")


@pytest.mark.parametrize(
    "path", ["/threads?limit=0", "/threads?limit=1000", "/threads/x?format=pdf"]
)
def test_a_malformed_wish_for_threads_is_the_callers_fault(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == 422


def _ask(http: httpx.Client, question: str, thread: str) -> dict[str, Any]:
    body = {"input": {"question": question, "thread_id": thread}}
    reply = http.post("/agent/invoke", json=body)
    assert reply.status_code == 200, reply.text
    answer: dict[str, Any] = reply.json()["output"]
    return answer


def _feedback(http: httpx.Client, answer: dict[str, Any], rating: str, comment: str = "") -> None:
    body = {"answer_id": answer["answer_id"], "rating": rating, "comment": comment}
    assert http.post("/feedback", json=body).status_code == 204


def test_the_command_line_shows_exports_and_deletes_threads(folder: Folder) -> None:
    asked = json.loads(folder.run("ask", COUNT, "--json").stdout)
    answer_id, mine = asked["answer_id"], asked["thread_id"]
    listed = json.loads(folder.run("threads", "list", "--json").stdout)
    assert [(each["id"], each["turns"]) for each in listed["threads"]] == [(mine, 1)]
    assert mine in folder.run("threads", "list").stdout
    assert f"## {COUNT}" in folder.run("threads", "show", mine).stdout
    shown = json.loads(folder.run("threads", "show", mine, "--json").stdout)
    assert shown["turns"][0]["answer"]["answer_id"] == answer_id
    assert folder.run("feedback").stdout == ""
    assert "Nothing is left." in folder.run("threads", "delete", mine).stdout
    gone = folder.run("threads", "show", mine)
    assert (gone.returncode, gone.stderr) == (
        1,
        f"docsql: There is no thread '{mine}'. `docsql threads list` or GET /threads lists yours.\n",
    )


def test_a_thread_keeps_its_steps_its_settings_and_what_was_said_of_it(
    http: httpx.Client, thread: str
) -> None:
    chosen = {"mode": "sql", "databases": ["shop"], "temperature": 0.5}
    body = {"question": COUNT, "thread_id": thread, **chosen}
    answer = http.post("/agent/invoke", json={"input": body}).json()["output"]
    _feedback(http, answer, "down")
    content = http.get(f"/threads/{thread}").json()
    (turn,) = content["turns"]
    assert content["settings"] == {
        **chosen,
        "use_knowledge": True,
        "collections": None,
        "max_tokens": None,
    }
    assert turn["feedback"]["rating"] == "down"
    kinds = [step["event"] for step in turn["steps"]]
    assert {"sql", "rows", "step_started", "step_finished"} <= set(kinds)
    (rows,) = [step for step in turn["steps"] if step["event"] == "rows"]
    assert (rows["query"]["sql"], rows["query"]["rows"]) == (answer["queries"][0]["sql"], [])
    http.patch(f"/threads/{thread}", json={"settings": {"mode": "documents"}})
    changed = http.get(f"/threads/{thread}").json()
    assert changed["settings"]["mode"] == "documents"
    assert changed["thread"]["title"] == COUNT


def test_a_question_takes_the_place_of_an_earlier_one_and_of_all_after_it(
    http: httpx.Client, thread: str
) -> None:
    first, second = _ask(http, COUNT, thread), _ask(http, RETURNS, thread)
    _ask(http, "Hello!", thread)
    body = {"question": "And in Kassel?", "thread_id": thread, "replaces": second["answer_id"]}
    asked = http.post("/agent/invoke", json={"input": body}).json()["output"]
    turns = http.get(f"/threads/{thread}").json()["turns"]
    assert [turn["question"] for turn in turns] == [COUNT, "And in Kassel?"]
    # A follow-up: the service still knows what was asked before.
    assert "repairs" in str(turns[1]["steps"]) or "repairs" in asked["queries"][0]["sql"]
    assert http.get(f"/answers/{first['answer_id']}/results/1").status_code == 200
    gone = {"question": COUNT, "thread_id": thread, "replaces": second["answer_id"]}
    refused = http.post("/agent/invoke", json={"input": gone})
    assert refused.status_code == 404
    assert "could replace" in refused.text


class _Away(BaseCallbackHandler):
    """Has every call of a model fail, as of a server that is away."""

    raise_error = True

    def on_chat_model_start(self, *args: object, **kwargs: object) -> None:
        raise Unavailable("The chat model does not answer.")


async def test_what_a_question_would_have_replaced_stays_where_it_fails(
    sample_data: SampleData,
) -> None:
    settings = Settings(data=sample_data("replacing"))
    first = "How many customers are in Germany?"
    async with open_parts(settings) as parts:
        turns = parts.turns
        answer = await turns.answer(Question(question=first, thread_id="one"), LOCAL)
        replacing = Question(
            question="How many orders are there?", thread_id="one", replaces=answer.answer_id
        )
        with pytest.raises(Unavailable):
            await replace(turns, callbacks=[_Away()]).answer(replacing, LOCAL)
        key = thread_key(LOCAL, "one")
        kept = await turns.threads.ask(lambda records: records.turns(key))
        assert [turn.question for turn in kept] == [first]
        after = await turns.answer(Question(question="And in France?", thread_id="one"), LOCAL)
        assert "France" in after.queries[0].sql
        await turns.answer(replacing, LOCAL)
        kept = await turns.threads.ask(lambda records: records.turns(key))
        assert [turn.question for turn in kept] == [replacing.question]
