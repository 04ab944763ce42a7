"""The id of the request that is being worked on, for logs, audit and traces alike."""

import re
from contextvars import ContextVar
from uuid import uuid4

REQUEST: ContextVar[str] = ContextVar("request", default="")
HEADER = "x-request-id"

_TAKEN = re.compile(r"[\w.:-]{1,64}")


def request_id(sent: str | None) -> str:
    """The id that a proxy gave the request, if it is one; else a new one."""
    return sent if sent and _TAKEN.fullmatch(sent) else uuid4().hex
