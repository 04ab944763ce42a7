"""Whatever goes wrong with a turn, the service's log does not tell what the turn was about."""

import json
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from database_servers import postgres_server
from docsql_process import Folder
from standin_server import serve
from standin_tei import TeiStandIn
from standin_tgi import Calls, Fault, Reply, Text, TgiStandIn

from serving.auth.keys import Keys

QUESTION = "Where does the quokka sleep?"
CANARIES = {
    "quokka": "the question",
    "wombat": "a row",
    "numbat": "a value in the SQL",
    "axolotl": "a path or a query string",
    "capybara": "a passage",
    "potoroo": "what a model or its server says",
    "marmot": "a database's password",
    "ocelot": "a key of ours for a server",
    "gecko": "a caller's wrong key",
    "lemming": "a malformed body",
}
PASSAGE = "The capybara is fed at noon; who feeds it signs the quokka book."
FAULTS = [
    Fault("in_stream_error", "potoroo quokka", shown="potoroo quokka failed"),
    Fault("cut_off", "potoroo quokka"),
    Fault("broken", "potoroo quokka"),
    Fault("no_done", "potoroo quokka"),
    Fault("no_reason", "potoroo quokka"),
    Fault("http", "potoroo quokka", status=503),
    Fault("http", "potoroo quokka", status=422, error_type="validation"),
    Fault("http", "potoroo quokka", status=401),
    Fault("not_json", "potoroo quokka"),
    Fault("silence"),
]
STATEMENTS = [
    "SELECT note::integer FROM repairs",  # PostgreSQL quotes the row in its error
    "SELECT id FROM repairs WHERE id = 'numbat'",
    "SELECT 1 / (id - id) AS numbat FROM repairs",
    "DELETE FROM repairs WHERE note = 'numbat'",
    "SELECT numbat FROM repairs",
    "SELECT 'numbat",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n, repairs WHERE note <> 'numbat'",
]  # fmt: skip


class Model:
    """Fails as a test wants; else calls a tool, and writes the statement of the test."""

    def __init__(self) -> None:
        self.fault: Fault | None = None
        self.sql = ""

    def __call__(self, body: dict[str, Any]) -> Reply:
        said: str = body["messages"][0]["content"]
        if self.fault:
            return self.fault
        if "Write one SELECT" in said:
            return Text(self.sql)
        if said.startswith("# decide"):
            return Calls([("query_database", {"question": QUESTION, "database": "shop"})])
        return Text("It is 77, says the potoroo.")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> str:
    """All that a service wrote, from its start to its end, while everything failed."""
    with ExitStack() as running:
        model = Model()
        chat = TgiStandIn(model, api_key="chat-ocelot")
        sorting = TeiStandIn(api_key="another")
        database = running.enter_context(postgres_server())
        at = f"127.0.0.1:{database.port}/postgres"
        with psycopg.connect(f"postgresql://postgres@{at}") as connection:
            connection.execute("CREATE TABLE repairs AS SELECT 1 AS id, 'wombat' AS note")
        settings = {
            "DOCSQL_SERVICE__PORT": "0",
            "DOCSQL_SERVICE__TURN_LIMIT_S": "3",
            "DOCSQL_CHAT__TRIES": "1",
            "DOCSQL_CHAT__API_KEY": "chat-ocelot",
            "DOCSQL_RERANKER__URL": running.enter_context(serve(sorting.app)),
            "DOCSQL_RERANKER__API_KEY": "reranker-ocelot",
            "DOCSQL_DATABASES__SHOP__URL": f"postgresql://postgres:marmot@{at}",
            "DOCSQL_DATABASES__SHOP__ALLOWED_TABLES": '["repairs"]',
            "DOCSQL_DATABASES__SHOP__TIME_LIMIT_S": "0.5",
            "DOCSQL_TELEMETRY__LOG_LEVEL": "debug",
        }
        folder = Folder(tmp_path_factory.mktemp("quiet"), settings)
        key = Keys(folder.data / "keys.json").create(
            "ann", groups=[], scopes=["ask", "documents:read", "documents:write"]
        )
        with ExitStack() as talking:
            settings["DOCSQL_CHAT__URL"] = talking.enter_context(serve(chat.app))
            service = running.enter_context(folder.serving())
            client = running.enter_context(
                httpx.Client(
                    base_url=service.url,
                    trust_env=False,
                    timeout=30,
                    headers={"Authorization": f"Bearer {key}"},
                )
            )
            _uploads(client, folder.path)
            for fault in FAULTS:
                chat.forget()
                model.fault = fault
                _asks(client)
                assert chat.requests, f"The service did not get as far as {fault}."
                model.fault = None
                _ask(client, "invoke", "chat")  # or the server would be left alone for a while
            for model.sql in STATEMENTS:
                _asks(client)
                _calls(client, "query_database", {"database": "shop", "sql": model.sql})
                _calls(client, "query_database", {"database": "shop", "question": QUESTION})
                _completes(client)
            _ask(client, "invoke", "documents")
            database.stop()
            _asks(client)
            _sends_nonsense(client)
        _asks(client)  # nobody listens at the model's address any more
        service.process.send_signal(signal.SIGTERM)
        out, err = service.process.communicate(timeout=30)
    return f"{out}{err}"


def _asks(client: httpx.Client) -> None:
    _ask(client, "invoke", "auto")
    _ask(client, "stream", "chat")


def _ask(client: httpx.Client, route: str, mode: str) -> None:
    client.post(f"/agent/{route}", json={"input": {"question": QUESTION, "mode": mode}})


def _completes(client: httpx.Client) -> None:
    body = {"model": "docsql", "messages": [{"role": "user", "content": QUESTION}]}
    client.post("/v1/chat/completions", json=body)


def _calls(client: httpx.Client, tool: str, arguments: dict[str, Any]) -> None:
    call = {"name": tool, "arguments": arguments}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    client.post("/mcp", json=body, headers={"accept": "application/json, text/event-stream"})


def _uploads(client: httpx.Client, folder: Path) -> None:
    broken = b"%PDF-1.7 capybara" + bytes(range(256))
    for name, content in (("feeding.txt", PASSAGE.encode()), ("broken.pdf", broken)):
        client.post("/documents", files={"file": (name, content)})


def _sends_nonsense(client: httpx.Client) -> None:
    for body in (b'{"input": {"question": "lemming"', b'{"input": "lemming"}', b'{"lemming": 1}'):
        for path in ("/agent/invoke", "/agent/batch", "/v1/chat/completions", "/mcp", "/feedback"):
            client.post(path, content=body, headers={"Content-Type": "application/json"})
    for path in ("/threads/axolotl", "/nowhere/axolotl", "/documents?limit=axolotl"):
        client.get(path)
    client.get("/threads", headers={"Authorization": "Bearer gecko"})
    client.post("/agent/invoke", content=b"lemming", headers={"Authorization": "Basic gecko"})


def test_the_log_of_failing_turns_holds_nothing_of_them(log: str) -> None:
    told = {
        what: [line[:400] for line in log.splitlines() if word in line.lower()]
        for word, what in CANARIES.items()
    }
    assert {what: lines for what, lines in told.items() if lines} == {}


def test_and_yet_it_says_that_they_failed(log: str) -> None:
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert {503, 422, 401, 404} <= {line.get("status") for line in lines}
