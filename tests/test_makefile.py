"""Errors of `make install` on a machine that is not ready."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="needs Debian's package make")


def _install(tmp_path: Path, python: Path) -> subprocess.CompletedProcess[str]:
    # Debian's minimal path, so that an installed uv does not take another way in.
    return subprocess.run(  # noqa: S603
        ["/usr/bin/make", "install", f"PYTHON={python}", f"VENV={tmp_path / 'venv'}"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )


def _stub(path: Path, script: str) -> Path:
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_a_python_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = _install(tmp_path, tmp_path / "python9")
    assert said.returncode != 0
    assert "There is no" in said.stdout
    assert "Install Python 3.11 or later" in said.stdout


def test_a_python_that_is_too_old_is_named_with_its_version(tmp_path: Path) -> None:
    old = _stub(tmp_path / "python3.9", '[ "$1" = -V ] && echo "Python 3.9.2" && exit; exit 1')
    said = _install(tmp_path, old)
    assert said.returncode != 0
    assert "DocSQL needs Python 3.11 or later" in said.stdout
    assert "is Python 3.9.2" in said.stdout


def test_a_python_without_venv_names_the_package_that_brings_it(tmp_path: Path) -> None:
    bare = _stub(
        tmp_path / "python3",
        f'case "$2" in *ensurepip*) exit 1;; esac; exec "{sys.executable}" "$@"',
    )
    said = _install(tmp_path, bare)
    assert said.returncode != 0
    assert "apt install python3-venv" in said.stdout
    assert not (tmp_path / "venv").exists()


def test_every_target_has_a_line_of_help() -> None:
    said = subprocess.run(
        ["/usr/bin/make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for target in ("install", "demo", "test", "check", "docs", "settings", "bench", "screenshots"):
        assert f"\n{target} " in f"\n{said.stdout}"
