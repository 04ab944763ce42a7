import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import docx
import pytest

from tools.documents.child_process import ChildProcess
from tools.documents.readers import FileReaders
from tools.documents.reading import ReadingRules, ReadingTask

MEGABYTE = 1024**2


class Started(list[ChildProcess]):
    """Starts children as the pool asks for them, and knows them."""

    def start(self) -> ChildProcess:
        self.append(ChildProcess())
        return self[-1]


@pytest.fixture
def started() -> Started:
    return Started()


@pytest.fixture
def readers(started: Started) -> Iterator[FileReaders]:
    rules = ReadingRules(seconds=30, memory=300 * MEGABYTE)
    with FileReaders(1, rules, start=started.start) as opened:
        yield opened


def _task(path: Path, content: str = "Ants walk.") -> ReadingTask:
    path.write_text(content, encoding="utf-8")
    return ReadingTask(str(path), "an-id", "c", path.name, "a-hash")


def test_a_child_is_kept_for_the_next_file(
    tmp_path: Path, readers: FileReaders, started: Started
) -> None:
    first = readers.submit(_task(tmp_path / "a.txt")).result()
    second = readers.submit(_task(tmp_path / "b.txt", "Bees fly.")).result()

    assert [p.text for p in (*first.passages, *second.passages)] == ["Ants walk.", "Bees fly."]
    assert first.passages[0].source == "a.txt"
    assert len(started) == 1


def test_a_file_that_takes_too_long_is_stopped_and_the_next_one_is_read(tmp_path: Path) -> None:
    endless = _task(tmp_path / "endless.txt", "Word by word. " * 4_000_000)
    with FileReaders(1, ReadingRules(seconds=2)) as readers:
        slow = readers.submit(endless).result()
        next_one = readers.submit(_task(tmp_path / "a.txt")).result()

    assert slow.reason.startswith("endless.txt: parsing took longer than 2 s and was stopped;")
    assert next_one.title == "a"


def test_a_file_that_needs_too_much_memory_is_stopped_and_the_next_one_is_read(
    tmp_path: Path, readers: FileReaders
) -> None:
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(200 * MEGABYTE)

    large = readers.submit(
        ReadingTask(str(tmp_path / "large.txt"), "id", "c", "large.txt", "h")
    ).result()
    next_one = readers.submit(_task(tmp_path / "a.txt")).result()

    assert large.reason.startswith("large.txt: parsing took more than 0.293 GB of memory")
    assert next_one.title == "a"


def test_a_word_document_that_needs_too_much_memory_is_not_called_damaged(
    tmp_path: Path, readers: FileReaders
) -> None:
    path = tmp_path / "long.docx"
    docx.Document().save(str(path))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    paragraph = b"<w:p><w:r><w:t>Ants walk.</w:t></w:r></w:p>"
    written = parts["word/document.xml"].replace(b"<w:body>", b"<w:body>" + paragraph * 900_000)
    parts["word/document.xml"] = written
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)

    long = readers.submit(ReadingTask(str(path), "id", "c", path.name, "h")).result()

    assert long.reason.startswith("long.docx: parsing took more than 0.293 GB of memory and was")


def test_a_file_that_brings_its_reader_down_is_said_and_the_next_one_is_read(
    tmp_path: Path, readers: FileReaders, started: Started
) -> None:
    readers.submit(_task(tmp_path / "a.txt")).result()
    long = readers.submit(_task(tmp_path / "long.txt", "Word by word. " * 1_000_000))
    os.kill(started[0].process_id, signal.SIGKILL)

    assert long.result().reason.startswith(
        "long.txt: the parser process crashed on it (exit code -9); save"
    )
    assert readers.submit(_task(tmp_path / "b.txt")).result().title == "b"


def test_closing_ends_the_children_in_the_middle_of_a_file(
    tmp_path: Path, started: Started
) -> None:
    readers = FileReaders(2, ReadingRules(seconds=600), start=started.start)
    results = [
        readers.submit(_task(tmp_path / f"{name}.txt", "Word by word. " * 1_000_000))
        for name in "abc"
    ]
    while not started:
        pass

    readers.close()

    assert all(result.done() for result in results)
    for child in started:
        with pytest.raises(ProcessLookupError):
            os.kill(child.process_id, 0)


ORPHANING = """
import sys
from tools.documents.child_process import ChildProcess
from tools.documents.readers import FileReaders
from tools.documents.reading import ReadingRules, ReadingTask
child = ChildProcess()
readers = FileReaders(1, ReadingRules(seconds=600, memory=8 * 1024**3), start=lambda: child)
short, endless = (ReadingTask(path, "id", "c", "s", "h") for path in sys.argv[1:])
readers.submit(short).result()
result = readers.submit(endless)
print(child.process_id, flush=True)
result.result()
"""


def test_a_child_ends_soon_after_its_parent_was_killed(tmp_path: Path) -> None:
    short = _task(tmp_path / "a.txt")
    # Ten seconds of work or more, so that the child is in the middle of it.
    endless = _task(tmp_path / "endless.txt", "Word by word. " * 4_000_000)
    command = [sys.executable, "-c", ORPHANING, short.path, endless.path]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:  # noqa: S603  # our own code
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.kill()

    deadline = time.monotonic() + 8
    while _lives(child):
        assert time.monotonic() < deadline


def _lives(process: int) -> bool:
    """A zombie has ended; its new parent may reap it later."""
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False


def test_what_cannot_be_read_is_a_reason_and_the_child_lives_on(
    tmp_path: Path, readers: FileReaders, started: Started
) -> None:
    refused = readers.submit(_task(tmp_path / "a.doc", "Ants\0walk.")).result()

    assert refused.reason.startswith("a.doc: ")
    assert readers.submit(_task(tmp_path / "b.txt")).result().title == "b"
    assert len(started) == 1


def test_an_error_that_nobody_foresaw_is_told_and_the_child_lives_on(
    tmp_path: Path, readers: FileReaders, started: Started
) -> None:
    no_path = ReadingTask(cast(Any, None), "an-id", "c", "sub/a.txt", "a-hash")
    failed = readers.submit(no_path).result()

    assert failed.reason.startswith("a.txt: parsing failed with an unexpected error (TypeError: ")
    assert "NoneType" in failed.reason
    assert readers.submit(_task(tmp_path / "b.txt")).result().title == "b"
    assert len(started) == 1
