"""Workers that are forked run every test once, and say what became of it."""

import subprocess
import sys
from pathlib import Path

import forked_workers

CONFTEST = """
import sys
sys.path.insert(0, {folder!r})
from forked_workers import ForkedWorkers
def pytest_configure(config):
    config.pluginmanager.register(ForkedWorkers(2))
"""
MODULE = """
import atexit, os, pathlib, pytest
here = pathlib.Path(__file__)
def note(what):
    with here.with_suffix(".log").open("a") as log:
        log.write(f"{what} ")
@pytest.fixture(scope="module")
def part():
    yield
    note("closed")
@pytest.mark.parametrize("number", range(4))
def test_it(part, number, tmp_path):
    note(number)
    print("said by", number)
    assert number != 2
def test_skipped():
    pytest.skip("for a reason")
def test_ending():
    atexit.register(note, "exited")
"""
CRASH = "import os\ndef test_crash(): os._exit(7)\n"


def _ran(folder: Path, *options: str) -> tuple[int, str]:
    standin = str(Path(forked_workers.__file__).parent)
    (folder / "conftest.py").write_text(CONFTEST.format(folder=standin), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--disable-plugin-autoload", "-rfs", *options]
    ran = subprocess.run(  # noqa: S603  # the tests' own interpreter
        [*command, "-p", "no:cacheprovider", f"--basetemp={folder / 'base'}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout


def test_every_file_is_run_by_one_worker_to_its_end(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"test_{name}.py").write_text(MODULE, encoding="utf-8")
    code, said = _ran(tmp_path)
    assert code == 1
    assert "3 failed, 12 passed, 3 skipped" in said
    assert "for a reason" in said
    assert said.count("said by 2") == 3
    for name in ("a", "b", "c"):
        assert f"FAILED test_{name}.py::test_it[2]" in said
        ran = (tmp_path / f"test_{name}.log").read_text(encoding="utf-8").split()
        assert ran == ["0", "1", "2", "3", "closed", "exited"]
    assert len(list((tmp_path / "base").glob("worker?/test_it_0_?"))) == 3


def test_a_failure_ends_a_run_that_was_to_end_with_it(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(MODULE, encoding="utf-8")
    code, said = _ran(tmp_path, "-x")
    assert code == 1
    assert "1 failed, 2 passed" in said
    ran = (tmp_path / "test_a.log").read_text(encoding="utf-8").split()
    assert ran == ["0", "1", "2", "closed"]


def test_a_worker_that_crashes_fails_the_run_by_the_name_of_the_test(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(CRASH, encoding="utf-8")
    code, said = _ran(tmp_path)
    assert code == 2
    assert "a worker ended (7) in test_a.py::test_crash" in said
