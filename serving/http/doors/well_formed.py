"""What LangServe's routes leave unsaid about a malformed request, said before them."""

from typing import Annotated

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError

from serving.wire.question import Question

MAX_BATCH = 100
"""Questions in one batch; all of them are worked on at once."""


class _Batch(BaseModel):
    inputs: Annotated[list[Question], Field(max_length=MAX_BATCH)]


def is_batch(request: Request) -> bool:
    """Whether several questions are asked at once."""
    return request.url.path.endswith("/batch")


async def require_well_formed(request: Request) -> None:
    """LangServe takes a malformed batch, and no configuration, for a fault of the server.

    Raises:
        RequestValidationError: the body is not JSON, or says nothing that can be asked.
    """
    if request.method != "POST":
        return
    try:
        body = await request.json()
        if is_batch(request):
            _Batch.model_validate(body)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error
    except (ValueError, RecursionError) as error:
        raise RequestValidationError(["The body is not JSON"]) from error
    match body:
        case {"config": None} | {"config": [*_, None]} | {"config": [None, *_]}:
            raise RequestValidationError(["config: write an object, or leave it out"])
        case _:
            pass
