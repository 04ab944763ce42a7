"""By default nothing is sent to other hosts, whatever other tools' variables say."""

from pathlib import Path

import httpx
from docsql_process import Folder, address_in, page_answers

ELSEWHERE = "http://192.0.2.1:4318"  # an address for documentation: nobody's
ASKING_FOR_IT = {
    "LANGSMITH_TRACING": "true",
    "LANGCHAIN_TRACING_V2": "true",
    "LANGSMITH_API_KEY": "lsv2_pt_0123456789abcdef",
    "LANGSMITH_ENDPOINT": ELSEWHERE,
    "FASTAPI_OTEL_AUTO_CONFIGURE": "true",
    "OTEL_TRACES_EXPORTER": "otlp",
    "OTEL_EXPORTER_OTLP_ENDPOINT": ELSEWHERE,
}
CLOSED = Path(__file__).parents[1] / "standin" / "closed_network"
COUNT = "How many repairs are there?"


def closed(folder: Folder, **more: str) -> Folder:
    settings = {
        **folder.settings,
        **ASKING_FOR_IT,
        "DOCSQL_PAGE__PORT": "0",
        "PYTHONPATH": str(CLOSED),
        "CLOSED_NETWORK_TRIED": str(folder.path / "tried.txt"),
        **more,
    }
    return Folder(folder.path, settings).fresh


def tried(folder: Folder) -> str:
    file = folder.path / "tried.txt"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def asks(url: str) -> None:
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        question = {"input": {"question": COUNT}}
        assert "[1]" in client.post("/agent/invoke", json=question).text
        assert '"event":"answer"' in client.post("/agent/stream", json=question).text
        said = {"model": "docsql", "messages": [{"role": "user", "content": COUNT}]}
        assert client.post("/v1/chat/completions", json=said).status_code == 200


def test_neither_service_nor_page_nor_command_reaches_beyond_this_machine(
    folder: Folder, documents: Path
) -> None:
    home = closed(folder)
    with home.serving() as service:
        assert home.run("ingest", str(documents)).returncode == 0
        asks(service.url)
        with home.started("chat") as page:
            assert page_answers(address_in(page))
    assert home.run("ask", COUNT).returncode == 0
    assert tried(home) == ""


def test_a_tracing_service_hears_of_turns_once_its_callback_is_named(folder: Folder) -> None:
    tracer = '["langchain_core.tracers.langchain:LangChainTracer"]'
    home = closed(folder, DOCSQL_TELEMETRY__CALLBACKS=tracer)
    assert home.run("ask", COUNT).returncode == 0
    assert "192.0.2.1" in tried(home)


def test_a_callback_that_is_not_there_is_said_at_the_start(folder: Folder) -> None:
    for name in ("nowhere:Handler", "json:JSONDecoder", "json"):
        started = folder.run("ask", COUNT, DOCSQL_TELEMETRY__CALLBACKS=f'["{name}"]')
        assert started.returncode == 1
        assert f"DOCSQL_TELEMETRY__CALLBACKS names '{name}'" in started.stderr
