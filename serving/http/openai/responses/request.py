"""A request for a response, as far as a question needs it.

The shapes: https://platform.openai.com/docs/api-reference/responses
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, Discriminator, Field, Tag

from serving.http.openai.schema import TextFormat

APPROVAL = "mcpr_"
"""What the id of a waiting statement begins with, as an item of a response."""

APPROVAL_REQUEST = "mcp_approval_request"


class Part(BaseModel):
    """A piece of a message; pictures and files are not understood."""

    type: Literal["input_text", "output_text", "text"]
    text: str


class Said(BaseModel):
    """A message; only what people and the assistant said counts."""

    role: Literal["user", "assistant", "system", "developer"]
    content: str | list[Part]

    @property
    def text(self) -> str:
        """The words of the message."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content


class Decided(BaseModel):
    """A person's word on a statement that waits."""

    type: Literal["mcp_approval_response"]
    approval_request_id: str
    approve: bool


class PassedOver(BaseModel):
    """An item of an earlier response that a client gives back, and that says nothing anew."""

    type: Literal["reasoning", "mcp_approval_request"]


def _kind(item: Any) -> str:
    if isinstance(item, Mapping):
        return str(cast("Mapping[str, Any]", item).get("type") or "message")
    return str(getattr(item, "type", "message"))


Item = Annotated[
    Annotated[Said, Tag("message")]
    | Annotated[Decided, Tag("mcp_approval_response")]
    | Annotated[PassedOver, Tag("reasoning")]
    | Annotated[PassedOver, Tag("mcp_approval_request")],
    Discriminator(_kind),
]


class TextOptions(BaseModel):
    """Answers are text; a client that needs JSON has to be told."""

    format: TextFormat | None = None


class ResponseRequest(BaseModel):
    """The supported part of a request; unsupported fields that would change its meaning are refused.

    `previous_response_id` goes on from a response of the caller's. `store` is true unless it is
    said to be false, as OpenAI has it: then nothing is left of the response.
    """

    model: str
    input: Annotated[str, Field(min_length=1)] | Annotated[list[Item], Field(min_length=1)]
    instructions: str | None = None
    previous_response_id: str | None = None
    store: bool | None = None
    stream: bool | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_output_tokens: Annotated[int, Field(ge=1, le=8192)] | None = None
    metadata: Annotated[dict[str, str], Field(max_length=16)] | None = None
    text: TextOptions | None = None
    tools: Annotated[list[Any], Field(max_length=0)] | None = None
    background: Literal[False] | None = None
    conversation: None = None
    prompt: None = None

    @property
    def is_stored(self) -> bool:
        """Whether the response is kept."""
        return self.store is not False

    @property
    def messages(self) -> list[Said]:
        """The messages of the input."""
        if isinstance(self.input, str):
            return [Said(role="user", content=self.input)]
        return [item for item in self.input if isinstance(item, Said)]

    @property
    def decisions(self) -> list[tuple[str, bool]]:
        """What was said of waiting statements, by the approval's id."""
        given = self.input if isinstance(self.input, list) else []
        return [
            (item.approval_request_id.removeprefix(APPROVAL), item.approve)
            for item in given
            if isinstance(item, Decided)
        ]

    @property
    def asks_anew(self) -> bool:
        """Whether the user says something, apart from what led to a statement that is given back."""
        given = self.input if isinstance(self.input, list) else []
        back = [n for n, item in enumerate(given) if getattr(item, "type", "") == APPROVAL_REQUEST]
        return any(
            isinstance(item, Said) and item.role == "user"
            for item in given[back[-1] if back else 0 :]
        )
