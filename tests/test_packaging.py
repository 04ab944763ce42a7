"""Declared, pinned and shipped packages; tests marked `wheel` run with only the wheel installed."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import Distribution, distribution, packages_distributions
from pathlib import Path
from typing import Any

import httpx
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from serving.cli.demonstration import sample_folder
from serving.process.discovery import ADDRESS_FILE

ROOT = Path(__file__).parents[1]
OURS = ("agent", "tools", "serving", "chainlit_app")
MISSION = (
    *("langgraph", "langchain-community", "langchain-huggingface", "text-generation"),
    *("milvus-lite", "pymilvus", "sqlalchemy", "langserve", "chainlit"),
)
PINNED = re.compile(
    r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)[^\n\\]*"
    r"(?P<hashes>(?:\\\n\s+--hash=sha256:[0-9a-f]{64} ?)*)$",
    re.MULTILINE,
)
REGISTRY = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|https?://[^\s\"'<>]*/simple\b"
)
START_LIMIT_S = 60.0
STOP_LIMIT_S = 20.0


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def declared() -> dict[str, list[Requirement]]:
    """The direct requirements: the product's, its extras' and each group's own."""
    read = project()
    groups: dict[str, list[str]] = {
        "product": read["project"]["dependencies"],
        **read["project"]["optional-dependencies"],
        **{
            name: [line for line in lines if isinstance(line, str)]
            for name, lines in read["dependency-groups"].items()
        },
    }
    return {name: list(map(Requirement, lines)) for name, lines in groups.items()}


def locked(lock: str) -> list[tuple[str, str, int]]:
    """Name, version and number of hashes; a name comes twice where a marker splits it."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return [
        (canonicalize_name(pin["name"]), pin["version"], pin["hashes"].count("--hash="))
        for pin in PINNED.finditer(text)
    ]


def files_of_the_repository() -> list[Path]:
    """Files that git tracks or would track; a source archive has no git."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        missing = "This needs git (`apt-get install git`) and a checkout."
        if os.environ.get("REQUIRE_ALL_TESTS") == "1":  # noqa: TID251  # a test run's own switch
            pytest.fail(missing)
        pytest.skip(missing)
    # Without safe.directory, git refuses a checkout that somebody else owns, as CI's may be.
    command = [git, "-c", f"safe.directory={ROOT}", "-C", str(ROOT), "ls-files"]
    listed = subprocess.run(  # noqa: S603  # git, to read names
        [*command, "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [path for path in map(ROOT.joinpath, listed.stdout.splitlines()) if path.is_file()]


LOCKS = [
    ("requirements.lock", ("product", "dev", "build")),
    ("requirements-extras.lock", ("product", "ray", "ocr", "trino")),
    ("requirements-local.lock", ("product", "local")),
    ("requirements-page.lock", ("page",)),
    ("requirements-build.lock", ("build",)),
    ("requirements-docs.lock", ("docs",)),
]
CHOSEN_BY_HAND = "torch"
"""A build for CPU or for CUDA: the lock leaves the choice to the installer."""


@pytest.mark.parametrize(("lock", "groups"), LOCKS)
def test_every_direct_dependency_is_pinned_with_hashes_at_a_version_that_fits(
    lock: str, groups: tuple[str, ...]
) -> None:
    pins = locked(lock)
    for requirement in (one for group in groups for one in declared()[group]):
        name = canonicalize_name(requirement.name)
        versions = [(version, hashes) for pinned, version, hashes in pins if pinned == name]
        assert versions or name == CHOSEN_BY_HAND, requirement
        for version, hashes in versions:
            assert requirement.specifier.contains(version), requirement
            assert hashes, requirement


@pytest.mark.parametrize("lock", [lock for lock, _ in LOCKS])
def test_everything_in_a_lock_has_hashes_and_no_torch(lock: str) -> None:
    pins = locked(lock)
    assert [name for name, _, hashes in pins if not hashes] == []
    assert "torch" not in {name for name, _, _ in pins}


@pytest.mark.parametrize("lock", [lock for lock, _ in LOCKS[1:]])
def test_what_two_locks_hold_has_the_same_versions(lock: str) -> None:
    main = {(name, version) for name, version, _ in locked("requirements.lock")}  # some have two
    names = {name for name, _ in main}
    pins = {(name, version) for name, version, _ in locked(lock) if name in names}
    assert pins - main == set()


def test_the_packages_of_the_mission_are_declared() -> None:
    groups = {
        group: {canonicalize_name(one.name) for one in found} for group, found in declared().items()
    }
    assert set(MISSION) <= groups["product"]
    assert "pytest" in groups["dev"]


@pytest.mark.parametrize("lock", [lock for lock, _ in LOCKS])
def test_a_lock_names_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert re.findall(r"^\s*-[-\w]+", re.sub(r"--hash=", "", text), re.MULTILINE) == []
    assert "://" not in text


def test_no_file_of_the_repository_names_a_package_registry() -> None:
    naming = [
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in files_of_the_repository()
        for found in REGISTRY.finditer(path.read_text(encoding="utf-8", errors="replace"))
        if "example" not in found.group()
    ]
    assert naming == []


def test_no_folder_of_tests_is_a_package() -> None:
    """With an `__init__.py`, tests/agent would become the package `agent`."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []


@pytest.mark.parametrize(
    ("statement", "kept_out"),
    [
        ("import serving.schema, serving.client, serving.settings", {"agent", "tools"}),
        (
            "import sys; sys.argv = ['docsql', '--help']; from serving.cli import main; main()",
            {"langgraph", "chainlit", "pymilvus", "fastapi", "langserve"},
        ),
    ],
    ids=["what the page uses of serving", "docsql --help"],
)
def test_a_light_start_imports_nothing_heavy(statement: str, kept_out: set[str]) -> None:
    ending = "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr))"
    done = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-c", f"{ending}; {statement}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    imported = {name.partition(".")[0] for name in done.stderr.split()}
    assert "serving" in imported
    assert imported & kept_out == set()


def test_the_ci_script_is_a_valid_shell_script() -> None:
    subprocess.run(["bash", "-n", str(ROOT / ".ci" / "run")], check=True)  # noqa: S603, S607  # our own script


@pytest.fixture
def installed() -> Distribution:
    """The wheel's distribution: the first one that Python finds, in this environment itself."""
    found = distribution("docsql")
    assert Path(str(found.locate_file(""))).is_relative_to(sys.prefix)
    return found


def shipped(installed: Distribution) -> set[str]:
    return {file.as_posix() for file in installed.files or ()}


@pytest.mark.wheel
@pytest.mark.parametrize("package", OURS)
def test_nothing_else_installs_a_package_of_our_names(package: str) -> None:
    assert set(packages_distributions()[package]) == {"docsql"}


@pytest.mark.wheel
def test_the_wheel_holds_our_packages_and_nothing_beside_them(installed: Distribution) -> None:
    tops = {name.partition("/")[0] for name in shipped(installed)}
    tops -= {"..", f"docsql-{installed.version}.dist-info"}  # ../../../bin/docsql
    assert tops == set(OURS)


@pytest.mark.wheel
@pytest.mark.parametrize(
    ("folder", "inside", "pattern"),
    [
        *((package, package, "*.py") for package in OURS),
        ("agent/prompts", "agent/prompts", "*.md"),
        ("serving/models", "serving/models", "*.md"),
        ("chainlit_app", "chainlit_app", "*.*"),
        ("deployment/demo", "serving/demo", "*.*"),
    ],
)
def test_the_wheel_has_all_that_the_repository_has(
    installed: Distribution, folder: str, inside: str, pattern: str
) -> None:
    wanted = {
        f"{inside}/{path.relative_to(ROOT / folder).as_posix()}"
        for path in files_of_the_repository()
        if path.is_relative_to(ROOT / folder) and path.match(pattern)
    }
    assert wanted
    assert wanted - shipped(installed) == set()


@pytest.mark.wheel
def test_the_pages_configuration_is_shipped_although_its_folder_is_hidden(
    installed: Distribution,
) -> None:
    assert "chainlit_app/.chainlit/config.toml" in shipped(installed)


@pytest.mark.wheel
def test_the_sample_data_is_found_inside_the_installed_package() -> None:
    assert sample_folder().is_relative_to(sys.prefix)


@pytest.fixture
def service(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """`docsql serve` from the wheel, in an empty folder and on a free port."""
    process = subprocess.Popen(  # noqa: S603  # our own command
        [Path(sys.prefix) / "bin" / "docsql", "serve"],
        cwd=tmp_path,
        env={"DOCSQL_SERVICE__PORT": "0", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.wheel
def test_the_installed_service_answers_and_stops_when_told_to(
    tmp_path: Path, service: "subprocess.Popen[str]"
) -> None:
    address = tmp_path / "data" / ADDRESS_FILE
    url = url_written_to(address, service)
    assert healthy(url, service)
    service.send_signal(signal.SIGTERM)
    printed, _ = service.communicate(timeout=STOP_LIMIT_S)
    assert service.returncode == 0, printed
    assert "Traceback" not in printed
    assert not address.exists()


def url_written_to(address: Path, service: "subprocess.Popen[str]") -> str:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and service.poll() is None:
        with suppress(OSError, ValueError):  # not there yet, or not all of it
            return str(json.loads(address.read_text(encoding="utf-8"))["url"])
        threading.Event().wait(0.05)
    service.kill()
    return pytest.fail(f"The service did not start:\n{service.communicate()[0]}")


def healthy(url: str, service: "subprocess.Popen[str]") -> bool:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and service.poll() is None:
        with suppress(httpx.TransportError):
            return httpx.get(f"{url}/health", timeout=5, trust_env=False).is_success
        threading.Event().wait(0.05)
    return False
