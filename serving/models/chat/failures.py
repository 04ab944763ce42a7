"""Errors of chat completions, with messages that name the model and who must act."""

import json
import re
from collections.abc import Mapping
from typing import cast

from serving.models.endpoint.failures import explain_status, overloaded, server_failed
from tools.errors import BadInput, DocsqlError, Unavailable

TOO_LONG = re.compile(r"context (size|length|window)|`max_new_tokens` must be", re.IGNORECASE)
"""What llama.cpp, vLLM and TGI say to a prompt that does not fit their model."""
SHORTER = (
    "set DOCSQL_CHAT__CONTEXT_TOKENS to the window that the server was started with, or start it "
    "with a larger one."
)


class SystemRoleRefused(Unavailable):
    """The model's chat template has no system role, as Gemma's has none."""


def chat_name_at(endpoint: str) -> str:
    """How messages call the chat model there."""
    return f"The chat model at {endpoint!r}"


def not_a_completion(name: str) -> Unavailable:
    """The error for a server that answers, but not with this protocol."""
    return Unavailable(f"{name} does not speak /v1/chat/completions: check its URL.")


def explain_refusal(name: str, status: int, said: str, headers: Mapping[str, str]) -> DocsqlError:
    """The error for a reply whose status is none of success; `said` is its body."""
    is_template_at_fault = "template_error" in said  # TGI's 422 where the model brings none
    said = _words(said) or "no explanation"
    if theirs := explain_status(name, status, said, headers):
        return theirs
    if status == 404:
        return Unavailable(
            f"{name} knows no such path or model ({said}): check the URL and the model's name."
        )
    if "system role" in said.lower():
        return SystemRoleRefused(str(server_failed(name, f"HTTP {status}: {said}")))
    if is_template_at_fault:
        return server_failed(name, f"HTTP {status}: {said}")
    if TOO_LONG.search(said):
        return BadInput(f"{name} read a prompt that is too long for it ({said}): {SHORTER}")
    return BadInput(f"{name} refused the request (HTTP {status}): {said}")


def _words(said: str) -> str:
    """The message of an error's JSON, as OpenAI's relatives and TGI have it, or the body as it is."""
    try:
        told = json.loads(said)
    except ValueError:
        return said
    if not isinstance(told, dict):
        return said
    error = cast("Mapping[str, object]", told)
    inner = error.get("error", error)  # SGLang's errors are not nested
    if isinstance(inner, dict):
        inner = cast("Mapping[str, object]", inner).get("message")
    return inner if isinstance(inner, str) else said


def explain_event(name: str, error: Mapping[str, object] | str) -> DocsqlError:
    """The error for one inside a reply that began well: TGI calls each a 422, so its words tell."""
    said = error if isinstance(error, str) else str(error.get("message") or dict(error))
    if "overloaded" in said.lower():
        return overloaded(name)
    if "validation" in said.lower():
        return BadInput(f"{name} refused the request: {said}")
    return Unavailable(
        f"{name} broke off its reply with an error ({said}): ask again, and look at the server's "
        f"log."
    )
