"""What DocSQL adds to the format, under `custom_extensions` with the vendor name DOCSQL."""

import json
from collections.abc import Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

VENDOR = "DOCSQL"

Aggregation = Literal["SUM", "AVG", "MIN", "MAX", "COUNT"]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    labels: dict[str, str] = {}
    proposed: bool = False


def _as_words(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_as_words)]


class FieldExtension(_Said):
    """Of a field: labels by language, what its values mean, how they are put together, whether it is closed."""

    values: dict[str, Words] = {}
    aggregation: Aggregation | None = None
    hidden: bool = False


class DatasetExtension(_Said):
    """Of a dataset: the filter that holds unless a question says otherwise, whether it is closed."""

    filter: str = ""
    hidden: bool = False


class MetricExtension(_Said):
    """Of a metric: labels by language."""


class ModelExtension(_Said):
    """Of a model: the schema it was made for, its time zone and the first month of its fiscal year."""

    fingerprint: str = ""
    time_zone: str = ""
    fiscal_year_start: int = Field(default=0, ge=0, le=12)
    fiscal_year_by_end: bool = False


Extension = TypeVar("Extension", bound=_Said)


def read_extension(extensions: Sequence[tuple[str, str]], kind: type[Extension]) -> Extension:
    """What DocSQL's extensions say, those of other vendors left alone.

    Raises:
        ValueError: the data is not JSON, or says what DocSQL does not know.
    """
    said: dict[str, Any] = {}
    for vendor, data in extensions:
        if vendor.upper() == VENDOR:
            said |= _object(data)
    try:
        return kind.model_validate(said)
    except ValidationError as error:
        raise ValueError(_misfit(error, kind)) from error


def _object(data: str) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the data of {VENDOR} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise TypeError(f"the data of {VENDOR} is not a JSON object")
    return found  # pyright: ignore[reportUnknownVariableType]  # JSON


def _misfit(error: ValidationError, kind: type[BaseModel]) -> str:
    problem = error.errors()[0]
    place = ".".join(map(str, problem["loc"]))
    if problem["type"] == "extra_forbidden":
        known = ", ".join(name for name in kind.model_fields)
        return f"{VENDOR} has nothing called {place!r} here; it knows {known}"
    return f"the data of {VENDOR}, {place}: {problem['msg'].lower()}"
