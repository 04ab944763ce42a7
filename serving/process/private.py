"""Keeps what DocSQL writes to its owner: files 0600, folders 0700, whatever the umask.

SQLite, Milvus Lite and Chainlit make files of their own, so the process's umask is what decides.
"""

import logging
import os
import stat
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TextIO

from serving.config.settings import DEFAULT_CONFIG, Settings

log = logging.getLogger(__name__)

_OURS = (
    *("threads.db*", "audit.jsonl", "keys.json", ".keys.json.*", "local.key*", "service.json"),
    *(
        "certificate.key*",
        "probes.json",
        "milvus.db",
        "files",
        "tables",
        "uploads",
        "page",
        "demo.sqlite*",
        "demo.unfinished*",
    ),
    "evaluations",
)
"""The files in the data folder, including those that SQLite and killed processes leave."""
_BESIDE = ("", "-wal", "-shm", "-journal")
_OTHERS = 0o077

_USERS_UMASK: ContextVar[int | None] = ContextVar("users_umask", default=None)


@contextmanager
def private_files() -> Generator[None]:
    """Have all that is made within be its owner's alone. For a door: it is the whole process's."""
    known, before = _USERS_UMASK.get(), os.umask(_OTHERS)
    _USERS_UMASK.set(before)
    try:
        yield
    finally:
        _USERS_UMASK.set(known)  # not by its token: an event loop may leave in another context
        os.umask(before)


def keep_private() -> None:
    """The same to the process's end."""
    os.umask(_OTHERS)


def open_for_user(path: Path) -> TextIO:
    """A file that a person asked for, to be written: a new one as their own umask wants it."""
    umask = _USERS_UMASK.get()
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError:
        return path.open("w", encoding="utf-8")
    if umask is not None:
        os.fchmod(opened, 0o666 & ~umask)
    return os.fdopen(opened, "w", encoding="utf-8")


def close_to_others(settings: Settings) -> None:
    """Take from others what an earlier version, or a copy, left open to them.

    The data folder itself keeps its mode where somebody keeps other things in it: it is shared
    then, and what is ours in it is closed all the same. What may not be changed stays as it is.
    """
    data = settings.data
    for path in (*_kept_in(data), *_kept_elsewhere(settings)):
        _close(path)
    with suppress(OSError):
        entries = [entry.name for entry in os.scandir(data)]
        is_open = data.stat().st_mode & _OTHERS
        if is_open and all(_is_known(name, settings) for name in entries):
            data.chmod(0o700)
    with suppress(OSError):
        mode = stat.S_IMODE(data.stat().st_mode)
        if mode & _OTHERS:
            log.info("The data folder %r stays readable by other users (mode %o).", str(data), mode)


def _kept_in(data: Path) -> Iterator[Path]:
    with suppress(OSError):
        yield from (Path(entry.path) for entry in os.scandir(data) if _is_ours(entry.name))


def _kept_elsewhere(settings: Settings) -> Iterator[Path]:
    if settings.threads.uri is not None and settings.threads.is_embedded:
        file = settings.threads.uri.get_secret_value()
        yield from (Path(f"{file}{ending}") for ending in _BESIDE)
    if settings.documents.uri is not None and settings.documents.is_embedded:
        yield Path(settings.documents.uri)
    if settings.telemetry.audit is not None:
        yield settings.telemetry.audit


def _close(path: Path) -> None:
    """A file, or a folder after its content; a folder that is closed already is skipped."""
    with suppress(OSError):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode) and mode & _OTHERS:
            for entry in os.scandir(path):
                _close(Path(entry.path))
            path.chmod(0o700)
        elif stat.S_ISREG(mode) and mode & (_OTHERS | stat.S_IXUSR):
            path.chmod(mode & 0o600)


def _is_ours(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in _OURS)


def _is_known(name: str, settings: Settings) -> bool:
    """Whether an entry of the data folder is ours, named by a setting, or no one's in particular."""
    if _is_ours(name) or name.startswith(".") or name in {DEFAULT_CONFIG.name, "lost+found"}:
        return True
    named = [str(path) for path in _kept_elsewhere(settings)]
    for database in settings.databases.values():
        url = database.url.get_secret_value().partition("?")[0]
        named += [f"{url}{ending}" for ending in _BESIDE if url.startswith("sqlite:")]
        named.append(str(database.golden_queries or ""))
        named.append(str(database.model or ""))
    return any(Path(each).name == name for each in named)
