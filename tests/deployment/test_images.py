"""The images' recipes, and the page started from no more than its image holds."""

import re
import subprocess
import sys
import threading
from importlib.metadata import packages_distributions
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
DOCKER = ROOT / "deployment/docker"
RECIPES = ["service", "page"]
OURS = ("agent", "tools", "serving", "chainlit_app")
LIMIT_S = 60

ONLY = """
import sys
from importlib.abc import MetaPathFinder

ABSENT = set({absent!r})

class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""


def recipe(name: str) -> str:
    return (DOCKER / f"{name}.Dockerfile").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", RECIPES)
def test_everything_that_is_copied_is_there_and_let_through(name: str) -> None:
    allowed = (DOCKER / f"{name}.Dockerfile.dockerignore").read_text(encoding="utf-8")
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", recipe(name), re.MULTILINE)
    assert len(sources) >= 7
    for source in " ".join(sources).split():
        assert (ROOT / source).exists(), source
        patterns = [line[1:] for line in allowed.splitlines() if line.startswith("!")]
        assert any(Path(source).match(pattern) for pattern in patterns), source


@pytest.mark.parametrize("name", RECIPES)
def test_it_runs_as_nobody_special_from_a_lock_with_hashes_and_says_how_it_is(name: str) -> None:
    text = recipe(name)
    final = text.split("\nFROM ")[-1]
    assert re.search(r"^USER 10001:10001$", final, re.MULTILINE)
    assert final.index("USER") < final.index("ENTRYPOINT")
    assert "HEALTHCHECK" in final
    assert "org.opencontainers.image.licenses" in final
    for installation in re.findall(r"pip install [^\n]*-r [^\n]*", text):
        assert "--require-hashes" in installation
    assert re.findall(r"^ARG BASE=\S+:\S+\d", text, re.MULTILINE)


def test_the_page_starts_with_nothing_but_what_its_lock_holds(tmp_path: Path) -> None:
    lock = (ROOT / "requirements-page.lock").read_text(encoding="utf-8")
    held = {name.lower() for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)}
    absent = sorted(
        module
        for module, owners in packages_distributions().items()
        if module not in OURS
        and not any(re.sub(r"[-_.]+", "-", owner).lower() in held for owner in owners)
    )
    assert {"langgraph", "pymilvus"} <= set(absent)
    (tmp_path / "sitecustomize.py").write_text(ONLY.format(absent=absent), encoding="utf-8")
    command = [sys.executable, "-m", "chainlit_app.launch", "--host", "127.0.0.1", "--port", "0"]
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(tmp_path),
        "DOCSQL_DATA": str(tmp_path / "data"),
    }
    with subprocess.Popen(  # noqa: S603  # our own page
        command,
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as page:
        stop = threading.Timer(LIMIT_S, page.kill)
        stop.start()
        try:
            assert page.stdout is not None
            said: list[str] = []
            for line in page.stdout:
                said.append(line)
                if found := re.search(r"http://\S+:\d+", line):
                    assert httpx.get(found.group(), timeout=30).status_code == 200
                    break
            else:
                pytest.fail("".join(said))
        finally:
            stop.cancel()
            page.kill()
