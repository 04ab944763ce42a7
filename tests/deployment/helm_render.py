"""Renders a chart with the real Helm engine where there is no helm and no cluster.

Run by a Python that has helm-sdkpy (3.12 or later): `helm_render.py CHART RELEASE NAMESPACE [VALUES…]`.
That binding installs and has no dry run, so a stand-in for the Kubernetes API on loopback takes the
installation: Helm stores the rendered manifest and its hooks in a Secret before it creates anything,
and that is what this prints. Exit 1 with Helm's words where it refuses.

With `--each` before CHART, every values file is rendered for itself, and what is printed is a JSON list
of Helm's words on each, null where it takes the values.
"""

import asyncio
import base64
import gzip
import json
import re
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import yaml
from helm_sdkpy import Configuration, Install  # pyright: ignore[reportMissingImports, reportUnknownVariableType]  # in an environment of its own

RELEASE = re.compile(rb"H4sI[A-Za-z0-9+/=]+")
"""A release in a Secret that was sent as protobuf: base64 of gzip of JSON."""


class Kubernetes(BaseHTTPRequestHandler):
    """Takes everything, has nothing, and knows the kinds that it is told."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or a body waits 40 ms for the acknowledgement of its head
    kinds: dict[str, list[str]] = {}  # noqa: RUF012  # set once, before it serves
    manifests: list[str] = []  # noqa: RUF012

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: standard error is Helm's."""

    def do_GET(self) -> None:
        path = self.path.split("?")[0].strip("/")
        group = path.removeprefix("apis/").removeprefix("api/")
        if path == "version":
            self.answer(200, {"major": "1", "minor": "32", "gitVersion": "v1.32.0"})
        elif path == "api":
            self.answer(200, {"kind": "APIVersions", "versions": ["v1"]})
        elif path == "apis":
            versions = sorted(name for name in self.kinds if "/" in name)
            self.answer(
                200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": _groups(versions)}
            )
        elif group in self.kinds:
            resources = [_resource(kind) for kind in self.kinds[group]]
            self.answer(
                200, {"kind": "APIResourceList", "groupVersion": group, "resources": resources}
            )
        elif path.endswith(("/secrets", "/configmaps")):
            self.answer(
                200, {"kind": "SecretList", "apiVersion": "v1", "metadata": {}, "items": []}
            )
        else:
            self.answer(
                404, {"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404}
            )

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if found := RELEASE.search(sent) if sent.startswith(b"k8s\0") else None:
            release = json.loads(gzip.decompress(base64.b64decode(found.group())))
            hooks = [hook["manifest"] for hook in release.get("hooks") or ()]
            self.manifests.append("\n---\n".join([release["manifest"], *hooks]))
            made: dict[str, Any] = {"apiVersion": "v1", "kind": "Secret", "metadata": {}}
        else:
            made = json.loads(sent or b"{}")
        made.setdefault("metadata", {}).update(uid="made-up", resourceVersion="1")
        self.answer(201, made)

    do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815  # the names are http.server's

    def answer(self, status: int, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _groups(versions: list[str]) -> list[dict[str, Any]]:
    named = {name.split("/")[0] for name in versions}
    told = {
        group: [
            {"groupVersion": name, "version": name.split("/")[1]}
            for name in versions
            if name.split("/")[0] == group
        ]
        for group in sorted(named)
    }
    return [
        {"name": g, "versions": found, "preferredVersion": found[0]} for g, found in told.items()
    ]


def _resource(kind: str) -> dict[str, Any]:
    lower = kind.lower()
    plural = (
        f"{lower[:-1]}ies"
        if lower.endswith("y")
        else f"{lower}es"
        if lower.endswith("s")
        else f"{lower}s"
    )
    verbs = ["create", "get", "list", "patch", "update", "delete", "watch"]
    return {"name": plural, "singularName": lower, "namespaced": True, "kind": kind, "verbs": verbs}


def _merged(files: list[str]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for file in files:
        merged = _over(merged, yaml.safe_load(Path(file).read_text(encoding="utf-8")) or {})
    return merged


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    both = {
        key: _over(below[key], above[key])
        for key in below.keys() & above.keys()
        if isinstance(below[key], dict) and isinstance(above[key], dict)
    }
    return {**below, **above, **both}


async def _install(
    chart: str, release: str, namespace: str, values: dict[str, Any], port: int
) -> str:
    """Helm's error message, empty if there is none."""
    server = {"name": "stand-in", "cluster": {"server": f"http://127.0.0.1:{port}"}}
    context = {"cluster": "stand-in", "user": "nobody", "namespace": namespace}
    config: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [server],
        "users": [{"name": "nobody", "user": {}}],
        "contexts": [{"name": "stand-in", "context": context}],
        "current-context": "stand-in",
    }
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        yaml.safe_dump(config, file)
        file.flush()
        installation = cast("Any", Install)(
            Configuration(namespace=namespace, kubeconfig=file.name)
        )
        try:
            await installation.run(release, chart, values=values, wait=False, timeout=20)
        except Exception as error:  # noqa: BLE001  # the binding raises its own and Go's alike
            return str(error)
    return ""


async def _install_each(
    chart: str, release: str, namespace: str, files: list[str], port: int
) -> list[str | None]:
    """Helm's error message for each file, null where there is none."""
    return [
        await _install(chart, release, namespace, _merged([file]), port) or None for file in files
    ]


def main() -> None:
    each = sys.argv[1] == "--each"
    chart, release, namespace, *files = sys.argv[2 if each else 1 :]
    kinds = yaml.safe_load(
        (Path(__file__).parent / "kubernetes_kinds.yaml").read_text(encoding="utf-8")
    )
    Kubernetes.kinds = kinds
    server = ThreadingHTTPServer(("127.0.0.1", 0), Kubernetes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if each:
        said = _install_each(chart, release, namespace, files, server.server_port)
        json.dump(asyncio.run(said), sys.stdout)
        return
    said = asyncio.run(_install(chart, release, namespace, _merged(files), server.server_port))
    if said or not Kubernetes.manifests:
        sys.exit(said or "Helm stored no release.")
    sys.stdout.write(Kubernetes.manifests[0])


if __name__ == "__main__":
    main()
