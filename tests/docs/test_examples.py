"""The examples of the documentation run as they are printed, against a real service."""

import ast
import re
from pathlib import Path

import httpx
import pytest
from docsql_process import Folder, make_database

DOCS = Path(__file__).parents[2] / "docs"
ADDRESS = "http://127.0.0.1:8710"


def examples(page: str, language: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A folder with the sample's database; any port."""
    folder = Folder(tmp_path, {"DOCSQL_SERVICE__PORT": "0", "NO_PROXY": "127.0.0.1"})
    folder.data.mkdir()
    make_database(DOCS.parent / "deployment/demo/database.sql", folder.data / "demo.sqlite")
    return folder


def test_the_python_examples_run(folder: Folder) -> None:
    said = ""
    with folder.serving() as service:
        files = {"file": ("badges.md", "# Badges\n\nLost badges are reported to the front desk.\n")}
        httpx.post(f"{service.url}/documents", files=files, trust_env=False).raise_for_status()
        for example in examples("python-api.md", "python"):
            done = folder.python("-c", example.replace(ADDRESS, service.url))
            assert done.returncode == 0, f"{example}\n{done.stderr}"
            said += done.stdout
    assert re.search(r"docsql://documents/\w+/passages/\w+ Lost badges", said)


def test_the_examples_for_another_version_of_a_package_are_python() -> None:
    others = examples("python-api.md", "py")
    assert others
    for example in others:
        ast.parse(example)


def test_every_route_and_every_event_is_on_the_http_page(folder: Folder) -> None:
    with folder.serving() as service:
        described = httpx.get(f"{service.url}/openapi.json", trust_env=False).json()
    page = (DOCS / "http-api.md").read_text(encoding="utf-8")
    routes = [
        f"`{method.upper()} {path}`"
        for path, methods in described["paths"].items()
        for method in methods
    ]
    assert [route for route in routes if route not in page] == []
    schemas = described["components"]["schemas"]
    events = schemas["Event"]["discriminator"]["mapping"]
    assert [name for name in events if f"| `{name}` |" not in page] == []
