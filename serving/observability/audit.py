"""The audit log: one JSON object a line, appended and never rewritten."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from serving.config.settings import Settings
from serving.observability.request_id import REQUEST
from tools.audit import DocumentRead, StatementRead
from tools.caller import Caller
from tools.errors import Unavailable

_APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT


@dataclass(frozen=True, slots=True)
class AuditFile:
    """Appends to a file that its owner alone may read; several processes may share it.

    It is opened for each entry, so that it can be moved away at any time.
    """

    path: Path

    def statement(self, read: StatementRead) -> None:
        """Keep a statement with its outcome."""
        said = _line(
            read.caller,
            "statement",
            database=read.database,
            sql=read.sql,
            outcome=read.outcome,
            rows=read.rows,
            seconds=round(read.seconds, 6),
        )
        self._append([said])

    def documents(self, read: Sequence[DocumentRead]) -> None:
        """Keep what was read of each document."""
        self._append(
            [
                _line(
                    each.caller,
                    "document",
                    collection=each.collection,
                    document_id=each.document_id,
                    source=each.source,
                    passages=list(each.passages),
                )
                for each in read
            ]
        )

    def _append(self, lines: Sequence[str]) -> None:
        if not lines:
            return
        try:
            file = self._opened()
            try:
                # one call: lines of several processes do not mix
                os.write(file, "".join(lines).encode())
            finally:
                os.close(file)
        except OSError as error:
            raise Unavailable(
                f"The audit log {str(self.path)!r} cannot be written ({error.strerror}), so "
                "nothing was read. Free some space, or set DOCSQL_TELEMETRY__AUDIT."
            ) from error

    def _opened(self) -> int:
        try:
            return os.open(self.path, _APPENDING, 0o600)
        except FileNotFoundError:  # the folder is missing
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self.path, _APPENDING, 0o600)


def _line(caller: Caller, kind: str, **what: object) -> str:
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "caller": caller.id,
        "groups": sorted(caller.groups),
        "request_id": REQUEST.get(),
        "read": kind,
        **what,
    }
    return f"{json.dumps(line, ensure_ascii=False)}\n"


def audit_in(settings: Settings) -> AuditFile:
    """Where every statement and every document that is read is written down."""
    return AuditFile(settings.telemetry.audit or settings.data / "audit.jsonl")
