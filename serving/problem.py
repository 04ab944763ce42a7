"""The body of every error, for those who answer before the application does."""

from collections.abc import Mapping

from starlette.responses import JSONResponse

from serving.schema import Problem


def refusal(status: int, said: str, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A `Problem` as a response; from 500 on it is the operator who must act."""
    act = "operator" if status >= 500 else "you"
    return JSONResponse(Problem(error=said, act=act).model_dump(), status, headers)
