"""`docsql ingest --workers ray://…`, in a process of its own: Ray is one a process."""

import json
import subprocess

import pytest
from docsql_process import Folder
from programs import needs_extra
from ray_head import ray_head

READ = [*((f"{number}.txt", "added", 1) for number in range(6)), ("broken.pdf", "failed", 0)]


@pytest.fixture
def filled(folder: Folder) -> Folder:
    needs_extra("ray")
    (folder.path / "docs").mkdir()
    for number in range(6):
        (folder.path / "docs" / f"{number}.txt").write_text(f"Rack {number}.", encoding="utf-8")
    (folder.path / "docs" / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    return folder


def test_a_local_ray_cluster_reads_as_this_machine_does(filled: Folder) -> None:
    taken = filled.run("ingest", "docs", "--workers", "ray://local", "--json")

    assert _outcomes(taken) == READ
    assert not list(filled.path.rglob(".ray"))


def test_a_ray_cluster_that_runs_in_processes_of_its_own_reads_too(filled: Folder) -> None:
    with ray_head(workers=2) as (address, settings):
        taken = filled.run("ingest", "docs", "--workers", address, "--json", **settings)

    assert _outcomes(taken) == READ


def _outcomes(taken: "subprocess.CompletedProcess[str]") -> list[tuple[str, str, int]]:
    assert taken.stderr == ""
    assert taken.returncode == 1
    return [
        (each["source"], each["outcome"], each["passages"]) for each in json.loads(taken.stdout)
    ]
