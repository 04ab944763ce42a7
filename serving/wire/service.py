"""State of the service, and the verified caller."""

from typing import Self

from pydantic import BaseModel, field_validator

from serving.wire.from_tools import FromTools


class DatabaseInfo(BaseModel):
    """A connected database; `problem` is empty where it answers.

    `golden_problems` are sentences about golden queries that are not used.
    """

    name: str
    description: str
    problem: str = ""
    golden_problems: list[str] = []


class Dependency(BaseModel):
    """A part that the service needs something of; `problem` is empty where it answers."""

    name: str
    what: str
    ready: bool
    problem: str = ""


class VectorCoverage(BaseModel):
    """How many passages there are, and how many of them have a vector already."""

    passages: int
    done: int


class NextVectors(VectorCoverage):
    """How far the vectors of the embedding model are that is to take over.

    `is_used` says that it has; `problem`, why nobody can say.
    """

    is_used: bool = False
    problem: str = ""


class Readiness(BaseModel):
    """The state of the service, part by part; `problems` are those of model servers.

    `found` has the probe results of the chat models' servers, by address; `dependencies`
    are all parts that can fail by themselves: databases, documents, threads, model servers.
    `vectors` says how far those are that follow behind; None where none do. `next_vectors` says it
    of the next embedding model; None where none is set.
    """

    ready: bool
    models: dict[str, str]
    found: dict[str, str] = {}
    problems: dict[str, str] = {}
    databases: list[DatabaseInfo]
    collections: list[str]
    dependencies: list[Dependency] = []
    vectors: VectorCoverage | None = None
    next_vectors: NextVectors | None = None

    def for_strangers(self) -> Self:
        """Whether it is ready and no name of anything: what a probe may know."""
        return type(self)(ready=self.ready, models={}, databases=[], collections=[])


class Suggestions(BaseModel):
    """Whole questions; those of databases were read for certain, and tried as the caller."""

    questions: list[str]


class CallerInfo(FromTools):
    """A verified caller."""

    id: str
    groups: list[str]
    scopes: list[str]

    @field_validator("groups", "scopes", mode="before")
    @classmethod
    def _in_order(cls, names: frozenset[str]) -> list[str]:
        return sorted(names)
