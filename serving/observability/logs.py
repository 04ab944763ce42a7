"""The service's log: JSON lines that say what happened, and not what it was about."""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from serving.observability.request_id import REQUEST

OURS = ("agent", "tools", "serving", "chainlit_app", "uvicorn")
"""Loggers whose messages are known to hold no question, row, passage or secret."""
FIELDS = "fields"
"""Name of the extra attribute by which a record brings fields of its own."""


class JsonLines(logging.Formatter):
    """One object a record. Strangers' messages and errors' texts come with `has_content` alone."""

    def __init__(self, *, has_content: bool) -> None:
        super().__init__()
        self._has_content = has_content

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._message(record),
            "request_id": REQUEST.get(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = self._error(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)

    def _message(self, record: logging.LogRecord) -> str:
        if self._has_content or record.name.partition(".")[0] in OURS:
            return record.getMessage()
        return "(left out; DOCSQL_TELEMETRY__LOG_CONTENT shows it)"

    def _error(self, error: BaseException) -> dict[str, Any]:
        frames = traceback.extract_tb(error.__traceback__)
        told: dict[str, Any] = {
            "type": type(error).__qualname__,
            "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
        }
        return {**told, "text": str(error)} if self._has_content else told


def _says_something(record: logging.LogRecord) -> bool:
    """Whether a line would tell anything: a library's notes tell nothing without their words."""
    is_ours = record.name.partition(".")[0] in OURS
    return is_ours or record.levelno >= logging.WARNING


def log_as_json(*, level: str, has_content: bool) -> None:
    """Have this process log JSON lines on standard error, whatever it logged before."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines(has_content=has_content))
    if not has_content:
        handler.addFilter(_says_something)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in ("httpx", "httpcore", "openai", "mcp", "sse_starlette"):
        logging.getLogger(name).setLevel(logging.WARNING)  # a line a request, with its URL
