"""Evaluations whose disk is full: what was there stays, and the command says so in one line."""

import resource
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from docsql_process import Folder
from evaluated import make_run, record

from serving.evaluation.folder import ANSWERS, open_answers, read_run
from serving.process.whole_file import write_whole
from tools.errors import Unavailable

TOML = "# mine\n[service]\nport = 8123\n"


@contextmanager
def most(size: int) -> Generator[None]:
    """Limit the size of files in this process, so that a write fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def full(path: Path) -> Folder:
    return replace(Folder(path), before=("prlimit", "--fsize=5"))


def test_answers_stay_whole_and_the_run_goes_on_later(tmp_path: Path) -> None:
    make_run(tmp_path, ["right", "wrong"])
    whole = (tmp_path / ANSWERS).read_bytes()
    with open_answers(tmp_path) as answers:
        with (
            most(len(whole) + 100),
            pytest.raises(Unavailable, match="make room, and repeat the command"),
        ):
            answers.add(record("case 1", "right"))
        assert (tmp_path / ANSWERS).read_bytes() == whole
        answers.add(record("case 1", "right"))
    assert read_run(tmp_path).records["case 1"] == record("case 1", "right")


def test_settings_are_not_lost_to_a_full_disk(tmp_path: Path) -> None:
    made = make_run(tmp_path / "run", ["right"] * 60, confidences=dict.fromkeys(range(60), 0.9))
    (tmp_path / "docsql.toml").write_text(TOML, encoding="utf-8")
    command = ("eval", "threshold", made.name, "--risk", "0.1", "--write")
    failed = full(tmp_path).run(*command)
    assert (failed.returncode, "cannot be written" in failed.stderr) == (1, True), failed.stderr
    assert (tmp_path / "docsql.toml").read_text(encoding="utf-8") == TOML
    assert Folder(tmp_path).run(*command).returncode == 0
    assert "least_confidence = 0.9" in (tmp_path / "docsql.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["set.csv", "set.jsonl"])
def test_nothing_half_written_is_left(tmp_path: Path, name: str) -> None:
    made = make_run(tmp_path / "run", ["right"] * 3)
    cases = str(made.folder / "cases.jsonl")
    if name == "set.jsonl":
        assert Folder(tmp_path).run("eval", "export", cases, "old.csv").returncode == 0
        (tmp_path / name).write_bytes((made.folder / "cases.jsonl").read_bytes())
        command = ("eval", "import", "old.csv", name)
    else:
        command = ("eval", "export", cases, name)
    before = {path.name for path in tmp_path.iterdir()}
    failed = full(tmp_path).run(*command)
    assert (failed.returncode, "cannot be written" in failed.stderr) == (1, True), failed.stderr
    assert {path.name for path in tmp_path.iterdir()} == before


def test_a_report_replaces_the_last_one_whole(tmp_path: Path) -> None:
    make_run(tmp_path / "run", ["right"])
    (tmp_path / "run" / "report.html").write_text("old", encoding="utf-8")
    assert full(tmp_path).run("eval", "report", "run").returncode == 1
    assert (tmp_path / "run" / "report.html").read_text(encoding="utf-8") == "old"


def test_a_file_is_written_whole_through_a_link_and_into_a_pipe(tmp_path: Path) -> None:
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("before", encoding="utf-8")
    real.chmod(0o640)
    link.symlink_to(real)
    write_whole(link, "after")
    assert (link.is_symlink(), real.read_text(encoding="utf-8")) == (True, "after")
    assert real.stat().st_mode & 0o777 == 0o640
    write_whole(Path("/dev/null"), "gone")
    assert not Path("/dev/null").is_file()
