"""A question, or decisions on waiting statements."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import CoreSchema

Mode = Literal["auto", "chat", "sql", "documents"]

MAX_QUESTION = 8_000
"""Characters; far above any question, far below what would stall a model."""


def _not_empty(question: str) -> None:
    if not question.strip():
        raise PydanticCustomError("empty", "The question is empty; write what you want to know")


def well_written(question: str) -> str:
    """The question without space around it, where it can be asked at all."""
    question = question.strip()
    if len(question) > MAX_QUESTION:
        raise PydanticCustomError(
            "too_long",
            "The question has {length} characters; the limit is {most}. Put long text into a "
            "document and ingest it",
            {"length": f"{len(question):,}", "most": f"{MAX_QUESTION:,}"},
        )
    try:
        question.encode()
    except UnicodeEncodeError as error:
        said = "The question has half of a character (a lone surrogate); send it as Unicode"
        raise PydanticCustomError("no_unicode", said) from error
    return question


class _WithoutNull:
    """Leaves null out of the JSON schema of `X | None`, which it would blank in the playground.

    Pydantic's `SkipJsonSchema[None]` does so too, but then an error of X is told for both members.
    """

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        inner = schema
        while inner["type"] in {"nullable", "function-after"} and "schema" in inner:
            inner = inner["schema"]
        return handler(inner)


# A bound outside the union is a 500 in LangServe.
Temperature = Annotated[Annotated[float, Field(ge=0, le=2)] | None, _WithoutNull()]
MaxTokens = Annotated[Annotated[int, Field(ge=1, le=8192)] | None, _WithoutNull()]
Names = Annotated[list[str] | None, _WithoutNull()]
ThreadId = Annotated[Annotated[str, Field(min_length=1, max_length=128)] | None, _WithoutNull()]


def _without_null_defaults(described: dict[str, Any]) -> None:
    """The playground fills in every default, and then rejects null as a string."""
    for field in described["properties"].values():
        if field.get("default", ...) is None:
            del field["default"]


class Decision(BaseModel):
    """A person's decision on a statement that waits for approval."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_null_defaults)

    action: Literal["approve", "edit", "reject"]
    sql: Annotated[str | None, _WithoutNull()] = None

    @model_validator(mode="after")
    def _sql_comes_with_an_edit_alone(self) -> Self:
        if (self.action == "edit") != bool((self.sql or "").strip()):
            said = (
                "'sql' is the statement to run instead: it is required with 'edit' and only "
                "allowed with it"
            )
            raise PydanticCustomError("sql", said)
        return self


class Question(BaseModel):
    """One question, and how it may be answered.

    `mode` forces a route; `use_knowledge` false keeps documents and databases out; `databases`
    and `collections` narrow what may be used, None or no name meaning all of them. A question that names a
    `thread_id` of an earlier one is a follow-up to it. With `resume`, the statements that wait on
    `thread_id` are decided on by their approvals' ids, and the turn that asked for them goes on:
    nothing else of the question counts then. `replaces` is the `answer_id` of an earlier answer on
    the thread: that turn and all after it are forgotten, and this question is asked in its place.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_null_defaults)

    question: Annotated[str, AfterValidator(well_written)] = ""
    thread_id: ThreadId = None
    mode: Mode = "auto"
    use_knowledge: bool = True
    databases: Names = None
    collections: Names = None
    temperature: Temperature = None
    max_tokens: MaxTokens = None
    resume: Annotated[dict[str, Decision] | None, _WithoutNull()] = None
    replaces: ThreadId = None

    @model_validator(mode="after")
    def _something_is_asked(self) -> Self:
        if not self.resume:
            _not_empty(self.question)
        elif self.thread_id is None:
            said = "A resume needs the 'thread_id' of the answer that asked for the approval"
            raise PydanticCustomError("no_thread", said)
        return self

    @field_validator("databases", "collections")
    @classmethod
    def _no_name_is_no_choice(cls, names: list[str] | None) -> list[str] | None:
        return names or None  # an empty form sends an empty list
