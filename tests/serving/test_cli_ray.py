"""`docsql ingest --workers ray://local`, in a process of its own: Ray is one a process."""

import json
from pathlib import Path

from docsql_process import Folder
from programs import needs_extra


def test_a_local_ray_cluster_reads_as_this_machine_does(folder: Folder, documents: Path) -> None:
    needs_extra("ray")
    (folder.path / "docs").mkdir()
    for number in range(6):
        (folder.path / "docs" / f"{number}.txt").write_text(f"Rack {number}.", encoding="utf-8")
    (folder.path / "docs" / "broken.pdf").write_bytes(b"%PDF-1.4 broken")

    taken = folder.run("ingest", "docs", "--workers", "ray://local", "--json")

    assert taken.returncode == 1
    assert taken.stderr == ""
    assert [
        (outcome["source"], outcome["outcome"], outcome["passages"])
        for outcome in json.loads(taken.stdout)
    ] == [*((f"{number}.txt", "added", 1) for number in range(6)), ("broken.pdf", "failed", 0)]
    assert not list(folder.path.rglob(".ray"))
