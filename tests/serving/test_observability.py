"""Observability of a running service: metrics, spans, log lines, and the audit log."""

import json
import re
import signal
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from docsql_process import Folder, Service
from prometheus_client.parser import text_string_to_metric_families
from standin_collector import Collector
from standin_server import serve

COUNT = "How many repairs has the workshop Harbour?"
RETURNS = "Within how many days may a bicycle be returned?"
REFUSED = "SELECT name FROM sqlite_master"
CANARIES = ["Harbour", "bicycle be", "sqlite_master", "21 days", "receipt", "2025-03-01"]
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(scope="module")
def collector() -> Iterator[tuple[Collector, str]]:
    collector = Collector()
    with serve(collector.app) as url:
        yield collector, url


@pytest.fixture(scope="module")
def home(
    tmp_path_factory: pytest.TempPathFactory,
    shop_settings: dict[str, str],
    collector: tuple[Collector, str],
) -> Folder:
    settings = {
        **shop_settings,
        "DOCSQL_TELEMETRY__OTLP_ENDPOINT": collector[1],
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }
    return Folder(tmp_path_factory.mktemp("observed"), settings)


@pytest.fixture(scope="module")
def watched(home: Folder, documents: Path) -> Iterator[Service]:
    """A service that has answered two questions, refused a statement and shown a document."""
    with home.serving() as running:
        assert home.run("ingest", str(documents)).returncode == 0
        with httpx.Client(base_url=running.url, trust_env=False, timeout=30) as client:
            first = _ask(client, COUNT, traceparent=PARENT, **{"x-request-id": "from-the-page"})
            assert first.headers["x-request-id"] == "from-the-page"
            assert re.fullmatch(r"[0-9a-f]{32}", _ask(client, RETURNS).headers["x-request-id"])
            (document, *_) = client.get("/documents").json()
            client.get(f"/documents/{document['id']}")
            client.get("/nowhere/Harbour")
            _mcp(client, REFUSED)
        yield running


def test_everything_is_counted(watched: Service) -> None:
    metrics = _metrics(watched)
    assert metrics["docsql_turns_total", "sql", "answered"] == 1
    assert metrics["docsql_turns_total", "documents", "answered"] == 1
    assert metrics["docsql_tool_calls_total", "query_database"] == 1
    assert metrics["docsql_tool_calls_total", "search_documents"] == 1
    assert metrics["docsql_statements_total", "shop", "refused"] == 1
    assert metrics["docsql_statements_total", "shop", "ran"] >= 1
    assert metrics["docsql_step_seconds_count", "run_sql"] == 1
    assert metrics["docsql_model_call_seconds_count", "embedded: no language model", "ok"] >= 2
    assert metrics["docsql_model_tokens_total", "input", "embedded: no language model"] == 0
    assert metrics["docsql_http_request_seconds_count", "POST", "/agent/invoke", "200"] == 2
    assert metrics["docsql_http_request_seconds_count", "GET", "none", "404"] == 1
    assert metrics["docsql_turns_running",] == metrics["docsql_turns_waiting",] == 0
    assert metrics["docsql_sql_repairs_total",] == 0
    assert metrics["process_resident_memory_bytes",] > 1e7


def test_a_turn_is_one_trace_from_the_caller_to_the_databases(
    watched: Service, collector: tuple[Collector, str]
) -> None:
    spans = collector[0]
    _, trace_id, caller, _ = PARENT.split("-")

    def are_whole(found: list[Any]) -> bool:
        """Whether both turns came, and what is around each span: it ends, and comes, later."""
        known = {caller, "", *(span.span_id for span in found)}
        turns = [span for span in found if span.name == "POST agent"]
        return len(turns) == 2 and all(span.parent_id in known for span in found)

    assert spans.wait_for(are_whole, 10)
    mine = {span.name: span for span in spans.spans if span.trace_id == trace_id}
    # The embedded reader tries a statement before it writes it; those rows are the tool's result.
    chain = ["SELECT shop", "step write_sql", "invoke_agent docsql", "POST agent"]
    for inner, outer in pairwise(chain):
        assert mine[inner].parent_id == mine[outer].span_id, (inner, outer)
    assert mine["step run_sql"].parent_id == mine["invoke_agent docsql"].span_id
    assert mine["POST agent"].parent_id == caller
    model = mine["chat embedded: no language model"]
    assert "chat" in model.attributes["gen_ai.operation.name"]
    assert "gen_ai.usage.input_tokens" in model.attributes
    assert "execute_tool" in mine["step run_sql"].attributes["gen_ai.operation.name"]
    assert "sqlite" in mine["SELECT shop"].attributes["db.system.name"]
    assert "from-the-page" in mine["POST agent"].attributes["docsql.request_id"]
    assert {span.program for span in spans.spans} == {"docsql"}
    steps = {span.span_id: span.name for span in spans.spans}
    asked = [steps.get(span.parent_id, "") for span in spans.spans if span.name == "search milvus"]
    # The embedded model looks into the documents to choose, once in each of the two turns; what it
    # found is the tool's result, and what the check behind rows compares them with.
    assert Counter(asked) == {"step decide": 2}


def test_no_span_tells_what_it_was_about(
    watched: Service, collector: tuple[Collector, str]
) -> None:
    assert collector[0].wait_for(bool, 10)
    told = repr(collector[0].spans)
    assert [canary for canary in CANARIES if canary in told] == []


def test_every_statement_and_document_is_in_the_audit_log(watched: Service) -> None:
    file = watched.folder.data / "audit.jsonl"
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert {line["caller"] for line in lines} == {"local"}
    assert all(line["time"].endswith("+00:00") for line in lines)
    statements = {line["sql"]: line for line in lines if line["read"] == "statement"}
    assert statements[REFUSED]["outcome"] == "refused"
    answered = next(
        s for s in statements.values() if "COUNT(*)" in s["sql"] and "Harbour" in s["sql"]
    )
    assert (answered["outcome"], answered["rows"], answered["database"]) == ("ran", 1, "shop")
    assert answered["request_id"] == "from-the-page"
    of_turn = [line for line in lines if line["request_id"] == "from-the-page"]
    ran = [line["sql"] for line in of_turn if line["read"] == "statement"]
    assert sorted(ran) == sorted(set(ran))  # what was tried before it was chosen ran once
    assert [s for s in statements if "DISTINCT" in s]  # the embedded writer's own look at values
    documents = [line for line in lines if line["read"] == "document"]
    assert {line["source"] for line in documents} == {"returns.md", "storage.txt"}
    assert all(line["passages"] for line in documents)
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_log_is_json_lines_that_hold_no_content(home: Folder, documents: Path) -> None:
    quiet = Folder(home.path / "quiet", _without_collector(home))
    quiet.path.mkdir()
    lines = _logged(quiet)
    assert [canary for canary in CANARIES if canary in json.dumps(lines)] == []
    (asked,) = [line for line in lines if line.get("route") == "/agent/invoke"]
    assert (asked["status"], asked["caller"], asked["logger"]) == (
        200,
        "local",
        "serving.http.middleware.observed",
    )
    assert asked["request_id"] == "from-the-page"


def test_what_was_said_is_told_where_that_is_switched_on(home: Folder) -> None:
    collector = Collector()
    with serve(collector.app) as url:
        told = {"DOCSQL_TELEMETRY__OTLP_ENDPOINT": url, "DOCSQL_TELEMETRY__LOG_CONTENT": "true"}
        open_hearted = Folder(home.path / "telling", {**home.settings, **told})
        open_hearted.path.mkdir()
        lines = _logged(open_hearted)  # ends the service, which sends the last of its spans
    said = [s.attributes["gen_ai.input.messages"] for s in collector.spans if "chat" in s.name]
    assert said
    assert all(COUNT in each for each in said)
    assert not [line for line in lines if COUNT in json.dumps(line)]  # a log line holds no question


def _logged(folder: Folder) -> list[dict[str, Any]]:
    with folder.serving() as running, httpx.Client(base_url=running.url, trust_env=False) as client:
        _ask(client, COUNT, **{"x-request-id": "from-the-page"})
        client.get("/threads/Harbour")
        _mcp(client, REFUSED)
        running.process.send_signal(signal.SIGTERM)
        _, told = running.process.communicate(timeout=30)
    return [json.loads(line) for line in told.splitlines()]


def _without_collector(home: Folder) -> dict[str, str]:
    return {name: value for name, value in home.settings.items() if "OTLP" not in name}


def _ask(client: httpx.Client, question: str, **headers: str) -> httpx.Response:
    reply = client.post(
        "/agent/invoke", json={"input": {"question": question}}, headers=headers, timeout=30
    )
    assert reply.json()["output"]["status"] == "answered", reply.text
    return reply


def _mcp(client: httpx.Client, sql: str) -> None:
    call = {"name": "query_database", "arguments": {"database": "shop", "sql": sql}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    accepted = {"accept": "application/json, text/event-stream"}
    assert client.post("/mcp", json=body, headers=accepted, timeout=30).json()["result"]["isError"]


def _metrics(service: Service) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels, in the order they are written."""
    text = httpx.get(f"{service.url}/metrics", trust_env=False).text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
