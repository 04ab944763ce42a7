import json
import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deployment/helm/docsql"
HELM_PYTHON = ROOT / "build/helm/bin/python"
MISSING = "The chart is rendered by helm, or by helm-sdkpy in a Python 3.12 or later: `make helm` makes one."

Object = dict[str, Any]
Render = Callable[..., list[Object]]
Refusals = Callable[[list[Object]], list[str | None]]


class Refused(Exception):
    """Helm's words on values that it does not take."""


@cache
def _engine() -> tuple[str, ...]:
    if helm := shutil.which("helm"):
        return (helm, "template", "docsql", str(CHART), "--namespace", "apps")
    if HELM_PYTHON.exists():
        script = Path(__file__).parent / "helm_render.py"
        return (str(HELM_PYTHON), str(script), str(CHART), "docsql", "apps")
    if os.environ.get("REQUIRE_ALL_TESTS") == "1":  # noqa: TID251  # a test run's own switch
        pytest.fail(MISSING)
    pytest.skip(MISSING)


@cache
def _rendered(ready_made: str | None, own: str) -> str:
    """What Helm makes of a values file, values as YAML, or both; the same is asked for repeatedly."""
    with NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as given:
        given.write(own)
        given.flush()
        files = [str(CHART / "values" / f"{ready_made}.yaml")] if ready_made else []
        return _helm(*files, *([given.name] if own else []))


def _helm(*files: str) -> str:
    engine = _engine()
    by_helm = engine[1] == "template"
    values = [part for file in files for part in (("--values", file) if by_helm else (file,))]
    done = subprocess.run(  # noqa: S603  # Helm, or our own script around it
        [*engine, *values], capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode != 0:
        raise Refused(done.stderr)
    return done.stdout


@pytest.fixture(scope="session")
def render() -> Render:
    """The chart's objects with a ready-made values file's name, further values, or both."""

    def objects(ready_made: str | None = None, **values: Any) -> list[Object]:
        text = _rendered(ready_made, yaml.safe_dump(values) if values else "")
        return [found for found in yaml.load_all(text, Loader=yaml.CSafeLoader) if found]

    return objects


@pytest.fixture(scope="session")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> Refusals:
    """Helm's words on each of the values, None where it takes them."""

    def said(values: list[Object]) -> list[str | None]:
        folder = tmp_path_factory.mktemp("values")
        files = [str(folder / f"{number}.yaml") for number in range(len(values))]
        for file, one in zip(files, values, strict=True):
            Path(file).write_text(yaml.safe_dump(one), encoding="utf-8")
        engine = _engine()
        if engine[1] == "template":
            return [_refusal(file) for file in files]
        command = [*engine[:2], "--each", *engine[2:], *files]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)  # noqa: S603
        return json.loads(done.stdout)

    return said


def _refusal(file: str) -> str | None:
    try:
        _helm(file)
    except Refused as refused:
        return str(refused)
    return None
