"""What the sections of the settings are made of."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
)
from pydantic_core import PydanticCustomError


class Section(BaseModel):
    """A group of settings; unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _is_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if url and not is_one:
        raise PydanticCustomError(
            "no_address", "not a server address; write it like `http://host:8080`"
        )
    return url


ServerUrl = Annotated[str, AfterValidator(_is_address)]
