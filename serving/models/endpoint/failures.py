"""Errors between a client and its model server, with messages that name it and who must act."""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import httpx

from serving.models.endpoint.endpoint import server_too_slow
from tools.errors import Momentary, Overloaded, Unavailable, Unreached

PASSING = frozenset({429, 502, 503})
"""Statuses of a server that may answer the same request later."""


def cut_off(name: str, what: str) -> Momentary:
    """The error for a reply that stopped on its way."""
    return Momentary(
        f"{name} broke off its reply ({what}): ask again, and check the server's log and the "
        "timeouts of any proxy in between."
    )


def overloaded(name: str, *, after_s: float | None = None) -> Overloaded:
    """The error for a server that has too much to do."""
    return Overloaded(
        f"{name} is overloaded: try again in a moment, or give it more replicas.", after_s=after_s
    )


def unreachable(name: str, told: str) -> Unreached:
    """The error for a server that takes no connection."""
    return Unreached(
        f"{name} cannot be reached ({told}): check that it runs and that its URL is right."
    )


def server_failed(name: str, told: str) -> Unavailable:
    """The error for a server that says itself that something is wrong with it."""
    return Unavailable(f"{name} failed ({told}): look at its log.")


def redirected(name: str, headers: Mapping[str, str]) -> Unavailable:
    """The error for a server that sends a request on: a login page's proxy, or http for https."""
    where = headers.get("location")
    to = f"to {where!r}" if where else "elsewhere"
    return Unavailable(f"{name} redirects {to}: set its URL to where the model answers.")


def explain_status(
    name: str, status: int, said: str, headers: Mapping[str, str]
) -> Unavailable | None:
    """The error for a status that is the server's matter; None where the request is at fault."""
    match status:
        case 401 | 403:
            return Unavailable(f"{name} refused the API key: set the key it was started with.")
        case 429:
            return overloaded(name, after_s=retry_after(headers))
        case _ if status in PASSING:
            passing = Overloaded if status == 503 else Momentary
            told = str(server_failed(name, f"HTTP {status}: {said}"))
            return passing(told, after_s=retry_after(headers))
        case _ if 300 <= status < 400:
            return redirected(name, headers)
        case _ if status >= 500 or status == 424:  # TEI and TGI: the backend failed
            return server_failed(name, f"HTTP {status}: {said}")
        case _:
            return None


def explain_transport(name: str, error: BaseException) -> Unavailable:
    """The error for a request that got no whole response."""
    told = str(error) or type(error).__name__
    match error:
        case httpx.RemoteProtocolError() | httpx.ReadError() | httpx.WriteError():
            return cut_off(name, told)
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return unreachable(name, told)
        case httpx.TimeoutException():
            return server_too_slow(name)
        case _:
            return Unavailable(str(unreachable(name, told)))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The pause in seconds that a server asks for, as seconds or a date (RFC 9110, 10.2.3)."""
    asked = headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(asked))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(asked).timestamp() - time.time())
    except ValueError:
        return None
