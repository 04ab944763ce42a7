"""A statement of a person's own."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MAX_STATEMENT = 50_000


class OwnStatement(BaseModel):
    """One SELECT for one database; it passes the gate like any other."""

    model_config = ConfigDict(extra="forbid")

    database: Annotated[str, Field(min_length=1, max_length=64)]
    sql: Annotated[str, Field(min_length=1, max_length=MAX_STATEMENT)]
