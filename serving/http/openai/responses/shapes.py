"""A response, and the items of its output."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from serving.http.openai.annotations import file_citations
from serving.http.openai.responses.request import APPROVAL, ResponseRequest
from serving.http.openai.schema import sources_text
from serving.wire.answer import Answer, Approval


class Repeated(BaseModel):
    """What of a request its response repeats."""

    model: str
    instructions: str | None = None
    previous_response_id: str | None = None
    temperature: float | None = None
    max_output_tokens: int | None = None
    metadata: dict[str, str] | None = None
    store: bool

    @classmethod
    def of(cls, request: ResponseRequest) -> "Repeated":
        """The part of a request that is kept."""
        repeated = request.model_dump(include=set(cls.model_fields) - {"store"})
        return cls(**repeated, store=request.is_stored)


class Shape(BaseModel):
    """One response on its way; `name` is its id without the prefix, which its items share."""

    name: str
    created_at: int
    asked: Repeated

    @property
    def id(self) -> str:
        """The response's id."""
        return f"resp_{self.name}"

    def begun(self) -> dict[str, Any]:
        """The response before there is anything of it."""
        return self._whole("in_progress", [])

    def completed(self, answer: Answer, thoughts: str = "") -> dict[str, Any]:
        """The response whole; `docsql` is the answer with its evidence."""
        output = [self.thinking(thoughts)] if thoughts else []
        output += [self.message(answer), *map(waiting, answer.approvals)]
        shown = self._whole("completed", output)
        return {**shown, "usage": _usage(answer), "docsql": answer.model_dump(mode="json")}

    def failed(self, said: str) -> dict[str, Any]:
        """The response of a turn that failed."""
        error = {"code": "server_error", "message": said}
        return {**self._whole("failed", []), "error": error}

    def message(self, answer: Answer | None, status: str = "completed") -> dict[str, Any]:
        """The answer as a message; None: nothing of it was said yet."""
        return {
            "id": f"msg_{self.name}",
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": [text_part(answer)] if answer else [],
        }

    def thinking(self, text: str, status: str = "completed") -> dict[str, Any]:
        """What models thought, as an item."""
        return {
            "id": f"rs_{self.name}",
            "type": "reasoning",
            "summary": [],
            "content": [thought_part(text)] if text else [],
            "status": status,
        }

    def _whole(self, status: str, output: Sequence[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created_at,
            "status": status,
            "error": None,
            "incomplete_details": None,
            "output": list(output),
            **self.asked.model_dump(),
            "background": False,
            "parallel_tool_calls": True,
            "reasoning": {"effort": None, "summary": None},
            "text": {"format": {"type": "text"}},
            "tool_choice": "auto",
            "tools": [],
            "top_p": None,
            "truncation": "disabled",
            "usage": None,
            "user": None,
        }


def full_text(answer: Answer) -> str:
    """The answer with its sources, for clients that show text alone."""
    return answer.answer + sources_text(answer)


def text_part(answer: Answer | None) -> dict[str, Any]:
    """The answer's text with where it cites which file."""
    return {
        "type": "output_text",
        "text": full_text(answer) if answer else "",
        "annotations": file_citations(answer) if answer else [],
        "logprobs": [],
    }


def thought_part(text: str) -> dict[str, Any]:
    """A piece of reasoning."""
    return {"type": "reasoning_text", "text": text}


def waiting(approval: Approval) -> dict[str, Any]:
    """A statement that waits for a person, as a call of a tool that does."""
    asked = {"database": approval.database, "sql": approval.sql}
    return {
        "id": f"{APPROVAL}{approval.id}",
        "type": "mcp_approval_request",
        "server_label": "docsql",
        "name": "query_database",
        "arguments": json.dumps(asked),
    }


def _usage(answer: Answer) -> dict[str, Any]:
    used = answer.usage
    return {
        "input_tokens": used.input_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": used.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": used.input_tokens + used.output_tokens,
    }
