"""What the OpenAI SDK raises, in words that name the chat model and who must act."""

import json
from collections.abc import Generator
from contextlib import contextmanager

import httpx
import openai

from serving.models.endpoint import too_slow
from serving.models.failures import (
    explain_status,
    explain_transport,
    failed,
    overloaded,
)
from tools.errors import BadInput, DocsqlError, Unavailable


class SystemRoleRefused(Unavailable):
    """The model's chat template has no system role, as Gemma's has none."""


def named(endpoint: str) -> str:
    """How messages call the chat model there."""
    return f"The chat model at {endpoint!r}"


def not_a_completion(name: str) -> Unavailable:
    """The error for a server that answers, but not with this protocol."""
    return Unavailable(
        f"{name} does not speak /v1/chat/completions, whatever else answers there: check its URL."
    )


@contextmanager
def translated(name: str) -> Generator[None]:
    """Turn what the SDK raises into an error that says who must act, and on what."""
    try:
        yield
    except openai.APIConnectionError as error:
        raise explain_transport(name, _root_of(error)) from error
    except openai.APIStatusError as error:
        raise _explain_refusal(name, error) from error
    except openai.APIError as error:
        raise _explain_event(name, error) from error
    except TimeoutError as error:
        raise too_slow(name) from error
    except json.JSONDecodeError as error:
        raise not_a_completion(name) from error


def _explain_refusal(name: str, error: openai.APIStatusError) -> DocsqlError:
    said = error.response.text.strip() or "no explanation"
    status = error.status_code
    if theirs := explain_status(name, status, said, error.response.headers):
        return theirs
    if status == 404:
        return Unavailable(
            f"{name} knows no such path or model ({said}): check the URL and the model's name."
        )
    if "system role" in said.lower():
        return SystemRoleRefused(str(failed(name, f"HTTP {status}: {said}")))
    if "template_error" in said:  # TGI's 422 where the model brings no chat template
        return failed(name, f"HTTP {status}: {said}")
    return BadInput(f"{name} refused the request (HTTP {status}): {said}")


def _explain_event(name: str, error: openai.APIError) -> DocsqlError:
    # The SDK finds the words only where OpenAI puts them.
    return explain_said(name, error.body if isinstance(error.body, str) else error.message)


def error_in(body: object) -> str | None:
    """What a body says went wrong, in TGI's shape or OpenAI's, whatever its status; None: nothing."""
    match body:
        case {"error": str(said)} | {"error": {"message": str(said)}} if said:
            return said
        case _:
            return None


def explain_said(name: str, said: str) -> DocsqlError:
    """An error without a status, or with one that says nothing: its words alone tell whose it is.

    TGI calls each error in a stream a 422, and a proxy may make a 200 of any.
    """
    if "overloaded" in said.lower():
        return overloaded(name)
    if "validation" in said.lower():
        return BadInput(f"{name} refused the request: {said}")
    return Unavailable(
        f"{name} broke off its reply with an error ({said}): ask again, and look at the server's "
        f"log."
    )


def _root_of(error: BaseException) -> BaseException:
    """The HTTP client's own error, below which there are only its transport's."""
    while error.__cause__ is not None and not isinstance(error, httpx.TransportError):
        error = error.__cause__
    return error
