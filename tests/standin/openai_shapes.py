"""What vLLM and SGLang say where they differ from each other: model cards and errors.

vLLM nests an error and SGLang does not; both answer 401 alike. Each names itself as the owner of its
models, and has the context window there.
"""

from typing import Any, Literal

from starlette.responses import JSONResponse, Response

Engine = Literal["vllm", "sglang"]
CONTEXT = 8192


def card(engine: Engine, model: str) -> dict[str, Any]:
    """One model of `/v1/models`."""
    shared = {"id": model, "object": "model", "created": 1764360000, "owned_by": engine}
    more = {"root": model, "parent": None, "max_model_len": CONTEXT}
    return {**shared, **more, **({"permission": []} if engine == "vllm" else {})}


FORMATS = {"text", "json_object", "json_schema"}
"""Of OpenAI's protocol; TGI's own `{"type": "json", "value": …}` is none of them."""


def wrong_format(body: dict[str, Any]) -> str | None:
    """Why a `response_format` cannot be read, by the servers that speak OpenAI's protocol."""
    wanted: dict[str, Any] = body.get("response_format") or {}
    if wanted and wanted.get("type") not in FORMATS:
        return f"response_format.type: {wanted.get('type')!r} is none of {sorted(FORMATS)}"
    if wanted.get("type") == "json_schema" and "schema" not in wanted.get("json_schema", ()):
        return "response_format.json_schema.schema: Field required"
    return None


def failed(engine: str, status: int, kind: str, message: str) -> Response:
    """An error."""
    error = {"message": message, "type": kind, "param": None, "code": status}
    return JSONResponse(
        {"object": "error", **error} if engine == "sglang" else {"error": error}, status
    )


def too_long(engine: Engine, prompt: int, reply: int) -> Response:
    """A prompt that does not fit beside the reply that was asked for."""
    if engine == "vllm":
        said = (
            f"This model's maximum context length is {CONTEXT} tokens. However, you requested "
            f"{prompt + reply} tokens ({prompt} in the messages, {reply} in the completion)."
        )
        return failed(engine, 400, "BadRequestError", said)
    said = (
        f"Requested token count exceeds the model's maximum context length of {CONTEXT} tokens. You "
        f"requested a total of {prompt + reply} tokens: {prompt} tokens from the input messages and "
        f"{reply} tokens for the completion."
    )
    return failed(engine, 400, "BadRequest", said)


def no_such_model(named: str) -> Response:
    """A model that vLLM does not serve; SGLang has one, and takes any name for it."""
    return failed("vllm", 404, "NotFoundError", f"The model `{named}` does not exist.")


def wrong_key() -> Response:
    """A key that is not the server's."""
    return JSONResponse({"error": "Unauthorized"}, 401)


def no_such_path() -> Response:
    """A path that neither has."""
    return JSONResponse({"detail": "Not Found"}, 404)
