"""JSON-RPC as MCP has it: one message a request, and what is wrong with one."""

import json
from dataclasses import dataclass, field
from typing import Any, cast

from serving.http.valid_text import invalid_text

Json = dict[str, Any]
Id = str | int

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND = -32700, -32600, -32601
INVALID_PARAMS, CANCELLED = -32602, -32000
HEADER_MISMATCH, UNSUPPORTED_VERSION = -32020, -32022


class RpcError(Exception):  # no fault of ours
    """A request that cannot be served; `status` is that of HTTP."""

    def __init__(self, code: int, said: str, *, status: int = 400, data: Any = None) -> None:
        super().__init__(said)
        self.code, self.status, self.data = code, status, data


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request, a notification (without `id`), or a client's answer (without `method`)."""

    id: Id | None = None
    method: str = ""
    params: Json = field(default_factory=dict[str, Any])
    answered: Json | None = None

    @property
    def meta(self) -> Json:
        """What the request says about itself."""
        meta = self.params.get("_meta")
        return cast("Json", meta) if isinstance(meta, dict) else {}


def parsed(body: bytes) -> Incoming:
    """The message in a body.

    Raises:
        RpcError: it is not JSON, or no message of JSON-RPC's.
    """
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RpcError(PARSE_ERROR, "The body is not JSON.") from error
    if said := invalid_text(body):
        raise RpcError(INVALID_REQUEST, said)
    if not isinstance(given, dict):
        raise RpcError(INVALID_REQUEST, "Send one JSON-RPC message, as an object.")
    return _message(cast("Json", given))


def _message(given: Json) -> Incoming:
    id_, method, params = given.get("id"), given.get("method"), given.get("params", {})
    is_named = isinstance(id_, str | int) and not isinstance(id_, bool)
    if given.get("jsonrpc") != "2.0" or not (is_named or "id" not in given):
        raise RpcError(INVALID_REQUEST, "The message is not one of JSON-RPC 2.0.")
    if isinstance(method, str) and isinstance(params, dict):
        return Incoming(id_ if is_named else None, method, cast("Json", params))
    if is_named and method is None and ("result" in given or "error" in given):
        return Incoming(id_, answered=given)
    raise RpcError(
        INVALID_REQUEST, "The message has neither a method with parameters nor a result."
    )


def result_message(id_: Id, result: Json) -> Json:
    """The reply to a request that was served."""
    return {"jsonrpc": "2.0", "id": id_, "result": result}


def error_message(id_: Id | None, refused: RpcError) -> Json:
    """The reply to one that was not."""
    error: Json = {"code": refused.code, "message": str(refused)}
    if refused.data is not None:
        error["data"] = refused.data
    return {"jsonrpc": "2.0", "id": id_, "error": error}
