"""The notebook for secrets, executed against a stand-in for the Kubernetes API."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs

import nbformat
import pytest
import yaml
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

NOTEBOOK = Path(__file__).parents[2] / "deployment/setup.ipynb"
TOKEN, NGC, PASSWORD = "hf_canary", "nvapi-canary", "canary"
GIVEN = {
    "DOCSQL_NAMESPACE": "apps",
    "HF_TOKEN": TOKEN,
    "NGC_API_KEY": NGC,
    "DOCSQL_DATABASE_URLS": f"sales=postgresql://reader:{PASSWORD}@db/sales\n",
}

Object = dict[str, Any]
Render = Callable[..., list[Object]]
GIVEN_URLS = "DOCSQL_DATABASE_URLS"


class Kubernetes(ThreadingHTTPServer):
    """Keeps Secrets of one namespace as the API server does, `stringData` turned into `data`."""

    def __init__(self) -> None:
        self.secrets: dict[str, Object] = {}
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: Kubernetes  # pyright: ignore[reportIncompatibleVariableOverride]  # the only one that makes it
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        asked = parse_qs(self.path.partition("?")[2]).get("labelSelector", [""])[0]
        label, _, value = asked.partition("=")
        held = self.server.secrets.values()
        found = [s for s in held if not asked or s["metadata"]["labels"].get(label) == value]
        said: Object = {"kind": "SecretList", "apiVersion": "v1", "metadata": {}, "items": found}
        self._answer(200, said)

    def do_POST(self) -> None:
        sent = self._sent()
        if sent["metadata"]["name"] in self.server.secrets:
            self._answer(
                409, {"kind": "Status", "status": "Failure", "reason": "AlreadyExists", "code": 409}
            )
        else:
            self._keep(sent, 201)

    def do_PUT(self) -> None:
        self._keep(self._sent(), 200)

    def do_DELETE(self) -> None:
        self._sent()
        del self.server.secrets[self.path.rsplit("/", 1)[-1].partition("?")[0]]
        self._answer(200, {"kind": "Status", "apiVersion": "v1", "status": "Success"})

    def _keep(self, secret: Object, status: int) -> None:
        assert self.path.startswith("/api/v1/namespaces/apps/secrets")
        held = secret.pop("stringData")
        secret["data"] = {
            key: base64.b64encode(value.encode()).decode() for key, value in held.items()
        }
        self.server.secrets[secret["metadata"]["name"]] = secret
        self._answer(status, secret)

    def _sent(self) -> Object:
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")

    def _answer(self, status: int, said: Object) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def kubernetes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kubernetes]:
    with Kubernetes() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        kubeconfig: Object = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
            ],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        (tmp_path / "kubeconfig").write_text(yaml.safe_dump(kubeconfig), encoding="utf-8")
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        for name, value in GIVEN.items():
            monkeypatch.setenv(name, value)
        yield server
        server.shutdown()


def read() -> Any:
    """The notebook, as its library gives it: without types."""
    return cast("Any", nbformat).read(NOTEBOOK, as_version=4)


def run() -> str:
    """All that the notebook printed."""
    notebook = read()
    NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    return "".join(
        output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", ())
    )


def held(secret: Object) -> dict[str, str]:
    return {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}


def test_it_makes_the_secrets_again_and_again_and_prints_none(
    kubernetes: Kubernetes, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run()
    made = kubernetes.secrets
    assert held(made["hugging-face"]) == {"HF_TOKEN": TOKEN}
    assert held(made["ngc"]) == {"NGC_API_KEY": NGC}
    assert held(made["docsql-databases"]) == {
        "DOCSQL_DATABASES__SALES__URL": f"postgresql://reader:{PASSWORD}@db/sales"
    }
    registry = json.loads(held(made["ngc-registry"])[".dockerconfigjson"])
    assert registry["auths"]["nvcr.io"]["password"] == NGC
    assert made["ngc-registry"]["type"] == "kubernetes.io/dockerconfigjson"
    assert "pullSecrets: [ngc-registry]" in said
    assert not any(secret in said for secret in (TOKEN, NGC, PASSWORD + "@"))
    monkeypatch.setenv("HF_TOKEN", "hf_newer")
    monkeypatch.setenv("DOCSQL_REMOVE_SECRETS", "no")
    assert "replaced hugging-face" in run()
    assert held(kubernetes.secrets["hugging-face"]) == {"HF_TOKEN": "hf_newer"}
    monkeypatch.setenv("DOCSQL_REMOVE_SECRETS", "yes")
    assert "removed hugging-face" in run()
    assert kubernetes.secrets == {}


@pytest.mark.parametrize("left_out", ["", "NGC_API_KEY", "HF_TOKEN", "DOCSQL_DATABASE_URLS"])
def test_what_it_prints_are_values_of_the_chart_that_name_secrets_that_there_are(
    kubernetes: Kubernetes, monkeypatch: pytest.MonkeyPatch, render: Render, left_out: str
) -> None:
    if left_out:
        monkeypatch.setenv(left_out, "")
    printed = yaml.safe_load("secrets:\n" + run().partition("secrets:\n")[2])
    objects = render("ezua", **printed)
    made = {o["metadata"]["name"] for o in objects if o["kind"] == "Secret"}
    assert _secrets_named_in(objects) <= made | set(kubernetes.secrets)
    assert ("docsql-databases" in _secrets_named_in(objects)) == (left_out != GIVEN_URLS)


def _secrets_named_in(node: Any) -> set[str]:
    """Secrets that pods name: for variables, volumes and images."""
    match node:
        case {"secretKeyRef": {"name": str(name)}} | {"secret": {"name": str(name)}}:
            return {name}
        case {"imagePullSecrets": [*named], **rest}:
            return {one["name"] for one in named} | _secrets_named_in(rest)
        case dict():
            return {n for one in cast("Object", node).values() for n in _secrets_named_in(one)}
        case list():
            return {n for one in cast("list[Any]", node) for n in _secrets_named_in(one)}
        case _:
            return set()


def test_it_removes_its_own_secrets_and_not_the_charts(
    kubernetes: Kubernetes, monkeypatch: pytest.MonkeyPatch
) -> None:
    chart = {"name": "docsql-stores", "labels": {"app.kubernetes.io/part-of": "docsql"}}
    kubernetes.secrets["docsql-stores"] = {"metadata": chart, "data": {}}
    monkeypatch.setenv("DOCSQL_REMOVE_SECRETS", "yes")
    assert "docsql-stores" not in run()
    assert set(kubernetes.secrets) == {"docsql-stores"}


def test_a_database_without_an_address_is_said_and_nothing_of_it_is_made(
    kubernetes: Kubernetes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCSQL_DATABASE_URLS", "sales")
    with pytest.raises(CellExecutionError, match="write NAME=URL"):
        run()
    assert "docsql-databases" not in kubernetes.secrets


def test_it_is_kept_without_outputs() -> None:
    notebook = read()
    assert all(not cell.get("outputs") for cell in notebook.cells)
