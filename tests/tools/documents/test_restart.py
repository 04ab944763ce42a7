import signal
import subprocess
import sys
import threading
from pathlib import Path

from kept_readers import ingest

from tools.documents.passage import Passage
from tools.documents.store import DocumentStore

SCRIPT = Path(__file__).with_name("ingesting.py")
FILES = 12
KILLS = (0.0, 0.2, 0.5, 0.8)
"""How much of what an uninterrupted run writes is on the disk when a run is killed."""


def test_an_ingestion_that_is_killed_again_and_again_ends_like_one_that_was_not(
    tmp_path: Path,
) -> None:
    folder, interrupted, whole = tmp_path / "docs", tmp_path / "a.db", tmp_path / "b.db"
    folder.mkdir()
    for database in (interrupted, whole):
        _write_files(folder, version=1, sentences=20)
        _ingest(database, folder)
    begun = _size(whole)
    _write_files(folder, version=2, sentences=3_000)
    expected = _ingest(whole, folder)
    written = _size(whole) - begun

    killed = [_kill(interrupted, folder, at=begun + int(written * part)) for part in KILLS]

    assert killed.count(True) >= len(KILLS) // 2, killed
    assert _ingest(interrupted, folder) == expected


def _write_files(folder: Path, *, version: int, sentences: int) -> None:
    """Every third file stays as it is, and the second version has more files than the first."""
    for number in range(FILES * version // 2):
        if version == 1 or number % 3:
            words = f"Sentence {{}} of file {number} in version {version} is about racks. "
            text = "".join(words.format(place) for place in range(sentences))
            (folder / f"{number:02}.txt").write_text(text, encoding="utf-8")


def _ingest(database: Path, folder: Path) -> list[Passage]:
    with DocumentStore.open(database) as store:
        report = ingest([folder], store=store, collection="c")
        assert report.count("failed") == 0
        return [p for document in store.documents() for p in store.passages(document.id)]


def _kill(database: Path, folder: Path, *, at: int) -> bool:
    """Begin an ingestion and kill it when the store has grown to that size; whether it was."""
    command = [sys.executable, str(SCRIPT), str(database), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603  # our own script
        assert process.stdout
        assert process.stdout.readline() == b"open\n"
        while _size(database) < at and process.poll() is None:
            threading.Event().wait(0.002)
        process.kill()
        return process.wait() == -signal.SIGKILL


def _size(database: Path) -> int:
    return sum(path.stat().st_size for path in database.rglob("*") if path.is_file())
