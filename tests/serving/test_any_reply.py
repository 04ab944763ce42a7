"""Whatever a model writes, and whatever a cell holds, a turn ends with an answer that is kept."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from database_servers import postgres_server
from docsql_process import Folder, Service
from standin_server import serve
from standin_tgi import Raw, Reply, TgiStandIn

AGENT = {"input": {"question": "Tell me a story", "mode": "chat", "thread_id": "t"}}
CHAT = {"model": "docsql-chat", "messages": [{"role": "user", "content": "Tell me a story"}]}
RESPONSE = {"model": "docsql-chat", "input": "Tell me a story"}
ASKED = [
    ("/agent/invoke", AGENT),
    ("/agent/stream", AGENT),
    ("/v1/chat/completions", {**CHAT, "store": True}),
    ("/v1/chat/completions", {**CHAT, "stream": True}),
    ("/v1/responses", RESPONSE),
    ("/v1/responses", {**RESPONSE, "stream": True}),
]


def replied(content: str, usage: str) -> Raw:
    """A streamed reply of this JSON text."""
    piece = f'{{"choices":[{{"index":0,"delta":{{"content":"{content}"}},"finish_reason":"stop"}}]'
    return Raw([f'data: {piece},"usage":{usage}}}\n\n'.encode(), b"data: [DONE]\n\n"])


TOLD = '{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}'
REPLIES = {
    "nul": replied("a\\u0000b", TOLD),
    "half": replied("a \\ud83d b", TOLD),
    "usage": replied("a", '{"prompt_tokens":1e300,"completion_tokens":-5,"total_tokens":null}'),
    "infinite": replied("a", '{"prompt_tokens":Infinity,"completion_tokens":NaN}'),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The settings of a store for threads."""
    if request.param == "sqlite":
        yield {}
        return
    with postgres_server() as server:
        place = f"127.0.0.1:{server.port}/postgres"
        yield {"DOCSQL_THREADS__URI": f"postgresql://postgres:secret@{place}"}


def test_any_reply_is_answered_and_kept(folder: Folder, store: dict[str, str]) -> None:
    said: list[Reply] = []
    standin = TgiStandIn(lambda _: said[-1])
    with ExitStack() as stack:
        url = stack.enter_context(serve(standin.app))
        settings = {**folder.settings, **store, "DOCSQL_CHAT__URL": url}
        settings["DOCSQL_LIMITS__TOKENS_PER_MONTH"] = "1000000"
        service = stack.enter_context(Folder(folder.path, settings).serving())
        client = stack.enter_context(
            httpx.Client(base_url=service.url, trust_env=False, timeout=30)
        )
        for name, reply in REPLIES.items():
            said.append(reply)
            for route, body in ASKED:
                answer = client.post(route, json=body)
                assert answer.status_code == 200, f"{name} {route}: {answer.text}"
                assert '"operator"' not in answer.text
                assert "Internal" not in answer.text
        assert len(client.get("/threads/t").json()["turns"]) == 2 * len(REPLIES)


def test_a_cell_with_a_nul_is_answered_and_kept(folder: Folder, store: dict[str, str]) -> None:
    file = folder.path / "odd.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE parts (id INTEGER PRIMARY KEY, label TEXT)")
        connection.execute("INSERT INTO parts VALUES (1, 'a' || char(0) || 'b')")
        connection.commit()
    settings = {**folder.settings, **store, "DOCSQL_DATABASES__SHOP__URL": f"sqlite:///{file}"}
    with Folder(folder.path, settings).serving() as service:
        asked = {"input": {"question": "What is the label of part 1?", "mode": "sql"}}
        answer = httpx.post(f"{service.url}/agent/invoke", json=asked, trust_env=False, timeout=30)
        assert answer.status_code == 200, answer.text
        output = answer.json()["output"]
        assert output["queries"][0]["rows"] == [["a\0b"]]
        kept = httpx.get(f"{service.url}/threads/{output['thread_id']}", trust_env=False)
        assert kept.json()["turns"][0]["answer"]["answer"] == output["answer"]


def test_no_answer_shows_a_password_of_an_address(folder: Folder, tmp_path: Path) -> None:
    standin = TgiStandIn(lambda _: REPLIES["nul"])
    with serve(standin.app) as url:
        place = urlsplit(url).netloc
        settings = {**folder.settings, "DOCSQL_CHAT__URL": f"http://ann:hidden-word@{place}"}
        with Folder(tmp_path, settings).serving() as service:
            answer = _asked(service)
    assert place in answer
    assert "hidden-word" not in answer


def _asked(service: Service) -> str:
    reply = httpx.post(f"{service.url}/agent/invoke", json=AGENT, trust_env=False, timeout=30)
    assert reply.status_code == 200, reply.text
    ready = httpx.get(f"{service.url}/ready", trust_env=False, timeout=30)
    return reply.text + ready.text
