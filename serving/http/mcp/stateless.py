"""The protocol of 2026-07-28: every request says by itself which version and what its client can do."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from starlette.datastructures import Headers

from serving.http.mcp.exchange import McpReply
from serving.http.mcp.messages import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    UNSUPPORTED_VERSION,
    Incoming,
    Json,
    RpcError,
    error_message,
    result_message,
)
from serving.http.mcp.methods import (
    CAPABILITIES,
    INSTRUCTIONS,
    Methods,
    Served,
    server_info,
)
from serving.http.mcp.person import InputRequired, Nobody, OnRetry, Person, can_ask

VERSIONS = ("2026-07-28",)
PREFIX = "io.modelcontextprotocol/"
VERSION, ABILITIES = f"{PREFIX}protocolVersion", f"{PREFIX}clientCapabilities"
HEADERS = ("mcp-protocol-version", "mcp-method", "mcp-name")
NAMED_BY = {"tools/call": "name", "resources/read": "uri", "prompts/get": "name"}
"""The parameter that the header `Mcp-Name` repeats."""
CACHED = {"server/discover", "tools/list", "resources/list", "resources/templates/list"}
"""Methods whose results say for how long they hold; a passage may be deleted at any time."""
KEPT_MS = 60_000


@dataclass(frozen=True, slots=True)
class Stateless:
    """Requests of this generation."""

    methods: Methods

    async def reply(self, served: Served) -> McpReply:
        """The reply to a request, a refusal included."""
        try:
            result = await self._result(served)
        except InputRequired as required:
            result = _forms(required)
        except RpcError as refused:
            return McpReply(error_message(served.id, refused), refused.status)
        told = {"resultType": "complete", **result, "_meta": {f"{PREFIX}serverInfo": server_info()}}
        return McpReply(result_message(served.id, told))

    async def _result(self, served: Served) -> Json:
        method = served.asked.method
        if method == "server/discover":
            result: Json = {
                "supportedVersions": list(VERSIONS),
                "capabilities": CAPABILITIES,
                "instructions": INSTRUCTIONS,
            }
        else:
            result = await self.methods.result(served, not_found=INVALID_PARAMS)
        if method in CACHED or method == "resources/read":
            kept = KEPT_MS if method in CACHED else 0
            return {**result, "ttlMs": kept, "cacheScope": "private"}
        return result


def person_behind(asked: Incoming) -> Person:
    """Whoever the client can ask, with what they said already."""
    if not can_ask(asked.meta.get(ABILITIES)):
        return Nobody()
    state, answers = asked.params.get("requestState"), asked.params.get("inputResponses")
    given = dict(cast("Json", answers)) if isinstance(answers, dict) else {}
    return OnRetry(state if isinstance(state, str) else "", given)


def require_envelope(asked: Incoming, headers: Headers) -> None:
    """Check that a request says what it must, and that its headers say the same.

    Raises:
        RpcError: it does not, or its version is not served.
    """
    params: Mapping[str, object] = asked.meta
    if missing := [key for key in (VERSION, ABILITIES) if key not in params]:
        raise RpcError(INVALID_PARAMS, f"The request lacks {' and '.join(missing)} in `_meta`.")
    version = params[VERSION]
    if not isinstance(version, str):
        raise RpcError(INVALID_PARAMS, f"`_meta` needs {VERSION} as a text.")
    expected: list[Any] = [version, asked.method]
    if named := NAMED_BY.get(asked.method):
        expected.append(asked.params.get(named))
    for header, value in zip(HEADERS, expected, strict=False):
        if isinstance(value, str):
            _require_same(headers.getlist(header), header, value)
    require_version(version)


def require_version(version: str) -> None:
    """Check that a version is one of these.

    Raises:
        RpcError: it is not.
    """
    if version not in VERSIONS:
        known = {"supported": list(VERSIONS), "requested": version}
        said = f"There is no version {version!r} here. Served: {', '.join(VERSIONS)}."
        raise RpcError(UNSUPPORTED_VERSION, said, data=known)


def _require_same(given: Sequence[str], header: str, value: str) -> None:
    if len(given) > 1:
        raise RpcError(HEADER_MISMATCH, f"The header {header} comes more than once.")
    if not given or _decoded(given[0]) != value:
        raise RpcError(HEADER_MISMATCH, f"The header {header} differs from the message.")


def _decoded(value: str) -> str | None:
    """A header's text, which is in base64 where it is not plain ASCII."""
    if not (value.startswith("=?base64?") and value.endswith("?=")):
        return value
    try:
        return base64.b64decode(value[9:-2], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def _forms(required: InputRequired) -> Json:
    asked = {
        form.id: {"method": "elicitation/create", "params": {"mode": "form", **form.params}}
        for form in required.wait.forms
    }
    state = {"requestState": required.wait.call} if required.wait.call else {}
    return {"resultType": "input_required", "inputRequests": asked, **state}
