"""Wire types that are read from the objects of tools/."""

from pydantic import BaseModel, ConfigDict


class FromTools(BaseModel):
    """Read from the object of tools/ that has the same fields, among others."""

    model_config = ConfigDict(from_attributes=True)
