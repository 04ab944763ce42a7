"""What `docsql sync` did, as it is printed with `--json`."""

from pydantic import BaseModel, Field


class MovedFile(BaseModel):
    """A file with the same content at another path."""

    before: str
    path: str


class FailedFile(BaseModel):
    """A file that could not be taken; the next sync tries it again."""

    path: str
    reason: str


class SourceReport(BaseModel):
    """What became of a source's files."""

    source: str
    url: str
    collection: str
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    passages: int = 0
    moved: list[MovedFile] = Field(default_factory=list[MovedFile])
    removed: list[str] = Field(default_factory=list[str])
    withheld: list[str] = Field(default_factory=list[str])
    unsupported: list[FailedFile] = Field(default_factory=list[FailedFile])
    failed: list[FailedFile] = Field(default_factory=list[FailedFile])
    warnings: list[str] = Field(default_factory=list[str])

    @property
    def is_whole(self) -> bool:
        """Whether the index holds now what the source has."""
        return not self.failed and not self.warnings
