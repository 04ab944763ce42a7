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


def failed(engine: Engine, status: int, kind: str, message: str) -> Response:
    """An error."""
    error = {"message": message, "type": kind, "param": None, "code": status}
    return JSONResponse(
        {"error": error} if engine == "vllm" else {"object": "error", **error}, status
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


def wrong_key() -> Response:
    """A key that is not the server's."""
    return JSONResponse({"error": "Unauthorized"}, 401)


def no_such_path() -> Response:
    """A path that neither has."""
    return JSONResponse({"detail": "Not Found"}, 404)
