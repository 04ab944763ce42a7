"""The service and the page on the day that packages that end can no longer be imported."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from docsql_process import Folder, Service
from langserve import RemoteRunnable

COUNT = "How many repairs are there?"
ASK = """
import asyncio, sys
from chainlit_app.service import Service, ServiceError
from serving.schema import Question

async def ask(url, question, **more):
    try:
        async for event in Service(url).ask(Question(question=question, **more)):
            print(event.event, getattr(getattr(event, "answer", None), "status", ""))
    except ServiceError as error:
        print("refused", error)

asyncio.run(ask(sys.argv[1], sys.argv[2]))
asyncio.run(ask(sys.argv[1], "x", databases=["nowhere"]))
asyncio.run(ask("http://127.0.0.1:1", "x"))
print("langserve.client" in sys.modules)
"""


@pytest.fixture
def without_packages(tmp_path: Path, folder: Folder) -> Folder:
    """A folder whose programs find packages that no longer go with what is installed."""
    broken = tmp_path / "broken"
    broken.mkdir()
    for name in ("langserve", "langchain_community"):
        said = f"raise ImportError('cannot import name X of {name}')\n"
        (broken / f"{name}.py").write_text(said, encoding="utf-8")
    settings = {**folder.settings, "PYTHONPATH": str(broken)}
    return Folder(folder.path, settings, is_fresh=True)


@pytest.fixture
def running(without_packages: Folder) -> Iterator[Service]:
    with without_packages.serving() as service:
        yield service


def test_the_service_starts_with_a_door_of_its_own_and_says_so(running: Service) -> None:
    direct = {"trust_env": False}
    remote = RemoteRunnable[Any, Any](f"{running.url}/agent/", timeout=30, client_kwargs=direct)
    assert remote.invoke({"question": COUNT})["queries"][0]["rows"] == [[7]]
    assert [event["event"] for event in remote.stream({"question": COUNT})][-1] == "answer"
    log = running.process.stderr
    assert log is not None
    told = log.read()
    assert "LangServe cannot be imported (cannot import name X of langserve)" in told
    remote.sync_client.close()


def test_langserve_is_not_replaced_where_it_is_asked_for_by_name(without_packages: Folder) -> None:
    refused = without_packages.run("serve", DOCSQL_SERVICE__AGENT_DOOR="langserve")
    assert refused.returncode != 0
    assert "Install it, or set 'own', which speaks the same wire." in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_page_reads_the_events_itself(without_packages: Folder, service: Service) -> None:
    lines = without_packages.python("-c", ASK, service.url, COUNT)
    assert lines.returncode == 0, lines.stderr
    *events, unknown, away, is_imported = lines.stdout.splitlines()
    assert (events[0], events[-1]) == ("step_started ", "answer answered")
    assert "rows " in events
    assert unknown == "error "
    assert away.startswith("refused")
    assert is_imported == "False"


def test_the_page_reads_by_langserves_client_where_there_is_one(
    folder: Folder, own_service: Service
) -> None:
    lines = folder.python("-c", ASK, own_service.url, COUNT)
    assert lines.returncode == 0, lines.stderr
    *events, _, _, is_imported = lines.stdout.splitlines()
    assert events[-1] == "answer answered"
    assert is_imported == "True"


def test_an_own_door_has_no_playground(own_service: Service) -> None:
    page = httpx.get(f"{own_service.url}/agent/playground/", trust_env=False)
    assert page.status_code == 404


def test_a_damaged_pdf_is_refused_in_words(without_packages: Folder) -> None:
    damaged = without_packages.path / "damaged.pdf"
    damaged.write_bytes(b"%PDF-1.7\nnothing of the kind\n%%EOF\n")
    taken = without_packages.run("ingest", str(damaged))
    assert taken.returncode == 1
    assert "the PDF is damaged, and langchain-community, which mends some, cannot" in taken.stdout
