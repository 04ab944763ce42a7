"""API keys: named, scoped, revocable, and kept as digests that open nothing.

A key is 256 random bits, so that a plain SHA-256 of it cannot be searched for its origin; the slow
hashes that passwords need would only cost every request their time.
"""

import fcntl
import hmac
import os
import re
import secrets
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from serving.auth.scopes import SCOPES, Scope
from tools.caller import Caller
from tools.errors import BadInput, Unavailable, UnknownName

KEYS_FILE = "keys.json"
DEPLOYMENT = "deployment"
"""The name of the caller with DOCSQL_AUTH__API_KEY, which no key of ours may have."""
_KEY = re.compile(r"docsql_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


def key_caller(name: str) -> str:
    """The id of the caller with the key of that name."""
    return f"key:{name}"


class KeyRecord(BaseModel):
    """The stored record of a key; `sha256` is the digest of the whole key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str
    sha256: str
    groups: tuple[str, ...]
    scopes: tuple[Scope, ...]
    created: datetime
    revoked: datetime | None = None

    @property
    def caller(self) -> Caller:
        """The caller that this key belongs to."""
        return Caller(key_caller(self.name), frozenset(self.groups), frozenset(self.scopes))


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    keys: tuple[KeyRecord, ...] = ()


@dataclass(slots=True)
class Keys:
    """The keys in one file, reloaded when it changes, so that a revoked key is refused at once."""

    file: Path
    _seen: tuple[int, int, int] | None = None
    _by_id: dict[str, KeyRecord] = field(default_factory=dict[str, KeyRecord])

    def are_used(self) -> bool:
        """Whether anybody ever made a key: with the last one revoked, nobody gets in."""
        return self._stamp() is not None

    def find(self, presented: str) -> Caller | None:
        """Whose key that is, None for a stranger's and for a revoked one.

        Raises:
            Unavailable: the file cannot be read.
        """
        shaped = _KEY.fullmatch(presented)
        record = self._current().get(shaped[1]) if shaped else None
        if record is None or record.revoked:
            return None
        return record.caller if hmac.compare_digest(record.sha256, _digest(presented)) else None

    def records(self) -> Sequence[KeyRecord]:
        """Every key that was ever made, oldest first."""
        return self._read().keys

    def create(self, name: str, *, groups: Collection[str], scopes: Collection[Scope]) -> str:
        """Make a key and give it out, this once.

        Raises:
            BadInput: the name cannot be one, is taken, or has a key that is not revoked.
        """
        if not _NAME.fullmatch(name):
            raise BadInput(
                f"{name!r} is not a valid key name. Use 1 to 64 letters, digits and ._@- , "
                "beginning with a letter or digit."
            )
        if name == DEPLOYMENT:
            raise BadInput(
                f"{DEPLOYMENT!r} is the name of the caller with DOCSQL_AUTH__API_KEY. Choose another."
            )
        id_ = secrets.token_hex(4)
        made = f"docsql_{id_}_{secrets.token_urlsafe(32)}"
        with self._changing() as kept:
            if any(record.name == name and not record.revoked for record in kept):
                raise BadInput(
                    f"{name!r} already has a key. Run `docsql keys revoke {name}` first."
                )
            record = KeyRecord(
                id=id_,
                name=name,
                sha256=_digest(made),
                groups=tuple(sorted(groups)),
                scopes=tuple(sorted(scopes)),
                created=datetime.now(UTC),
            )
            kept.append(record)
        return made

    def revoke(self, name: str) -> KeyRecord:
        """Revoke the key of that name.

        Raises:
            UnknownName: the key does not exist, or is revoked already.
        """
        with self._changing() as kept:
            for place, record in enumerate(kept):
                if record.name == name and not record.revoked:
                    kept[place] = record.model_copy(update={"revoked": datetime.now(UTC)})
                    return kept[place]
            known = ", ".join(record.name for record in kept if not record.revoked) or "none"
            raise UnknownName(f"There is no active key {name!r}. Active: {known}.")

    def _current(self) -> dict[str, KeyRecord]:
        stamp = self._stamp()
        if stamp != self._seen:
            self._by_id = {record.id: record for record in self._read().keys}
            self._seen = stamp
        return self._by_id

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self.file.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(error) from error
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _read(self) -> _Kept:
        try:
            return _Kept.model_validate_json(self.file.read_bytes())
        except FileNotFoundError:
            return _Kept()
        except (OSError, ValidationError) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> Unavailable:
        why = error.strerror if isinstance(error, OSError) else "DocSQL did not write it like this"
        return Unavailable(
            f"The key file {str(self.file)!r} cannot be used ({why}). Fix the file, or delete it "
            "and create new keys with `docsql keys create`."
        )

    @contextmanager
    def _changing(self) -> Generator[list[KeyRecord]]:
        """The records, to be changed by one process at a time and seen by others when whole."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.file.with_name(f".{KEYS_FILE}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._unreadable(error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            kept = list(self._read().keys)
            yield kept
            self._write(_Kept(keys=tuple(kept)))
        finally:
            os.close(lock)

    def _write(self, kept: _Kept) -> None:
        unfinished = self.file.with_name(f".{KEYS_FILE}.unfinished")
        unfinished.unlink(missing_ok=True)
        opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w", encoding="utf-8") as written:
            written.write(kept.model_dump_json(indent=1))
        unfinished.replace(self.file)


def scopes_named(names: Collection[str]) -> list[Scope]:
    """The scopes of those names.

    Raises:
        UnknownName: one of them is not a scope.
    """
    for name in names:
        if name not in SCOPES:
            raise UnknownName(f"There is no scope {name!r}. Available: {', '.join(SCOPES)}.")
    return [scope for scope in SCOPES if scope in names]


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()
