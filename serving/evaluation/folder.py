"""A run is one folder: what it was, what was right, and every answer as it came."""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from agent.evaluation.dataset import read_lines
from serving.evaluation.case import SetCase
from serving.evaluation.record import Expected, Judge, Judged, Record
from tools.errors import BadInput, Busy, Unavailable

OURS = "docsql"
"""The agent that answers unless a baseline is asked."""
RUN, CASES, EXPECTED, ANSWERS = "run.json", "cases.jsonl", "expected.jsonl", "answers.jsonl"
LOCK = ".lock"
"""Held by the process that asks."""
JUDGE, JUDGED = "judge.json", "judged.jsonl"
"""What the judge is and was told, and what it said; only where answers were judged."""


Line = TypeVar("Line", bound=BaseModel)


class Described(BaseModel):
    """What a run was: all of `identity` is the same where the same was asked of the same.

    `identity` has, by name: the door, the agent, versions, settings without secrets, models, and fingerprints
    of the cases, the expected rows, the prompts, the code, the databases' schemas and the documents.
    `files` has the SHA-256 of those that the answers are compared with.
    """

    set: str
    started_at: str
    concurrency: int
    identity: dict[str, Any]
    files: dict[str, str] = {}

    @property
    def agent(self) -> str:
        """What answered: our own agent, or a baseline."""
        return str(self.identity.get("agent", OURS))


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its folder holds it; `records` has the last answer to each case.

    `judged` is what the `judge` said, by case, where it was asked.
    """

    folder: Path
    described: Described
    cases: Sequence[SetCase]
    expected: Mapping[str, Expected]
    records: Mapping[str, Record]
    judge: Judge | None = None
    judged: Mapping[str, Judged] = field(default_factory=dict[str, Judged])

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def left(self) -> list[SetCase]:
        """The cases without an answer."""
        return [
            case
            for case in self.cases
            if case.id not in self.records or self.records[case.id].answer is None
        ]


def read_run(folder: Path) -> Run:
    """A run, finished or not.

    Raises:
        BadInput: the folder holds none, or what it holds was changed or cannot be read.
    """
    try:
        described = Described.model_validate_json((folder / RUN).read_bytes())
    except (OSError, ValidationError) as error:
        raise BadInput(
            f"{str(folder)!r} is not the folder of a run. `docsql eval run SET` creates one and says where."
        ) from error
    _check_unchanged(folder, described)
    return Run(
        folder=folder,
        described=described,
        cases=read_lines(folder / CASES, SetCase),
        expected={one.id: one for one in read_lines(folder / EXPECTED, Expected)},
        records={record.id: record for record in _records(folder / ANSWERS, Record)},
        judge=_judge(folder),
        judged={one.id: one for one in _records(folder / JUDGED, Judged)},
    )


def _check_unchanged(folder: Path, described: Described) -> None:
    """Check what the answers are compared with: without its rows, a case would count as right."""
    for name, digest in described.files.items():
        path = folder / name
        if not path.is_file() or _digest(path.read_bytes()) != digest:
            raise BadInput(
                f"{str(path)!r} is not as the run wrote it. Run the set again with --fresh."
            )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def begin(
    folder: Path, described: Described, cases: Sequence[SetCase], expected: Sequence[Expected]
) -> None:
    """Create the empty folder of a run; delete what it held.

    The description is written last: a folder without it holds no run.

    Raises:
        BadInput: the folder cannot be written to.
    """
    compared = {
        CASES: "".join(f"{case.model_dump_json(exclude_defaults=True)}\n" for case in cases),
        EXPECTED: "".join(f"{one.model_dump_json()}\n" for one in expected),
    }
    files = {name: _digest(text.encode()) for name, text in compared.items()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (RUN, JUDGE, JUDGED):
            (folder / name).unlink(missing_ok=True)
        for name, text in {**compared, ANSWERS: ""}.items():
            _write(folder / name, text)
        written = described.model_copy(update={"files": files})
        _write(folder / RUN, written.model_dump_json(indent=2))
    except OSError as error:
        raise _not_kept(folder, error) from error


def _not_kept(folder: Path, error: OSError) -> BadInput:
    return BadInput(
        f"A run cannot be kept in {str(folder)!r} ({error.strerror}). Give another --out."
    )


def differences(one: Mapping[str, Any], other: Mapping[str, Any], within: str = "") -> list[str]:
    """The names under which two descriptions differ."""
    found: list[str] = []
    for name in sorted({*one, *other}):
        a, b = one.get(name), other.get(name)
        if isinstance(a, dict) and isinstance(b, dict):
            found += differences(a, b, f"{within}{name}.")  # pyright: ignore[reportUnknownArgumentType]  # JSON
        elif json.dumps(a) != json.dumps(b):
            found.append(f"{within}{name}")
    return found


class Answers:
    """The file of answers, open to be added to: what was added is on the disk."""

    def __init__(self, file: FileIO) -> None:
        self._file = file

    def add(self, record: Record) -> None:
        """Keep an answer, whatever happens to this process next.

        Raises:
            Unavailable: there is no room for it; the file has whole answers only.
        """
        whole = self._file.tell()
        left = memoryview(f"{record.model_dump_json()}\n".encode())
        try:
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            self._file.truncate(whole)
            self._file.seek(whole)
            raise Unavailable(
                f"The answers cannot be written to {self._file.name!r} ({error.strerror}). Those "
                "before are kept: make room, and repeat the command to go on."
            ) from error


@contextmanager
def alone_in(folder: Path) -> Generator[None]:
    """The folder of a run for this process alone, before anything in it is replaced.

    Raises:
        Busy: another process has it.
        BadInput: it cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK).open("ab")
    except OSError as error:
        raise _not_kept(folder, error) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy(
                f"Another process is asking for {str(folder)!r}. Wait for it, or give another --out.",
                retry_after_s=60,
            ) from error
        yield


@contextmanager
def open_answers(folder: Path) -> Generator[Answers]:
    """The answers of a run to go on with, without the half line that a killed process left."""
    (folder / ANSWERS).touch()
    with (folder / ANSWERS).open("r+b", buffering=0) as file:
        file.seek(_whole(file.readall()))
        file.truncate()
        yield Answers(file)


@contextmanager
def keep_judged(
    folder: Path, judge: Judge, known: Sequence[Judged]
) -> Generator[Callable[[Judged], None]]:
    """Keep what a judge says as it comes, after what is `known` of the same one."""
    lines = "".join(f"{one.model_dump_json()}\n" for one in known)
    _write(folder / JUDGED, lines)
    _write(folder / JUDGE, judge.model_dump_json(indent=2))
    with (folder / JUDGED).open("ab", buffering=0) as file:

        def keep(one: Judged) -> None:
            file.write(f"{one.model_dump_json()}\n".encode())

        yield keep


def _judge(folder: Path) -> Judge | None:
    path = folder / JUDGE
    if not path.is_file():
        return None
    try:
        return Judge.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise BadInput(f"{str(path)!r} cannot be read. Delete it to judge again.") from error


def _records(path: Path, kind: type[Line]) -> list[Line]:
    """The whole lines, none where there is no file; the last one may be half of one.

    Raises:
        BadInput: a line cannot be read; the message says which.
    """
    content = path.read_bytes() if path.is_file() else b""
    lines = content[: _whole(content)].split(b"\n")
    return [_record(line, kind, path, n) for n, line in enumerate(lines, 1) if line.strip()]


def _record(line: bytes, kind: type[Line], path: Path, number: int) -> Line:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        raise BadInput(
            f"{str(path)!r}, line {number} cannot be read. Delete the line to ask or judge again."
        ) from error


def _whole(content: bytes) -> int:
    """How many bytes are whole lines."""
    return content.rfind(b"\n") + 1


def _write(path: Path, text: str) -> None:
    """Replace a file at once."""
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    with suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
