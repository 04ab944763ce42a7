"""The GPU composition on one machine: stand-ins for TGI and TEI, everything else real."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from composed import composed
from database_servers import postgres_server
from docsql_process import Folder, Service, address_in, page_answers
from milvus_server import milvus_server
from standin_server import serve
from standin_tei import TeiStandIn
from standin_tgi import Calls, Reply, Text, TgiStandIn

DEPLOYMENT = Path(__file__).parents[2] / "deployment"
COUNTED = "How many looms does the mill have?"
BOTH = "Where are bicycles parked, and how many looms does the mill have?"


def brain(body: dict[str, Any]) -> Reply:
    """A good model's replies; a coder's prompt has no messages."""
    if "messages" not in body:
        return Text("SELECT COUNT(*) AS looms FROM looms;")
    told = str(body["messages"])
    count = ("query_database", {"question": COUNTED, "database": "mill"})
    search = ("search_documents", {"query": "Where are bicycles parked?"})
    if body["messages"][0]["content"].startswith("# decide"):
        return Calls([count, search] if BOTH in told else [count])
    return Text(
        "Behind the mill, which has 3 looms [1][2]." if BOTH in told else "It has 3 looms [1]."
    )


@pytest.fixture(scope="module")
def stack() -> Iterator[ExitStack]:
    with ExitStack() as entered:
        yield entered


@pytest.fixture(scope="module")
def service(stack: ExitStack, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """The service with the environment and secrets that compose.yaml gives it, addresses aside."""
    home = tmp_path_factory.mktemp("stack")
    postgres = stack.enter_context(postgres_server())
    with psycopg.connect(
        f"host=127.0.0.1 port={postgres.port} user=postgres", autocommit=True
    ) as c:
        c.execute("CREATE ROLE docsql LOGIN PASSWORD 'x'")
        c.execute("CREATE DATABASE docsql OWNER docsql")
        c.execute("CREATE TABLE looms (id int PRIMARY KEY, made int)")
        c.execute("INSERT INTO looms VALUES (1, 1890), (2, 1902), (3, 1931)")
        c.execute("CREATE ROLE reader LOGIN")
        c.execute("GRANT SELECT ON looms TO reader")
    tgi, tei, sorting = TgiStandIn(brain), TeiStandIn(), TeiStandIn()
    sorting.model_type = {"reranker": {"id2label": {"0": "LABEL_0"}, "label2id": {"LABEL_0": 0}}}
    tgi_url, tei_url, sorting_url = (
        stack.enter_context(serve(standin.app)) for standin in (tgi, tei, sorting)
    )
    milvus = stack.enter_context(milvus_server(home / "milvus"))
    places: dict[str, str] = {
        **dict.fromkeys(("http://chat:8080", "http://sql-coder:8080"), tgi_url),
        "http://embeddings:8080": tei_url,
        "http://reranker:8080": sorting_url,
        "http://milvus:19530": milvus,
        "@postgresql:5432": f"@127.0.0.1:{postgres.port}",
    }
    composed = read_composition()
    environment: dict[str, str] = {
        name: places.get(str(value), str(value))
        for name, value in composed["services"]["service"]["environment"].items()
    }
    folder = secrets_folder(home, composed, places)
    (folder / "DOCSQL_DATABASES__MILL__URL").write_text(
        f"postgresql://reader@127.0.0.1:{postgres.port}/postgres", encoding="utf-8"
    )
    environment |= {"DOCSQL_SECRETS": str(folder), "DOCSQL_SERVICE__PORT": "0"}
    (home / "rules").mkdir()
    (home / "rules/parking.md").write_text(
        "# Parking\n\nBicycles are parked behind the mill.", "utf-8"
    )
    running = stack.enter_context(Folder(home, environment).serving())
    taken = running.folder.run("ingest", str(home / "rules"))
    assert taken.returncode == 0, taken.stderr
    return running


def read_composition() -> dict[str, Any]:
    return composed(DEPLOYMENT / "compose.yaml")


def secrets_folder(home: Path, composed: dict[str, Any], places: dict[str, str]) -> Path:
    """/run/secrets of the service, as deployment/secrets.sh and compose.yaml fill it."""
    shutil.copy(DEPLOYMENT / "secrets.sh", home)
    subprocess.run([home / "secrets.sh"], check=True, capture_output=True)  # noqa: S603
    (home / "run").mkdir()
    for secret in composed["services"]["service"]["secrets"]:
        held = (home / composed["secrets"][secret["source"]]["file"]).read_text(encoding="utf-8")
        for place, real in places.items():
            held = held.replace(place, real)
        (home / "run" / secret["target"]).write_text(held, encoding="utf-8")
    return home / "run"


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[httpx.Client]:
    key = (service.folder.path / "run/DOCSQL_AUTH__API_KEY").read_text(encoding="utf-8")
    with httpx.Client(
        base_url=service.url, headers={"authorization": f"Bearer {key}"}, timeout=60
    ) as opened:
        yield opened


def test_nobody_comes_in_without_the_key(service: Service) -> None:
    sent = {"input": {"question": COUNTED}}
    assert httpx.post(f"{service.url}/agent/invoke", json=sent).status_code == 401


def test_every_part_behind_it_is_the_one_that_compose_names(client: httpx.Client) -> None:
    ready = client.get("/ready").json()
    assert ready["problems"] == {}
    assert "embedded" not in str(ready["models"]).lower()


def test_a_question_takes_both_tools_and_the_models_of_all_four_servers(
    client: httpx.Client,
) -> None:
    said = client.post("/agent/invoke", json={"input": {"question": BOTH}}).json()["output"]
    assert said["answer"] == "Behind the mill, which has 3 looms [1][2]."
    assert said["status"] == "answered"
    assert said["queries"][0]["rows"] == [[3]]
    assert "parked behind the mill" in said["citations"][0]["text"]
    assert {"chat", "sql_coder", "embeddings", "reranker"} <= set(said["models"])


def test_a_thread_is_kept_in_postgresql(client: httpx.Client) -> None:
    said = client.post("/agent/invoke", json={"input": {"question": COUNTED}}).json()["output"]
    kept = client.get(f"/threads/{said['thread_id']}").json()
    assert COUNTED in str(kept)


def test_a_person_comes_into_the_page_with_the_key_and_nobody_without_one(
    service: Service, stack: ExitStack, tmp_path: Path
) -> None:
    """The page as compose sets it, listening beyond its machine as its image has it."""
    described = read_composition()["services"]["page"]["environment"]
    assert described["DOCSQL_PAGE__API_URL"] == "http://service:8710"
    environment = {**described, "DOCSQL_PAGE__API_URL": service.url}
    host_of_the_image = {"DOCSQL_PAGE__HOST": "0.0.0.0", "DOCSQL_PAGE__PORT": "0"}  # noqa: S104
    folder = Folder(tmp_path, {**environment, **host_of_the_image})
    process = stack.enter_context(folder.started("chat"))
    page = address_in(process, "available at").replace("0.0.0.0", "127.0.0.1")  # noqa: S104
    assert page_answers(page)
    key = (service.folder.path / "run/DOCSQL_AUTH__API_KEY").read_text(encoding="utf-8")
    with httpx.Client(base_url=page, trust_env=False, timeout=30) as browser:
        for password, status in (("wrong", 401), (key, 200)):
            form = {"username": "Ann", "password": password}
            assert browser.post("/login", data=form).status_code == status
        assert browser.get("/user").json()["identifier"] == "key:deployment"
